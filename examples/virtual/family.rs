//! Proves: processes that sleep side by side, and parents that wait for them, tell one story.
//!
//! Person 1 has the children 2 and 3, and those have 4 to 7. Each sleeps ten times its number in milliseconds.

use std::{
    env,
    process::{Child, Command},
    thread,
    time::Duration,
};

fn main() {
    let person: u64 = env::args().nth(1).map_or(1, |word| word.parse().unwrap());
    let child = |number: u64| -> Child {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg(number.to_string()).spawn().unwrap()
    };
    let children = if person < 4 {
        vec![child(2 * person), child(2 * person + 1)]
    } else {
        Vec::new()
    };
    thread::sleep(Duration::from_millis(10 * person));
    println!("{person} slept");
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    println!("{person} leaves");
}

//! Processes that sleep at the same time, and parents that wait for their children.
//!
//! Process 1 has the children 2 and 3, and those have 4 to 7. Each sleeps ten times its number in milliseconds.

use super::subject;
use std::{env, process::Child, thread, time::Duration};

pub fn main() {
    let process: u64 = env::args().nth(2).map_or(1, |word| word.parse().unwrap());
    let child = |number: u64| -> Child {
        let mut command = subject("process_tree");
        command.arg(number.to_string()).spawn().unwrap()
    };
    let children = if process < 4 {
        vec![child(2 * process), child(2 * process + 1)]
    } else {
        Vec::new()
    };
    thread::sleep(Duration::from_millis(10 * process));
    println!("{process} slept");
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    println!("{process} leaves");
}

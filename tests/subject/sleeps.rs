//! Threads wake in the order of their deadlines, whichever began first, and joining waits for the last.

use std::{thread, time::Duration};

pub fn main() {
    let sleeper = |ms| {
        move || {
            thread::sleep(Duration::from_millis(ms));
            println!("{ms}");
        }
    };
    let threads = [300, 200, 100].map(|ms| thread::spawn(sleeper(ms)));
    for thread in threads {
        thread.join().unwrap();
    }
    println!("joined");
}

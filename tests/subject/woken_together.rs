//! Threads that one event wakes run in the order of their creation, whatever the order in which they began to wait.

use std::{
    io::{Read, pipe},
    thread::{scope, sleep},
    time::Duration,
};

const THREADS: u64 = 5;

pub fn main() {
    let (reading, writing) = pipe().unwrap();
    scope(|scope| {
        for number in 0..THREADS {
            let mut reading = reading.try_clone().unwrap();
            scope.spawn(move || {
                // The thread created last is the first to wait.
                sleep(Duration::from_millis(10 * (THREADS - number)));
                let end = reading.read(&mut [0]);
                println!("{number} {}", end.is_ok_and(|read| read == 0));
            });
        }
        sleep(Duration::from_millis(100));
        // All five read the end of the pipe at once.
        drop(writing);
    });
}

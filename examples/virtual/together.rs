//! Proves: of threads that one moment makes ready, the first that was made goes first, in whatever order they waited.

use std::{
    io::{Read, pipe},
    thread::{scope, sleep},
    time::Duration,
};

const THREADS: u64 = 5;

fn main() -> std::io::Result<()> {
    let (reading, writing) = pipe()?;
    scope(|scope| {
        for number in 0..THREADS {
            let mut reading = reading.try_clone()?;
            scope.spawn(move || {
                // The last one made is the first to wait.
                sleep(Duration::from_millis(10 * (THREADS - number)));
                let end = reading.read(&mut [0]);
                println!("{number} {}", end.is_ok_and(|read| read == 0));
            });
        }
        sleep(Duration::from_millis(100));
        // All five find the end at once.
        drop(writing);
        Ok(())
    })
}

//! A timed wait on a condition ends at its deadline, or earlier when another thread notifies.

use std::{
    sync::{Condvar, Mutex},
    thread,
    time::Duration,
};

pub fn main() {
    let (ready, changed) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(250));
            *ready.lock().unwrap() = true;
            changed.notify_one();
        });
        let mut guard = ready.lock().unwrap();
        while !*guard {
            let (held, result) = changed
                .wait_timeout(guard, Duration::from_millis(100))
                .unwrap();
            println!("timed out: {}", result.timed_out());
            guard = held;
        }
    });
}

//! A thread that spins on a flag without a system call blocks no other thread.

use std::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread::{scope, sleep},
    time::Duration,
};

pub fn main() {
    let flag = AtomicBool::new(false);
    scope(|scope| {
        scope.spawn(|| {
            sleep(Duration::from_millis(100));
            flag.store(true, Relaxed);
        });
        while !flag.load(Relaxed) {
            spin_loop();
        }
        println!("seen");
    });
}

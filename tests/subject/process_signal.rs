//! A signal to a process is handled by the thread whose wait it ends, and not by the one that sends it.

use std::{
    ptr,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

static IN_MAIN: AtomicU32 = AtomicU32::new(0);

extern "C" fn handle(_: libc::c_int) {
    // SAFETY: these touch no memory, and may be called in a handler.
    if unsafe { libc::gettid() == libc::getpid() } {
        IN_MAIN.fetch_add(1, Relaxed);
    }
}

pub fn main() {
    // SAFETY: an action is numbers, for which zero will do, and the handler may run anywhere.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as usize;
        libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut());
    }
    let sender = thread::spawn(|| {
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(300));
            // SAFETY: it touches no memory.
            unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) };
        }
    });
    for _ in 0..3 {
        let begun = Instant::now();
        // SAFETY: it touches no memory.
        unsafe { libc::pause() };
        println!(
            "{} after {} ms",
            IN_MAIN.load(Relaxed),
            begun.elapsed().as_millis()
        );
    }
    sender.join().unwrap();
}

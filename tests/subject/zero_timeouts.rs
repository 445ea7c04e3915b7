//! A wait with a time-out of zero returns at once, and a loop of such waits ends.

use std::{
    ptr,
    sync::atomic::AtomicU32,
    thread,
    time::{Duration, Instant},
};

static NO_TIME: libc::timespec = libc::timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Waits for a futex that nobody wakes. Returns whether the wait timed out.
fn times_out(futex: &AtomicU32) -> bool {
    // SAFETY: the number and the time are there.
    let waited = unsafe {
        libc::syscall(
            libc::SYS_futex,
            ptr::from_ref(futex),
            libc::FUTEX_WAIT,
            0,
            &raw const NO_TIME,
        )
    };
    waited == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::ETIMEDOUT)
}

pub fn main() {
    let sleeper = thread::spawn(|| {
        thread::sleep(Duration::from_millis(100));
        println!("slept");
    });
    let futex = AtomicU32::new(0);
    println!("{}", (0..500).filter(|_| times_out(&futex)).count());
    sleeper.join().unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(2) {
        times_out(&futex);
    }
    println!("waited");
}

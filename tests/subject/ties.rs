//! Threads that wake at one instant run in the order in which they began to wait, whatever the order of creation.

use std::{mem::MaybeUninit, thread, time::Duration};

pub fn main() {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: all zeros is a valid `timespec`, and the call may write one there.
    let mut end = unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr());
        now.assume_init()
    };
    end.tv_sec += 1;
    let threads = [4, 3, 2, 1].map(|turn| {
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100 * turn));
            // SAFETY: `end` is a whole `timespec`, and nothing is written back.
            unsafe {
                libc::clock_nanosleep(
                    libc::CLOCK_MONOTONIC,
                    libc::TIMER_ABSTIME,
                    &raw const end,
                    std::ptr::null_mut(),
                );
            }
            println!("{turn}");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

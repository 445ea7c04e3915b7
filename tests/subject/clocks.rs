//! Every clock of the system shows the virtual time, and all agree.

use std::{mem::MaybeUninit, thread, time::Duration};

const CLOCKS: [(&str, libc::clockid_t); 7] = [
    ("monotonic", libc::CLOCK_MONOTONIC),
    ("monotonic, raw", libc::CLOCK_MONOTONIC_RAW),
    ("monotonic, coarse", libc::CLOCK_MONOTONIC_COARSE),
    ("since boot", libc::CLOCK_BOOTTIME),
    ("wall", libc::CLOCK_REALTIME),
    ("wall, coarse", libc::CLOCK_REALTIME_COARSE),
    ("atomic", libc::CLOCK_TAI),
];

fn clock(id: libc::clockid_t) -> Duration {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: all zeros is a valid `timespec`, and the call may write one there.
    let now = unsafe {
        assert_eq!(libc::clock_gettime(id, now.as_mut_ptr()), 0);
        now.assume_init()
    };
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap(),
    )
}

fn time_of_day() -> Duration {
    let mut now = MaybeUninit::<libc::timeval>::zeroed();
    // SAFETY: all zeros is a valid `timeval`, and the call may write one there.
    let now = unsafe {
        assert_eq!(
            libc::gettimeofday(now.as_mut_ptr(), std::ptr::null_mut()),
            0
        );
        now.assume_init()
    };
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_usec).unwrap() * 1000,
    )
}

fn seconds() -> Duration {
    // SAFETY: without a place to write to it only returns.
    Duration::from_secs(unsafe { libc::time(std::ptr::null_mut()) }.unsigned_abs())
}

/// Hundredths of a second since boot.
fn ticks() -> Duration {
    let mut used = MaybeUninit::<libc::tms>::zeroed();
    // SAFETY: the call may write a `tms` there, which nobody reads.
    let ticks = unsafe { libc::times(used.as_mut_ptr()) };
    Duration::from_millis(10 * ticks.unsigned_abs())
}

pub fn main() {
    println!("{}", seconds().as_secs());
    let all = || {
        let clocks = CLOCKS.map(|(name, id)| (name, clock(id)));
        let others = [
            ("gettimeofday", time_of_day()),
            ("time", seconds()),
            ("times", ticks()),
        ];
        [&clocks[..], &others].concat()
    };
    let before = all();
    thread::sleep(Duration::from_secs(2));
    for ((name, before), (_, after)) in before.into_iter().zip(all()) {
        // What the reads themselves cost is below a millisecond.
        println!("{name}: {} ms", after.saturating_sub(before).as_millis());
    }
}

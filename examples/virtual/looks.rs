//! Proves: a clock that is read without a call is the clock that calls read, and who only looks at it hangs nobody.

use std::{
    env,
    fs::File,
    io::Write,
    mem::MaybeUninit,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread::{scope, sleep},
    time::{Duration, Instant},
};

fn nanoseconds(clock: libc::clockid_t, read: impl Fn(*mut libc::timespec) -> i64) -> i64 {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    assert_eq!(read(now.as_mut_ptr()), 0, "clock {clock}");
    // SAFETY: all zeros is a valid `timespec`, and so is what the system wrote there.
    let now = unsafe { now.assume_init() };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// What a clock shows to who asks libc, which has the vDSO read it.
fn told(clock: libc::clockid_t) -> i64 {
    // SAFETY: it writes the time that it is given the place of.
    nanoseconds(clock, |now| unsafe {
        libc::clock_gettime(clock, now).into()
    })
}

/// What it shows to who calls the system.
fn called(clock: libc::clockid_t) -> i64 {
    // SAFETY: as above.
    nanoseconds(clock, |now| unsafe {
        libc::syscall(libc::SYS_clock_gettime, clock, now)
    })
}

fn main() {
    if env::args().nth(1).is_some_and(|what| what == "turns") {
        return turns();
    }
    for clock in [
        libc::CLOCK_REALTIME,
        libc::CLOCK_MONOTONIC,
        libc::CLOCK_PROCESS_CPUTIME_ID,
        libc::CLOCK_MONOTONIC_RAW,
        libc::CLOCK_REALTIME_COARSE,
        libc::CLOCK_MONOTONIC_COARSE,
        libc::CLOCK_BOOTTIME,
        libc::CLOCK_TAI,
    ] {
        let shown = [told, told, called, told, called, called, told].map(|read| read(clock));
        let steps: Vec<i64> = shown.windows(2).map(|pair| pair[1] - pair[0]).collect();
        println!("{clock}: {steps:?}");
    }
    let begun = Instant::now();
    let passes = |us| {
        let mut looks = 0_u64;
        while begun.elapsed() < Duration::from_micros(us) {
            looks += 1;
        }
        looks
    };
    scope(|scope| {
        for ms in [1, 2] {
            scope.spawn(move || {
                sleep(Duration::from_millis(ms));
                println!("slept");
            });
        }
        // The sleepers have the turn first.
        sleep(Duration::from_micros(100));
        println!("looked {}", passes(1_500) > 0);
    });
    println!("looked {}", passes(3_000) > 0);
    scope(|scope| {
        scope.spawn(|| {
            sleep(Duration::from_micros(50));
            println!("slept while somebody looked");
        });
        sleep(Duration::from_micros(10));
        // 20 nanoseconds each.
        for _ in 0..10_000 {
            told(libc::CLOCK_REALTIME);
        }
        println!("looked");
    });
}

/// How far a thread gets that has woken another, until its turn is over.
fn turns() {
    let looks = &AtomicU64::new(0);
    let (begins, begun) = mpsc::channel();
    scope(|scope| {
        scope.spawn(move || {
            begun.recv().unwrap();
            println!("{} looks", looks.load(Relaxed));
        });
        // The other waits by then.
        sleep(Duration::from_millis(1));
        let mut nowhere = File::create("/dev/null").unwrap();
        begins.send(()).unwrap();
        for _ in 0..1_000 {
            for _ in 0..2 {
                told(libc::CLOCK_MONOTONIC);
                looks.fetch_add(1, Relaxed);
            }
            // It gets on, and so its looks are not in vain.
            nowhere.write_all(b".").unwrap();
        }
    });
}

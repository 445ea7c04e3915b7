//! A clock that is read without a system call (by the vDSO) shows the same time as one that a call reads, and a loop that only
//! reads it blocks no other thread.

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

/// A clock as libc reads it: by the vDSO.
fn by_vdso(clock: libc::clockid_t) -> i64 {
    // SAFETY: `now` points to a `timespec` that may be written.
    nanoseconds(clock, |now| unsafe {
        libc::clock_gettime(clock, now).into()
    })
}

/// A clock as the system call reads it.
fn by_call(clock: libc::clockid_t) -> i64 {
    // SAFETY: as above.
    nanoseconds(clock, |now| unsafe {
        libc::syscall(libc::SYS_clock_gettime, clock, now)
    })
}

pub fn main() {
    if env::args().nth(2).is_some_and(|what| what == "turns") {
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
        let shown = [
            by_vdso, by_vdso, by_call, by_vdso, by_call, by_call, by_vdso,
        ]
        .map(|read| read(clock));
        let steps: Vec<i64> = shown.windows(2).map(|pair| pair[1] - pair[0]).collect();
        println!("{clock}: {steps:?}");
    }
    // With another argument its waits are a tenth as long.
    let unit = Duration::from_micros(if env::args().len() > 2 { 10 } else { 100 });
    let begun = Instant::now();
    let passes = |units| {
        let mut looks = 0_u64;
        while begun.elapsed() < units * unit {
            looks += 1;
        }
        looks
    };
    scope(|scope| {
        for units in [10, 20] {
            scope.spawn(move || {
                sleep(units * unit);
                println!("slept");
            });
        }
        // The sleepers run first.
        sleep(unit);
        println!("looked {}", passes(15) > 0);
    });
    println!("looked {}", passes(30) > 0);
    scope(|scope| {
        scope.spawn(|| {
            sleep(unit / 2);
            println!("slept while somebody looked");
        });
        sleep(unit / 10);
        // Two units, at 20 nanoseconds each.
        for _ in 0..unit.as_micros() * 100 {
            by_vdso(libc::CLOCK_REALTIME);
        }
        println!("looked");
    });
}

/// How far a thread that has woken another gets before the other runs.
fn turns() {
    let looks = &AtomicU64::new(0);
    let (begins, begun) = mpsc::channel();
    scope(|scope| {
        scope.spawn(move || {
            begun.recv().unwrap();
            println!("{} looks", looks.load(Relaxed));
        });
        // The other thread is waiting by then.
        sleep(Duration::from_millis(1));
        let mut nowhere = File::create("/dev/null").unwrap();
        begins.send(()).unwrap();
        for _ in 0..1_000 {
            for _ in 0..2 {
                by_vdso(libc::CLOCK_MONOTONIC);
                looks.fetch_add(1, Relaxed);
            }
            // It writes, and so it does not merely poll the clock.
            nowhere.write_all(b".").unwrap();
        }
    });
}

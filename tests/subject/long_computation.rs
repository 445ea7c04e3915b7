//! A thread that computes for seconds, and reads a clock now and then, is not interrupted.

use std::{
    env,
    fs::File,
    hint::black_box,
    os::unix::fs::FileExt,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

/// How long a thread has computed, as the system counts it, which stays real. `pread64` does not wait, and so it is not
/// reported to the tracer.
fn computed(schedstat: &File) -> Duration {
    let mut bytes = [0; 64];
    let len = schedstat.read_at(&mut bytes, 0).unwrap();
    let counted = str::from_utf8(&bytes[..len]).unwrap();
    let nanoseconds = counted.split(' ').next().unwrap();
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// How long it computes between two reads of the clock is an argument, in milliseconds.
pub fn main() {
    let ms = env::args().nth(2).map_or(100, |ms| ms.parse().unwrap());
    let piece = Duration::from_millis(ms);
    scope(|scope| {
        scope.spawn(|| {
            sleep(Duration::from_millis(100));
            println!("slept");
        });
        // The other thread is sleeping by then.
        sleep(Duration::from_millis(1));
        let schedstat = File::open("/proc/thread-self/schedstat").unwrap();
        let since = computed(&schedstat);
        for count in 1..=35 {
            while computed(&schedstat) < since + count * piece {
                black_box((0..100_000_u64).fold(0, |sum, next| sum ^ black_box(next)));
            }
            black_box(Instant::now());
        }
        println!("computed");
    });
}

//! The processor's time stamp counter follows the virtual clock, a tick for each nanosecond.

#[cfg(target_arch = "x86_64")]
pub fn main() {
    use std::{
        arch::x86_64::{__rdtscp, _rdtsc},
        thread,
        time::Duration,
    };

    let plain = || {
        // SAFETY: every x86_64 processor has the instruction.
        unsafe { _rdtsc() }
    };
    let ordered = || {
        let mut processor = 0;
        // SAFETY: so has it this one, in all that run today's Linux; the number is written to a variable that lives.
        unsafe { __rdtscp(&raw mut processor) }
    };
    for counter in [&plain as &dyn Fn() -> u64, &ordered] {
        let begun = counter();
        thread::sleep(Duration::from_millis(250));
        // What the reads themselves cost is below a millisecond.
        println!("{} ms", (counter() - begun) / 1_000_000);
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub fn main() {}

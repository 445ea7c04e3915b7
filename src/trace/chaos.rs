//! Random delays before the tracer's decisions, so that tests find decisions that depend on real time.
//!
//! `STROBE_CHAOS=SEED` turns them on, in builds with debug assertions only; a release build contains none of this. Each
//! tracer in a process takes the next seed. A delay changes nothing but the real time of a decision, so a recording
//! that differs under chaos depends on real time.

/// A kind of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The tracer polls for stops.
    Report,
    /// The tracer resumes or interrupts a thread.
    Resume,
    /// The tracer reads whether a thread sleeps.
    Probe,
    /// The tracer moves the clock, or sends input.
    Jump,
}

/// Delays the tracer before a decision, at random.
#[cfg(debug_assertions)]
pub(super) fn delay(decision: Decision) {
    use std::cell::RefCell;
    // Each session has a tracer thread of its own.
    thread_local!(static CHAOS: RefCell<Option<delays::Chaos>> = RefCell::new(delays::Chaos::from_environment()));
    CHAOS.with_borrow_mut(|chaos| {
        if let Some(chaos) = chaos {
            chaos.delay(decision);
        }
    });
}

#[cfg(not(debug_assertions))]
pub(super) fn delay(_: Decision) {}

#[cfg(debug_assertions)]
mod delays {
    use super::Decision;
    use crate::trace::randomness::split_mix;
    use std::{
        env,
        sync::atomic::{AtomicU64, Ordering},
        thread,
        time::Duration,
    };

    /// How many of 1,024 decisions of a kind are delayed. Each run draws a rate for each kind, so that some runs are
    /// slow in one place only.
    const RATES: [u64; 4] = [0, 8, 64, 512];
    const MAX: u64 = 300_000;
    /// One in this many delays is long, so that all that can run does.
    const LONG_ONE_IN: u64 = 200;
    const LONG: Duration = Duration::from_millis(5);

    /// The delays of one tracer.
    pub(super) struct Chaos {
        state: u64,
        rates: [u64; 4],
    }

    impl Chaos {
        /// `None` if chaos is off.
        pub(super) fn from_environment() -> Option<Chaos> {
            static RUN: AtomicU64 = AtomicU64::new(0);
            let seed: u64 = env::var("STROBE_CHAOS").ok()?.parse().ok()?;
            let run = RUN.fetch_add(1, Ordering::Relaxed);
            Some(Chaos::new(seed.wrapping_add(run << 32)))
        }

        pub(super) fn new(seed: u64) -> Chaos {
            let mut state = seed;
            let rates =
                [(); 4].map(|()| RATES[usize::try_from(split_mix(&mut state) % 4).unwrap_or(0)]);
            Chaos { state, rates }
        }

        pub(super) fn delay(&mut self, decision: Decision) {
            match self.next(decision) {
                None => {}
                Some(Duration::ZERO) => thread::yield_now(),
                Some(delay) => thread::sleep(delay),
            }
        }

        /// How long the next decision is delayed; a zero delay yields the processor.
        pub(super) fn next(&mut self, decision: Decision) -> Option<Duration> {
            let drawn = split_mix(&mut self.state);
            if drawn % 1024 >= self.rates[decision as usize] {
                return None;
            }
            let drawn = split_mix(&mut self.state);
            if drawn.is_multiple_of(LONG_ONE_IN) {
                return Some(LONG);
            }
            Some(
                Duration::from_nanos((drawn >> 16) % (2 * MAX))
                    .saturating_sub(Duration::from_nanos(MAX)),
            )
        }
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::{Decision, delays::Chaos};
    use std::time::Duration;

    #[test]
    fn a_seed_determines_its_delays() {
        let delays = |seed| {
            let mut chaos = Chaos::new(seed);
            let mut next = || chaos.next(Decision::Report);
            std::iter::repeat_with(&mut next)
                .take(10_000)
                .collect::<Vec<_>>()
        };
        let mut seeds = (0..20).map(delays);
        assert!((0..20).map(delays).eq(&mut seeds));
        let all: Vec<_> = (0..20).flat_map(delays).flatten().collect();
        assert!(all.contains(&Duration::ZERO));
        assert!(all.iter().all(|delay| *delay <= Duration::from_millis(5)));
    }
}

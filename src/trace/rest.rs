//! How a tracer waits for its threads: no system call waits for «it sleeps».

use std::{
    thread,
    time::{Duration, Instant},
};

/// A wait for traced threads: first by giving the processor away, which costs the least, then by rests that are short
/// beside what has passed.
pub(super) struct Rest {
    ways_given: u32,
    since: Option<Instant>,
}

impl Rest {
    /// How often the processor is given away to who may be about to sleep before it is time to look.
    const FEW: u32 = 3;
    /// How often to who computes, and will report what it does next.
    const MANY: u32 = 50;
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(20);
    /// The part of the time that has passed that may be lost.
    const PART: u32 = 40;

    pub(super) fn new() -> Rest {
        Rest {
            ways_given: 0,
            since: None,
        }
    }

    /// Gives the processor away, unless that was done often enough.
    pub(super) fn gives_way(&mut self) -> bool {
        self.gives_way_at_most(Rest::FEW)
    }

    /// Gives the processor away to a thread that computes, unless that was done often enough.
    pub(super) fn gives_way_to_work(&mut self) -> bool {
        self.gives_way_at_most(Rest::MANY)
    }

    fn gives_way_at_most(&mut self, most: u32) -> bool {
        let gives_way = self.ways_given < most;
        if gives_way {
            self.ways_given += 1;
            thread::yield_now();
        }
        gives_way
    }

    /// How long it has been rested.
    pub(super) fn elapsed(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Rests a little: the longer it takes, the longer.
    pub(super) fn take(&mut self) {
        let elapsed = self.since.get_or_insert_with(Instant::now).elapsed();
        thread::sleep((elapsed / Rest::PART).clamp(Rest::SHORTEST, Rest::LONGEST));
    }
}

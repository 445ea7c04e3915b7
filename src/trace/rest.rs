//! How a tracer waits for its threads: no system call waits for «it sleeps».

use std::{
    cell::Cell,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

/// What is known of others who want the processor too, and are none of the session's.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd(Rc<Known>);

#[derive(Debug, Default)]
struct Known {
    /// For how many waits it is taken for granted that there are some.
    is_there: Cell<u32>,
    /// For how many waits it is looked whether there are.
    may_be_there: Cell<u32>,
}

/// A wait for traced threads: first by giving the processor away, then by rests that are short beside what has passed.
///
/// To give it away is the cheapest. But in a crowd it comes back late, when everybody had a slice of milliseconds; who
/// sleeps, however short, is soon let in again.
pub(super) struct Rest {
    crowd: Crowd,
    ways_given: u32,
    since: Option<Instant>,
}

impl Rest {
    /// How often the processor is given away at most before it is time to look.
    const MOST_WAYS: u32 = 3;
    /// After this long it has come back late.
    const LATE: Duration = Duration::from_micros(300);
    /// For how many waits a crowd is remembered.
    const MEMORY: u32 = 1_000;
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(20);
    /// The part of the time that has passed that may be lost.
    const PART: u32 = 40;

    pub(super) fn new(crowd: &Crowd) -> Rest {
        Rest {
            crowd: crowd.clone(),
            ways_given: 0,
            since: None,
        }
    }

    /// Gives the processor away, unless that was done often enough. `computed` tells how much of its time went to the
    /// thread that is waited for.
    pub(super) fn gives_way(&mut self, computed: impl Fn() -> Duration) -> bool {
        if self.ways_given >= Rest::MOST_WAYS {
            return false;
        }
        let Known {
            is_there,
            may_be_there,
        } = &*self.crowd.0;
        if let Some(left) = is_there.get().checked_sub(1) {
            is_there.set(left);
            self.ways_given = Rest::MOST_WAYS;
            thread::sleep(Duration::from_nanos(1));
            return true;
        }
        self.ways_given += 1;
        let before = may_be_there.get().checked_sub(1).map(|left| {
            may_be_there.set(left);
            computed()
        });
        let since = Instant::now();
        thread::yield_now();
        let passed = since.elapsed();
        if passed > Rest::LATE {
            match before {
                None => may_be_there.set(Rest::MEMORY),
                Some(before) if computed().saturating_sub(before) < passed / 2 => {
                    is_there.set(Rest::MEMORY);
                }
                Some(_) => {}
            }
        }
        true
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Rests a little: the longer it takes, the longer.
    pub(super) fn take(&mut self) {
        let elapsed = self.since.get_or_insert_with(Instant::now).elapsed();
        thread::sleep((elapsed / Rest::PART).clamp(Rest::SHORTEST, Rest::LONGEST));
    }
}

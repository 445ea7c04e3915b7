//! When time ends a wait: the deadlines of all timers, in the order in which they expire.

use libc::pid_t;
use std::collections::{BTreeMap, HashMap};

/// What expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TimerId {
    /// The time-out of the call in which a thread waits.
    Wait(pid_t),
    /// The alarm of a process.
    Alarm(pid_t),
    /// A POSIX timer of a process.
    Posix(pid_t, i32),
    /// A timer descriptor.
    File(usize),
}

/// A place in the queue. Of two timers that expire at one instant the first armed expires first: the drift of real clocks
/// decides such a tie the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    /// In nanoseconds since the start.
    at: u64,
    armed: u64,
}

/// The deadlines of all timers.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    queue: BTreeMap<Deadline, TimerId>,
    /// The timers in the queue, and those that were suspended.
    timers: HashMap<TimerId, Deadline>,
    armed: u64,
}

impl Deadlines {
    /// Arms a timer anew, to expire at an instant; or disarms it.
    pub(super) fn set(&mut self, timer: TimerId, at: Option<u64>) {
        self.suspend(timer);
        self.timers.remove(&timer);
        if let Some(at) = at {
            self.armed += 1;
            let armed = self.armed;
            self.timers.insert(timer, Deadline { at, armed });
            self.resume(timer);
        }
    }

    /// Takes a timer out of the queue, and remembers its deadline and its place.
    pub(super) fn suspend(&mut self, timer: TimerId) {
        if let Some(deadline) = self.timers.get(&timer) {
            self.queue.remove(deadline);
        }
    }

    /// Puts a suspended timer back in its old place.
    pub(super) fn resume(&mut self, timer: TimerId) {
        if let Some(deadline) = self.timers.get(&timer) {
            self.queue.insert(*deadline, timer);
        }
    }

    /// When a timer expires, or would if it were not suspended.
    pub(super) fn of(&self, timer: TimerId) -> Option<u64> {
        self.timers.get(&timer).map(|deadline| deadline.at)
    }

    /// The next timer, and when it expires.
    pub(super) fn next(&self) -> Option<(u64, TimerId)> {
        let (deadline, timer) = self.queue.first_key_value()?;
        Some((deadline.at, *timer))
    }

    /// Takes the next timer out of the queue that has expired by now. It stays suspended.
    pub(super) fn expire(&mut self, now: u64) -> Option<TimerId> {
        let (at, timer) = self.next()?;
        (at <= now).then(|| self.suspend(timer))?;
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadlines, TimerId::Wait};

    fn expired(deadlines: &mut Deadlines, now: u64) -> Vec<super::TimerId> {
        std::iter::from_fn(|| deadlines.expire(now)).collect()
    }

    #[test]
    fn timers_expire_in_the_order_of_their_deadlines_and_ties_in_the_order_of_arming() {
        let mut deadlines = Deadlines::default();
        deadlines.set(Wait(1), Some(7));
        deadlines.set(Wait(2), Some(5));
        deadlines.set(Wait(3), Some(5));
        assert_eq!(deadlines.next(), Some((5, Wait(2))));
        assert_eq!(deadlines.expire(4), None);
        assert_eq!(expired(&mut deadlines, 5), [Wait(2), Wait(3)]);
        assert_eq!(expired(&mut deadlines, 7), [Wait(1)]);
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn a_suspended_timer_keeps_its_place() {
        let mut deadlines = Deadlines::default();
        deadlines.set(Wait(1), Some(5));
        deadlines.set(Wait(2), Some(5));
        deadlines.suspend(Wait(1));
        assert_eq!(deadlines.next(), Some((5, Wait(2))));
        assert_eq!(deadlines.of(Wait(1)), Some(5));
        deadlines.resume(Wait(1));
        assert_eq!(expired(&mut deadlines, 5), [Wait(1), Wait(2)]);
    }

    #[test]
    fn a_timer_that_is_set_again_goes_behind_and_one_that_is_disarmed_is_gone() {
        let mut deadlines = Deadlines::default();
        deadlines.set(Wait(1), Some(5));
        deadlines.set(Wait(2), Some(5));
        deadlines.set(Wait(1), Some(5));
        assert_eq!(expired(&mut deadlines, 5), [Wait(2), Wait(1)]);
        deadlines.set(Wait(2), None);
        deadlines.resume(Wait(2));
        assert_eq!((deadlines.next(), deadlines.of(Wait(2))), (None, None));
    }
}

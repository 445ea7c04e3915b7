//! The deadlines of all timers, in the order in which they expire.

use libc::pid_t;
use std::collections::{BTreeMap, HashMap};

/// What a deadline belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TimerId {
    /// The time-out of the system call that a thread waits in.
    Wait(pid_t),
    /// The alarm of a process.
    Alarm(pid_t),
    /// A POSIX timer of a process.
    Posix(pid_t, i32),
    /// A timerfd.
    File(usize),
}

/// A place in the queue. Of two timers with the same deadline, the one armed first expires first, as the drift of real
/// clocks would have it.
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
    /// Queued and suspended timers.
    timers: HashMap<TimerId, Deadline>,
    armed: u64,
}

impl Deadlines {
    /// Arms a timer anew, or disarms it.
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

    /// Removes a timer from the queue, but keeps its deadline and its place.
    pub(super) fn suspend(&mut self, timer: TimerId) {
        if let Some(deadline) = self.timers.get(&timer) {
            self.queue.remove(deadline);
        }
    }

    /// Returns a suspended timer to its old place.
    pub(super) fn resume(&mut self, timer: TimerId) {
        if let Some(deadline) = self.timers.get(&timer) {
            self.queue.insert(*deadline, timer);
        }
    }

    /// When a timer expires, or would expire if it were not suspended.
    pub(super) fn of(&self, timer: TimerId) -> Option<u64> {
        self.timers.get(&timer).map(|deadline| deadline.at)
    }

    /// The next timer, and when it expires.
    pub(super) fn next(&self) -> Option<(u64, TimerId)> {
        let (deadline, timer) = self.queue.first_key_value()?;
        Some((deadline.at, *timer))
    }

    /// Removes the next expired timer from the queue. It stays suspended.
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
    fn timers_expire_by_deadline_and_ties_in_the_order_of_arming() {
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
    fn a_timer_that_is_rearmed_loses_its_place_and_a_disarmed_one_never_expires() {
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

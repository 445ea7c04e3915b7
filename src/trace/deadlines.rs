//! The deadlines of all that waits for time, in the order in which they come.

use libc::pid_t;
use std::collections::BTreeMap;

/// When a wait ends by itself. Of two at one instant, that which was armed first comes first: it is what the drift of real
/// clocks makes of such a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline {
    /// In nanoseconds since the start.
    pub(super) at: u64,
    armed: u64,
}

/// The deadlines of all that waits for time.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    threads: BTreeMap<Deadline, pid_t>,
    armed: u64,
}

impl Deadlines {
    /// Lets a thread's wait end at an instant.
    pub(super) fn arm(&mut self, at: u64, thread: pid_t) -> Deadline {
        self.armed += 1;
        let deadline = Deadline {
            at,
            armed: self.armed,
        };
        self.threads.insert(deadline, thread);
        deadline
    }

    /// Arms a deadline again that was taken off, in its old place.
    pub(super) fn arm_again(&mut self, deadline: Deadline, thread: pid_t) {
        self.threads.insert(deadline, thread);
    }

    /// Takes a deadline off.
    pub(super) fn disarm(&mut self, deadline: Deadline) {
        self.threads.remove(&deadline);
    }

    /// The next deadline, and who waits for it.
    pub(super) fn next(&self) -> Option<(Deadline, pid_t)> {
        let (deadline, thread) = self.threads.first_key_value()?;
        Some((*deadline, *thread))
    }
}

#[cfg(test)]
mod tests {
    use super::Deadlines;

    #[test]
    fn of_two_at_one_instant_the_first_armed_comes_first() {
        let mut deadlines = Deadlines::default();
        let later = deadlines.arm(7, 1);
        let first = deadlines.arm(5, 2);
        let second = deadlines.arm(5, 3);
        assert_eq!(deadlines.next(), Some((first, 2)));
        deadlines.disarm(first);
        assert_eq!(deadlines.next(), Some((second, 3)));
        deadlines.arm_again(first, 2);
        assert_eq!(deadlines.next(), Some((first, 2)));
        deadlines.disarm(first);
        deadlines.disarm(second);
        assert_eq!(deadlines.next(), Some((later, 1)));
    }
}

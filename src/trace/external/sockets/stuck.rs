//! Ends of a connection that have more to send than the other end has space for.
//!
//! A read at the other end makes space. But the system also asks for space by itself, 200 ms of real time after it was last told,
//! and sends what little fits (RFC 9293, 3.8.6.1): then how much was sent by when is no longer the same in each run.

use std::{
    mem,
    time::{Duration, Instant},
};

/// How far an end had come when it had to wait: how many bytes it had sent, and for how many there was space. `None` if no bytes
/// wait.
pub(super) type Progress = Option<(u64, u32)>;

/// Where both ends of a connection are stuck.
#[derive(Debug)]
pub(super) struct Stuck {
    ends: [Progress; 2],
    /// Whether bytes have been written or read since then.
    has_moved: bool,
    /// Whether the system has moved an end by itself, or may have.
    was_probed: bool,
    /// Since when they are stuck there, and when they were last looked at, in real time.
    since: Instant,
    seen: Instant,
}

impl Stuck {
    /// For how long the system surely does not ask for space: 200 ms (`TCP_RTO_MIN`), less what a look takes.
    const UNPROBED: Duration = Duration::from_millis(190);
    /// How long a call takes, at most, in which it is not likely to.
    const CALL: Duration = Duration::from_millis(1);

    pub(super) fn new() -> Stuck {
        let now = Instant::now();
        Stuck {
            ends: [None; 2],
            has_moved: false,
            was_probed: false,
            since: now,
            seen: now,
        }
    }

    /// Notes that the program has written or read bytes.
    pub(super) fn note_moved(&mut self) {
        self.has_moved = true;
    }

    /// Notes how far the ends are, and whether bytes are still on their way.
    pub(super) fn note(&mut self, ends: [Progress; 2], is_in_flight: bool) {
        let mut changes = self.ends.iter().zip(&ends);
        if changes.any(|(before, now)| before.is_some() && before != now) {
            let in_call =
                self.since.elapsed() >= Self::UNPROBED && self.seen.elapsed() >= Self::CALL;
            self.was_probed |= !self.has_moved || in_call;
        }
        self.seen = Instant::now();
        if self.ends != ends {
            self.since = self.seen;
        }
        self.ends = ends;
        self.has_moved &= is_in_flight;
    }

    /// Whether the system has moved an end by itself, or may have, since this was last asked.
    pub(super) fn take_was_probed(&mut self) -> bool {
        mem::take(&mut self.was_probed)
    }
}

#[cfg(test)]
mod tests {
    use super::Stuck;

    #[test]
    fn an_end_that_moves_without_a_call_was_moved_by_the_system() {
        let mut stuck = Stuck::new();
        stuck.note([Some((10, 0)), None], false);
        assert!(!stuck.take_was_probed());
        // A read has made space.
        stuck.note_moved();
        stuck.note([Some((20, 0)), None], true);
        stuck.note([Some((30, 0)), None], false);
        assert!(!stuck.take_was_probed());
        stuck.note([Some((30, 0)), None], false);
        assert!(!stuck.take_was_probed());
        stuck.note([Some((31, 0)), None], false);
        assert!(stuck.take_was_probed() && !stuck.take_was_probed());
    }
}

//! Calibration loops: a program makes its work longer until the clock shows that it takes long enough.
//!
//! Computing takes no virtual time, so such a loop would not end. It is told by its computations: between reads of the
//! clock, with nothing else that the tracer sees, each takes longer than the one before. From then on virtual time passes
//! as fast as its process computes, and the recording is marked.

use std::time::Duration;

/// How many computations in a row take longer than the one before.
const GROWING: u32 = 4;
/// The shortest that counts: the tracer looks at a computation only now and then.
const SHORTEST: Duration = Duration::from_millis(20);

/// What a thread's computations between clock reads were like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calibration {
    /// The number of clock reads since the thread's last other system call.
    reads: u64,
    /// How much processor time the thread had used when it was last looked at, and when it was last looked at before the
    /// last of these reads.
    seen: Duration,
    begun: Duration,
    /// How long the last two computations before that took, the later one first.
    last: [Duration; 2],
    /// How many computations took longer than the one before, less two for each that did not.
    growing: u32,
}

impl Calibration {
    /// The thread computes: takes note of its clock reads since its last other system call, and of the processor time that it
    /// has used.
    pub(super) fn note(&mut self, reads: u64, used: Duration) {
        if reads < self.reads {
            *self = Calibration {
                begun: used,
                ..Calibration::default()
            };
        } else if reads > self.reads {
            let current = self.current();
            if current >= SHORTEST {
                // They must differ by more than an exact repetition does. On a busy machine the processor may be twice as fast
                // from one to the next, so the one before that counts, too.
                let [last, before] = self.last;
                let grows = current >= last + last / 8 || current >= before + before / 2;
                self.growing = if grows {
                    self.growing + 1
                } else {
                    self.growing.saturating_sub(2)
                };
                self.last = [current, last];
            }
            self.begun = self.seen;
        }
        self.reads = reads;
        self.seen = used;
    }

    /// How long the thread has computed since its last clock read.
    fn current(&self) -> Duration {
        self.seen.saturating_sub(self.begun)
    }

    /// Whether the thread calibrates, and has computed for at least this long.
    pub(super) fn has_lasted(&self, long: Duration) -> bool {
        self.growing > GROWING && self.current() >= long
    }
}

#[cfg(test)]
mod tests {
    use super::Calibration;
    use std::time::Duration;

    /// Whether a thread that computes for so many milliseconds between pairs of clock reads calibrates in the last.
    fn calibrates(computations: &[u64]) -> bool {
        let mut calibration = Calibration::default();
        let mut before = 0;
        for (reads, ms) in (0..).step_by(2).zip(computations) {
            for part in 1..=10 {
                calibration.note(reads, Duration::from_millis(before + ms * part / 10));
            }
            before += ms;
        }
        calibration.has_lasted(Duration::from_millis(500))
    }

    #[test]
    fn computations_that_grow_several_times_in_a_row_are_a_calibration() {
        assert!(calibrates(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]));
        // As Python's timeit does.
        assert!(calibrates(&[5, 10, 20, 50, 100, 200, 500, 1000]));
        // Too short until now, or too few.
        assert!(!calibrates(&[5, 10, 20, 50, 100, 200, 400]));
        assert!(!calibrates(&[200, 400, 800]));
    }

    /// As was measured of one that doubles its work.
    #[test]
    fn a_computation_that_does_not_seem_to_grow_on_a_busy_machine_does_not_begin_anew() {
        assert!(calibrates(&[31, 96, 213, 277, 1047, 1708]));
        assert!(calibrates(&[38, 74, 150, 163, 294, 832]));
        assert!(calibrates(&[
            21, 31, 96, 213, 213, 200, 420, 840, 1700, 3400
        ]));
    }

    #[test]
    fn equal_and_shrinking_computations_are_none() {
        assert!(!calibrates(&[600; 20]));
        assert!(!calibrates(&[50, 100, 200, 400, 800, 800, 800, 800]));
        assert!(!calibrates(&[3000, 1500, 700, 600]));
    }

    #[test]
    fn another_system_call_begins_anew() {
        let mut calibration = Calibration::default();
        for reads in 1..=10 {
            calibration.note(reads, Duration::from_millis(20 << reads));
        }
        assert!(calibration.has_lasted(Duration::from_secs(1)));
        calibration.note(0, Duration::from_secs(60));
        assert!(!calibration.has_lasted(Duration::from_secs(1)));
    }
}

//! How the tracer waits for its threads. Reports wake it; whether a thread sleeps it has to ask, now and then.

use super::{host::Host, ptrace, wait_timeout::Alarm};
use libc::pid_t;
use std::{
    thread,
    time::{Duration, Instant},
};

/// What a tracer's waits have in common.
pub(super) struct Pace {
    /// `None` where there is none: then the tracer has to ask for reports, too.
    alarm: Option<Alarm>,
    /// For how many more waits the processor is not given away, as others were there to take it.
    crowded: u32,
}

impl Pace {
    /// How long it takes at most until the processor comes back from a thread that does one thing.
    const ONE_THING: Duration = Duration::from_micros(300);
    /// For how many waits it is remembered that it took longer.
    const MEMORY: u32 = 100;

    /// The pace of the calling thread.
    pub(super) fn new(host: &Host) -> Pace {
        Pace {
            alarm: Alarm::new(host),
            crowded: 0,
        }
    }

    /// Gives the processor away, unless it would not come back soon. A thread that gives it away loses its claim to it, and
    /// one that waits does not.
    fn yield_cpu(&mut self) -> bool {
        let yields = self.crowded == 0;
        if yields {
            thread::yield_now();
        } else {
            self.crowded -= 1;
        }
        yields
    }

    /// Takes note of how long the processor was away that was given to a thread that does one thing.
    fn note(&mut self, away: Duration) {
        if away > Pace::ONE_THING {
            self.crowded = Pace::MEMORY;
        }
    }
}

/// A wait for traced threads: first by giving the processor away, which costs the least, then for reports, or by rests that
/// are short beside what has passed.
pub(super) struct Backoff {
    steps: u32,
    since: Option<Instant>,
}

impl Backoff {
    /// How often the processor is yielded to a thread that may be about to sleep, before its state is read.
    const FEW: u32 = 3;
    const SHORTEST: Duration = Duration::from_micros(20);
    /// Where others want the processor, too: a rest that is short takes it from the thread that is waited for, as it comes
    /// back first, and is taken for another claim of those others.
    const SHORTEST_IN_CROWD: Duration = Duration::from_micros(200);
    /// The shortest wait for a report.
    const SHORTEST_WAIT: Duration = Duration::from_millis(2);
    const LONGEST: Duration = Duration::from_millis(20);
    /// The part of the time that has passed that may be lost, by a rest and by a wait for a report.
    const PART: u32 = 40;
    const PART_IN_CROWD: u32 = 4;
    const PART_OF_WAIT: u32 = 10;

    pub(super) fn new() -> Backoff {
        Backoff {
            steps: 0,
            since: None,
        }
    }

    /// Gives the processor away to who may be about to sleep, unless that was done often enough.
    pub(super) fn yield_cpu(&mut self, pace: &mut Pace) -> bool {
        self.steps += 1;
        let begun = Instant::now();
        let yields = self.steps <= Backoff::FEW && pace.yield_cpu();
        if yields {
            pace.note(begun.elapsed());
        }
        yields
    }

    /// Gives the processor away to a thread that computes and will report what it does next; then waits for that once.
    pub(super) fn yield_to_computation(&mut self, pace: &mut Pace) -> bool {
        self.steps += 1;
        match self.steps {
            1 if pace.yield_cpu() => {}
            1 | 2 => {
                self.steps = 2;
                self.wait_for_report(pace, None);
            }
            _ => return false,
        }
        true
    }

    /// Sleeps a little: longer the longer it has waited.
    pub(super) fn wait(&mut self, pace: &Pace) {
        let (part, shortest) = if pace.crowded > 0 {
            (Backoff::PART_IN_CROWD, Backoff::SHORTEST_IN_CROWD)
        } else {
            (Backoff::PART, Backoff::SHORTEST)
        };
        thread::sleep((self.passed() / part).clamp(shortest, Backoff::LONGEST));
    }

    /// Sleeps until a thread, or any, reports, and else a little longer.
    pub(super) fn wait_for_report(&mut self, pace: &Pace, thread: Option<pid_t>) {
        let Some(alarm) = &pace.alarm else {
            return self.wait(pace);
        };
        let wait =
            (self.passed() / Backoff::PART_OF_WAIT).clamp(Backoff::SHORTEST_WAIT, Backoff::LONGEST);
        if !alarm.bound(wait, || ptrace::await_report(thread)) {
            // There is nobody to wait for.
            self.wait(pace);
        }
    }

    /// How long it has been rested, from now on if it has not been yet.
    fn passed(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }
}

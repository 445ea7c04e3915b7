//! How the tracer waits for its tracees. Stops wake it; whether a thread sleeps it has to check now and then.

use super::{host::Host, ptrace, wait_timeout::Alarm};
use libc::pid_t;
use std::{
    thread,
    time::{Duration, Instant},
};

/// What all waits of one tracer share.
pub(super) struct Pace {
    /// `None` if the process has none: then the tracer has to poll for stops, too.
    alarm: Option<Alarm>,
    /// For how many more waits the tracer does not yield the processor, because others competed for it.
    crowded: u32,
}

impl Pace {
    /// How long the processor is away, at most, while a thread does one thing.
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

    /// Yields the processor, unless it would not come back soon: a thread that yields loses its place in the run queue,
    /// and one that sleeps does not.
    fn yield_cpu(&mut self) -> bool {
        let yields = self.crowded == 0;
        if yields {
            thread::yield_now();
        } else {
            self.crowded -= 1;
        }
        yields
    }

    /// Notes how long a yield took during which a thread did one thing.
    fn note(&mut self, away: Duration) {
        if away > Pace::ONE_THING {
            self.crowded = Pace::MEMORY;
        }
    }
}

/// Waits for tracees: first by yielding the processor, which is cheapest, then for stops, or by sleeps that are short
/// compared to the time already waited.
pub(super) struct Backoff {
    steps: u32,
    since: Option<Instant>,
}

impl Backoff {
    /// How often the processor is yielded to a thread that may be about to block, before its state is read.
    const FEW: u32 = 3;
    /// A thread that is resumed blocks within 50 us, and a shorter sleep would end while it does. Reading its
    /// `/proc/PID/syscall` would then take a tick of the system's clock, 4 ms.
    const SHORTEST: Duration = Duration::from_micros(60);
    /// On a busy processor: after a shorter sleep the tracer would preempt the thread that it waits for, which would
    /// then have to compete with the other threads again.
    const SHORTEST_IN_CROWD: Duration = Duration::from_micros(200);
    /// The shortest wait for a stop.
    const SHORTEST_WAIT: Duration = Duration::from_millis(2);
    const LONGEST: Duration = Duration::from_millis(20);
    /// A sleep, and a wait for a stop, last as long as the time already waited divided by this.
    const PART: u32 = 40;
    const PART_IN_CROWD: u32 = 4;
    const PART_OF_WAIT: u32 = 10;

    pub(super) fn new() -> Backoff {
        Backoff {
            steps: 0,
            since: None,
        }
    }

    /// Yields the processor to a thread that may be about to block, unless that was done often enough.
    pub(super) fn yield_cpu(&mut self, pace: &mut Pace) -> bool {
        self.steps += 1;
        let begun = Instant::now();
        let yields = self.steps <= Backoff::FEW && pace.yield_cpu();
        if yields {
            pace.note(begun.elapsed());
        }
        yields
    }

    /// Yields the processor to a thread that computes and then stops; after that waits once for its stop.
    pub(super) fn yield_to_computation(&mut self, pace: &mut Pace) -> bool {
        self.steps += 1;
        match self.steps {
            1 if pace.yield_cpu() => {}
            1 | 2 => {
                self.steps = 2;
                self.wait_for_stop(pace, None);
            }
            _ => return false,
        }
        true
    }

    /// Sleeps, longer the longer it has waited.
    pub(super) fn wait(&mut self, pace: &Pace) {
        let (part, shortest) = if pace.crowded > 0 {
            (Backoff::PART_IN_CROWD, Backoff::SHORTEST_IN_CROWD)
        } else {
            (Backoff::PART, Backoff::SHORTEST)
        };
        thread::sleep((self.passed() / part).clamp(shortest, Backoff::LONGEST));
    }

    /// Sleeps until this thread, or any, stops, or until a time-out that grows.
    pub(super) fn wait_for_stop(&mut self, pace: &Pace, thread: Option<pid_t>) {
        let Some(alarm) = &pace.alarm else {
            return self.wait(pace);
        };
        let wait =
            (self.passed() / Backoff::PART_OF_WAIT).clamp(Backoff::SHORTEST_WAIT, Backoff::LONGEST);
        if !alarm.bound(wait, || ptrace::await_stop(thread)) {
            // There is nothing to wait for.
            self.wait(pace);
        }
    }

    /// How long it has waited; starts the measurement on the first call.
    fn passed(&mut self) -> Duration {
        self.since.get_or_insert_with(Instant::now).elapsed()
    }
}

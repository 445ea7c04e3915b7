//! How long a thread may compute in one turn before it is preempted so that others can run, and the recording is
//! marked.

use super::{
    Halt,
    clock::nanoseconds,
    ptrace::{self, Resume},
    thread::Next,
    tracer::Tracer,
};
use crate::recording::Varies;
use libc::pid_t;
use std::{env, sync::LazyLock, time::Duration};

/// How long a thread may compute in one turn while others wait for theirs, or for time: three seconds. Tests shorten
/// it with `STROBE_MAX_COMPUTING`.
static MAX_COMPUTING: LazyLock<Duration> = LazyLock::new(|| {
    let set = env::var("STROBE_MAX_COMPUTING").ok();
    set.and_then(|set| humantime::parse_duration(&set).ok())
        .unwrap_or(Duration::from_secs(3))
});
/// The part of that which a calibration has taken when it begins to take virtual time.
const PART_OF_CALIBRATION: u32 = 6;
/// How long the threads of its process may compute in one turn after that; the results depend on real time anyway.
const MAX_COMPUTING_AGAIN: Duration = Duration::from_millis(10);

impl Tracer<'_> {
    /// Whether a thread waits for the turn, or anything for time.
    pub(super) fn is_awaited(&self) -> bool {
        self.scheduler.is_awaited()
            || self.deadlines.next().is_some()
            || self.session_io.due().is_some()
    }

    /// Whether what a thread computes takes virtual time although nobody waits: its process was preempted before, or it
    /// calibrates. It has used so much processor time.
    pub(super) fn takes_time(&mut self, id: pid_t, used: Duration) -> bool {
        let reads = self.clock.reads_made();
        let Some(thread) = self.threads.get_mut(&id) else {
            return false;
        };
        let reads = thread.clock_reads.reads + reads;
        thread.calibration.note(reads, used);
        let process = thread.process;
        if self.interrupted.contains(&process) {
            return true;
        }
        let calibrates = thread
            .calibration
            .has_lasted(*MAX_COMPUTING / PART_OF_CALIBRATION);
        if calibrates {
            self.note(&Varies::Calibration);
            self.interrupted.insert(process);
        }
        calibrates
    }

    /// Preempts a thread that has computed for so long: the clock moves as far, but not past the next deadline.
    pub(super) fn preempt(&mut self, id: pid_t, computed: Duration) -> Result<(), Halt> {
        let process = self.threads.get(&id).map(|thread| thread.process);
        let was_interrupted = process.is_some_and(|process| !self.interrupted.insert(process));
        if !was_interrupted {
            self.note(&Varies::Computation(*MAX_COMPUTING));
        }
        self.scheduler.end_turn(id);
        ptrace::interrupt(id);
        self.await_stop(id)?;
        self.scheduler.yield_if_woken(id);
        let computed = nanoseconds(computed);
        match self.next_instant() {
            Some(next) if next <= self.clock.ahead(computed) => self.jump_to(next.min(self.limit)),
            _ => self.clock.compute(computed),
        }
        Ok(())
    }

    /// How long a thread may compute in this turn. In a process that was preempted before, virtual time passes as fast
    /// as it computes.
    pub(super) fn computation_limit(&self, id: pid_t) -> Duration {
        let process = self.threads.get(&id).map(|thread| thread.process);
        if !process.is_some_and(|process| self.interrupted.contains(&process)) {
            return *MAX_COMPUTING;
        }
        let until_next = self
            .next_instant()
            .map(|next| next.saturating_sub(self.clock.now()));
        until_next
            .filter(|_| !self.scheduler.is_awaited())
            .map_or(MAX_COMPUTING_AGAIN, Duration::from_nanos)
            .min(MAX_COMPUTING_AGAIN)
    }

    /// Ends the turn of a thread that is stopped in a spin loop.
    pub(super) fn yield_spinning_turn(&mut self, id: pid_t) {
        self.make_ready(id, Next::Resume(Resume::Continue));
        // Nothing else can end the loop than another thread, which runs at the next deadline unless it waits for the turn.
        if !self.scheduler.is_awaited()
            && let Some(next) = self.next_instant()
        {
            self.jump_to(next.min(self.limit));
        }
    }
}

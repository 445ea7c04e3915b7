//! How long a thread may compute in one turn before it is preempted so that others can run, and the recording is
//! marked.

use super::{
    Halt,
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
/// How long the threads of its process may compute in one turn after that; the results depend on real time anyway.
const MAX_COMPUTING_AGAIN: Duration = Duration::from_millis(10);

impl Tracer<'_> {
    /// Whether a thread waits for the turn, or anything for time.
    pub(super) fn is_awaited(&self) -> bool {
        self.scheduler.is_awaited()
            || self.deadlines.next().is_some()
            || self.session_io.due().is_some()
    }

    /// Preempts a thread that computes. If the others only wait for time, the clock jumps to the next deadline.
    pub(super) fn preempt(&mut self, id: pid_t) -> Result<(), Halt> {
        self.note(&Varies::Computation(*MAX_COMPUTING));
        self.interrupted
            .extend(self.threads.get(&id).map(|thread| thread.process));
        self.scheduler.end_turn(id);
        ptrace::interrupt(id);
        self.await_stop(id)?;
        self.scheduler.yield_if_woken(id);
        self.jump_past_computation();
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
        self.jump_past_computation();
    }

    /// Jumps to the next deadline, unless a thread waits for the turn.
    fn jump_past_computation(&mut self) {
        if !self.scheduler.is_awaited()
            && let Some(next) = self.next_instant()
        {
            self.jump_to(next.min(self.limit));
        }
    }
}

//! The turn of one thread: its start, running until the thread blocks or stops, and its end.

use super::{
    Halt,
    backoff::Backoff,
    blocked::{Seen, Sleep},
    external::{External, named_pipe},
    ptrace,
    thread::{Next, State},
    tracer::Tracer,
};
use crate::recording::Varies;
use libc::pid_t;
use std::time::{Duration, Instant};

/// How long a thread must have slept in a system call that is not reported before it counts as waiting.
const UNKNOWN_WAIT: Duration = Duration::from_millis(5);

impl Tracer<'_> {
    /// Starts a new turn of a thread.
    pub(super) fn give_turn(&mut self, id: pid_t) -> Result<(), Halt> {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.calls = 0;
        }
        self.resume_turn(id)
    }

    /// Gives a thread the turn and resumes it as its state says.
    pub(super) fn resume_turn(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        let State::Ready(next) = thread.state else {
            return Ok(());
        };
        thread.state = State::Running;
        self.awaited = None;
        self.scheduler.start_turn(id);
        self.log(id, |_| "has the turn");
        match next {
            Next::Resume(how) => self.resume_current(id, how),
            Next::Entry => self.handle_syscall_entry(id)?,
            Next::Exit => self.handle_syscall_exit(id)?,
        }
        Ok(())
    }

    /// Runs the thread that has the turn until it stops or blocks.
    pub(super) fn run_current(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        let mut unknown: Option<(Sleep, Instant)> = None;
        let mut begun = None;
        loop {
            if let Some((stopped, stop)) = ptrace::poll_stop(None) {
                self.handle_stop(stopped, stop)?;
                if !self.scheduler.has_turn(id) || stopped == id {
                    return Ok(());
                }
                continue;
            }
            let Some(thread) = self.threads.get(&id) else {
                self.scheduler.end_turn(id);
                return Ok(());
            };
            let is_reported = thread.call.is_some();
            let has_yielded = if is_reported {
                backoff.yield_cpu(&mut self.pace)
            } else {
                backoff.yield_to_computation(&mut self.pace)
            };
            if has_yielded {
                continue;
            }
            match thread.probe.check() {
                Seen::Blocked(sleep) => {
                    if self.session_io.drain()? {
                        // It was blocked because its output was full.
                        continue;
                    }
                    let opens_pipe = !is_reported && named_pipe::is_opened(id, &thread.probe);
                    if !is_reported && !opens_pipe {
                        let (known, since) = *unknown.get_or_insert((sleep, Instant::now()));
                        if known != sleep {
                            self.watch.check()?;
                            unknown = None;
                            continue;
                        }
                        if since.elapsed() < UNKNOWN_WAIT {
                            backoff.wait(&self.pace);
                            continue;
                        }
                    }
                    if !is_reported && !opens_pipe {
                        let what = External::unknown(thread.probe.call());
                        self.note(&Varies::Waited(what));
                    }
                    // Stops from before it blocked come first.
                    if let Some((stopped, stop)) = ptrace::poll_stop(None) {
                        return self.handle_stop(stopped, stop);
                    }
                    self.wait(id, sleep);
                    return Ok(());
                }
                Seen::Dead if self.takes_over_leader(id) => self.await_exec(&mut backoff)?,
                Seen::Dead => {
                    self.set_state(id, State::Ended);
                    self.recheck_stops = true;
                    return Ok(());
                }
                Seen::Busy => {
                    self.watch.check()?;
                    let used = thread.probe.cpu_time();
                    // A thread that reads the clock is not in one long computation.
                    let reads_left = self.clock.reads_left();
                    let (since, before) = begun.unwrap_or((used, reads_left));
                    let since = if before == reads_left { since } else { used };
                    begun = Some((since, reads_left));
                    let computed = used.saturating_sub(since);
                    let computation = thread.computation;
                    let is_awaited = self.is_awaited();
                    if !is_reported && (is_awaited || self.takes_time(id, used)) {
                        if computed >= self.computation_limit(id) {
                            return self.preempt(id, computed);
                        }
                        if is_awaited
                            && computed >= computation.next_trial()
                            && before == reads_left
                        {
                            if self.spins(id)? {
                                self.yield_spinning_turn(id);
                                return Ok(());
                            }
                            if !self.scheduler.has_turn(id) {
                                return Ok(());
                            }
                            continue;
                        }
                    }
                    if is_reported {
                        backoff.wait(&self.pace);
                    } else {
                        backoff.wait_for_stop(&self.pace, None);
                    }
                }
            }
        }
    }

    /// The thread that has the turn has blocked in a system call.
    fn wait(&mut self, id: pid_t, sleep: Sleep) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.sleep = Some(sleep);
            thread.reach = None;
        }
        self.set_state(id, State::Waiting);
        self.log_wait(id);
    }
}

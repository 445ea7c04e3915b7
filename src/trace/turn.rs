//! The turn of one thread: its start, running until the thread blocks or stops, and its end.

use super::{
    Halt,
    backoff::Backoff,
    blocked::{Seen, Sleep},
    clock_cost::READS_IN_A_TURN,
    external::{External, named_pipe},
    ptrace::{self, Resume},
    thread::{Next, State, Thread},
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
        self.scheduler.start_turn(id);
        self.log(id, |_| "has the turn");
        match next {
            Next::Resume(how) => self.resume_current(id, how),
            Next::Entry => self.handle_syscall_entry(id)?,
            Next::Exit => self.handle_syscall_exit(id)?,
        }
        Ok(())
    }

    /// Leaves a thread stopped until its turn.
    pub(super) fn make_ready(&mut self, id: pid_t, next: Next) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let was_ready = matches!(thread.state, State::Ready(_));
        if thread.state == State::Waiting {
            thread.turns = 0;
            self.release_held_writers();
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        thread.state = State::Ready(next);
        thread.sleep = None;
        thread.reach = None;
        let creation = thread.creation;
        if self.scheduler.has_turn(id) {
            self.scheduler.yield_turn(id);
        } else if !was_ready {
            self.log(id, |_| "is woken");
            self.scheduler.wake(id, creation);
        }
    }

    /// Resumes a stopped thread now if it has the turn, otherwise when it gets it.
    pub(super) fn resume_on_turn(&mut self, id: pid_t, how: Resume) {
        if self.scheduler.has_turn(id) {
            self.resume_current(id, how);
        } else {
            self.make_ready(id, Next::Resume(how));
        }
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
                Seen::Dead => {
                    self.set_state(id, State::Ended);
                    self.recheck_stops = true;
                    return Ok(());
                }
                Seen::Busy => {
                    self.watch.check()?;
                    let computed = thread.probe.cpu_time();
                    // A thread that reads the clock is not in one long computation.
                    let reads_left = self.clock.reads_left();
                    let (since, before) = begun.unwrap_or((computed, reads_left));
                    let since = if before == reads_left {
                        since
                    } else {
                        computed
                    };
                    begun = Some((since, reads_left));
                    let computed = computed.saturating_sub(since);
                    let computation = thread.computation;
                    if !is_reported && self.is_awaited() {
                        if computed >= self.computation_limit(id) {
                            return self.preempt(id);
                        }
                        if computed >= computation.next_trial() && before == reads_left {
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

    /// Sets a state in which a thread does not have the turn.
    pub(super) fn set_state(&mut self, id: pid_t, state: State) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.state = state;
        }
        if self.scheduler.end_turn(id) {
            self.count_page_reads(id);
        }
    }

    /// Stops the thread that has the turn until all threads are quiescent. Then it resumes first, unless it yields.
    pub(super) fn resume_when_quiescent(&mut self, id: pid_t, yields: bool) {
        self.make_ready(id, Next::Resume(Resume::Continue));
        if !yields {
            self.scheduler.resume_first(id);
        }
    }

    /// Resumes the thread that has the turn. It may read the clock page until its turn is over, or until the next
    /// deadline.
    pub(super) fn resume_current(&mut self, id: pid_t, how: Resume) {
        if let Some(thread) = self.threads.get(&id) {
            // The last one is a system call, which yields the turn.
            let reads = READS_IN_A_TURN - 1 - thread.clock_reads.reads % READS_IN_A_TURN;
            // A thread that returns from a system call without a stop must not read the clock before its turn.
            let may_read = self.threads.values().all(Thread::stops_before_running);
            let reads = if may_read { reads } else { 0 };
            let until = self.next_instant().unwrap_or(u64::MAX).min(self.limit);
            self.clock
                .grant_reads(reads, thread.clock_reads.cost, until);
            let calls = if may_read {
                self.unseen_calls(thread)
            } else {
                0
            };
            self.clock.page_mut().grant_calls(calls);
            self.page_reader = Some(id);
        }
        ptrace::resume(id, how);
    }

    /// Resumes a thread after a system call: now, or on its next turn.
    pub(super) fn after_call(&mut self, id: pid_t, yields: bool) {
        // After the limit the program does nothing more.
        if yields || self.clock.now() >= self.limit {
            self.make_ready(id, Next::Resume(Resume::Continue));
        } else {
            self.resume_on_turn(id, Resume::Continue);
        }
    }
}

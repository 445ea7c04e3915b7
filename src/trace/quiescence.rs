//! How it is known that no thread can move: runs the thread that has the turn until it blocks or reports, and waits until all
//! others are quiescent.

use super::{
    Halt,
    backoff::Backoff,
    blocked::{Probe, Seen, Sleep},
    external::External,
    external_wait::awaited,
    ptrace::{self, Resume},
    thread::{Next, State},
    tracer::Tracer,
};
use libc::pid_t;
use std::time::{Duration, Instant};

/// How long a thread may compute in one turn while others wait for theirs, or for time.
const MOST_COMPUTING: Duration = Duration::from_secs(3);
/// How long the threads of its process may compute in one turn from then on, which real time decides anyway.
const MOST_COMPUTING_AGAIN: Duration = Duration::from_millis(10);
/// How long a thread must have slept in a call that is not reported until that is taken for a wait.
const UNKNOWN_WAIT: Duration = Duration::from_millis(5);

impl Tracer<'_> {
    /// Runs the thread that has the turn, until it reports something or blocks.
    pub(super) fn run_current(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        let mut unknown: Option<(Sleep, Instant)> = None;
        let mut begun = None;
        loop {
            if let Some((who, stop)) = ptrace::report(None) {
                self.on_stop(who, stop)?;
                if !self.scheduler.has_turn(id) || who == id {
                    return Ok(());
                }
                continue;
            }
            let Some(thread) = self.threads.get(&id) else {
                self.scheduler.end_turn(id);
                return Ok(());
            };
            let is_reported = thread.call.is_some();
            let yielded_turn = if is_reported {
                backoff.yields(&mut self.pace)
            } else {
                backoff.yields_to_work(&mut self.pace)
            };
            if yielded_turn {
                continue;
            }
            match thread.probe.check() {
                Seen::Blocked(sleep) => {
                    if self.session_io.drain()? {
                        // It waited for room.
                        continue;
                    }
                    if !is_reported {
                        let (known, since) = *unknown.get_or_insert((sleep, Instant::now()));
                        if known != sleep {
                            self.watch.look()?;
                            unknown = None;
                            continue;
                        }
                        if since.elapsed() < UNKNOWN_WAIT {
                            backoff.wait(&self.pace);
                            continue;
                        }
                    }
                    if !is_reported {
                        let what = External::unknown(thread.probe.call());
                        self.note(awaited(&what));
                    }
                    // What was reported before it blocked comes first.
                    if let Some((who, stop)) = ptrace::report(None) {
                        return self.on_stop(who, stop);
                    }
                    self.wait(id, sleep);
                    return Ok(());
                }
                Seen::Dead => {
                    self.set_state(id, State::Ended);
                    self.has_killed = true;
                    return Ok(());
                }
                Seen::Busy => {
                    self.watch.look()?;
                    let computed = thread.probe.computed();
                    // A thread that reads a clock does something else in between.
                    let looks = self.clock.reads_left();
                    let (since, before) = begun.unwrap_or((computed, looks));
                    let since = if before == looks { since } else { computed };
                    begun = Some((since, looks));
                    let computed = computed.saturating_sub(since);
                    let computation = thread.computation;
                    if !is_reported && self.is_awaited() {
                        if computed >= self.most_computing(id) {
                            return self.preempt(id);
                        }
                        if computed >= computation.next_trial() && before == looks {
                            if self.spins(id)? {
                                self.let_others_run(id);
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
                        backoff.wait_for_report(&self.pace, None);
                    }
                }
            }
        }
    }

    /// The thread that has the turn sleeps in a call.
    fn wait(&mut self, id: pid_t, sleep: Sleep) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.sleep = Some(sleep);
            thread.reach = None;
        }
        self.set_state(id, State::Waiting);
        self.log_wait(id);
    }

    /// Gives a thread a state in which it does not have the turn.
    pub(super) fn set_state(&mut self, id: pid_t, state: State) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.state = state;
        }
        if self.scheduler.end_turn(id) {
            self.count_page_reads(id);
        }
    }

    /// Whether anybody waits for the turn, or for time.
    fn is_awaited(&self) -> bool {
        self.scheduler.is_awaited()
            || self.deadlines.next().is_some()
            || self.session_io.due().is_some()
    }

    /// Takes the turn away from a thread that computes; if others only wait for time, the clock jumps to the end of the first wait.
    fn preempt(&mut self, id: pid_t) -> Result<(), Halt> {
        self.note(format!(
            "a computation was interrupted after {} s, so that others could go on",
            MOST_COMPUTING.as_secs()
        ));
        self.interrupted
            .extend(self.threads.get(&id).map(|thread| thread.process));
        self.scheduler.end_turn(id);
        ptrace::interrupt(id);
        self.await_report(id)?;
        self.scheduler.yield_if_woken(id);
        self.jump_beside_computation();
        Ok(())
    }

    /// How long a thread may compute in this turn. In a process that was interrupted before, time goes on as fast as it computes.
    fn most_computing(&self, id: pid_t) -> Duration {
        let process = self.threads.get(&id).map(|thread| thread.process);
        if !process.is_some_and(|process| self.interrupted.contains(&process)) {
            return MOST_COMPUTING;
        }
        let until_next = self
            .next_instant()
            .map(|next| next.saturating_sub(self.clock.now()));
        until_next
            .filter(|_| !self.scheduler.is_awaited())
            .map_or(MOST_COMPUTING_AGAIN, Duration::from_nanos)
            .min(MOST_COMPUTING_AGAIN)
    }

    /// Takes the turn away from a thread that is stopped in a loop in which it waits for memory to change.
    fn let_others_run(&mut self, id: pid_t) {
        self.make_ready(id, Next::Resume(Resume::On));
        self.jump_beside_computation();
    }

    /// Goes to where time ends a wait, if nothing else is waited for.
    fn jump_beside_computation(&mut self) {
        if !self.scheduler.is_awaited()
            && let Some(next) = self.next_instant()
        {
            self.clock.jump(next.min(self.limit));
        }
    }

    /// Waits for a report of a thread that is about to come.
    pub(super) fn await_report(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        while self.threads.contains_key(&id) {
            if let Some((id, stop)) = ptrace::report(Some(id)) {
                return self.on_stop(id, stop);
            }
            if self
                .threads
                .get(&id)
                .is_some_and(|thread| thread.probe.is_dead())
            {
                self.has_killed = true;
                return Ok(());
            }
            if !backoff.yields(&mut self.pace) {
                self.watch.look()?;
                backoff.wait_for_report(&self.pace, Some(id));
            }
        }
        Ok(())
    }

    /// Waits for a report of a thread that has been woken, or until it waits again.
    pub(super) fn await_rest(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        while let Some(thread) = self.threads.get_mut(&id) {
            if let Some((id, stop)) = ptrace::report(Some(id)) {
                return self.on_stop(id, stop);
            }
            match thread.probe.check() {
                Seen::Blocked(sleep) => {
                    thread.sleep = Some(sleep);
                    return Ok(());
                }
                Seen::Dead => {
                    self.has_killed = true;
                    return Ok(());
                }
                Seen::Busy => {}
            }
            if !backoff.yields(&mut self.pace) {
                self.watch.look()?;
                backoff.wait(&self.pace);
            }
        }
        Ok(())
    }

    /// Takes what has been reported, and says whether anything was.
    pub(super) fn take_reports(&mut self) -> Result<bool, Halt> {
        let mut any = false;
        while let Some((id, stop)) = ptrace::report(None) {
            any = true;
            self.on_stop(id, stop)?;
        }
        Ok(any)
    }

    /// Takes what has appeared on the terminal without a write, such as an echo; says whether anything had.
    pub(super) fn take_output(&mut self) -> Result<bool, Halt> {
        let any = self.session_io.drain()?;
        if any {
            self.session_io.wrote(self.clock.instant())?;
        }
        Ok(any)
    }

    /// Waits until nothing among the traced threads can move by itself; [`super::blocked`] says how that is known.
    pub(super) fn wait_until_quiescent(&mut self) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        loop {
            let moved = self.take_reports()?;
            let moved = self.take_output()? || moved;
            if !moved && self.is_quiescent() && !self.take_reports()? && !self.take_output()? {
                if !self.session_io.send_more()? {
                    return Ok(());
                }
                backoff = Backoff::new();
            }
            if backoff.yields(&mut self.pace) {
                continue;
            }
            self.watch.look()?;
            backoff.wait(&self.pace);
        }
    }

    /// Lets everything come to rest before the thread that has the turn resumes, with its turn unless that is over.
    pub(super) fn let_others_rest(&mut self, id: pid_t, yields: bool) {
        self.make_ready(id, Next::Resume(Resume::On));
        if !yields {
            self.scheduler.resume_first(id);
        }
    }

    /// Whether every thread is where it was known to be before: in the same sleep, or stopped. Those that are not are checked
    /// at, for the next time.
    fn is_quiescent(&mut self) -> bool {
        let mut is_quiescent = true;
        for (id, thread) in &mut self.threads {
            let look = match thread.state {
                State::New | State::Running | State::Signalled => {
                    is_quiescent = false;
                    continue;
                }
                // It may have been killed, which whoever kills it takes note of.
                State::Ready(_) | State::Stopped | State::Standing | State::Exiting => {
                    if self.has_killed && !thread.probe.is_stopped() {
                        let is_dead = thread.probe.is_dead();
                        is_quiescent &= is_dead;
                    }
                    continue;
                }
                State::Ended => continue,
                State::Waiting => Probe::check,
                State::WaitingForVfork => Probe::check_deep_sleep,
            };
            let slept_on = thread
                .sleep
                .is_some_and(|sleep| thread.probe.still_sleeps(sleep));
            if slept_on {
                continue;
            }
            let seen = look(&thread.probe);
            if seen == Seen::Dead {
                self.has_killed = true;
                continue;
            }
            is_quiescent = false;
            thread.sleep = match seen {
                Seen::Blocked(sleep) => Some(sleep),
                Seen::Busy | Seen::Dead => None,
            };
            if thread.sleep.is_none() && thread.call.is_none() && thread.state == State::Waiting {
                // It has left a call whose end is not reported, and must not resume before its turn.
                ptrace::interrupt(*id);
            }
        }
        is_quiescent
    }
}

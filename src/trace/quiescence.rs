//! How the tracer knows that no thread can move: it waits until all threads are quiescent.

use super::{
    Halt,
    backoff::Backoff,
    blocked::{Probe, Seen},
    ptrace,
    syscall::wake_ups::Waits,
    thread::State,
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Waits for a stop of a thread that must come.
    pub(super) fn await_stop(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        while self.threads.contains_key(&id) {
            if let Some((id, stop)) = ptrace::poll_stop(Some(id)) {
                return self.handle_stop(id, stop);
            }
            if self
                .threads
                .get(&id)
                .is_some_and(|thread| thread.probe.is_dead())
            {
                self.recheck_stops = true;
                return Ok(());
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait_for_stop(&self.pace, Some(id));
            }
        }
        Ok(())
    }

    /// Waits until a thread that was woken stops or blocks again.
    pub(super) fn await_stop_or_block(&mut self, id: pid_t) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        while let Some(thread) = self.threads.get_mut(&id) {
            if let Some((id, stop)) = ptrace::poll_stop(Some(id)) {
                return self.handle_stop(id, stop);
            }
            match thread.probe.check() {
                Seen::Blocked(sleep) => {
                    thread.sleep = Some(sleep);
                    return Ok(());
                }
                Seen::Dead => {
                    self.recheck_stops = true;
                    return Ok(());
                }
                Seen::Busy => {}
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait(&self.pace);
            }
        }
        Ok(())
    }

    /// Handles all pending stops. Returns whether there were any.
    pub(super) fn handle_stops(&mut self) -> Result<bool, Halt> {
        let mut any = false;
        while let Some((id, stop)) = ptrace::poll_stop(None) {
            any = true;
            self.handle_stop(id, stop)?;
        }
        Ok(any)
    }

    /// Records what has appeared on the terminal without a write, such as an echo. Returns whether there was anything.
    pub(super) fn drain_output(&mut self) -> Result<bool, Halt> {
        let any = self.session_io.drain()?;
        if any {
            self.session_io.wrote(self.clock.instant())?;
        }
        Ok(any)
    }

    /// Waits until no traced thread can move by itself; [`super::blocked`] says how that is known.
    pub(super) fn wait_until_quiescent(&mut self) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        loop {
            let moved = self.handle_stops()?;
            let moved = self.drain_output()? || moved;
            if !moved && self.is_quiescent() && !self.handle_stops()? && !self.drain_output()? {
                if !self.session_io.send_more()? {
                    self.ended_waits = Waits::NONE;
                    return Ok(());
                }
                backoff = Backoff::new();
            }
            if backoff.yield_cpu(&mut self.pace) {
                continue;
            }
            self.watch.check()?;
            backoff.wait(&self.pace);
        }
    }

    /// Whether every thread is still in the same sleep, or stopped. The new sleep of any other thread is noted for the
    /// next pass.
    fn is_quiescent(&mut self) -> bool {
        let mut is_quiescent = true;
        let may_have_ended = if self.recheck_stops || self.readiness_signals {
            Waits::ANY
        } else {
            self.ended_waits
        };
        for (id, thread) in &mut self.threads {
            let check = match thread.state {
                State::New | State::Running | State::Signalled => {
                    is_quiescent = false;
                    continue;
                }
                // It may have been killed; whatever kills a thread sets `recheck_stops`.
                State::Ready(_) | State::Stopped | State::HeldAtEntry | State::Exiting => {
                    if self.recheck_stops && !thread.probe.is_stopped() {
                        let is_dead = thread.probe.is_dead();
                        is_quiescent &= is_dead;
                    }
                    continue;
                }
                State::Ended => continue,
                State::Waiting => Probe::check,
                State::WaitingForVfork => Probe::check_deep_sleep,
            };
            // Nothing else can wake it: it sleeps as it did when it blocked.
            let waits = thread.waits();
            let is_settled = thread.sleep.is_some()
                && Waits::CALLS.contains(waits)
                && !waits.overlaps(may_have_ended);
            if is_settled {
                continue;
            }
            let slept_on = thread
                .sleep
                .is_some_and(|sleep| thread.probe.still_sleeps(sleep));
            if slept_on {
                continue;
            }
            let seen = check(&thread.probe);
            if seen == Seen::Dead {
                self.recheck_stops = true;
                continue;
            }
            is_quiescent = false;
            thread.sleep = match seen {
                Seen::Blocked(sleep) => Some(sleep),
                Seen::Busy | Seen::Dead => None,
            };
            if thread.sleep.is_none() && thread.call.is_none() && thread.state == State::Waiting {
                // It has left a system call whose exit is not reported, and must not run before its turn.
                ptrace::interrupt(*id);
            }
        }
        is_quiescent
    }
}

//! The exits of threads and processes, one at a time.
//!
//! A thread stops on its way to its end, before its process closes its descriptors. There the tracer pulls those out of the
//! kernel that poll, so that they see all of what is closed or nothing; then the thread ends. The system tells a parent of a
//! traced child's end when the tracer takes that in, which it does when nothing can move: else which thread gets the signal
//! would depend on which threads stood in a stop.

use super::{
    Halt,
    backoff::Backoff,
    ptrace::{self, Resume},
    thread::{State, Thread},
    tracer::Tracer,
};
use libc::pid_t;
use std::mem;

impl Tracer<'_> {
    /// Waits until nothing can move, and takes in the ends of threads meanwhile, one at a time: the system tells a parent of a
    /// child's end when that is taken in, and the threads that this wakes come to rest before the next.
    pub(super) fn reap_until_quiescent(&mut self) -> Result<(), Halt> {
        loop {
            self.wait_until_quiescent()?;
            if !mem::take(&mut self.recheck_stops) {
                return Ok(());
            }
            if let Some(id) = self
                .in_order_of_ends(|thread| thread.state == State::Exiting)
                .first()
            {
                self.finish_exit(*id)?;
                continue;
            }
            let dead = |thread: &Thread| thread.state == State::Ended || thread.probe.is_dead();
            for id in self.in_order_of_ends(dead) {
                if let Some(end) = ptrace::reap(id) {
                    self.handle_stop(id, end)?;
                    break;
                }
                // Its process lives on.
                self.set_state(id, State::Ended);
            }
        }
    }

    /// The threads of which this holds, those that end a process last: the end of a process is that of its last thread.
    fn in_order_of_ends(&self, holds: impl Fn(&Thread) -> bool) -> Vec<pid_t> {
        let threads = self.threads.iter().filter(|(_, thread)| holds(thread));
        let mut threads: Vec<_> = threads
            .map(|(id, thread)| (thread.process == *id, thread.creation, *id))
            .collect();
        threads.sort_unstable();
        threads.into_iter().map(|(_, _, id)| id).collect()
    }

    /// Lets a thread end that is on its way there, and waits until it has. Its end is taken in when nothing can move.
    pub(super) fn finish_exit(&mut self, id: pid_t) -> Result<(), Halt> {
        if let Some(thread) = self.threads.get_mut(&id) {
            // Whatever it was blocked for.
            thread.state = State::Exiting;
        }
        if !self.process_outlives(id) {
            self.pull_out_pollers()?;
        }
        ptrace::resume(id, Resume::Continue);
        self.recheck_stops = true;
        let mut backoff = Backoff::new();
        while let Some(thread) = self.threads.get(&id) {
            if thread.probe.is_dead() {
                self.set_state(id, State::Ended);
                return Ok(());
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait_for_report(&self.pace, Some(id));
            }
        }
        Ok(())
    }

    /// Whether a thread's process has other threads that have not ended.
    fn process_outlives(&self, id: pid_t) -> bool {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        self.threads.iter().any(|(other, thread)| {
            *other != id && thread.process == process && thread.state != State::Ended
        })
    }
}

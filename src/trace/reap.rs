//! The exits of threads and processes, one at a time.
//!
//! A thread stops on its way out, before its process closes its descriptors. There the tracer interrupts all pollers,
//! so that they see either nothing or everything of what is closed; then the thread exits. The kernel tells the parent
//! of a traced child that it ended when the tracer reaps the child, and the tracer does that when all threads are
//! quiescent. Otherwise the threads that happen to be stopped would decide which thread gets the signal.

use super::{
    Halt,
    backoff::Backoff,
    ptrace::{self, Resume, Stop},
    syscall::wake_ups::Waits,
    thread::{State, Thread},
    tracer::Tracer,
};
use crate::recording::End;
use libc::pid_t;
use std::{fs, mem};

impl Tracer<'_> {
    /// A thread has ended. The exit status of the program's first process is that of the run.
    pub(super) fn ended(&mut self, id: pid_t, end: End) -> Result<(), Halt> {
        let process = self.threads.get(&id).map(|thread| thread.process);
        self.recheck_after_exit(id);
        self.lone_exits.remove(&id);
        self.remove(id);
        if let Some(process) = process
            && self.threads.values().all(|other| other.process != process)
        {
            self.forget_timers(process);
        }
        self.pidfds.remove(&id);
        self.pages.remove(&id);
        if id == self.root {
            return Err(Halt::Ended(end));
        }
        Ok(())
    }

    /// Waits until all threads are quiescent, and reaps ended threads meanwhile, one at a time: reaping a child
    /// notifies its parent, and the threads that this wakes must be quiescent before the next one is reaped.
    pub(super) fn reap_until_quiescent(&mut self) -> Result<(), Halt> {
        loop {
            self.wait_until_quiescent()?;
            let recheck = mem::take(&mut self.recheck_stops);
            if !mem::take(&mut self.reap_due) && !recheck {
                return Ok(());
            }
            if let Some(id) = self
                .in_order_of_exit(|thread| thread.state == State::Exiting)
                .first()
            {
                self.finish_exit(*id)?;
                self.recheck_stops |= recheck;
                continue;
            }
            let dead = |thread: &Thread| {
                thread.state == State::Ended || (recheck && thread.probe.is_dead())
            };
            for id in self.in_order_of_exit(dead) {
                if let Some(end) = ptrace::reap(id) {
                    self.handle_stop(id, end)?;
                    self.recheck_stops |= recheck;
                    break;
                }
                // Its process lives on.
                self.set_state(id, State::Ended);
            }
        }
    }

    /// The threads for which `holds` is true, thread group leaders last: a process ends when its last thread does.
    fn in_order_of_exit(&self, holds: impl Fn(&Thread) -> bool) -> Vec<pid_t> {
        let threads = self.threads.iter().filter(|(_, thread)| holds(thread));
        let mut threads: Vec<_> = threads
            .map(|(id, thread)| (thread.process == *id, thread.creation, *id))
            .collect();
        threads.sort_unstable();
        threads.into_iter().map(|(_, _, id)| id).collect()
    }

    /// Lets a thread in its exit stop exit, and waits until it has. It is reaped once all threads are quiescent.
    pub(super) fn finish_exit(&mut self, id: pid_t) -> Result<(), Halt> {
        if let Some(thread) = self.threads.get_mut(&id) {
            // Whatever it was blocked on.
            thread.state = State::Exiting;
        }
        if !self.process_outlives(id) {
            self.pull_out_pollers()?;
            self.pull_out_lockers()?;
        }
        ptrace::resume(id, Resume::Continue);
        self.recheck_after_exit(id);
        let mut backoff = Backoff::new();
        while let Some(thread) = self.threads.get(&id) {
            // A thread that executes a program takes over the id of its thread group leader, which has ended then.
            if let Some((_, stop)) = ptrace::poll_stop(Some(id)) {
                return self.handle_stop(id, stop);
            }
            if thread.probe.is_dead() {
                // Another thread of its process may have ended it, and wait in `execve` until it is reaped (ptrace(2)).
                let is_awaited = thread.process != id && !self.lone_exits.contains(&id);
                if is_awaited && let Some(end) = ptrace::reap(id) {
                    return self.handle_stop(id, end);
                }
                self.set_state(id, State::Ended);
                return Ok(());
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait_for_stop(&self.pace, Some(id));
            }
        }
        Ok(())
    }

    /// Notes whether a thread exits alone, and which waits that may end: those of threads that wait for its end.
    pub(super) fn note_exit(&mut self, id: pid_t, stop: Stop) {
        if stop == Stop::Exiting && self.exits_alone(id) {
            self.lone_exits.insert(id);
        }
        self.ended_waits = self.ended_waits.and(if self.lone_exits.contains(&id) {
            Waits::FUTEX
        } else {
            Waits::ANY
        });
    }

    /// Whether a thread in its exit stop has called `exit` for itself, its process lives on, and it has no children, which
    /// might get a signal for it (`PR_SET_PDEATHSIG(2const)`).
    fn exits_alone(&self, id: pid_t) -> bool {
        self.process_outlives(id)
            && ptrace::registers(id).is_some_and(|registers| registers.call() == libc::SYS_exit)
            && fs::read(format!("/proc/{id}/task/{id}/children"))
                .is_ok_and(|children| children.trim_ascii().is_empty())
    }

    /// A thread exits, or has: what must be looked at again.
    pub(super) fn recheck_after_exit(&mut self, id: pid_t) {
        if self.lone_exits.contains(&id) {
            self.reap_due = true;
        } else {
            self.recheck_stops = true;
        }
    }

    /// Whether a thread whose id is gone has taken over that of its thread group leader, as it executes a program.
    pub(super) fn takes_over_leader(&self, id: pid_t) -> bool {
        let Some(thread) = self.threads.get(&id) else {
            return false;
        };
        let leader = self.threads.get(&thread.process);
        let has_leader = leader.is_some_and(|leader| !leader.probe.is_dead());
        self.executing.contains(&id) && thread.process != id && has_leader
    }

    /// Waits for the stop of a thread that has taken over the id of its leader: it comes once the program is executed.
    pub(super) fn await_exec(&mut self, backoff: &mut Backoff) -> Result<(), Halt> {
        self.watch.check()?;
        backoff.wait_for_stop(&self.pace, None);
        Ok(())
    }

    /// Whether other threads of a thread's process have not ended.
    fn process_outlives(&self, id: pid_t) -> bool {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        self.threads.iter().any(|(other, thread)| {
            *other != id && thread.process == process && thread.state != State::Ended
        })
    }
}

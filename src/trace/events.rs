//! Ptrace stops, and what follows from each.

use super::{
    Halt,
    deadlines::TimerId,
    proc::process_of,
    ptrace::{self, Resume, Stop},
    spin_loops::Computation,
    syscall::wake_ups::Waits,
    thread::{Next, State, Thread},
    tracer::Tracer,
};
use crate::recording::{End, Signal};
use libc::pid_t;

impl Tracer<'_> {
    /// Handles a stop of a thread.
    pub(super) fn handle_stop(&mut self, id: pid_t, stop: Stop) -> Result<(), Halt> {
        if !self.threads.contains_key(&id) {
            // Its clone event is about to be reported.
            self.early.insert(id, stop);
            return Ok(());
        }
        self.count_page_reads(id);
        self.log_stop(id, stop);
        match stop {
            Stop::SyscallEntry | Stop::SyscallExit | Stop::Interrupted => {}
            Stop::Exiting | Stop::Exited(_) => self.note_exit(id, stop),
            _ => self.ended_waits = Waits::ANY,
        }
        if stop != Stop::Interrupted
            && let Some(thread) = self.threads.get_mut(&id)
        {
            // From here on it computes something else.
            thread.computation = Computation::default();
            self.executing.remove(&id);
        }
        match stop {
            Stop::Exited(status) => {
                let status = u8::try_from(status & 0xff).unwrap_or(u8::MAX);
                self.ended(id, End::Exit(status))?;
            }
            Stop::Killed(signal) => {
                if signal == libc::SIGKILL {
                    self.note_cpu_limit(signal);
                }
                let signal = Signal::try_from(signal).ok();
                self.ended(id, signal.map_or(End::Exit(u8::MAX), End::Killed))?;
            }
            Stop::SyscallEntry if self.scheduler.has_turn(id) => self.handle_syscall_entry(id)?,
            Stop::SyscallEntry => self.make_ready(id, Next::Entry),
            Stop::Exiting if self.is_of_current(id) => self.finish_exit(id)?,
            Stop::Exiting => {
                self.set_state(id, State::Exiting);
                self.recheck_after_exit(id);
            }
            Stop::SyscallExit => {
                // Its result is handled on its turn, but its time-out no longer runs.
                self.deadlines.suspend(TimerId::Wait(id));
                self.note_lock_from_outside(id);
                if self.scheduler.has_turn(id) {
                    self.handle_syscall_exit(id)?;
                } else if !self.restart_if_pulled_out(id) && !self.leaves_for_signal(id) {
                    self.make_ready(id, Next::Exit);
                }
            }
            Stop::Cloned(new) => {
                self.inherit_cpu_limit(id, new);
                self.add_thread(id, new)?;
                if self.scheduler.has_turn(id) {
                    // The new thread queues now, before threads that this one will wake.
                    self.resume_when_quiescent(id, false);
                } else {
                    self.resume_on_turn(id, Resume::Continue);
                }
            }
            Stop::Vforked(new) => {
                self.inherit_cpu_limit(id, new);
                self.add_thread(id, new)?;
                ptrace::resume(id, Resume::Continue);
                self.set_state(id, State::WaitingForVfork);
            }
            Stop::VforkDone | Stop::Interrupted => self.resume_on_turn(id, Resume::Continue),
            Stop::Exec(former) => self.handle_exec(id, former)?,
            Stop::Group => self.handle_group_stop(id),
            Stop::Signal(signal) => self.handle_signal(id, signal)?,
        }
        Ok(())
    }

    /// Whether a thread belongs to the process of the thread that has the turn, which may wait for its end.
    fn is_of_current(&self, id: pid_t) -> bool {
        let process = |id| self.threads.get(&id).map(|thread| thread.process);
        self.scheduler
            .current()
            .is_some_and(|current| process(current) == process(id))
    }

    fn add_thread(&mut self, maker: pid_t, id: pid_t) -> Result<(), Halt> {
        let process = process_of(id).unwrap_or(id);
        let maker = self
            .threads
            .get(&maker)
            .map_or(maker, |maker| maker.process);
        if maker != process
            && let Some(page) = self.pages.get(&maker).copied()
        {
            self.forget_files(process);
            self.pages.insert(process, page);
        }
        self.external.sockets.note_member(process);
        self.ids.insert(id);
        let mut thread = Thread::new(id, process, self.creation, &self.host);
        thread.born = self.clock.now();
        self.threads.insert(id, thread);
        self.ended.remove(&id);
        self.creation += 1;
        match self.early.remove(&id) {
            Some(stop) => self.handle_stop(id, stop),
            None => Ok(()),
        }
    }

    /// Forgets a thread.
    pub(super) fn remove(&mut self, id: pid_t) {
        self.deadlines.set(TimerId::Wait(id), None);
        if let Some(thread) = self.threads.remove(&id) {
            if thread.process == id {
                self.ended.insert(id, thread.born);
            }
            if let Some(slot) = thread.slot {
                self.clock.page_mut().free_slot(slot);
            }
        }
        self.scheduler.remove(id);
        self.executing.remove(&id);
        self.held_writers.retain(|other| *other != id);
        self.release_held_writers();
    }
}

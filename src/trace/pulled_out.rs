//! Threads that the tracer takes out of the kernel, or does not let in, so that the kernel has nothing to choose.
//!
//! A process that exits, or executes a program, closes descriptors one after another, inside the kernel. A thread that
//! polls several of them would see one closed or all, depending on the kernel's scheduler. So all pollers are interrupted
//! before that, and restart their system calls on their turn: then they see all of them closed.
//!
//! A lock that is released wakes all threads that wait for it, and the kernel's scheduler would choose who gets it. So if
//! several wait for locks, all are interrupted before a lock is released, and restart on their turn, in the order in which
//! they came: so does the kernel wake them.
//!
//! Several senders to System V queues are woken together in the same way, once a message is taken from one, and so
//! interrupted before that.
//!
//! A blocking read waits for readiness of its descriptor, outside of the call itself. If another thread closes that
//! descriptor, the read must keep the file that it has begun to read. So the reader is interrupted before that, and enters
//! the call itself.
//!
//! Of several threads that block writing to the same terminal, socket or eventfd, only the first enters the kernel.
//! Free space would wake them all at once, and what each wrote to a terminal could not be told apart.

use super::{
    Halt,
    arch::Registers,
    proc::{self, has_signal},
    ptrace::{self, Resume},
    syscall::{
        restart::{ERESTARTNOHAND, is_ended_by_signal},
        wake_ups::Waits,
    },
    thread::{Call, EndedEarly, Next, State, Step, Thread},
    tracer::Tracer,
};
use libc::{EINTR, pid_t};
use std::{ops::RangeInclusive, os::unix::ffi::OsStrExt};

impl Tracer<'_> {
    /// Interrupts all pollers before a process closes all of its descriptors, or many.
    pub(super) fn pull_out_pollers(&mut self) -> Result<(), Halt> {
        let pollers = self.blocked(Waits::READINESS);
        self.pull_out(pollers)
    }

    /// Whether several threads wait for locks. A single one may take it in the kernel.
    pub(super) fn lockers_compete(&self) -> bool {
        self.blocked(Waits::LOCK).len() > 1
    }

    /// Interrupts the threads that send to System V queues, if there are several, before one may get space.
    pub(super) fn pull_out_senders(&mut self) -> Result<(), Halt> {
        let is_sender = |_: &Thread, call: &Call| call.entry.call() == libc::SYS_msgsnd;
        let senders = self.blocked_in(is_sender);
        if senders.len() > 1 {
            self.pull_out(senders)?;
        }
        Ok(())
    }

    /// Interrupts the threads that wait to read from terminals, before one may get other settings: a read keeps those that
    /// it began with ([`super::syscall::terminal_read`]), but a poll does not.
    pub(super) fn pull_out_terminal_readers(&mut self) -> Result<(), Halt> {
        let readers = self
            .blocked_in(|thread, call| thread.reading.is_some() && call.step == Step::Readiness);
        self.pull_out(readers)
    }

    /// Interrupts the threads of a process that wait to read from one of these descriptors. On their turns they enter the
    /// kernel, which keeps the file. Returns whether there are any.
    pub(super) fn pull_out_readers(
        &mut self,
        process: pid_t,
        descriptors: RangeInclusive<u32>,
    ) -> Result<bool, Halt> {
        let is_reader = |thread: &Thread, call: &Call| {
            thread.process == process
                && call.step == Step::Readiness
                && descriptors.contains(&call.entry.int(0).cast_unsigned())
        };
        let readers = self.blocked_in(is_reader);
        for id in &readers {
            if let Some(thread) = self.threads.get_mut(id) {
                thread.keeps_file = thread.call.map(|call| call.entry);
            }
        }
        let has_readers = !readers.is_empty();
        self.pull_out(readers)?;
        Ok(has_readers)
    }

    /// Interrupts the threads that compete for locks, before one is released.
    pub(super) fn pull_out_lockers(&mut self) -> Result<(), Halt> {
        if self.lockers_compete() {
            self.pull_out(self.blocked(Waits::LOCK))?;
        }
        Ok(())
    }

    /// The threads that are blocked for a reason, in the order in which they began to wait.
    fn blocked(&self, waits: Waits) -> Vec<pid_t> {
        self.blocked_in(|thread, _| thread.waits() == waits)
    }

    /// The same for a kind of system call.
    fn blocked_in(&self, is_it: impl Fn(&Thread, &Call) -> bool) -> Vec<pid_t> {
        let blocked = self.threads.iter().filter_map(|(id, thread)| {
            let call = thread.call.filter(|call| !call.is_due)?;
            (thread.state == State::Waiting && is_it(thread, &call)).then_some((call.number, *id))
        });
        let mut blocked: Vec<_> = blocked.collect();
        blocked.sort_unstable();
        blocked.into_iter().map(|(_, id)| id).collect()
    }

    fn pull_out(&mut self, threads: Vec<pid_t>) -> Result<(), Halt> {
        for id in threads {
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.is_pulled_out = true;
            }
            ptrace::interrupt(id);
            self.await_stop(id)?;
        }
        Ok(())
    }

    /// A thread that was pulled out has left its system call: makes it restart the call with the remaining time.
    /// Returns whether it did; something else may have ended the wait before.
    pub(super) fn restart_if_pulled_out(&mut self, id: pid_t) -> bool {
        let Some(thread) = self.threads.get_mut(&id) else {
            return false;
        };
        if !std::mem::take(&mut thread.is_pulled_out) {
            return false;
        }
        let (Some(call), Some(registers)) = (thread.call, ptrace::registers(id)) else {
            return false;
        };
        if !is_ended_by_signal(registers.result()) || has_signal(id) {
            return false;
        }
        let is_first = thread.waits() == Waits::LOCK || call.entry.call() == libc::SYS_msgsnd;
        thread.call = None;
        self.complete_call(id, &call, registers);
        self.make_restart(id, &call);
        // The interrupt stop comes next.
        self.make_ready(id, Next::Resume(Resume::Continue));
        if is_first {
            // The first that came is the first that gets the lock, or the space.
            self.scheduler.queue_woken();
        }
        true
    }

    /// Makes a thread at the exit of a system call restart it, unless a signal comes that the program handles: the kernel then
    /// ends the call, as if the thread had been in it all the time.
    fn make_restart(&mut self, id: pid_t, call: &Call) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = Some(EndedEarly {
                call: *call,
                is_final: false,
            });
        }
        let Some(mut registers) = ptrace::registers(id) else {
            return;
        };
        if registers.result() == -i64::from(EINTR) {
            registers.set_result(-ERESTARTNOHAND);
            ptrace::set_registers(id, &registers);
        }
    }

    /// Whether a system call writes to an object on which another thread is blocked writing.
    pub(super) fn must_hold_write(&mut self, id: pid_t, entry: &Registers) -> bool {
        let blocked = self.threads.iter().filter_map(|(other, thread)| {
            let call = thread.call?;
            (*other != id && thread.waits() == Waits::SPACE).then_some((*other, call.entry.int(0)))
        });
        let blocked: Vec<_> = blocked.collect();
        if blocked.is_empty() {
            return false;
        }
        let object = object(id, entry.int(0));
        let mut blocked = blocked.into_iter();
        object.is_some()
            && blocked.any(|(other, descriptor)| self::object(other, descriptor) == object)
    }

    /// Lets held writers with a pending signal make their system calls, which the signal ends.
    pub(super) fn release_signalled_writers(&mut self) {
        let (signalled, standing) = std::mem::take(&mut self.held_writers)
            .into_iter()
            .partition(|id| has_signal(*id));
        self.held_writers = standing;
        let signalled: Vec<pid_t> = signalled;
        for id in signalled {
            self.make_ready(id, Next::Entry);
        }
    }
}

/// The terminal, socket or eventfd that a descriptor refers to (`proc_pid_fd(5)`, `proc_pid_fdinfo(5)`).
fn object(thread: pid_t, descriptor: i32) -> Option<Vec<u8>> {
    let file = proc::file(thread, descriptor)?;
    let name = file.as_os_str().as_bytes();
    if name == b"anon_inode:[eventfd]" {
        let info = proc::fdinfo(thread, descriptor);
        let id = info.lines().find(|line| line.starts_with("eventfd-id:"))?;
        return Some(id.as_bytes().to_vec());
    }
    let competes = name.starts_with(b"socket:") || proc::is_terminal(&file);
    competes.then(|| name.to_vec())
}

//! Threads that stand at the entry of a call, outside the kernel, so that the kernel chooses nothing for them.
//!
//! A process that ends closes its descriptors one after another, inside the kernel. A thread that polls several of them sees
//! one end, or all, as the kernel schedules it. So whoever polls is pulled out of the kernel before a process ends, and makes
//! its call again afterwards, when its turn has come: it then sees all of it.
//!
//! Of several that are blocked writing to one terminal, socket or eventfd, only the first is inside the kernel: room for one
//! would wake them all, and what each wrote to a terminal could not be told apart.

use super::{
    Halt,
    arch::Registers,
    proc::{self, has_signal},
    ptrace::{self, Resume},
    signals::is_ended_by_signal,
    syscall::wake_ups::Waits,
    thread::{EndedEarly, Next},
    tracer::Tracer,
};
use libc::pid_t;
use std::os::unix::ffi::OsStrExt;

impl Tracer<'_> {
    /// Pulls all that poll out of the kernel: a process ends.
    pub(super) fn pull_out_pollers(&mut self) -> Result<(), Halt> {
        let polls = self.threads.iter().filter(|(_, thread)| {
            thread.waits() == Waits::READINESS && thread.call.is_some_and(|call| !call.is_due)
        });
        let mut polling: Vec<_> = polls.map(|(id, thread)| (thread.creation, *id)).collect();
        polling.sort_unstable();
        for (_, id) in polling {
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.is_pulled_out = true;
            }
            ptrace::interrupt(id);
            self.await_report(id)?;
        }
        Ok(())
    }

    /// A thread that is pulled out has left its call: it will make it again, with what is left of its time. Says whether that
    /// is so: something else may have ended its wait before.
    pub(super) fn restart_if_pulled_out(&mut self, id: pid_t) -> bool {
        let Some(thread) = self.threads.get_mut(&id) else {
            return false;
        };
        if !std::mem::take(&mut thread.is_pulled_out) {
            return false;
        }
        let (Some(call), Some(mut registers)) = (thread.call, ptrace::registers(id)) else {
            return false;
        };
        if !is_ended_by_signal(registers.result()) || has_signal(id) {
            return false;
        }
        thread.call = None;
        thread.ended_early = Some(EndedEarly {
            entry: call.entry,
            is_final: false,
            wait: call.wait,
        });
        registers.repeat_call(&call.entry);
        ptrace::set_registers(id, &registers);
        // What has interrupted it is reported next.
        self.make_ready(id, Next::Resume(Resume::Continue));
        true
    }

    /// Whether a call that writes does so to an object to which another thread is blocked writing.
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

    /// Lets those that stand make their calls, in the order in which they came to stand: the one inside has come back.
    pub(super) fn release_held_writers(&mut self) {
        for id in std::mem::take(&mut self.held_writers) {
            self.make_ready(id, Next::Entry);
        }
    }

    /// Lets those that stand and have been sent a signal make their calls, which it ends.
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

/// Which terminal, socket or eventfd a descriptor refers to (`proc_pid_fd(5)`, `proc_pid_fdinfo(5)`).
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

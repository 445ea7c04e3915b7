//! Locks on files: which system calls may release one, and what comes before. So it is with space in System V queues.

use super::{table::Row, wake_ups::Waits};
use crate::{
    recording::Varies,
    trace::{
        Halt, arch::Registers, external::LOCK, proc::has_lock, ptrace, thread::Thread,
        tracer::Tracer,
    },
};
use libc::pid_t;

impl Tracer<'_> {
    /// If a system call may release a lock, or take a message from a System V queue, interrupts the threads that compete
    /// for that. A restarted call does not release a lock: those that it interrupts restart theirs, and they would
    /// interrupt each other for ever.
    pub(super) fn pull_out_before_release(
        &mut self,
        id: pid_t,
        entry: &Registers,
        row: &Row,
    ) -> Result<(), Halt> {
        let may_release = [Waits::LOCK, Waits::LOCK_OR_SPACE, Waits::IO_OR_LOCK];
        let early = self.threads.get(&id).and_then(|thread| thread.ended_early);
        let is_restart = early.is_some_and(|early| early.call.entry.is_same_call(entry));
        if may_release.contains(&row.wakes)
            && !is_restart
            && self.lockers_compete()
            && releases(id, entry)
        {
            self.pull_out_lockers()?;
        }
        if matches!(entry.call(), libc::SYS_msgrcv | libc::SYS_msgctl) {
            self.pull_out_senders()?;
        }
        Ok(())
    }

    /// A thread has left a system call: if it was blocked, has got a lock, and nobody inside can have released one, somebody
    /// outside has.
    pub(in crate::trace) fn note_lock_from_outside(&mut self, id: pid_t) {
        let is_released = self.recheck_stops || Waits::LOCK.overlaps(self.ended_waits);
        let waited = self.threads.get(&id).map(Thread::waits);
        if waited == Some(Waits::LOCK)
            && !is_released
            && ptrace::registers(id).is_some_and(|registers| registers.result() == 0)
        {
            self.note(&Varies::Waited(LOCK.to_owned()));
        }
    }
}

/// Whether a system call may release a lock, or convert one (flock(2), `F_SETLK(2const)`).
fn releases(thread: pid_t, entry: &Registers) -> bool {
    match entry.call() {
        // An acquisition releases the lock that it converts.
        libc::SYS_flock => has_lock(thread, entry.int(0)),
        libc::SYS_fcntl if is_of_open_file(entry) => has_lock(thread, entry.int(0)),
        // Any descriptor of the file releases a lock of the process.
        _ => true,
    }
}

/// Whether an `fcntl` is about a lock of an open file, and not of the process.
fn is_of_open_file(entry: &Registers) -> bool {
    matches!(entry.int(1), libc::F_OFD_SETLK | libc::F_OFD_SETLKW)
}

//! Locks on files: which system calls may release one, and what comes before.

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
    /// If a system call may release a lock, interrupts the threads that compete for one.
    pub(super) fn pull_out_before_release(
        &mut self,
        id: pid_t,
        entry: &Registers,
        row: &Row,
    ) -> Result<(), Halt> {
        let may_release = [Waits::LOCK, Waits::LOCK_OR_SPACE, Waits::IO_OR_LOCK];
        if may_release.contains(&row.wakes) && self.lockers_compete() && releases(id, entry) {
            self.pull_out_lockers()?;
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
        libc::SYS_flock | libc::SYS_fcntl => has_lock(thread, entry.int(0)),
        _ => true,
    }
}

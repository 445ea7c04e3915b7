//! Locks on files: which system calls may release one, and what comes before.

use super::{table::Row, wake_ups::Waits};
use crate::trace::{Halt, arch::Registers, proc::has_lock, tracer::Tracer};
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
}

/// Whether a system call may release a lock, or convert one (flock(2), `F_SETLK(2const)`).
fn releases(thread: pid_t, entry: &Registers) -> bool {
    match entry.call() {
        // An acquisition releases the lock that it converts.
        libc::SYS_flock | libc::SYS_fcntl => has_lock(thread, entry.int(0)),
        _ => true,
    }
}

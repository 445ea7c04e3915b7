//! Causal order: who runs first of those that were woken, and which kinds of waits there are.
//!
//! **The law.** A thread that is woken runs after whatever woke it, and before whatever is woken later: the first woken runs
//! first. Threads that one call wakes together run in creation order.
//!
//! One thread runs at a time; when its call may have woken others, the tracer checks whether those that the call can have
//! woken still sleep. If one does not, the tracer waits until all threads are quiescent: the woken take what the call has left
//! for them, inside the kernel, and stop at the exit of their own call. Then they are queued, and the thread resumes. So the
//! tracer asks which threads have moved only when none can move, and the order in which they report decides nothing.
//!
//! That needs the [table](super::table) to be complete. It has every system call of the architecture; a test fails where one
//! is missing, and where the filter does not report a call that may block or wake.

use super::{futex::is_futex_wake, table};
use crate::trace::{
    arch::Registers,
    thread::{State, Thread},
    tracer::Tracer,
};
use libc::pid_t;

/// What threads block for: a set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::trace) struct Waits(u16);

impl Waits {
    pub(in crate::trace) const NONE: Waits = Waits(0);
    /// Bytes, a connection, or the completion of a request.
    pub(in crate::trace) const DATA: Waits = Waits(1);
    /// Space for bytes.
    pub(in crate::trace) const SPACE: Waits = Waits(1 << 1);
    /// Readiness of descriptors.
    pub(in crate::trace) const READINESS: Waits = Waits(1 << 2);
    pub(in crate::trace) const FUTEX: Waits = Waits(1 << 3);
    /// The end, or a stop, of a child.
    pub(in crate::trace) const CHILD: Waits = Waits(1 << 4);
    /// A lock on a file.
    pub(in crate::trace) const LOCK: Waits = Waits(1 << 5);
    /// A System V semaphore or queue, or a POSIX queue.
    pub(in crate::trace) const QUEUE: Waits = Waits(1 << 6);
    /// A signal, or time alone.
    pub(in crate::trace) const SIGNAL: Waits = Waits(1 << 7);
    pub(in crate::trace) const ANY: Waits = Waits(u16::MAX);

    pub(in crate::trace) const DATA_OR_SPACE: Waits = Waits::DATA.and(Waits::SPACE);
    pub(in crate::trace) const DATA_OR_READINESS: Waits = Waits::DATA.and(Waits::READINESS);
    pub(in crate::trace) const SPACE_OR_READINESS: Waits = Waits::SPACE.and(Waits::READINESS);
    pub(in crate::trace) const IO: Waits = Waits::DATA_OR_SPACE.and(Waits::READINESS);
    pub(in crate::trace) const IO_OR_LOCK: Waits = Waits::IO.and(Waits::LOCK);
    /// A pipe may be made larger.
    pub(in crate::trace) const LOCK_OR_SPACE: Waits = Waits::LOCK.and(Waits::SPACE_OR_READINESS);
    pub(in crate::trace) const QUEUE_OR_READINESS: Waits = Waits::QUEUE.and(Waits::READINESS);

    const fn and(self, other: Waits) -> Waits {
        Waits(self.0 | other.0)
    }

    pub(in crate::trace) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(in crate::trace) const fn overlaps(self, other: Waits) -> bool {
        self.0 & other.0 != 0
    }
}

impl Tracer<'_> {
    /// Whether any thread but the one that has the turn is blocked so that a call of that one may wake it.
    pub(super) fn has_waiters(&self, id: pid_t, wakes: Waits) -> bool {
        let mut others = self.threads.iter().filter(|(other, _)| **other != id);
        !wakes.is_empty() && others.any(|(_, other)| other.waits().overlaps(wakes))
    }

    /// Whether the last call of the thread that has the turn has woken another, of those that it may wake.
    pub(super) fn has_woken(&self, wakes: Waits) -> bool {
        let is_woken = |thread: &Thread| match thread.state {
            State::New | State::Signalled => true,
            State::Waiting => {
                thread.waits().overlaps(wakes)
                    && !thread
                        .sleep
                        .is_some_and(|sleep| thread.probe.still_sleeps(sleep))
            }
            _ => false,
        };
        !wakes.is_empty() && (self.scheduler.has_woken() || self.threads.values().any(is_woken))
    }
}

/// Whom a call may wake.
pub(super) fn wakes(entry: &Registers) -> Waits {
    match entry.call() {
        libc::SYS_futex if !is_futex_wake(entry) => Waits::NONE,
        call => table::of(call).map_or(Waits::NONE, |row| row.wakes),
    }
}

/// Whether a call may block.
pub(super) fn blocks(entry: &Registers) -> bool {
    match entry.call() {
        libc::SYS_futex => !is_futex_wake(entry),
        libc::SYS_fcntl => matches!(entry.int(1), libc::F_SETLKW | libc::F_OFD_SETLKW),
        call => table::of(call).is_some_and(|row| !row.waits.is_empty()),
    }
}

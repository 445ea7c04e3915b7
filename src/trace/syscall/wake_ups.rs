//! Causal order: which of the woken threads runs first, and what kinds of waits there are.
//!
//! **The law.** A woken thread runs after the thread that woke it, and before any thread that is woken later: first
//! woken, first run. Threads that one system call wakes together run in creation order.
//!
//! One thread runs at a time. When its system call may have woken others, the tracer checks whether the threads that it
//! can have woken still sleep. If one does not, the tracer waits until all threads are quiescent: inside the kernel the
//! woken threads take what the call has left for them, and stop at the exit of their own system calls. Then they are
//! queued, and the thread resumes. So the tracer looks for threads that have moved only when none can move, and the
//! order of their stops decides nothing.
//!
//! For this the [table](super::table) must be complete. It has every system call of the architecture; a test fails if
//! one is missing, or if the filter does not report one that may block or wake.

use super::{futex::is_futex_wake, table};
use crate::trace::{
    arch::Registers,
    thread::{State, Thread},
    tracer::Tracer,
};
use libc::pid_t;

/// A set of reasons for which threads block.
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
    /// A pipe may be enlarged.
    pub(in crate::trace) const LOCK_OR_SPACE: Waits = Waits::LOCK.and(Waits::SPACE_OR_READINESS);
    pub(in crate::trace) const QUEUE_OR_READINESS: Waits = Waits::QUEUE.and(Waits::READINESS);

    pub(in crate::trace) const fn and(self, other: Waits) -> Waits {
        Waits(self.0 | other.0)
    }

    /// What only a system call of the program, a signal or the tracer ends: no bytes can be on their way to such a thread.
    pub(in crate::trace) const CALLS: Waits = Waits::FUTEX.and(Waits::SIGNAL);

    pub(in crate::trace) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether these are some of them, and at least one.
    pub(in crate::trace) const fn contains(self, other: Waits) -> bool {
        !other.is_empty() && self.0 & other.0 == other.0
    }

    pub(in crate::trace) const fn overlaps(self, other: Waits) -> bool {
        self.0 & other.0 != 0
    }
}

impl Tracer<'_> {
    /// Whether another thread is blocked so that a system call of this one may wake it.
    pub(super) fn has_waiters(&self, id: pid_t, wakes: Waits) -> bool {
        let mut others = self.threads.iter().filter(|(other, _)| **other != id);
        !wakes.is_empty() && others.any(|(_, other)| other.waits().overlaps(wakes))
    }

    /// Whether the last system call of the thread that has the turn has woken one of the threads that it may wake.
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

/// Which waits a system call may end.
pub(super) fn wakes(entry: &Registers) -> Waits {
    match entry.call() {
        libc::SYS_futex if !is_futex_wake(entry) => Waits::NONE,
        call => table::of(call).map_or(Waits::NONE, |row| row.wakes),
    }
}

/// Whether a system call may block.
pub(super) fn blocks(entry: &Registers) -> bool {
    match entry.call() {
        libc::SYS_futex => !is_futex_wake(entry),
        libc::SYS_fcntl => matches!(entry.int(1), libc::F_SETLKW | libc::F_OFD_SETLKW),
        call => table::of(call).is_some_and(|row| !row.waits.is_empty()),
    }
}

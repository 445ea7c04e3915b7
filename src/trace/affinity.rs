//! The one processor on which a session's tracer and program run.
//!
//! They take turns, so that a second processor would only make each turn more expensive. The sessions of one process spread
//! over the processors there are.

use super::host::Host;
use rustix::{
    process::Pid,
    thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A tracer's slice of the processor in nanoseconds: the shortest that the system gives.
const TRACER_SLICE: u64 = 100_000;
/// A program's slice: shorter than others', and not so short that a computation is interrupted by its tracer all the time.
const PROGRAM_SLICE: u64 = 1_000_000;

/// A session's place on a processor.
pub(super) struct Processor {
    number: usize,
    /// How many sessions run on each.
    sessions: Arc<Mutex<BTreeMap<usize, usize>>>,
}

impl Processor {
    /// Takes a place on the processor with the fewest sessions, on that where the caller runs if it is one of those, and
    /// puts the calling thread there. `None` where the system does not say, or does not allow it.
    pub(super) fn take(host: &Host) -> Option<Processor> {
        let allowed = sched_getaffinity(None).ok()?;
        let here = sched_getcpu();
        let processor = {
            let mut sessions = host.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            let allowed = (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor));
            let number = allowed
                .min_by_key(|processor| (sessions.get(processor).copied(), *processor != here))?;
            *sessions.entry(number).or_default() += 1;
            Processor {
                number,
                sessions: Arc::clone(&host.sessions),
            }
        };
        sched_setaffinity(None, &processor.set()).ok()?;
        set_time_slice(TRACER_SLICE, 0);
        Some(processor)
    }

    /// Puts a process there, too. It runs elsewhere where the system does not allow it, and all the same.
    pub(super) fn put(&self, process: Pid) {
        let _ = sched_setaffinity(Some(process), &self.set());
        set_time_slice(PROGRAM_SLICE, process.as_raw_nonzero().get());
    }

    fn set(&self) -> CpuSet {
        let mut set = CpuSet::new();
        set.set(self.number);
        set
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sessions.get_mut(&self.number) {
            *count = count.saturating_sub(1);
        }
    }
}

/// What `sched_setattr(2)` takes, in its first version.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    /// For the ordinary policy the length of a slice, in nanoseconds.
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// Lets a thread, 0 is the calling one, and whatever it starts, have slices of the processor of so many nanoseconds. Tracer
/// and program hand it to each other after microseconds: with others about, each would else wait for the rest of a long slice
/// each time. A system that does not know this (before Linux 6.12) leaves them as they are.
fn set_time_slice(slice: u64, thread: libc::pid_t) {
    let size = size_of::<Attributes>();
    let mut attributes = Attributes::default();
    // SAFETY: it writes the attributes, no further than they go.
    let got = unsafe {
        libc::syscall(
            libc::SYS_sched_getattr,
            thread,
            &raw mut attributes,
            size,
            0,
        )
    };
    if got == 0 && attributes.policy == libc::SCHED_OTHER.unsigned_abs() {
        attributes.runtime = slice;
        // SAFETY: it reads the attributes, which are as long as they say, and touches no other memory.
        unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const attributes, 0) };
    }
}

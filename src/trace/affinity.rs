//! The one processor on which a session's tracer and program run.
//!
//! They take turns, so a second processor would only make each turn more expensive. The sessions of one process spread
//! over all processors.

use super::host::Host;
use rustix::{
    process::Pid,
    thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The tracer's time slice in nanoseconds: the shortest that the kernel allows.
const TRACER_SLICE: u64 = 100_000;
/// The program's time slice: shorter than the default, but long enough that the tracer does not keep interrupting a
/// computation.
const PROGRAM_SLICE: u64 = 1_000_000;

/// A session's place on a processor.
pub(super) struct Processor {
    number: usize,
    /// How many sessions run on each processor.
    sessions: Arc<Mutex<BTreeMap<usize, usize>>>,
}

impl Processor {
    /// Takes a place on the processor with the fewest sessions, the caller's own if it is one of these, and moves the
    /// calling thread there. `None` if the kernel does not allow it.
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

    /// Moves a process there, too. Where the kernel does not allow it, the process runs elsewhere, with the same
    /// results.
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

/// The first version of `struct sched_attr` (`sched_setattr(2)`).
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    /// For `SCHED_OTHER`, the length of a time slice in nanoseconds.
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// Sets the time slice of a thread, 0 for the calling one, and of whatever it starts. Tracer and program hand the
/// processor to each other after microseconds; if other processes use it, too, each hand-over would otherwise wait for
/// the rest of a long slice. Before Linux 6.12 this has no effect.
fn set_time_slice(slice: u64, thread: libc::pid_t) {
    let size = size_of::<Attributes>();
    let mut attributes = Attributes::default();
    // SAFETY: it writes at most `size` bytes into the attributes.
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
        // SAFETY: it reads the attributes, whose size they contain, and touches no other memory.
        unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const attributes, 0) };
    }
}

//! The CPU time limit (`RLIMIT_CPU`, getrlimit(2)). Computing takes no virtual time, so the program sees its limit as
//! it was set, inherited and kept over exec, but never reaches it.

use crate::recording::Varies;
use crate::trace::{
    arch::Registers,
    memory::{read, write},
    proc::status,
    tracer::Tracer,
};
use libc::{EFAULT, EINVAL, EPERM, RLIM_INFINITY, pid_t, rlimit};
use std::{collections::HashMap, fs, ptr};

/// The capability to raise a hard limit (capabilities(7)).
const CAP_SYS_RESOURCE: u64 = 1 << 24;

/// A soft and a hard limit, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    soft: u64,
    hard: u64,
}

impl Limit {
    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.soft.to_le_bytes());
        bytes[8..].copy_from_slice(&self.hard.to_le_bytes());
        bytes
    }

    fn of(bytes: [u8; 16]) -> Limit {
        let (words, _) = bytes.as_chunks::<8>();
        let [soft, hard] = [0, 1].map(|index| u64::from_le_bytes(words[index]));
        Limit { soft, hard }
    }
}

/// The CPU time limits of one session.
pub(in crate::trace) struct CpuLimits {
    /// The limit with which the program was started.
    first: Limit,
    /// The limits of processes that have set or inherited one.
    set: HashMap<pid_t, Limit>,
    /// The kernel enforces the first limit, and would not lift it.
    is_enforced: bool,
}

impl CpuLimits {
    /// Reads the limit of a started program, and lifts it.
    pub(in crate::trace) fn new(root: pid_t) -> CpuLimits {
        let none = Limit {
            soft: RLIM_INFINITY,
            hard: RLIM_INFINITY,
        };
        let first = system_limit(root, None).unwrap_or(none);
        let raised = Limit {
            soft: first.hard,
            hard: first.hard,
        };
        let is_enforced = first != none && system_limit(root, Some(none)).is_none();
        if is_enforced {
            system_limit(root, Some(raised));
        }
        CpuLimits {
            first,
            set: HashMap::new(),
            is_enforced: is_enforced && first.hard != RLIM_INFINITY,
        }
    }

    fn of(&self, process: pid_t) -> Limit {
        self.set.get(&process).copied().unwrap_or(self.first)
    }

    /// A forked process inherits its parent's limit.
    fn inherit(&mut self, from: pid_t, process: pid_t) {
        match self.set.get(&from) {
            Some(limit) => self.set.insert(process, *limit),
            // The id may be that of an earlier process.
            None => self.set.remove(&process),
        };
    }
}

impl Tracer<'_> {
    /// A thread has cloned a thread or forked a process.
    pub(in crate::trace) fn inherit_cpu_limit(&mut self, id: pid_t, child: pid_t) {
        if let Some(thread) = self.threads.get(&id) {
            self.cpu_limits.inherit(thread.process, child);
        }
    }

    /// Notes that the kernel may have sent a signal because a limit was reached in real time.
    pub(in crate::trace) fn note_cpu_limit(&mut self, signal: i32) {
        if signal == libc::SIGXCPU || self.cpu_limits.is_enforced {
            self.note(&Varies::CpuLimit);
        }
    }

    /// A thread reads or sets the CPU time limit.
    pub(super) fn enter_cpu_limit(&mut self, id: pid_t, entry: Registers) {
        match self.cpu_limit(id, &entry) {
            Some(result) => self.answer(id, entry, result),
            None => self.pass(id),
        }
    }

    /// The result of a system call that reads or sets the limit; `None` if the kernel is to answer it.
    fn cpu_limit(&mut self, id: pid_t, entry: &Registers) -> Option<i64> {
        let (process, new, old) = match entry.call() {
            libc::SYS_getrlimit => (0, 0, entry.argument(1)),
            libc::SYS_setrlimit => (0, entry.argument(1), 0),
            _ => (entry.int(0), entry.argument(2), entry.argument(3)),
        };
        // `getrlimit` and `setrlimit` accept no null pointer.
        let (reads, sets) = match entry.call() {
            libc::SYS_getrlimit => (true, false),
            libc::SYS_setrlimit => (false, true),
            _ => (old != 0, new != 0),
        };
        let process = self.named_process(id, process)?;
        let limit = self.cpu_limits.of(process);
        if sets {
            let Some(new) = read(id, new).map(Limit::of) else {
                return Some(-i64::from(EFAULT));
            };
            if new.soft > new.hard {
                return Some(-i64::from(EINVAL));
            }
            if new.hard > limit.hard && !may_raise(id) {
                return Some(-i64::from(EPERM));
            }
            self.cpu_limits.set.insert(process, new);
        }
        if reads && !write(id, old, &limit.bytes()) {
            return Some(-i64::from(EFAULT));
        }
        Some(0)
    }

    /// The traced process with this id; `None` if there is none.
    fn named_process(&self, id: pid_t, named: pid_t) -> Option<pid_t> {
        let own = self.threads.get(&id)?.process;
        if named == 0 || named == own {
            return Some(own);
        }
        let named = self.thread_named(id, named)?;
        Some(self.threads.get(&named)?.process)
    }
}

/// Whether a thread may raise its hard limits.
fn may_raise(thread: pid_t) -> bool {
    let capabilities = status(thread, "CapEff:").and_then(|set| u64::from_str_radix(&set, 16).ok());
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/user")).ok();
    capabilities.is_some_and(|set| set & CAP_SYS_RESOURCE != 0)
        // In a user namespace of its own a process has all capabilities, but the kernel checks the initial namespace.
        && namespace(&thread.to_string()) == namespace("self")
}

/// Sets a process's limit in the kernel, and returns the previous one; `None` if the kernel does not allow it.
fn system_limit(process: pid_t, new: Option<Limit>) -> Option<Limit> {
    let new = new.map(|limit| rlimit {
        rlim_cur: limit.soft,
        rlim_max: limit.hard,
    });
    let new = new.as_ref().map_or(ptr::null(), ptr::from_ref);
    let mut old = rlimit {
        rlim_cur: RLIM_INFINITY,
        rlim_max: RLIM_INFINITY,
    };
    // SAFETY: it reads `new` and writes `old`, both ours.
    let done = unsafe { libc::prlimit(process, libc::RLIMIT_CPU, new, &raw mut old) };
    (done == 0).then_some(Limit {
        soft: old.rlim_cur,
        hard: old.rlim_max,
    })
}

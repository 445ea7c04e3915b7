//! Whether a thread is blocked in the kernel, and has been since the last check.
//!
//! The virtual clock may jump only when no traced thread can move by itself. A single check of each thread does not
//! prove that: while the second thread is checked, the first may be woken. And a thread in state `S` may still be on
//! its way into its sleep, or out of it. So the state is read in an order that leaves no gap:
//!
//! 1. `schedstat`: how often the thread has been given a processor;
//! 2. `syscall`: says `running` for a thread that has not left its run queue;
//! 3. `stat`: shows `R` for a thread that is being woken, which passes the second check.
//!
//! A thread that is then in state `S` is in its *nth* sleep, n being the count. If a later check finds it in state `S`
//! with the same count, it has slept in between: to wake and sleep again it must have been given a processor. So when a
//! whole pass finds every thread in a sleep that was known before the pass, all of them were blocked when the pass
//! began. As only traced threads wake traced threads, nothing can move.
//!
//! Two simpler tests look right but are not: state `S` alone, and state `S` together with `syscall`.
//!
//! A thread in a ptrace stop is in state `t` until it is resumed or killed.

use super::{
    chaos::{self, Decision},
    host::Host,
};
use libc::pid_t;
use rustix::process::{Resource, getrlimit};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// States in `stat`.
const INTERRUPTIBLE: u8 = b'S';
const UNINTERRUPTIBLE: u8 = b'D';
const STOPPED_BY_TRACER: u8 = b't';

/// One sleep of a thread: how often it was given a processor before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sleep(u64);

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It sleeps.
    Blocked(Sleep),
    /// It runs, is about to run, or is stopped.
    Busy,
    /// It has ended.
    Dead,
}

/// Reads the state of a thread.
pub(super) struct Probe {
    thread: pid_t,
    /// `None` if too many files are kept open: they are then opened for each check.
    files: Option<Files>,
}

/// The files, kept open.
struct Files {
    schedstat: File,
    syscall: File,
    stat: File,
    /// For how many threads this process keeps files open.
    kept: Arc<AtomicU64>,
}

impl Files {
    /// `None` if so many are open that other users of descriptors would run out.
    fn open(thread: pid_t, host: &Host) -> Option<Files> {
        /// The part of the process's descriptor limit up to which threads get files of their own.
        const SHARE: u64 = 8;
        let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / SHARE;
        let open = |name| File::open(path(thread, name)).ok();
        let kept = Arc::clone(&host.probes);
        if kept.load(Ordering::Relaxed) >= most {
            return None;
        }
        let (schedstat, syscall, stat) = (open("schedstat")?, open("syscall")?, open("stat")?);
        kept.fetch_add(1, Ordering::Relaxed);
        Some(Files {
            schedstat,
            syscall,
            stat,
            kept,
        })
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.kept.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Probe {
    pub(super) fn new(thread: pid_t, host: &Host) -> Probe {
        Probe {
            thread,
            files: Files::open(thread, host),
        }
    }

    /// Whether the thread sleeps, so that what it waits for, or a signal, wakes it.
    pub(super) fn check(&self) -> Seen {
        self.check_for(INTERRUPTIBLE)
    }

    /// The same for a thread that waits for its vfork child, and that no signal wakes.
    pub(super) fn check_deep_sleep(&self) -> Seen {
        self.check_for(UNINTERRUPTIBLE)
    }

    fn check_for(&self, asleep: u8) -> Seen {
        let Some(sleep) = self.sleep() else {
            return Seen::Dead;
        };
        let mut bytes = [0; 160];
        let call = self.read(|files| &files.syscall, "syscall", &mut bytes);
        let runs = call.is_none_or(|call| call.first().is_none_or(|first| *first == b'r'));
        match self.state() {
            None | Some(b'Z' | b'X') => Seen::Dead,
            Some(state) if state == asleep && !runs => Seen::Blocked(sleep),
            Some(_) => Seen::Busy,
        }
    }

    /// Whether the thread is still in the same sleep.
    pub(super) fn still_sleeps(&self, sleep: Sleep) -> bool {
        matches!(self.state(), Some(INTERRUPTIBLE | UNINTERRUPTIBLE)) && self.sleep() == Some(sleep)
    }

    /// Whether the thread is in a ptrace stop, and has been neither resumed nor killed.
    pub(super) fn is_stopped(&self) -> bool {
        self.state() == Some(STOPPED_BY_TRACER)
    }

    /// Whether the thread has ended and can be reaped.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self.state(), None | Some(b'Z' | b'X'))
    }

    /// The CPU time that it has used, in user and kernel mode.
    pub(super) fn cpu_time(&self) -> Duration {
        let mut bytes = [0; 96];
        let line = self.read(|files| &files.schedstat, "schedstat", &mut bytes);
        let first = line.and_then(|line| line.split(|byte| *byte == b' ').next());
        Duration::from_nanos(first.and_then(number).unwrap_or(0))
    }

    /// The number of the system call that it is in.
    pub(super) fn call(&self) -> Option<i64> {
        let mut bytes = [0; 160];
        let line = self.read(|files| &files.syscall, "syscall", &mut bytes)?;
        number(line.split(|byte| *byte == b' ').next()?)
    }

    /// The number and the arguments of the system call that it sleeps in (`proc_pid_syscall(5)`).
    pub(super) fn arguments(&self) -> Option<[u64; 7]> {
        let mut bytes = [0; 160];
        let line = self.read(|files| &files.syscall, "syscall", &mut bytes)?;
        let mut fields = line.split(|byte| *byte == b' ');
        let mut call = [number(fields.next()?)?; 7];
        for argument in &mut call[1..] {
            let digits = str::from_utf8(fields.next()?).ok()?;
            *argument = u64::from_str_radix(digits.strip_prefix("0x")?, 16).ok()?;
        }
        Some(call)
    }

    fn sleep(&self) -> Option<Sleep> {
        chaos::delay(Decision::Probe);
        let mut bytes = [0; 96];
        let line = self.read(|files| &files.schedstat, "schedstat", &mut bytes)?;
        let last = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next()?;
        number(last).map(Sleep)
    }

    fn state(&self) -> Option<u8> {
        let mut bytes = [0; 512];
        let stat = self.read(|files| &files.stat, "stat", &mut bytes)?;
        // proc_pid_stat(5): the name in parentheses may contain anything.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        stat.get(name_end + 2).copied()
    }

    /// Reads one of the files.
    fn read<'a>(
        &self,
        kept: impl Fn(&Files) -> &File,
        name: &str,
        bytes: &'a mut [u8],
    ) -> Option<&'a [u8]> {
        let len = match &self.files {
            Some(files) => kept(files).read_at(bytes, 0).ok()?,
            None => File::open(path(self.thread, name))
                .ok()?
                .read_at(bytes, 0)
                .ok()?,
        };
        Some(&bytes[..len])
    }
}

fn path(thread: pid_t, name: &str) -> String {
    format!("/proc/{thread}/task/{thread}/{name}")
}

fn number<N: std::str::FromStr>(digits: &[u8]) -> Option<N> {
    str::from_utf8(digits).ok()?.parse().ok()
}

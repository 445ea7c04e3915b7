//! Whether a thread is blocked in the kernel, and has been since it was last checked.
//!
//! The virtual clock may jump only when nothing among the traced threads can move by itself. One check of each thread does
//! not show that: while the second is checked, the first may have been woken. And a thread that shows the state `S` may
//! still be running towards its sleep, or be on its way out of it. So the state is read in an order that leaves no gap:
//!
//! 1. `schedstat`'s count of the times that the thread was given a processor;
//! 2. `syscall`, which answers `running` for a thread that has not left its run queue;
//! 3. `stat`, which shows `R` for a thread that is being woken, though it passes the second.
//!
//! A thread that is then in the state `S` sleeps its *nth* sleep, n being the count. Whoever is found, at a later check, in
//! the state `S` with the same count has slept all the time between: to wake and sleep again it must have been given a
//! processor. So when a whole pass finds every thread in a sleep known from before the pass, all were blocked at one
//! moment, that of the pass's beginning; and as only traced threads wake traced threads, nothing can move.
//!
//! Two simpler tests look right and are not: the state `S` alone, and `S` with `syscall` alone.
//!
//! A thread that the tracer has stopped is in the state `t`, until it is resumed or killed: then it moves.

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

/// States as `stat` shows them.
const INTERRUPTIBLE: u8 = b'S';
const UNINTERRUPTIBLE: u8 = b'D';
const STOPPED_BY_TRACER: u8 = b't';

/// Which of its sleeps a thread sleeps: how often it has been given a processor before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sleep(u64);

/// What a check of a thread shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It sleeps.
    Blocked(Sleep),
    /// It runs, is about to, or is stopped.
    Busy,
    /// It has ended.
    Dead,
}

/// The files in which a thread's state is read.
pub(super) struct Probe {
    thread: pid_t,
    /// `None` where too many are kept open: they are then opened for each check.
    files: Option<Files>,
}

/// The files, kept open.
struct Files {
    schedstat: File,
    syscall: File,
    stat: File,
    /// For how many threads this process keeps them.
    kept: Arc<AtomicU64>,
}

impl Files {
    /// `None` where too many are kept, which would leave none for all else.
    fn open(thread: pid_t, host: &Host) -> Option<Files> {
        /// For how many of the descriptors that a process may have one thread's files are kept.
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

    /// Whether the thread sleeps, so that whatever it waits for, or a signal, wakes it.
    pub(super) fn check(&self) -> Seen {
        self.check_for(INTERRUPTIBLE)
    }

    /// The same for a thread that waits for its vfork child: no signal wakes it.
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

    /// Whether the thread still sleeps that sleep.
    pub(super) fn still_sleeps(&self, sleep: Sleep) -> bool {
        matches!(self.state(), Some(INTERRUPTIBLE | UNINTERRUPTIBLE)) && self.sleep() == Some(sleep)
    }

    /// Whether the tracer has stopped the thread, and nothing has happened to it since.
    pub(super) fn is_stopped(&self) -> bool {
        self.state() == Some(STOPPED_BY_TRACER)
    }

    /// Whether the thread has ended, and awaits that this is taken in.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self.state(), None | Some(b'Z' | b'X'))
    }

    /// How long it has computed: the time it was given a processor, of whatever kind.
    pub(super) fn cpu_time(&self) -> Duration {
        let mut bytes = [0; 96];
        let line = self.read(|files| &files.schedstat, "schedstat", &mut bytes);
        let first = line.and_then(|line| line.split(|byte| *byte == b' ').next());
        Duration::from_nanos(first.and_then(number).unwrap_or(0))
    }

    /// The number of the call it is in.
    pub(super) fn call(&self) -> Option<i64> {
        let mut bytes = [0; 160];
        let line = self.read(|files| &files.syscall, "syscall", &mut bytes)?;
        number(line.split(|byte| *byte == b' ').next()?)
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
        // proc_pid_stat(5): the name in parentheses may hold anything.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        stat.get(name_end + 2).copied()
    }

    /// What one of the files says.
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

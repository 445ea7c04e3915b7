//! Copies of the program's descriptors, by which the tracer looks at what they refer to.
//!
//! A child that another thread of ours forks has a copy of every descriptor of ours, too, until its exec. While it has one of
//! these, the program's own close is not the last one: no terminal hangs up, no socket and no pipe ends, and a thread that
//! waits for that seems to wait for what cannot come. So a `fork` waits until no such copy is open, and none is made while it
//! forks (`pthread_atfork(3)`).
//!
//! A child of `posix_spawn`, which calls no such handlers, can have one as well, until its exec right after. Before a run is ended
//! because nothing can move, such children are waited for.

use super::{
    Halt,
    backoff::Backoff,
    chaos::{self, Decision},
    proc,
    syscall::wake_ups::Waits,
    tracer::Tracer,
};
use libc::{c_int, pid_t};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::{
    cell::Cell,
    collections::BTreeSet,
    fs, mem,
    ops::Deref,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd},
        unix::fs::MetadataExt,
    },
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

/// How many pidfds are kept open.
const MAX_PIDFDS: usize = 64;
/// How long a fork waits for copies at most. They are open for microseconds, unless the system is very slow.
const MAX_FORK_DELAY: Duration = Duration::from_secs(1);
/// How long a child that has been spawned may keep a copy.
const SPAWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How many copies are open, and how many threads fork.
static OPEN: AtomicUsize = AtomicUsize::new(0);
static FORKING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// How many copies of this thread, which is a tracer's, are open.
    static OWN: Cell<usize> = const { Cell::new(0) };
}

/// A copy of a descriptor of a traced process. No thread of ours forks as long as it is open.
pub(super) struct Duplicate {
    file: OwnedFd,
    _open: Open,
}

/// What counts an open copy.
struct Open;

/// A file: device, inode, and the number of a terminal's master, of which all have the same inode.
pub(super) type FileId = (u64, u64, Option<u32>);

impl Open {
    fn new() -> Open {
        static HANDLED: Once = Once::new();
        // SAFETY: the handlers change two counters; the child's makes no system call.
        HANDLED.call_once(|| unsafe {
            libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child));
        });
        // Whoever forks waits for the first copy of this thread, which may need another one meanwhile.
        let is_first = OWN.replace(OWN.get() + 1) == 0;
        OPEN.fetch_add(1, SeqCst);
        while is_first && FORKING.load(SeqCst) > 0 {
            OPEN.fetch_sub(1, SeqCst);
            thread::yield_now();
            OPEN.fetch_add(1, SeqCst);
        }
        Open
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, SeqCst);
        OWN.set(OWN.get() - 1);
    }
}

extern "C" fn before_fork() {
    FORKING.fetch_add(1, SeqCst);
    let begun = Instant::now();
    while OPEN.load(SeqCst) > 0 && begun.elapsed() < MAX_FORK_DELAY {
        thread::yield_now();
    }
}

extern "C" fn after_fork() {
    FORKING.fetch_sub(1, SeqCst);
}

/// The child has none of the threads that forked or had copies.
extern "C" fn in_child() {
    FORKING.store(0, SeqCst);
    OPEN.store(0, SeqCst);
}

impl Duplicate {
    /// A copy that is kept, of a file whose last close nobody notices.
    pub(super) fn kept(self) -> OwnedFd {
        self.file
    }
}

impl Deref for Duplicate {
    type Target = OwnedFd;

    fn deref(&self) -> &OwnedFd {
        &self.file
    }
}

impl AsFd for Duplicate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Tracer<'_> {
    /// A copy of a process's descriptor; `None` if the kernel does not allow it.
    pub(super) fn duplicate(&mut self, process: pid_t, descriptor: i32) -> Option<Duplicate> {
        if !self.pidfds.contains_key(&process) {
            if self.pidfds.len() >= MAX_PIDFDS {
                self.pidfds.clear();
            }
            let pidfd = pidfd_open(Pid::from_raw(process)?, PidfdFlags::empty()).ok()?;
            self.pidfds.insert(process, pidfd);
        }
        let pidfd = self.pidfds.get(&process)?;
        let open = Open::new();
        let file = pidfd_getfd(pidfd, descriptor, PidfdGetfdFlags::empty()).ok()?;
        chaos::delay(Decision::Probe);
        self.duplicated.extend(id(&file));
        Some(Duplicate { file, _open: open })
    }

    /// Waits until no child of ours has a copy of a file of the program that was made before its exec. Returns whether there can
    /// have been one since this was last called: then its close may have woken a thread.
    pub(super) fn await_exec_of_spawned(&mut self) -> Result<bool, Halt> {
        let files = mem::take(&mut self.duplicated);
        if files.is_empty() {
            return Ok(false);
        }
        let inside = self.processes();
        let has_copy =
            || children().any(|child| !inside.contains(&child) && may_have(child, &files));
        let has_had_copy = has_copy();
        let begun = Instant::now();
        let mut backoff = Backoff::new();
        while has_copy() && begun.elapsed() < SPAWN_TIMEOUT {
            self.watch.check()?;
            backoff.wait(&self.pace);
        }
        self.ended_waits = Waits::ANY;
        // Looking again makes copies again. No thread has run since, so once is enough.
        let is_new = self.awaited.as_ref() != Some(&files);
        self.awaited = Some(files);
        Ok(has_had_copy || is_new)
    }
}

/// The file of a descriptor of ours.
fn id(file: &OwnedFd) -> Option<FileId> {
    let found = rustix::fs::fstat(file).ok()?;
    Some((found.st_dev, found.st_ino, master_number(file.as_raw_fd())))
}

/// The number of a master's terminal; `None` of any other file.
fn master_number(file: RawFd) -> Option<u32> {
    let mut number: c_int = 0;
    // SAFETY: it writes an `int` to this address, and keeps no pointer to it; of another file it fails.
    let got = unsafe { libc::ioctl(file, libc::TIOCGPTN, &raw mut number) };
    (got == 0).then(|| number.unsigned_abs())
}

/// The children of our process.
fn children() -> impl Iterator<Item = pid_t> {
    let us = std::process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(move |id| proc::status(*id, "PPid:").is_some_and(|parent| parent == us))
}

/// Whether a process has one of the files open, or is about to close all that it has.
fn may_have(process: pid_t, files: &BTreeSet<FileId>) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
    let descriptors: Vec<_> = descriptors.into_iter().flatten().flatten().collect();
    if descriptors.is_empty() {
        // While a process exits, it has no descriptors any more, but their files.
        return proc::status(process, "State:").is_some_and(|state| state.starts_with(['R', 'D']));
    }
    descriptors.iter().any(|descriptor| {
        let Ok(found) = fs::metadata(descriptor.path()) else {
            return false;
        };
        let number = descriptor.file_name();
        let info = number.to_str().and_then(|number| number.parse().ok());
        let info = info.map_or_else(String::new, |number| proc::fdinfo(process, number));
        // `proc_pid_fdinfo(5)`
        let mut lines = info.lines();
        let number = lines.find_map(|line| line.strip_prefix("tty-index:"));
        let number = number.and_then(|number| number.trim().parse().ok());
        files.contains(&(found.dev(), found.ino(), number))
    })
}

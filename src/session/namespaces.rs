//! The namespaces of a traced program (namespaces(7)), where the caller may create them.
//!
//! In a PID namespace of its own a program has the same process ids in every run: it is process 2, and what it starts
//! has the numbers after that, in the order in which the tracer lets it start them. Process 1 is an init of ours, as
//! for process 1 signals mean something else (`pid_namespaces(7)`). The program sees a `/proc` of its own, with nothing
//! else in it, and its terminals are numbered from 0.
//!
//! That takes `CAP_SYS_ADMIN`. With a user namespace everybody would have that, but there all files of other users
//! belong to `nobody`, and so do the caller's other groups: a program would see another system. So whoever may not
//! create a PID namespace gets none, and a recording that shows a process id is marked.

use libc::{MS_NODEV, MS_NOEXEC, MS_NOSUID};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    process::{
        Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, setsid, waitid,
    },
};
use std::{
    ffi::{CStr, c_ulong},
    fs::File,
    io::{self, PipeWriter, Read},
    ops::Range,
    os::fd::{AsRawFd, RawFd},
    ptr,
};

/// How long the init may take to exit, once nothing is left in its namespace.
const END_TIMEOUT: Timespec = Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};

/// The command line of the init, as the program sees it.
static INIT: [u8; 5] = *b"init\0";

/// A PID namespace, with what lives in it. Dropping this kills all of that.
pub(super) struct Namespace {
    init: Pid,
    /// While this is open in our process alone, the init lives.
    alive: Option<PipeWriter>,
}

impl Namespace {
    /// Where those in it find the file that it was created with.
    pub(super) const SHARED: &str = "/proc/1/fd/1";

    /// Creates a namespace for the children that the calling thread forks from now on, and mounts its `/proc` for them.
    /// `None` if the system does not allow that; then nothing has changed.
    ///
    /// # Errors
    /// The thread cannot return to its own namespace.
    pub(super) fn enter(shared: RawFd) -> io::Result<Option<Namespace>> {
        let (Ok(own), Ok((alive, keeps_alive)), Ok((mut ready, is_ready))) = (
            File::open("/proc/thread-self/ns/pid"),
            io::pipe(),
            io::pipe(),
        ) else {
            return Ok(None);
        };
        let shown = shown_strings();
        // SAFETY: it changes the namespaces of this thread's children and its own mounts, and touches no memory.
        if unsafe { libc::unshare(libc::CLONE_NEWPID | libc::CLONE_NEWNS) } != 0 {
            return Ok(None);
        }
        // SAFETY: the child only makes system calls.
        let init = match unsafe { libc::fork() } {
            0 => run_init([alive.as_raw_fd(), shared], is_ready.as_raw_fd(), &shown),
            child => Pid::from_raw(child.max(0)),
        };
        drop((alive, is_ready));
        let mut byte = [0];
        if let Some(init) = init {
            let namespace = Namespace {
                init,
                alive: Some(keeps_alive),
            };
            if ready.read_exact(&mut byte).is_ok() {
                return Ok(Some(namespace));
            }
        }
        // SAFETY: it changes the namespace of this thread's children, and touches no memory.
        match unsafe { libc::setns(own.as_raw_fd(), libc::CLONE_NEWPID) } {
            0 => Ok(None),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Namespace {
    /// Kills all that is in it. Its init exits once that is reaped, which its parents do.
    pub(super) fn end(&mut self) {
        drop(self.alive.take());
        let _ = kill_process(self.init, Signal::KILL);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.end();
        if let Ok(pidfd) = pidfd_open(self.init, PidfdFlags::empty()) {
            let _ = poll(
                &mut [PollFd::new(&pidfd, PollFlags::IN)],
                Some(&END_TIMEOUT),
            );
        }
        let _ = waitid(
            WaitId::Pid(self.init),
            WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
        );
    }
}

/// The first process of a namespace: mounts its `/proc`, says so, and exits when our process does, which kills all that
/// is in the namespace. Runs in a forked child and only makes system calls.
fn run_init(kept: [RawFd; 2], ready: RawFd, shown: &Range<usize>) -> ! {
    // Process 1 gets no signals that it does not handle, so it must handle none of ours. If it ignores this one, its
    // orphans are reaped by the kernel.
    for signal in 1..=64 {
        let action = if signal == libc::SIGCHLD {
            libc::SIG_IGN
        } else {
            libc::SIG_DFL
        };
        // SAFETY: it sets a disposition; for numbers that are not valid it fails without effect.
        unsafe { libc::signal(signal, action) };
    }
    // Not a process of the caller's terminal.
    let _ = setsid();
    let _ = rustix::process::chdir("/");
    let is_mounted = super::system::receive_mounts().is_ok()
        && mount(c"proc", c"/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None).is_ok();
    if is_mounted {
        mount_terminals();
    }
    name_init(shown);
    // SAFETY: the descriptors are this process's own copies, and nothing in it uses another one again.
    unsafe {
        if is_mounted {
            libc::write(ready, INIT.as_ptr().cast(), 1);
        }
        // Both were created above the standard descriptors.
        for (descriptor, kept) in (0..).zip(kept) {
            libc::dup2(kept, descriptor);
        }
        if libc::syscall(libc::SYS_close_range, 2, u32::MAX, 0) != 0 {
            for descriptor in 2..65_536 {
                libc::close(descriptor);
            }
        }
        let mut byte = [0_u8];
        while is_mounted
            && libc::read(0, byte.as_mut_ptr().cast(), 1) < 0
            && *libc::__errno_location() == libc::EINTR
        {}
        libc::_exit(0)
    }
}

/// Mounts the terminals of the namespace, which are numbered anew (`pts(4)`). If that is not possible, or the
/// multiplexer belongs to the system's terminals, these stay.
fn mount_terminals() {
    const MULTIPLEXER: &CStr = c"/dev/ptmx";
    const TERMINALS: &CStr = c"/dev/pts";
    let options = c"newinstance,ptmxmode=0666,mode=0620,gid=5";
    if mount(c"devpts", TERMINALS, MS_NOSUID | MS_NOEXEC, Some(options)).is_err() {
        return;
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let is_first = rustix::fs::open(MULTIPLEXER, flags, Mode::empty()).is_ok_and(|master| {
        let mut number: libc::c_uint = u32::MAX;
        // SAFETY: it writes the number of the master's terminal.
        unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTN, &raw mut number) };
        number == 0 && rustix::fs::stat(c"/dev/pts/0").is_ok()
    });
    if !is_first {
        // SAFETY: it changes which file systems this namespace sees.
        unsafe { libc::umount2(TERMINALS.as_ptr(), libc::MNT_DETACH) };
    }
}

/// Mounts a file system that has no device.
fn mount(kind: &CStr, target: &CStr, flags: c_ulong, options: Option<&CStr>) -> io::Result<()> {
    let options = options.map_or(ptr::null(), |options| options.as_ptr().cast());
    // SAFETY: the strings live until the call returns.
    match unsafe {
        libc::mount(
            kind.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            options,
        )
    } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Where this process has the command line and the environment that `/proc` shows, one after the other
/// (`proc_pid_stat(5)`); nothing if that is not known.
fn shown_strings() -> Range<usize> {
    let fields = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields = stat.rsplit_once(')')?.1.split_whitespace();
        let addresses: Vec<usize> = fields
            .skip(45)
            .take(4)
            .map_while(|field| field.parse().ok())
            .collect();
        Some(*addresses.first()?..*addresses.last()?)
    };
    fields().unwrap_or_default()
}

/// Shows neither our command line nor our environment as the init's: clears its copy of both.
fn name_init(shown: &Range<usize>) {
    // SAFETY: it sets this process's name.
    unsafe { libc::prctl(libc::PR_SET_NAME, INIT.as_ptr()) };
    if shown.len() > INIT.len() {
        // SAFETY: the kernel put these strings on the first thread's stack, and the child reads them no more.
        unsafe {
            ptr::write_bytes(
                ptr::with_exposed_provenance_mut::<u8>(shown.start),
                0,
                shown.len(),
            );
            ptr::copy_nonoverlapping(
                INIT.as_ptr(),
                ptr::with_exposed_provenance_mut(shown.start),
                INIT.len(),
            );
        }
    }
}

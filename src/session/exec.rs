//! What the forked child does up to exec, prepared before the fork.
//!
//! It only makes system calls: a lock that another thread of the caller held at the fork stays locked in the child
//! forever.

use super::{Session, environment::Environment, system};
use crate::recording::{Channel, Network};
use rustix::{
    fs::Mode,
    io::{FdFlags, fcntl_setfd},
    process::{Resource, Rlimit, getpid, getrlimit, ioctl_tiocsctty, setrlimit, setsid, umask},
    stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stderr, stdin, stdout},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    env,
    ffi::{CString, OsStr, c_char},
    io,
    os::{
        fd::{BorrowedFd, RawFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    ptr,
};

/// The exit status after a failed exec; nobody sees it.
pub(super) const EXEC_FAILED: i32 = 127;

/// The interpreter of scripts without `#!`.
const SHELL: &std::ffi::CStr = c"/bin/sh";

/// The permissions that new files do not have.
const UMASK: u32 = 0o022;

/// Soft limits, unless the caller's hard limit is lower: as most systems have them by default.
const LIMITS: [(Resource, u64); 3] = [
    (Resource::Nofile, 1024),
    (Resource::Stack, 8 << 20),
    (Resource::Core, 0),
];

/// The last thing that a child does before exec. Only makes system calls.
pub(super) type Handover = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

/// What the child was about to do when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To execute the program, or something before it.
    Exec,
    /// To be taken over by its tracer.
    Handover,
    /// To leave the system's network.
    Network,
}

/// Everything that the child does before exec, prepared before the fork.
pub(super) struct Plan {
    /// Where the program may be, in the order of `PATH`.
    pub(super) candidates: Vec<CString>,
    /// The strings that `argv` and `envp` point into.
    _strings: (Vec<CString>, Vec<CString>),
    cwd: CString,
    /// A folder, and the one in whose place the program sees it.
    cover: Option<[CString; 2]>,
    network: Network,
    /// The terminal's size, or `None` on pipes.
    size: Option<Winsize>,
    /// The terminal, on which everything is then.
    pub(super) terminal: Option<RawFd>,
    /// Where the parent reads the child's pid, and an error number if there is one.
    report: RawFd,
    /// The parent's `/proc`, in which the child has the number that its parent knows.
    pub(super) proc: Option<RawFd>,
    handover: Option<Handover>,
    /// The arguments of exec: two spare words for a script without `#!`, then the program's arguments, and the
    /// environment.
    argv: Pointers,
    envp: Pointers,
}

/// Pointers to strings of the plan, terminated by a null pointer.
struct Pointers(Vec<*const c_char>);

// SAFETY: they point to strings that the same plan owns and never changes.
unsafe impl Send for Pointers {}
// SAFETY: as above.
unsafe impl Sync for Pointers {}

impl Pointers {
    fn new(reserved: usize, strings: &[CString]) -> Pointers {
        let reserved = std::iter::repeat_n(ptr::null(), reserved);
        Pointers(
            reserved
                .chain(strings.iter().map(|string| string.as_ptr()))
                .chain([ptr::null()])
                .collect(),
        )
    }
}

impl Plan {
    pub(super) fn new(
        session: &Session,
        cwd: &Path,
        environment: &Environment,
        report: RawFd,
        handover: Option<Handover>,
    ) -> io::Result<Plan> {
        let string = |text: &OsStr| CString::new(text.as_bytes()).map_err(io::Error::from);
        let program = &session.program;
        let candidates = if program.as_bytes().contains(&b'/') || program.is_empty() {
            vec![string(program)?]
        } else {
            let path = environment
                .env
                .iter()
                .find(|(name, _)| name == "PATH")
                .map_or(OsStr::new(""), |(_, path)| path);
            env::split_paths(path)
                .map(|folder| string(folder.join(program).as_os_str()))
                .collect::<io::Result<_>>()?
        };
        let arguments = [program]
            .into_iter()
            .chain(&session.arguments)
            .map(|argument| string(argument));
        let variables = environment.env.iter().map(|(name, value)| {
            let variable = [name.as_bytes(), value.as_bytes()].join(&b'=');
            CString::new(variable).map_err(io::Error::from)
        });
        let size = match session.channel {
            Channel::Pty { columns, rows, .. } => Some(Winsize {
                ws_col: columns,
                ws_row: rows,
                ws_xpixel: 0,
                ws_ypixel: 0,
            }),
            Channel::Pipe => None,
        };
        let (arguments, variables) = (
            arguments.collect::<io::Result<Vec<_>>>()?,
            variables.collect::<io::Result<Vec<_>>>()?,
        );
        let (argv, envp) = (Pointers::new(1, &arguments), Pointers::new(0, &variables));
        Ok(Plan {
            candidates,
            _strings: (arguments, variables),
            cwd: string(cwd.as_os_str())?,
            cover: environment.folders.cover()?,
            network: session.network,
            size,
            terminal: None,
            report,
            proc: None,
            handover,
            argv,
            envp,
        })
    }

    /// Executes the program, or reports why not and exits. Runs in the forked child and only makes system calls.
    pub(super) fn exec(&mut self) -> io::Result<()> {
        self.tell(
            self.proc
                .and_then(number_in)
                .unwrap_or(getpid().as_raw_nonzero().get()),
        );
        let handed_over =
            |plan: &Plan| plan.handover.as_ref().map_or(Ok(()), |handover| handover());
        let (error, stage) = if let Err(error) = system::isolate(self.network) {
            (error, Stage::Network)
        } else if let Err(error) = self.prepare() {
            (error, Stage::Exec)
        } else if let Err(error) = handed_over(self) {
            (error, Stage::Handover)
        } else {
            (self.try_candidates(), Stage::Exec)
        };
        self.tell(error.raw_os_error().unwrap_or(libc::EINVAL));
        self.tell(stage as i32);
        // SAFETY: the child exits here; no destructor of the parent runs, and no buffer of it is flushed.
        unsafe { libc::_exit(EXEC_FAILED) }
    }

    fn tell(&self, number: i32) {
        let bytes = number.to_ne_bytes();
        // SAFETY: it writes four bytes of `bytes`. The pipe has space for them, and so accepts all of them.
        unsafe { libc::write(self.report, bytes.as_ptr().cast(), bytes.len()) };
    }

    fn prepare(&self) -> io::Result<()> {
        setsid()?;
        if let Some(terminal) = self.terminal {
            onto_terminal(terminal)?;
        }
        if let Some(size) = self.size {
            tcsetwinsize(stdin(), size)?;
        }
        // The program must not inherit ignored signals. 64 is the last signal.
        for signal in 1..=64 {
            // SAFETY: it sets a disposition to its default; for numbers that are not valid it fails without effect.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        umask(Mode::from_raw_mode(UMASK));
        for (resource, soft) in LIMITS {
            let limit = getrlimit(resource);
            let current = limit.maximum.map_or(soft, |hard| soft.min(hard));
            // A lower soft limit is always allowed, and one up to the hard limit, too.
            let _ = setrlimit(
                resource,
                Rlimit {
                    current: Some(current),
                    ..limit
                },
            );
        }
        // A traced child dies with its tracer instead: the parent's thread is gone before.
        if self.handover.is_none() {
            system::die_with_parent();
        }
        if let Some([folder, seen]) = &self.cover {
            system::cover(folder, seen)?;
        }
        rustix::process::chdir(self.cwd.as_c_str())?;
        system::close_on_exec_from_3();
        Ok(())
    }

    /// Executes the first candidate that can be, as execvp(3) does, and returns the most telling error.
    fn try_candidates(&mut self) -> io::Error {
        let mut worst = io::Error::from_raw_os_error(libc::ENOENT);
        for candidate in &self.candidates {
            let argv = &self.argv.0[1..];
            // SAFETY: both arrays end in a null pointer, and the plan owns all strings.
            unsafe { libc::execve(candidate.as_ptr(), argv.as_ptr(), self.envp.0.as_ptr()) };
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                // Also the error for a script whose interpreter is missing: the file itself exists then.
                Some(libc::ENOENT | libc::ENOTDIR) => {}
                Some(libc::EACCES) => worst = error,
                Some(libc::ENOEXEC) => {
                    // A script without `#!`: executes the shell with the script as its argument.
                    (self.argv.0[0], self.argv.0[1]) = (SHELL.as_ptr(), candidate.as_ptr());
                    // SAFETY: as above.
                    unsafe {
                        libc::execve(SHELL.as_ptr(), self.argv.0.as_ptr(), self.envp.0.as_ptr())
                    };
                    return io::Error::last_os_error();
                }
                _ => return error,
            }
        }
        worst
    }
}

/// Makes a terminal that of the calling process, which leads a session, and its standard streams. Only makes system calls.
fn onto_terminal(terminal: RawFd) -> io::Result<()> {
    // SAFETY: the parent has it open until the child has executed its program.
    let terminal = unsafe { BorrowedFd::borrow_raw(terminal) };
    ioctl_tiocsctty(terminal)?;
    dup2_stdin(terminal)?;
    dup2_stdout(terminal)?;
    dup2_stderr(terminal)?;
    // If it was one of them already, it had been told to close.
    for stream in [stdin(), stdout(), stderr()] {
        fcntl_setfd(stream, FdFlags::empty())?;
    }
    Ok(())
}

/// The calling process's number in a `/proc` (`proc_self(5)`); `None` if it has none there. Only makes system calls.
fn number_in(proc: RawFd) -> Option<i32> {
    let mut digits = [0_u8; 16];
    // SAFETY: it writes at most as many bytes as `digits` has.
    let len = unsafe {
        libc::readlinkat(
            proc,
            c"self".as_ptr(),
            digits.as_mut_ptr().cast(),
            digits.len(),
        )
    };
    let digits = digits.get(..usize::try_from(len).ok()?)?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Sets close-on-exec for all descriptors from 3 up, one by one. Only makes system calls.
pub(super) fn close_on_exec_one_by_one() {
    /// The highest descriptor to consider if the limit is infinite.
    const MAX: u64 = 1 << 16;
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(MAX).min(MAX);
    for descriptor in 3..i32::try_from(limit).unwrap_or(i32::MAX) {
        // SAFETY: it sets a flag, or fails if there is no such descriptor.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

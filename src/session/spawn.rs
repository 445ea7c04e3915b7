//! Starts the program: on a terminal by rexpect, on pipes by the standard library, and in both cases by our own exec.
//!
//! rexpect reports a failed exec *inside the forked child*, which would then run the caller's code a second time. So the
//! last thing before exec is a hook of ours that does all that remains, execs itself, tells the parent over a pipe what
//! went wrong, and leaves. It marks every descriptor beyond stderr to be closed by exec, too: rexpect's master, and
//! whatever else a caller or another session has open, must not be held open by this program.

use super::{Error, Session, ground::Ground, system};
use crate::{recording::Channel, transcript, virtual_time::Missing};
use rexpect::process::PtyProcess;
use rustix::{
    process::{Pid, WaitId, WaitIdOptions, getpid, setsid, waitid},
    termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};
use std::{
    env,
    ffi::{CString, OsStr, c_char},
    fs::File,
    io::{self, PipeReader, Read},
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::{ffi::OsStrExt, process::CommandExt},
    },
    panic::resume_unwind,
    path::Path,
    process::{Command, Stdio},
    ptr,
};

/// What exits when an exec has failed; no one sees it.
const EXEC_FAILED: i32 = 127;

/// Why a file that is there cannot be run.
const NO_INTERPRETER: &str =
    "it is there, but its interpreter or loader is not (the first line of a script names it)";

/// A program that has been started, and our ends of its channel.
pub(super) struct Spawned {
    pub(super) pid: Pid,
    pub(super) ends: Ends,
}

/// Our ends of a channel.
pub(super) enum Ends {
    Pty {
        /// What the terminal's keyboard and screen are connected to.
        master: File,
        /// The program's side, held open so that the terminal lives until the program has ended, whoever closes it.
        slave: Option<OwnedFd>,
        /// rexpect's own handle of the master; the program is reaped before it is dropped.
        _process: PtyProcess,
    },
    Pipe {
        /// `None` where nothing is ever sent.
        stdin: Option<File>,
        stdout: File,
        stderr: File,
    },
}

/// The last thing that a child does before exec. It makes system calls only.
pub(super) type Handover = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

/// Why a program was not started.
pub(super) enum Failure {
    /// What exec or anything before it said.
    Exec(io::Error),
    /// Why it could not be handed over.
    Missing(Missing),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Exec(error)
    }
}

impl Failure {
    /// As the session tells it.
    pub(super) fn of(self, session: &Session) -> Error {
        match self {
            Failure::Exec(error) => Error::Run {
                program: transcript::escape(session.program.as_encoded_bytes(), 200),
                error,
            },
            Failure::Missing(missing) => missing.into(),
        }
    }
}

/// Starts the session's program.
///
/// # Errors
/// What exec or anything before it said.
pub(super) fn spawn(session: &Session, cwd: &Path, ground: &Ground) -> Result<Spawned, Failure> {
    let (mut reading, writing) = io::pipe()?;
    let plan = Plan::new(session, cwd, ground, writing.as_raw_fd(), None)?;
    let candidates = plan.candidates.clone();
    let ends = fork(session, plan, system::pipe_of_writes);
    drop(writing);
    let (ends, pid) = (ends?, told_pid(&mut reading)?);
    told_failure(&mut reading, pid, cwd, &candidates)?;
    Ok(Spawned { pid, ends })
}

/// Starts the session's program, whose child is handed over to `attend`: the calling thread attends to it while another
/// one, which is then gone, waits for its exec.
///
/// # Errors
/// What exec, or anything before it, or the handover said.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) fn spawn_attended<T>(
    session: &Session,
    cwd: &Path,
    ground: &Ground,
    handover: Handover,
    attend: impl FnOnce(Pid) -> Result<T, Missing>,
) -> Result<(Spawned, T), Failure> {
    let (mut reading, writing) = io::pipe()?;
    let plan = Plan::new(session, cwd, ground, writing.as_raw_fd(), Some(handover))?;
    let candidates = plan.candidates.clone();
    // Writes are seen one by one: the pipes need not keep them apart.
    let pipe = || io::pipe().map(|(reading, writing)| (reading.into(), writing.into()));
    let (pid, attended, ends) = std::thread::scope(|scope| {
        let forked = scope.spawn(move || {
            let ends = fork(session, plan, pipe);
            drop(writing);
            ends
        });
        let pid = told_pid(&mut reading);
        let attended = pid.as_ref().ok().map(|pid| attend(*pid));
        let ends = forked.join().unwrap_or_else(|panic| resume_unwind(panic));
        (pid, attended, ends)
    });
    let (ends, pid) = (ends?, pid?);
    let told = told_failure(&mut reading, pid, cwd, &candidates);
    let attended = attended.ok_or_else(gone)?.map_err(Failure::Missing)?;
    told?;
    Ok((Spawned { pid, ends }, attended))
}

/// Forks, on the session's channel.
fn fork(
    session: &Session,
    mut plan: Plan,
    pipe: impl Fn() -> io::Result<(OwnedFd, OwnedFd)>,
) -> io::Result<Ends> {
    // The real program is named in the plan: what the standard library or rexpect would run is never reached.
    let mut command = Command::new("strobe-exec");
    // SAFETY: the hook makes system calls only, on memory that was laid out before the fork.
    unsafe { command.pre_exec(move || plan.exec()) };
    match session.channel {
        Channel::Pty { .. } => on_pty(command),
        Channel::Pipe => on_pipes(command, reads_stdin(session), pipe),
    }
}

fn gone() -> io::Error {
    io::Error::other("it was gone before it began")
}

/// The child's id, by its own account.
fn told_pid(reading: &mut PipeReader) -> io::Result<Pid> {
    let mut bytes = [0; 4];
    reading.read_exact(&mut bytes).map_err(|_| gone())?;
    Pid::from_raw(i32::from_ne_bytes(bytes)).ok_or_else(gone)
}

/// What the child says once it is the program, which is nothing, or could not become it, and is then gone.
fn told_failure(
    reading: &mut PipeReader,
    pid: Pid,
    cwd: &Path,
    candidates: &[CString],
) -> Result<(), Failure> {
    let mut report = Vec::new();
    reading.read_to_end(&mut report)?;
    let numbers: Vec<i32> = report
        .chunks_exact(4)
        .map(|bytes| i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let &[errno, at_handover] = numbers.as_slice() else {
        return Ok(());
    };
    reap(pid);
    let is_there = || {
        candidates
            .iter()
            .any(|candidate| cwd.join(OsStr::from_bytes(candidate.as_bytes())).is_file())
    };
    let error = io::Error::from_raw_os_error(errno);
    Err(if at_handover != 0 {
        Failure::Missing(Missing::Seccomp(error))
    } else if errno == libc::ENOENT && is_there() {
        // exec says so of the interpreter, too.
        Failure::Exec(io::Error::new(io::ErrorKind::NotFound, NO_INTERPRETER))
    } else {
        Failure::Exec(error)
    })
}

/// Waits until a child has gone, and takes its status away.
pub(super) fn reap(pid: Pid) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED) {}
}

fn reads_stdin(session: &Session) -> bool {
    use crate::recording::Kind::{Eof, Send};
    session.live.is_some()
        || session
            .script
            .steps()
            .iter()
            .any(|step| matches!(step.kind, Send { .. } | Eof))
}

fn on_pty(command: Command) -> io::Result<Ends> {
    // rexpect uses it in the child, where nothing should be set up for the first time.
    let _ = io::stdin();
    let parent = getpid();
    let process = PtyProcess::new(command);
    if getpid() != parent {
        // SAFETY: this is the forked child, and something before our hook failed: it must not go on.
        unsafe { libc::_exit(EXEC_FAILED) };
    }
    let process = process.map_err(io::Error::other)?;
    let master = process.get_file_handle().map_err(io::Error::other)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(&name, flags, rustix::fs::Mode::empty())?;
    Ok(Ends::Pty {
        master,
        slave: Some(slave),
        _process: process,
    })
}

fn on_pipes(
    mut command: Command,
    with_stdin: bool,
    pipe: impl Fn() -> io::Result<(OwnedFd, OwnedFd)>,
) -> io::Result<Ends> {
    let (stdout, writing_stdout) = pipe()?;
    let (stderr, writing_stderr) = pipe()?;
    let (stdin, reading_stdin) = if with_stdin {
        let (reading, writing) = io::pipe()?;
        (
            Some(File::from(OwnedFd::from(writing))),
            Stdio::from(reading),
        )
    } else {
        (None, Stdio::null())
    };
    command
        .stdin(reading_stdin)
        .stdout(writing_stdout)
        .stderr(writing_stderr);
    // Not waited for by this handle: it is reaped by its pid.
    drop(command.spawn()?);
    Ok(Ends::Pipe {
        stdin,
        stdout: stdout.into(),
        stderr: stderr.into(),
    })
}

/// All that the child does before the program takes over, laid out before the fork.
struct Plan {
    /// Where the program may be, in the order of `PATH`.
    candidates: Vec<CString>,
    /// What `argv` and `envp` point into.
    _strings: (Vec<CString>, Vec<CString>),
    cwd: CString,
    /// The terminal's size, or `None` on pipes.
    size: Option<Winsize>,
    /// Where the parent reads our pid, and the number of an error if there is one.
    report: RawFd,
    handover: Option<Handover>,
    /// Room for what exec takes: arguments behind the two words that a script without `#!` needs, and variables.
    argv: Pointers,
    envp: Pointers,
}

/// Pointers into the plan's own strings, ended by a null pointer.
struct Pointers(Vec<*const c_char>);

// SAFETY: they point into strings that the same plan owns and never changes.
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

const SHELL: &std::ffi::CStr = c"/bin/sh";

impl Plan {
    fn new(
        session: &Session,
        cwd: &Path,
        ground: &Ground,
        report: RawFd,
        handover: Option<Handover>,
    ) -> io::Result<Plan> {
        let string = |text: &OsStr| CString::new(text.as_bytes()).map_err(io::Error::from);
        let program = &session.program;
        let candidates = if program.as_bytes().contains(&b'/') || program.is_empty() {
            vec![string(program)?]
        } else {
            let path = ground
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
        let variables = ground.env.iter().map(|(name, value)| {
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
            size,
            report,
            handover,
            argv,
            envp,
        })
    }

    /// Becomes the program, or tells why not and leaves. It runs in the forked child and makes system calls only.
    fn exec(&mut self) -> io::Result<()> {
        self.tell(getpid().as_raw_nonzero().get());
        let handed_over =
            |plan: &Plan| plan.handover.as_ref().map_or(Ok(()), |handover| handover());
        let (error, at_handover) = match self.prepare() {
            Err(error) => (error, 0),
            Ok(()) => match handed_over(self) {
                Err(error) => (error, 1),
                Ok(()) => (self.try_candidates(), 0),
            },
        };
        self.tell(error.raw_os_error().unwrap_or(libc::EINVAL));
        self.tell(at_handover);
        // SAFETY: the child ends here, and nothing of the parent's is run or flushed.
        unsafe { libc::_exit(EXEC_FAILED) }
    }

    fn tell(&self, number: i32) {
        let bytes = number.to_ne_bytes();
        // SAFETY: it writes four bytes from memory that is there. The pipe has room for them, and so takes them whole.
        unsafe { libc::write(self.report, bytes.as_ptr().cast(), bytes.len()) };
    }

    fn prepare(&self) -> io::Result<()> {
        if let Some(size) = self.size {
            let terminal = rustix::stdio::stdin();
            tcsetwinsize(terminal, size)?;
            // rexpect turns the echo off; a terminal has it on.
            let mut modes = tcgetattr(terminal)?;
            modes.local_modes |= LocalModes::ECHO;
            tcsetattr(terminal, OptionalActions::Now, &modes)?;
        } else {
            setsid()?;
        }
        // What the caller ignores is not for the program to ignore. 64 is the last signal there is.
        for signal in 1..=64 {
            // SAFETY: it sets a disposition to its default; for numbers that cannot be set it fails, and nothing happens.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        // Who is handed over dies with the one who has it: the parent's thread is gone before.
        if self.handover.is_none() {
            system::die_with_parent();
        }
        rustix::process::chdir(self.cwd.as_c_str())?;
        system::close_on_exec_from_3();
        Ok(())
    }

    /// Execs the first candidate that can be, as execvp(3) does, and gives the error that tells most.
    fn try_candidates(&mut self) -> io::Error {
        let mut worst = io::Error::from_raw_os_error(libc::ENOENT);
        for candidate in &self.candidates {
            let argv = &self.argv.0[1..];
            // SAFETY: both arrays end in a null pointer, and all strings live in the plan.
            unsafe { libc::execve(candidate.as_ptr(), argv.as_ptr(), self.envp.0.as_ptr()) };
            let error = io::Error::last_os_error();
            match error.raw_os_error() {
                // Also said of a script whose interpreter is missing: the file itself is then there.
                Some(libc::ENOENT | libc::ENOTDIR) => {}
                Some(libc::EACCES) => worst = error,
                Some(libc::ENOEXEC) => {
                    // A script without `#!`: the shell's, with the script in the program's place.
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

/// Marks descriptors from 3 up, one by one, to be closed by exec. Makes system calls only.
pub(super) fn close_on_exec_one_by_one() {
    /// Where an unlimited number of descriptors ends for us.
    const MOST: u64 = 1 << 16;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .unwrap_or(MOST)
        .min(MOST);
    for descriptor in 3..i32::try_from(limit).unwrap_or(i32::MAX) {
        // SAFETY: it changes a flag, or fails where there is no such descriptor.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

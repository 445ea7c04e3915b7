//! Starts the program: on a terminal by rexpect, on pipes by the standard library, and in both cases by our own exec.
//!
//! rexpect reports a failed exec *inside the forked child*, which would then run the caller's code a second time. So the
//! last thing before exec is a hook of ours that does all that remains, execs itself, tells the parent over a pipe what
//! went wrong, and leaves. It marks every descriptor beyond stderr to be closed by exec, too: rexpect's master, and
//! whatever else a caller or another session has open, must not be held open by this program.

use super::{
    Session, SessionError,
    environment::Environment,
    exec::{EXEC_FAILED, Handover, Plan},
    system,
};
use crate::{recording::Channel, text, virtual_time::UnavailableError};
use rexpect::process::{PtyProcess, Signal, WaitStatus};
use rustix::process::{Pid, WaitId, WaitIdOptions, getpid, waitid};
use std::{
    ffi::{CString, OsStr},
    fs::File,
    io::{self, PipeReader, Read},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{ffi::OsStrExt, process::CommandExt},
    },
    panic::resume_unwind,
    path::Path,
    process::{Command, Stdio},
};

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

/// Why a program was not started.
pub(super) enum SpawnError {
    /// What exec or anything before it said.
    Exec(io::Error),
    /// Why it could not be handed over.
    Unavailable(UnavailableError),
}

impl From<io::Error> for SpawnError {
    fn from(error: io::Error) -> SpawnError {
        SpawnError::Exec(error)
    }
}

impl SpawnError {
    /// As the session tells it.
    pub(super) fn of(self, session: &Session) -> SessionError {
        match self {
            SpawnError::Exec(error) => SessionError::Run {
                program: text::escape(session.program.as_encoded_bytes(), 200),
                error,
            },
            SpawnError::Unavailable(missing) => missing.into(),
        }
    }
}

/// Starts the session's program.
///
/// # Errors
/// What exec or anything before it said.
pub(super) fn spawn(
    session: &Session,
    cwd: &Path,
    environment: &Environment,
) -> Result<Spawned, SpawnError> {
    let (mut reading, writing) = io::pipe()?;
    let plan = Plan::new(session, cwd, environment, writing.as_raw_fd(), None)?;
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
    environment: &Environment,
    handover: Handover,
    attend: impl FnOnce(Pid) -> Result<T, UnavailableError>,
) -> Result<(Spawned, T), SpawnError> {
    let (mut reading, writing) = io::pipe()?;
    let plan = Plan::new(
        session,
        cwd,
        environment,
        writing.as_raw_fd(),
        Some(handover),
    )?;
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
    let attended = attended
        .ok_or_else(gone)?
        .map_err(SpawnError::Unavailable)?;
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

/// What is said of a child that ended without a word.
pub(super) fn gone() -> io::Error {
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
) -> Result<(), SpawnError> {
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
        SpawnError::Unavailable(UnavailableError::Seccomp(error))
    } else if errno == libc::ENOENT && is_there() {
        // exec says so of the interpreter, too.
        SpawnError::Exec(io::Error::new(io::ErrorKind::NotFound, NO_INTERPRETER))
    } else {
        SpawnError::Exec(error)
    })
}

/// Waits until a child has gone, and takes its status away.
pub(super) fn reap(pid: Pid) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED) {}
}

fn reads_stdin(session: &Session) -> bool {
    use crate::recording::EventKind::{Eof, Send};
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
    let mut process = process.map_err(of_rexpect)?;
    match open_terminal(&process) {
        Ok((master, slave)) => Ok(Ends::Pty {
            master,
            slave: Some(slave),
            _process: process,
        }),
        Err(error) => {
            // Where rexpect drops a child that is alive, it panics if that ends by itself meanwhile.
            while process.status() == Some(WaitStatus::StillAlive) {
                let _ = process.signal(Signal::SIGKILL);
                std::thread::yield_now();
            }
            Err(error)
        }
    }
}

/// Both sides of the terminal of a program that has been forked.
fn open_terminal(process: &PtyProcess) -> io::Result<(File, OwnedFd)> {
    let master = process.get_file_handle().map_err(of_rexpect)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(&name, flags, rustix::fs::Mode::empty())?;
    Ok((master, slave))
}

/// An error of rexpect's as the system gave it.
fn of_rexpect(error: rexpect::error::Error) -> io::Error {
    match error {
        rexpect::error::Error::Io(error) => error,
        rexpect::error::Error::Nix(errno) => io::Error::from_raw_os_error(errno as i32),
        error => io::Error::other(error),
    }
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

//! Starts the program: forked by the standard library, and executed by our own exec.
//!
//! Whatever can fail for want of something is done before the fork: both sides of the terminal are open then. A child that
//! is traced already could only be ended by its tracer. After the fork a hook of ours does everything that remains: it
//! executes the program itself, reports errors to the parent over a pipe, and exits. It also sets close-on-exec for every
//! descriptor beyond stderr: the program must not keep open its terminal's master, or whatever else the caller or another
//! session has open.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use super::namespaces::Namespace;
use super::{
    Session, SessionError,
    environment::Environment,
    exec::{Handover, Plan, Stage},
    packet_pipe::packet_pipe,
};
use crate::{recording::Channel, text, virtual_time::UnavailableError};
use rustix::{
    fs::{Mode, OFlags},
    io::{Errno, FdFlags, fcntl_setfd},
    process::{Pid, WaitId, WaitIdOptions, waitid},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use std::{
    ffi::{CString, OsStr},
    fs::File,
    io::{self, PipeReader, Read},
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::{ffi::OsStrExt, process::CommandExt},
    },
    panic::resume_unwind,
    path::Path,
    process::{Command, Stdio},
};

/// Why an existing file cannot be run.
const NO_INTERPRETER: &str =
    "it is there, but its interpreter or loader is not (the first line of a script names it)";

/// A started program, and our ends of its channel.
pub(super) struct Spawned {
    pub(super) pid: Pid,
    pub(super) ends: Ends,
}

/// Our ends of a channel.
pub(super) enum Ends {
    Pty {
        /// The master: the terminal's keyboard and screen.
        master: File,
        /// The program's side, kept open so that the terminal exists until the program has ended, even if the program
        /// closes it.
        slave: Option<OwnedFd>,
    },
    Pipe {
        /// `None` if nothing is ever sent.
        stdin: Option<File>,
        stdout: File,
        stderr: File,
    },
}

/// Why a program was not started.
pub(super) enum SpawnError {
    /// Exec, or something before it, failed.
    Exec(io::Error),
    /// It could not be traced.
    Unavailable(UnavailableError),
    /// It could not be given a network of its own.
    Network(io::Error),
}

impl From<io::Error> for SpawnError {
    fn from(error: io::Error) -> SpawnError {
        SpawnError::Exec(error)
    }
}

impl SpawnError {
    /// The error as the session reports it.
    pub(super) fn of(self, session: &Session) -> SessionError {
        match self {
            SpawnError::Exec(error) => SessionError::Run {
                program: text::escape(session.program.as_encoded_bytes(), 200),
                error,
            },
            SpawnError::Unavailable(missing) => missing.into(),
            SpawnError::Network(error) => SessionError::Network(error),
        }
    }
}

/// Starts the session's program.
///
/// # Errors
/// Exec, or something before it, failed.
pub(super) fn spawn(
    session: &Session,
    cwd: &Path,
    environment: &Environment,
) -> Result<Spawned, SpawnError> {
    let (mut reading, writing) = io::pipe()?;
    let plan = Plan::new(session, cwd, environment, writing.as_raw_fd(), None)?;
    let candidates = plan.candidates.clone();
    let ends = fork(session, plan, packet_pipe);
    drop(writing);
    let (ends, pid) = (ends?, read_pid(&mut reading)?);
    read_failure(&mut reading, pid, cwd, &candidates)?;
    Ok(Spawned { pid, ends })
}

/// A started program, what attends it, what was prepared meanwhile, and the namespace that it is in, if it has one.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) struct Attended<T, P> {
    pub(super) spawned: Spawned,
    pub(super) by: T,
    pub(super) prepared: P,
    /// To be dropped last: everything in it has been reaped then.
    pub(super) namespace: Option<Namespace>,
}

/// Starts the session's program; in a PID namespace of its own, with a `shared` file, if there is one and the system
/// allows that. Passes its child to `attend`, which runs on the calling thread while another thread waits for the exec.
/// `prepare` runs there before, while the child is made.
///
/// # Errors
/// Exec, or something before it, or `attend` failed.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) fn spawn_attended<T, P>(
    session: &Session,
    cwd: &Path,
    environment: &Environment,
    shared: Option<RawFd>,
    handover: Handover,
    prepare: impl FnOnce() -> P,
    attend: impl FnOnce(Pid) -> Result<T, UnavailableError>,
) -> Result<Attended<T, P>, SpawnError> {
    let (mut reading, writing) = io::pipe()?;
    // In a namespace the child itself knows only its number there.
    let proc = File::open("/proc").ok().filter(|_| shared.is_some());
    let mut plan = Plan::new(
        session,
        cwd,
        environment,
        writing.as_raw_fd(),
        Some(handover),
    )?;
    plan.proc = proc.as_ref().map(AsRawFd::as_raw_fd);
    let shared = shared.filter(|_| proc.is_some());
    let candidates = plan.candidates.clone();
    // Writes are recorded one by one, so the pipes need not keep them apart.
    let pipe = || io::pipe().map(|(reading, writing)| (reading.into(), writing.into()));
    let (prepared, pid, attended, forked) = std::thread::scope(|scope| {
        let forked = scope.spawn(move || {
            let namespace = shared.map(Namespace::enter).transpose()?.flatten();
            let ends = fork(session, plan, pipe);
            drop(writing);
            Ok::<_, io::Error>((namespace, ends?))
        });
        let prepared = prepare();
        let pid = read_pid(&mut reading);
        let attended = pid.as_ref().ok().map(|pid| attend(*pid));
        let forked = forked.join().unwrap_or_else(|panic| resume_unwind(panic));
        (prepared, pid, attended, forked)
    });
    let ((namespace, ends), pid) = (forked?, pid?);
    let reported = read_failure(&mut reading, pid, cwd, &candidates);
    // A child that could not be given its network had ended before anybody attended it.
    if let Err(error @ SpawnError::Network(_)) = reported {
        return Err(error);
    }
    let attended = attended
        .ok_or_else(exited_early)?
        .map_err(SpawnError::Unavailable)?;
    reported?;
    Ok(Attended {
        spawned: Spawned { pid, ends },
        by: attended,
        prepared,
        namespace,
    })
}

/// Forks, on the session's channel.
fn fork(
    session: &Session,
    mut plan: Plan,
    pipe: impl Fn() -> io::Result<(OwnedFd, OwnedFd)>,
) -> io::Result<Ends> {
    // The plan has the real program: what the standard library would execute is never reached.
    let mut command = Command::new("strobe-exec");
    let ends = match session.channel {
        Channel::Pty { .. } => {
            let (master, slave) = open_terminal()?;
            plan.terminal = Some(slave.as_raw_fd());
            Ends::Pty {
                master,
                slave: Some(slave),
            }
        }
        Channel::Pipe => on_pipes(&mut command, reads_stdin(session), pipe)?,
    };
    // SAFETY: the hook only makes system calls, on memory that was prepared before the fork.
    unsafe { command.pre_exec(move || plan.exec()) };
    // This handle does not wait for it: the program is reaped by its pid.
    drop(command.spawn().map_err(|error| {
        // What stands for no input is missing.
        match File::open("/dev/null") {
            Err(cause) if error.kind() == io::ErrorKind::NotFound => {
                io::Error::other(format!("`/dev/null`: {cause}"))
            }
            _ => error,
        }
    })?);
    Ok(ends)
}

/// The error for a child that ended without a report.
pub(super) fn exited_early() -> io::Error {
    io::Error::other("the child exited before exec")
}

/// Reads the child's pid, which it reports itself.
fn read_pid(reading: &mut PipeReader) -> io::Result<Pid> {
    let mut bytes = [0; 4];
    reading.read_exact(&mut bytes).map_err(|_| exited_early())?;
    Pid::from_raw(i32::from_ne_bytes(bytes)).ok_or_else(exited_early)
}

/// Reads the child's report: nothing once it executes the program, or an error, after which it exits.
fn read_failure(
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
    let &[errno, stage] = numbers.as_slice() else {
        return Ok(());
    };
    reap(pid);
    let is_there = || {
        candidates
            .iter()
            .any(|candidate| cwd.join(OsStr::from_bytes(candidate.as_bytes())).is_file())
    };
    let error = io::Error::from_raw_os_error(errno);
    Err(if stage == Stage::Handover as i32 {
        SpawnError::Unavailable(UnavailableError::Seccomp(error))
    } else if stage == Stage::Network as i32 {
        SpawnError::Network(error)
    } else if errno == libc::ENOENT && is_there() {
        // exec returns the same error for a missing interpreter.
        SpawnError::Exec(io::Error::new(io::ErrorKind::NotFound, NO_INTERPRETER))
    } else {
        SpawnError::Exec(error)
    })
}

/// Waits until a child has ended, and reaps it.
pub(super) fn reap(pid: Pid) {
    while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED) {}
}

fn reads_stdin(session: &Session) -> bool {
    use crate::recording::EventKind::{Eof, Send};
    session.live.is_some()
        || session
            .script
            .steps()
            .iter()
            .any(|step| matches!(step.kind, Send(_) | Eof))
}

/// Both sides of a new terminal.
fn open_terminal() -> io::Result<(File, OwnedFd)> {
    let open = || {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        fcntl_setfd(&master, FdFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok((master, rustix::fs::open(&name, flags, Mode::empty())?))
    };
    let (master, slave) = open().map_err(without_terminal)?;
    Ok((master.into(), slave))
}

/// The error of a terminal that cannot be opened: unless there are too many, there are none.
fn without_terminal(errno: Errno) -> io::Error {
    let error = io::Error::from(errno);
    match errno {
        Errno::MFILE | Errno::NFILE | Errno::AGAIN | Errno::NOMEM => error,
        _ => io::Error::other(format!(
            "there is no terminal for it: {error}; is `/dev/pts` mounted?"
        )),
    }
}

/// Our ends of pipes to a command.
fn on_pipes(
    command: &mut Command,
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
    Ok(Ends::Pipe {
        stdin,
        stdout: stdout.into(),
        stderr: stderr.into(),
    })
}

//! Starts the program: on a terminal by rexpect, on pipes by the standard library, and in both cases by our own exec.
//!
//! rexpect reports a failed exec *inside the forked child*, which would then run the caller's code a second time. So the
//! last thing before exec is a hook of ours that does all that remains, execs itself, tells the parent over a pipe what
//! went wrong, and leaves. It marks every descriptor beyond stderr to be closed by exec, too: rexpect's master, and
//! whatever else a caller or another session has open, must not be held open by this program.

use super::{Session, ground::Ground, system};
use crate::recording::Channel;
use rexpect::process::PtyProcess;
use rustix::{
    process::{Pid, WaitId, WaitIdOptions, getpid, setsid, waitid},
    termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize},
};
use std::{
    env,
    ffi::{CString, OsStr, c_char},
    fs::File,
    io::{self, Read},
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::{ffi::OsStrExt, process::CommandExt},
    },
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

/// Starts the session's program.
///
/// # Errors
/// What exec or anything before it said.
pub(super) fn spawn(session: &Session, cwd: &Path, ground: &Ground) -> io::Result<Spawned> {
    let (mut reading, writing) = io::pipe()?;
    let mut plan = Plan::new(session, cwd, ground, writing.as_raw_fd())?;
    let candidates = plan.candidates.clone();
    // The real program is named in the plan: what the standard library or rexpect would run is never reached.
    let mut command = Command::new("strobe-exec");
    // SAFETY: the hook makes system calls only, on memory that was laid out before the fork.
    unsafe { command.pre_exec(move || plan.exec()) };
    let ends = match session.channel {
        Channel::Pty { .. } => on_pty(command)?,
        Channel::Pipe => on_pipes(command, reads_stdin(session))?,
    };
    drop(writing);
    let mut report = Vec::new();
    reading.read_to_end(&mut report)?;
    let number = |at: usize| {
        report
            .get(at..at + 4)
            .and_then(|bytes| Some(i32::from_ne_bytes(bytes.try_into().ok()?)))
    };
    let pid = number(0).and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("it was gone before it began"))?;
    if let Some(errno) = number(4) {
        reap(pid);
        let is_there = candidates
            .iter()
            .any(|candidate| cwd.join(OsStr::from_bytes(candidate.as_bytes())).is_file());
        return Err(match errno {
            // exec says so of the interpreter, too.
            libc::ENOENT if is_there => io::Error::new(io::ErrorKind::NotFound, NO_INTERPRETER),
            _ => io::Error::from_raw_os_error(errno),
        });
    }
    Ok(Spawned { pid, ends })
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

fn on_pipes(mut command: Command, with_stdin: bool) -> io::Result<Ends> {
    let (stdout, writing_stdout) = system::pipe_of_writes()?;
    let (stderr, writing_stderr) = system::pipe_of_writes()?;
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
    fn new(session: &Session, cwd: &Path, ground: &Ground, report: RawFd) -> io::Result<Plan> {
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
            argv,
            envp,
        })
    }

    /// Becomes the program, or tells why not and leaves. It runs in the forked child and makes system calls only.
    fn exec(&mut self) -> io::Result<()> {
        self.tell(getpid().as_raw_nonzero().get());
        let error = match self.prepare() {
            Ok(()) => self.try_candidates(),
            Err(error) => error,
        };
        self.tell(error.raw_os_error().unwrap_or(libc::EINVAL));
        // SAFETY: the child ends here, and nothing of the parent's is run or flushed.
        unsafe { libc::_exit(EXEC_FAILED) }
    }

    fn tell(&self, number: i32) {
        let bytes = number.to_ne_bytes();
        // SAFETY: it writes four bytes from memory that is there. The pipe is empty, and so takes them whole.
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
        system::die_with_parent();
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

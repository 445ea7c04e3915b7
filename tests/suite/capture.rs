//! Runs the built spinner on a real pty and on real pipes, and captures every byte.

use crate::bounded::{Bounded, LIMIT, Run as _};
use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{ioctl_tiocsctty, setsid},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    fs::File,
    io::{ErrorKind, Read, Write},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};
use stroboscope::recording::{End, Recording, Signal};
use tempfile::TempDir;

/// The spinner, in an environment that is the same everywhere.
pub fn spinner(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spinner"));
    command
        .args(arguments)
        .env_clear()
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null());
    command
}

/// What was captured of a run, and the recording that the program wrote itself.
pub struct Run {
    pub captured: Vec<u8>,
    pub end: End,
    pub recording: Recording,
}

/// A folder for one run, with the place of its recording.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn recording(&self) -> PathBuf {
        self.0.path().join("run.strobe")
    }

    fn read(&self) -> Recording {
        let entries: Vec<_> = self
            .0
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(
            entries,
            ["run.strobe"],
            "the recording, and nothing beside it"
        );
        std::fs::read_to_string(self.recording())
            .unwrap()
            .parse()
            .unwrap()
    }

    fn record(&self, command: &mut Command) {
        command.arg("--record").arg(self.recording());
    }
}

/// A program on a pty, for as long as it runs.
pub struct OnPty {
    running: Bounded,
    terminal: File,
    captured: Vec<u8>,
    folder: Folder,
}

impl OnPty {
    /// The spinner, recording itself.
    pub fn start(arguments: &[&str], size: (u16, u16)) -> OnPty {
        let folder = Folder::new();
        let mut command = spinner(arguments);
        folder.record(&mut command);
        OnPty::spawn(command, size, folder)
    }

    /// Any other program.
    pub fn command(program: &str, arguments: &[&str]) -> OnPty {
        let mut command = Command::new(program);
        command.args(arguments);
        OnPty::spawn(command, (80, 24), Folder::new())
    }

    fn spawn(mut command: Command, (columns, rows): (u16, u16), folder: Folder) -> OnPty {
        let (terminal, theirs) = terminal();
        let size = Winsize {
            ws_col: columns,
            ws_row: rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&theirs, size).unwrap();
        let prepare = || {
            setsid()?;
            ioctl_tiocsctty(rustix::stdio::stdin())?;
            // No other test's terminal: it would keep it open without that test's knowledge.
            // SAFETY: it only marks descriptors, none of which this child uses.
            unsafe {
                libc::syscall(
                    libc::SYS_close_range,
                    3_u32,
                    u32::MAX,
                    libc::CLOSE_RANGE_CLOEXEC,
                )
            };
            Ok(())
        };
        // SAFETY: between fork and exec only system calls are made, and nothing is allocated.
        unsafe { command.pre_exec(prepare) };
        command
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs);
        OnPty {
            running: Bounded::spawn(&mut command, LIMIT),
            terminal,
            captured: Vec::new(),
            folder,
        }
    }

    /// Reads until `text` has appeared.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let has_appeared = |captured: &[u8]| {
            let mut windows = captured.windows(text.len());
            windows.any(|window| window == text.as_bytes())
        };
        while !has_appeared(&self.captured) {
            let is_open = self.read();
            self.assert_in_time(&format!("`{text}`"));
            assert!(is_open, "it ended before `{text}`: {}", self.shown());
        }
    }

    #[track_caller]
    fn assert_in_time(&self, awaited: &str) {
        let captured = || format!("{awaited} (it has written: {})", self.shown());
        self.running.assert_in_time(&captured());
    }

    /// The last of what was captured, for a message.
    fn shown(&self) -> String {
        let last = self.captured.len().saturating_sub(200);
        self.captured[last..].escape_ascii().to_string()
    }

    /// Types on the terminal's keyboard.
    pub fn send(&mut self, bytes: &[u8]) {
        self.terminal.write_all(bytes).unwrap();
    }

    /// Signals the program.
    pub fn signal(&mut self, signal: rustix::process::Signal) {
        self.running.signal(signal);
    }

    /// The terminal's attributes, as `stty` shows them.
    pub fn attributes(&self) -> Termios {
        tcgetattr(&self.terminal).unwrap()
    }

    /// Looks again and again until something is so.
    #[track_caller]
    pub fn until(&mut self, awaited: &str, mut is_so: impl FnMut(&OnPty) -> bool) {
        while !is_so(self) {
            self.assert_in_time(awaited);
            std::thread::yield_now();
        }
    }

    /// One read; false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.terminal.read(&mut buffer) {
            Ok(read) => {
                self.captured.extend_from_slice(&buffer[..read]);
                read > 0
            }
            // What Linux says when the last program has closed the terminal.
            Err(error) if error.raw_os_error() == Some(libc::EIO) => false,
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) => panic!("{error}"),
        }
    }

    /// Reads to the end: all bytes, and how it ended.
    #[track_caller]
    pub fn end(&mut self) -> (Vec<u8>, End) {
        while self.read() {}
        self.assert_in_time("the end of its output");
        let end = end(self.running.wait());
        (std::mem::take(&mut self.captured), end)
    }

    /// Reads to the end, and what the spinner recorded.
    #[track_caller]
    pub fn finish(mut self) -> Run {
        let (captured, end) = self.end();
        Run {
            captured,
            end,
            recording: self.folder.read(),
        }
    }
}

/// A whole run on a pty of this size.
#[track_caller]
pub fn on_pty(arguments: &[&str], size: (u16, u16)) -> Run {
    OnPty::start(arguments, size).finish()
}

/// Both ends of a terminal that is no session's yet: the one to read from and type into, and the programs'.
pub fn terminal() -> (File, OwnedFd) {
    let both = File::options().read(true).write(true).open("/dev/ptmx");
    let ours = both.unwrap();
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: the descriptor is open; the second call makes one that is ours alone, or says -1, which is none.
    let theirs = unsafe {
        assert_eq!(libc::unlockpt(ours.as_raw_fd()), 0);
        let theirs = libc::ioctl(ours.as_raw_fd(), libc::TIOCGPTPEER, flags);
        assert!(theirs >= 0, "{}", std::io::Error::last_os_error());
        OwnedFd::from_raw_fd(theirs)
    };
    (ours, theirs)
}

/// A whole run on pipes.
#[track_caller]
pub fn on_pipe(arguments: &[&str]) -> Run {
    let folder = Folder::new();
    let mut command = spinner(arguments);
    folder.record(&mut command);
    let output = command.run();
    assert_eq!(output.stderr.escape_ascii().to_string(), "");
    Run {
        captured: output.stdout,
        end: end(output.status),
        recording: folder.read(),
    }
}

/// A whole run on a pipe that keeps writes apart: each as it was written, up to 4,096 bytes.
#[track_caller]
pub fn on_packets(arguments: &[&str]) -> (Vec<Vec<u8>>, Recording) {
    let folder = Folder::new();
    let (reading, writing): (OwnedFd, OwnedFd) =
        pipe_with(PipeFlags::DIRECT | PipeFlags::CLOEXEC).unwrap();
    let mut command = spinner(arguments);
    folder.record(&mut command);
    let mut spinner = Bounded::spawn(command.stdout(writing), LIMIT);
    drop(command);
    let (mut reader, mut writes, mut packet) = (File::from(reading), Vec::new(), [0; 4096]);
    loop {
        match reader.read(&mut packet).unwrap() {
            0 => break,
            len => writes.push(packet[..len].to_vec()),
        }
    }
    assert!(spinner.wait().success());
    (writes, folder.read())
}

pub fn end(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(code.try_into().unwrap()),
        (_, Some(signal)) => End::Killed(Signal::try_from(signal).unwrap()),
        _ => panic!("{status}"),
    }
}

/// The text of a file of this repository.
pub fn repository_file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

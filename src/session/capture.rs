//! Records what a program writes, and does to it what the script says; the caller supplies the instants.

use super::{
    Session,
    dialogue::Dialogue,
    environment::Environment,
    folders::ShownName,
    person::Came,
    poll::Source,
    spawn::{Ends, Spawned},
    steps::Steps,
    unechoed::Editing,
};
use crate::recording::{EventKind, Recorder, Secret};
use ending::Failure;
use rustix::{
    event::{PollFd, PollFlags},
    process::Pid,
    termios::tcgetattr,
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

mod action;
mod ending;

/// The name of what a person has typed without an echo.
const SECRET: &str = "SECRET";
/// How much one read takes.
const READ: usize = 64 << 10;

/// The result of a read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// There was nothing to read, or the stream has ended.
    Nothing,
    /// Bytes were recorded.
    Something,
    /// There were more bytes than are kept.
    TooMuch,
}

/// A run that is being recorded.
pub(super) struct Capture<'a> {
    pub(super) session: &'a Session,
    pub(super) pid: Pid,
    pub(super) ends: Ends,
    recorder: Recorder,
    /// How many more bytes are kept.
    room: usize,
    steps: Steps,
    /// What the program and its terminal say to each other; none on pipes.
    dialogue: Option<Dialogue>,
    /// The name of its folders, if that would differ from run to run.
    folders: Option<ShownName>,
    /// Whether all that the program writes is kept, as far as that was known at the start.
    keeps_all: bool,
    /// Why the script failed first.
    failure: Option<Failure>,
    /// What could not be sent yet.
    unsent: VecDeque<u8>,
    /// The input is closed once everything is sent.
    closing: bool,
    buffer: Vec<u8>,
    /// Which streams have not ended: stdout or the terminal, and stderr.
    open: [bool; 2],
}

impl<'a> Capture<'a> {
    pub(super) fn new(
        session: &'a Session,
        environment: &Environment,
        spawned: Spawned,
        recorder: Recorder,
    ) -> io::Result<Capture<'a>> {
        let Spawned { pid, ends } = spawned;
        let nonblocking =
            |file: &File| -> io::Result<()> { Ok(rustix::io::ioctl_fionbio(file, true)?) };
        match &ends {
            Ends::Pty { master, .. } => nonblocking(master)?,
            Ends::Pipe {
                stdin,
                stdout,
                stderr,
            } => {
                stdin.iter().try_for_each(nonblocking)?;
                nonblocking(stdout)?;
                nonblocking(stderr)?;
            }
        }
        let is_real = session.virtual_time.is_none();
        Ok(Capture {
            session,
            pid,
            open: [true, matches!(ends, Ends::Pipe { .. })],
            ends,
            steps: Steps::new(&session.script, recorder.precision(), is_real),
            keeps_all: !recorder.holds(),
            recorder,
            room: session.output_limit,
            dialogue: Dialogue::new(session),
            folders: environment.folders.watch(),
            failure: None,
            unsent: VecDeque::new(),
            closing: false,
            buffer: vec![0; READ],
        })
    }

    /// Whether a stream has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.open.contains(&true)
    }

    /// Whether nothing of what the program writes is masked, as far as that is known.
    pub(super) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// How many more bytes are kept.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Notes why another run may differ.
    pub(super) fn note_varies(&mut self, why: impl IntoIterator<Item = String>) {
        self.recorder.note_varies(why);
    }

    /// Notes what each thread waits for.
    pub(super) fn note_waits(&mut self, threads: impl IntoIterator<Item = String>) {
        self.recorder.note_waits(threads);
    }

    /// Whether the terminal has answered since the last call.
    pub(super) fn has_answered(&mut self) -> bool {
        let dialogue = self.dialogue.as_mut();
        dialogue.is_some_and(Dialogue::has_answered)
    }

    /// Whether there is more to send, or the input has to be closed.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty() || self.stdin_to_close().is_some()
    }

    /// The first bytes that could not be sent yet, at most `most`.
    pub(super) fn unsent(&mut self, most: usize) -> &[u8] {
        let unsent = self.unsent.make_contiguous();
        &unsent[..unsent.len().min(most)]
    }

    /// The pipe to the program, if it is to be closed once everything is sent.
    pub(super) fn stdin_to_close(&self) -> Option<BorrowedFd<'_>> {
        match &self.ends {
            Ends::Pipe { stdin, .. } if self.closing => stdin.as_ref().map(File::as_fd),
            _ => None,
        }
    }

    /// What can wake the loop. Only what is waited for: a hangup would wake it in any case.
    pub(super) fn sources(&self) -> Vec<(Source, PollFd<'_>)> {
        let (first, second, input) = match &self.ends {
            Ends::Pty { master, .. } => (master, None, Some(master)),
            Ends::Pipe {
                stdin,
                stdout,
                stderr,
            } => (stdout, Some(stderr), stdin.as_ref()),
        };
        let mut sources = Vec::with_capacity(8);
        for (stream, of) in [Some(first), second].into_iter().enumerate() {
            sources.extend(
                of.filter(|_| self.open[stream])
                    .map(|of| (Source::Stream(stream), PollFd::new(of, PollFlags::IN))),
            );
        }
        let input = input.filter(|_| !self.unsent.is_empty());
        sources.extend(input.map(|input| (Source::Input, PollFd::new(input, PollFlags::OUT))));
        sources
    }

    /// What one read of a stream returns: nothing if there is nothing, or if the stream has ended.
    pub(super) fn read(&mut self, stream: usize) -> io::Result<Vec<u8>> {
        if !self.open[stream] {
            return Ok(Vec::new());
        }
        let file = match (&mut self.ends, stream) {
            (Ends::Pty { master, .. }, _) => master,
            (Ends::Pipe { stdout, .. }, 0) => stdout,
            (Ends::Pipe { stderr, .. }, _) => stderr,
        };
        match file.read(&mut self.buffer) {
            Ok(0) => self.open[stream] = false,
            Ok(len) => return Ok(self.buffer[..len].to_vec()),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            // Linux's error once nobody has the terminal open.
            Err(error) if error.raw_os_error() == Some(libc::EIO) => self.open[stream] = false,
            Err(error) => return Err(error),
        }
        Ok(Vec::new())
    }

    /// Records what a stream returned as one event.
    ///
    /// # Errors
    /// What was recorded, now or before, cannot be kept.
    pub(super) fn keep(
        &mut self,
        stream: usize,
        mut bytes: Vec<u8>,
        at: Duration,
    ) -> io::Result<Took> {
        let len = bytes.len();
        bytes.truncate(self.room);
        self.room -= bytes.len();
        let took = match bytes.len() {
            kept if kept < len => Took::TooMuch,
            0 => Took::Nothing,
            _ => Took::Something,
        };
        self.note_silence(at);
        self.steps.note_output(&bytes, at);
        // What is masked is not shown: that is known at the end.
        if let Some(name) = self.folders.as_mut().filter(|_| self.keeps_all) {
            name.push(stream, &bytes);
        }
        let answers = match &mut self.dialogue {
            Some(dialogue) => dialogue.show(&bytes, at),
            None => Vec::new(),
        };
        let kind = if stream == 0 {
            EventKind::Output(bytes)
        } else {
            EventKind::Stderr(bytes)
        };
        self.recorder.record(at, kind);
        for answer in answers {
            self.unsent.extend(&answer);
            self.recorder.record(at, EventKind::Reply(answer));
        }
        self.recorder.check()?;
        Ok(took)
    }

    /// What undoes the modes that the program has set on its terminal.
    pub(super) fn restoring(&self) -> Vec<u8> {
        let dialogue = self.dialogue.as_ref();
        dialogue.map_or_else(Vec::new, Dialogue::restoring)
    }

    /// When the next step is due; `None` if it waits for something first, or if there is none.
    pub(super) fn due(&self) -> Option<Duration> {
        self.steps.due()
    }

    /// Whether there is a next step, and its time has come, or what it waits for.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        self.steps.is_due(now, self.dialogue.as_ref())
    }

    /// Every thread of the program waits. Returns whether that is what the next step waits for.
    pub(super) fn note_quiet(&mut self, now: Duration) -> bool {
        self.steps.note_quiet(now)
    }

    /// Whether the program has asked its terminal something that nobody answered.
    pub(super) fn has_open_questions(&self) -> bool {
        let dialogue = self.dialogue.as_ref();
        dialogue.is_some_and(Dialogue::has_open_questions)
    }

    /// The program waits for its terminal.
    pub(super) fn note_wait_for_terminal(&mut self) {
        self.dialogue.iter_mut().for_each(Dialogue::note_wait);
    }

    /// Something happens after a time in which nothing did.
    fn note_silence(&mut self, now: Duration) {
        if let Some(dialogue) = &mut self.dialogue {
            dialogue.note_silence(now);
        }
    }

    /// Passes on what came from a person's terminal, and records it: keys by their names, and what the terminal answered.
    pub(super) fn pass_on(&mut self, came: &[u8], now: Duration) -> io::Result<()> {
        let editing = match &self.ends {
            Ends::Pty { master, .. } => Editing::without_echo(&tcgetattr(master)?),
            Ends::Pipe { .. } => None,
        };
        self.unsent.extend(came);
        let came = match &mut self.dialogue {
            Some(dialogue) => dialogue.came(came, editing.as_ref()),
            None => vec![Came::Kind(EventKind::Send(came.to_vec()))],
        };
        for came in came {
            let kind = match came {
                Came::Kind(kind) => kind,
                Came::Secret(text) => match self.hide(&text) {
                    Some(name) => EventKind::SendSecret(name),
                    None => continue,
                },
            };
            self.recorder.record(now, kind);
        }
        Ok(())
    }

    /// Does not keep what a person has typed without an echo. Returns its name.
    fn hide(&mut self, text: &str) -> Option<String> {
        let known = self.recorder.secrets();
        if let Some(known) = known.iter().find(|known| known.text() == text) {
            return Some(known.name().to_owned());
        }
        let names = (1..).map(|number| match number {
            1 => SECRET.to_owned(),
            _ => format!("{SECRET}{number}"),
        });
        let is_free = |name: &String| self.recorder.secret(name).is_none();
        let name = names.into_iter().find(is_free)?;
        self.recorder.hide(Secret::new(&name, text)?);
        Some(name)
    }

    /// Sends as much as the program's input accepts now, at most `most` bytes. Returns whether it accepted any.
    pub(super) fn send(&mut self, most: usize) -> io::Result<bool> {
        let mut took = false;
        let mut left = most;
        while !self.unsent.is_empty() && left > 0 {
            let input = match &mut self.ends {
                Ends::Pty { master, .. } => master,
                Ends::Pipe {
                    stdin: Some(stdin), ..
                } => stdin,
                Ends::Pipe { stdin: None, .. } => break,
            };
            let (bytes, _) = self.unsent.as_slices();
            match input.write(&bytes[..bytes.len().min(left)]) {
                Ok(sent) => {
                    took = true;
                    left -= sent;
                    drop(self.unsent.drain(..sent));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(took),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The program has closed its input; the recording still says what was sent.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EPIPE | libc::EIO)) => {
                    self.unsent.clear();
                }
                Err(error) => return Err(error),
            }
        }
        let sends_no_more = self.closing && self.unsent.is_empty();
        if let (true, Ends::Pipe { stdin, .. }) = (sends_no_more, &mut self.ends) {
            took |= stdin.take().is_some();
        }
        Ok(took)
    }
}

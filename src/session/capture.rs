//! Records what a program writes, and does to it what the script says; the caller supplies the instants.

use super::{
    Session, SessionError,
    poll::Source,
    spawn::{Ends, Spawned},
    trigger::Matcher,
};
use crate::{
    recording::{End, EventKind, Recorder, Recording},
    script::{Step, When},
    text,
};
use rustix::{
    event::{PollFd, PollFlags},
    process::{Pid, kill_process},
    termios::{SpecialCodeIndex, Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

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
    steps: VecDeque<Step>,
    /// When the last step was taken.
    stepped: Duration,
    matcher: Matcher,
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
        Ok(Capture {
            session,
            pid,
            open: [true, matches!(ends, Ends::Pipe { .. })],
            ends,
            recorder,
            room: session.output_limit,
            steps: session.script.steps().iter().cloned().collect(),
            stepped: Duration::ZERO,
            matcher: Matcher::default(),
            unsent: VecDeque::new(),
            closing: false,
            buffer: vec![0; READ],
        })
    }

    /// Whether a stream has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.open.contains(&true)
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
    pub(super) fn keep(&mut self, stream: usize, mut bytes: Vec<u8>, at: Duration) -> Took {
        let len = bytes.len();
        bytes.truncate(self.room);
        self.room -= bytes.len();
        let took = match bytes.len() {
            kept if kept < len => Took::TooMuch,
            0 => Took::Nothing,
            _ => Took::Something,
        };
        self.matcher.push(&bytes);
        self.recorder.record(
            at,
            if stream == 0 {
                EventKind::Output(bytes)
            } else {
                EventKind::Stderr(bytes)
            },
        );
        took
    }

    /// When the next step is due; `None` if it waits for output, or if there is none.
    pub(super) fn due(&self) -> Option<Duration> {
        match self.steps.front()?.when {
            When::At(at) => Some(at),
            When::Gap(gap) => Some(self.stepped.saturating_add(gap)),
            When::Bytes => None,
        }
    }

    /// Whether there is a next step, and its time or its bytes have come.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        let due = self.due();
        let is_due = match (self.steps.front_mut(), due) {
            (None, _) => false,
            (_, Some(due)) => now >= due,
            (Some(step), None) => {
                let has_come = match &step.kind {
                    EventKind::Send {
                        after: Some(trigger),
                        ..
                    } => self.matcher.find(trigger),
                    _ => true,
                };
                if has_come {
                    // They are found only once.
                    step.when = When::At(now);
                }
                has_come
            }
        };
        if !self.steps.iter().any(|step| step.when == When::Bytes) {
            self.matcher.forget();
        }
        is_due
    }

    /// Takes the next step, which is due.
    pub(super) fn take_step(&mut self, now: Duration) -> io::Result<()> {
        match self.steps.pop_front() {
            Some(step) => self.act(step.kind, now),
            None => Ok(()),
        }
    }

    /// Performs an action on the program, and records it.
    pub(super) fn act(&mut self, kind: EventKind, now: Duration) -> io::Result<()> {
        match &kind {
            EventKind::Send { bytes, .. } => self.unsent.extend(bytes),
            EventKind::Eof => match &self.ends {
                Ends::Pty { master, .. } => {
                    let key = tcgetattr(master)?.special_codes[SpecialCodeIndex::VEOF];
                    self.unsent.push_back(key);
                }
                Ends::Pipe { .. } => self.closing = true,
            },
            EventKind::Resize { columns, rows } => {
                if let Ends::Pty { master, .. } = &self.ends {
                    let size = Winsize {
                        ws_col: *columns,
                        ws_row: *rows,
                        ws_xpixel: 0,
                        ws_ypixel: 0,
                    };
                    tcsetwinsize(master, size)?;
                }
            }
            EventKind::Signal(signal) => {
                if let Some(signal) = rustix::process::Signal::from_named_raw(signal.number()) {
                    // If it has ended, the next wait says so.
                    let _ = kill_process(self.pid, signal);
                }
            }
            EventKind::Output(_) | EventKind::Stderr(_) | EventKind::End(_) => {}
        }
        self.stepped = now;
        self.recorder.record(now, kind);
        Ok(())
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

    /// Records the end and returns the recording, unless a step still waits for its bytes: `how` says why they can no
    /// longer come.
    pub(super) fn finish(
        self,
        at: Duration,
        end: End,
        how: &'static str,
    ) -> Result<Recording, SessionError> {
        let recording = self.recorder.finish(at, end).map_err(io::Error::other)?;
        let awaited = self.steps.into_iter().find_map(|step| match step.kind {
            EventKind::Send { after, .. } => after,
            _ => None,
        });
        match awaited {
            None => Ok(recording),
            Some(awaited) => Err(SessionError::Trigger {
                awaited: text::escape(&awaited, 200),
                how,
                came: text::escape(self.matcher.came(), 200),
                recording: Box::new(recording),
            }),
        }
    }
}

//! Records what a program writes, and does to it what the script says; the caller supplies the instants.

use super::{
    Session, SessionError,
    dialogue::Dialogue,
    environment::Environment,
    failed_step::{self, FailedStep},
    folders::ShownName,
    person::Came,
    poll::Source,
    screen::{Screen, Snapshot},
    spawn::{Ends, Spawned},
    steps::Steps,
    unechoed::Editing,
};
use crate::{
    recording::{After, End, EventKind, Recorder, Secret, Taken, Written, mask_writes},
    script::When,
};
use rustix::{
    event::{PollFd, PollFlags},
    process::{Pid, kill_process},
    termios::{LocalModes, SpecialCodeIndex, Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

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

/// Why a script failed, and what the screen showed at that moment.
struct Failure {
    why: String,
    snapshot: Option<Snapshot>,
    /// How many events came before.
    events: usize,
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

    /// Takes the next step, which is due. Returns whether the program can get it.
    pub(super) fn take_step(&mut self, now: Duration) -> io::Result<bool> {
        let one_key = self.gets_keys()?;
        let Some(step) = self.steps.take(now, one_key) else {
            return Ok(true);
        };
        let after = match step.when {
            When::After(after) => Some(after),
            When::At(_) | When::Gap(_) => None,
        };
        self.act(after, step.kind, now)
    }

    /// Whether the program gets each key as it is pressed, and not a line of them: a person does not press two at once, and
    /// some programs know what one read returns only if it is one key.
    fn gets_keys(&self) -> io::Result<bool> {
        match &self.ends {
            Ends::Pty { master, .. } => {
                Ok(!tcgetattr(master)?.local_modes.contains(LocalModes::ICANON))
            }
            Ends::Pipe { .. } => Ok(false),
        }
    }

    /// Performs an action on the program, and records it. Returns whether the program can get it.
    pub(super) fn act(
        &mut self,
        after: Option<After>,
        mut kind: EventKind,
        now: Duration,
    ) -> io::Result<bool> {
        match &mut kind {
            EventKind::Send(bytes) => {
                // It may be the answer.
                self.dialogue.iter_mut().for_each(Dialogue::note_sent);
                self.unsent.extend(bytes.iter());
            }
            EventKind::SendSecret(name) => {
                // Those of the script are known.
                let secret = self.recorder.secret(name);
                let text = secret.map_or("", Secret::text);
                self.unsent.extend(text.as_bytes());
            }
            EventKind::Input { input, bytes } => {
                // A script that needs a terminal has one.
                let encoded = self
                    .dialogue
                    .as_ref()
                    .map(|dialogue| dialogue.encode(input));
                match encoded.unwrap_or_else(|| Ok(Vec::new())) {
                    Ok(encoded) => *bytes = encoded,
                    Err(error) => {
                        self.fail(format!("`{input}` cannot be sent: {error}"));
                        return Ok(false);
                    }
                }
                self.unsent.extend(bytes.iter());
            }
            EventKind::Expect { visible, is_met } => {
                let dialogue = self.dialogue.as_ref();
                *is_met = dialogue.is_some_and(|dialogue| dialogue.shows(visible));
                if !*is_met {
                    self.fail(failed_step::unmet(
                        &kind,
                        self.recorder.precision().floor(now),
                    ));
                }
            }
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
                if let Some(dialogue) = &mut self.dialogue {
                    dialogue.resize(*columns, *rows);
                }
            }
            EventKind::Signal(signal) => {
                if let Some(signal) = rustix::process::Signal::from_named_raw(signal.number()) {
                    // If it has ended, the next wait says so.
                    let _ = kill_process(self.pid, signal);
                }
            }
            EventKind::Mark(_)
            | EventKind::Output(_)
            | EventKind::Stderr(_)
            | EventKind::Reply(_)
            | EventKind::End(_) => {}
        }
        self.recorder.record_after(now, after, kind);
        Ok(true)
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

    /// Remembers why the script failed first, and what the screen showed then.
    fn fail(&mut self, why: String) {
        let dialogue = self.dialogue.as_ref();
        self.failure.get_or_insert_with(|| Failure {
            why,
            snapshot: dialogue.map(Dialogue::snapshot),
            events: self.recorder.events().len(),
        });
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

    /// Records the end and returns the recording, unless the script failed: a check did not hold, or a step was never
    /// taken, where `how` says why it no longer can be.
    pub(super) fn finish(
        mut self,
        at: Duration,
        end: End,
        how: &'static str,
    ) -> Result<Taken, SessionError> {
        let at = self.recorder.not_before(at);
        while let Some(step) = self.steps.take_last_check(at, self.dialogue.as_ref()) {
            let after = match step.when {
                When::After(after) => Some(after),
                When::At(_) | When::Gap(_) => None,
            };
            self.act(after, step.kind, at)?;
        }
        if let Some((step, others)) = self.steps.not_taken() {
            let came = self.came();
            let why = failed_step::not_taken(step, others, how, &came);
            if self.session.takes_every_step || self.steps.has_missed() {
                self.fail(why);
            } else {
                self.recorder.note_not_done(&why);
            }
        }
        self.note_silence(at);
        let dialogue = self.dialogue.as_ref();
        let unanswered = dialogue.map_or_else(Vec::new, Dialogue::unanswered);
        self.recorder.note_unanswered(unanswered.iter().cloned());
        // From here on nobody sees what is masked.
        self.recorder.mask();
        let mut folders = self.folders;
        let is_masked = self.recorder.holds();
        if !self.keeps_all {
            let events = self.recorder.events();
            if let Some(name) = &mut folders {
                name.find_in(events);
            }
        }
        self.recorder
            .note_varies(folders.and_then(ShownName::why_varies));
        let failure = self.failure.map(|failure| {
            let events = &self.recorder.events()[..failure.events];
            let snapshot = match failure.snapshot {
                Some(_) if is_masked => {
                    Some(Screen::after(&self.session.channel, events).snapshot())
                }
                snapshot => snapshot,
            };
            (failure.why, snapshot)
        });
        let taken = self.recorder.end(at, end)?;
        match failure {
            None => Ok(taken),
            Some((why, snapshot)) => {
                let failed = FailedStep::new(why, snapshot, unanswered, taken)?;
                Err(SessionError::Step(Box::new(failed)))
            }
        }
    }

    /// Gives the run up. What was recorded so far is passed on to whoever takes it, where it was held back to be masked.
    pub(super) fn give_up(self) {
        self.recorder.give_up();
    }

    /// The end of what was written since the last bytes that were waited for, without what is masked.
    fn came(&self) -> Vec<u8> {
        let came = self.steps.came();
        if !self.recorder.holds() {
            // Then the events may be elsewhere.
            return came.to_vec();
        }
        let mut left = came.len();
        let mut streams = [const { Vec::new() }; 2];
        let mut order = Vec::new();
        // A write is cut where what came begins, so that what was written before is a write of its own.
        for event in self.recorder.events().iter().rev() {
            let (stream, bytes) = match &event.kind {
                EventKind::Output(bytes) => (0, bytes),
                EventKind::Stderr(bytes) => (1, bytes),
                _ => continue,
            };
            let (before, after) = bytes.split_at(bytes.len().saturating_sub(left));
            if !after.is_empty() {
                order.push((stream, streams[stream].len()));
                streams[stream].push(Written::unmasked(after));
                left -= after.len();
            }
            if !before.is_empty() {
                streams[stream].push(Written::unmasked(before));
            }
        }
        for writes in &mut streams {
            writes.reverse();
            mask_writes(&self.session.mask, self.recorder.secrets(), writes);
            writes.reverse();
        }
        let in_order = order.iter().rev();
        in_order
            .flat_map(|(stream, place)| streams[*stream][*place].bytes.iter().copied())
            .collect()
    }
}

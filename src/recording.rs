//! What one run of a program gave: its header and its events.
//!
//! A [`Recording`] is made by whoever stands at the writes (a [`Recorder`] in the program itself, a session around it)
//! or read from a [transcript](crate::transcript). It cannot be changed afterwards and is always whole: instants never
//! decrease, and its last event, and only the last, is an [`End`].

use std::{fmt, time::Duration};

pub use header::{
    Answers, Channel, Clock, Header, LEAST_GRAIN, Level, Machine, Network, Precision, Seed,
};
pub use input::{Input, MouseButton, Position, WheelDirection};
pub(crate) use key::KeyCode;
pub use key::{Key, KeyError};
pub use mask::{Mask, MaskError, MaskKind, Masked};
pub(crate) use mask::{
    Secret, Written, is_name, mask as mask_writes, mask_events, mask_text, masked_names,
};
pub use outline::Outline;
pub use recorder::Recorder;
pub(crate) use recorder::Taken;
pub use signal::{Signal, SignalError};
pub use sink::EventSink;
pub(crate) use varies::{Unseen, Varies};
pub use wait::{After, ScreenText, Visible, Wait};

mod header;
mod input;
mod key;
mod mask;
mod outline;
mod recorder;
mod signal;
mod sink;
mod varies;
mod wait;

/// How a note of the header begins that says what a thread waits for.
pub(crate) const WAITS: &str = "waits: ";

/// What can be typed as a text.
pub(crate) const TYPABLE: &str = "a text has at least one character, and of control characters only \\n and \\t; `press` has the other keys, `send` any byte";

/// What can be the name of something that is not kept.
pub(crate) const NAME: &str = "a name has letters, digits, `_` and `-`, and begins with a letter";

/// The start of a note in the header that names a question whose answer the program waited for and never got.
pub(crate) const UNANSWERED: &str = "unanswered: ";

/// The start of a note in the header that names the first step of the script that was left undone when the run ended.
pub(crate) const NOT_DONE: &str = "not done: ";

/// Whether a note says something of the run itself, and not what a person has noted.
pub(crate) fn is_note_of_run(note: &str) -> bool {
    [WAITS, UNANSWERED, NOT_DONE]
        .iter()
        .any(|start| note.starts_with(start))
}

/// What one run gave: its [`Header`] and its [events](Event), in the order in which they happened.
///
/// ```
/// use stroboscope::{Recording, recording::{End, Level}};
///
/// let text = "transcript: 1\nchannel: pipe\n\n0.100 \"a\"\n0.100 \"b\"\n@0.200 exit 0\n";
/// let recording: Recording = text.parse()?;
/// assert_eq!(recording.events().len(), 3);
/// assert_eq!(recording.output(), b"ab");
/// assert_eq!(recording.end().1, End::Exit(0));
/// // What does not depend on how the output was cut, and when it came.
/// let bytes = recording.at_level(Level::Bytes).to_string();
/// assert_eq!(bytes, "transcript: 1\nchannel: pipe\n\n0.000 \"ab\"\n@0.000 exit 0\n");
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub(crate) header: Header,
    pub(crate) events: Vec<Event>,
}

/// An instant and what happened then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Time since the start of the recording.
    pub at: Duration,
    /// What had to be visible before this was done to the program: a replay waits for it and not for the instant.
    pub after: Option<Box<After>>,
    /// What happened.
    pub kind: EventKind,
    /// What of the bytes was not kept, in order; only of [`EventKind::Output`] and [`EventKind::Stderr`]. The bytes hold the
    /// [text](Masked::text) that stands for it.
    pub masked: Vec<Masked>,
}

/// What can happen in a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// The bytes of one write as the terminal, or the pipe behind stdout, received them; never empty.
    Output(Vec<u8>),
    /// The bytes of one write to stderr; never empty, and only where the channel is [`Channel::Pipe`].
    Stderr(Vec<u8>),
    /// What the terminal answered to a question of the program's; never empty, and only where the channel is
    /// [`Channel::Pty`].
    Reply(Vec<u8>),
    /// Bytes sent to the program.
    Send(Vec<u8>),
    /// A text sent to the program that is not kept, by its name.
    SendSecret(String),
    /// What a person does at a terminal; only where the channel is [`Channel::Pty`].
    Input {
        /// What was done.
        input: Input,
        /// The bytes that it became by the modes that the program had set; a replay finds them anew. Empty if they are
        /// not known yet.
        bytes: Vec<u8>,
    },
    /// The end of the program's input.
    Eof,
    /// A new size of the terminal; only where the channel is [`Channel::Pty`].
    Resize {
        /// Characters in a line.
        columns: u16,
        /// Lines on the screen.
        rows: u16,
    },
    /// A signal sent to the program.
    Signal(Signal),
    /// A check of what is visible; only where the channel is [`Channel::Pty`].
    Expect {
        /// What was looked for.
        visible: Visible,
        /// Whether it was there.
        is_met: bool,
    },
    /// A name for this instant, such as that of a chapter; it does nothing to the program, and may be empty.
    Mark(String),
    /// The end of the run.
    End(End),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The program left by itself, with this status.
    Exit(u8),
    /// A signal killed it.
    Killed(Signal),
    /// We ended it.
    Stopped(StopReason),
}

/// Why we ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Its real time was up.
    Limit,
    /// Its virtual time was up.
    VirtualLimit,
    /// It wrote too much.
    OutputLimit,
    /// Every thread of it waited for what could not come.
    Waits,
    /// Its script could not go on.
    Script,
    /// Its recording was interrupted: whoever recorded it was killed, or could not write any more. What had been written
    /// by then was recovered.
    Interrupted,
}

/// Why a header and events are no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is no end.
    #[error("the recording has no end (`exit`, `killed` or `stopped`): it was cut short")]
    CutShort,
    /// An event follows the end. The index counts from 0, the message from 1.
    #[error("event {} comes after the end", .0 + 1)]
    AfterEnd(usize),
    /// An event lies before the one above it. The index counts from 0, the message from 1.
    #[error("event {} is earlier than the event before it", .0 + 1)]
    Decreasing(usize),
    /// An output, stderr or trigger holds no bytes. The index counts from 0, the message from 1.
    #[error("event {} has no bytes", .0 + 1)]
    Empty(usize),
    /// The channel cannot have such an event. The index counts from 0, the message from 1.
    #[error(
        "event {} cannot happen on this channel (`stderr` belongs to a pipe; a screen, keys and `resize` to a pty)",
        .0 + 1
    )]
    Channel(usize),
    /// Something waited that was not done to the program. The index counts from 0, the message from 1.
    #[error("event {} cannot wait for anything", .0 + 1)]
    Wait(usize),
    /// What is masked is not in order, or not of a write. The index counts from 0, the message from 1.
    #[error("event {} has a mask that is not in the bytes of a write", .0 + 1)]
    Masked(usize),
    /// A text that was typed or pasted is empty, or has a control character. The index counts from 0, the message from 1.
    #[error("event {} types what no key types: {TYPABLE}", .0 + 1)]
    Typed(usize),
    /// A text of the header cannot stand in one line.
    #[error("the header's `{0}` is not one line of printable text without blanks at its ends")]
    Text(&'static str),
    /// A secret has no name that can stand in a transcript. The index counts from 0, the message from 1.
    #[error("event {} sends a secret without a name: {NAME}", .0 + 1)]
    SecretName(usize),
    /// A value of the header cannot be written, such as a paused clock's grain below a millisecond.
    #[error("the header's `{0}` is out of range")]
    Range(&'static str),
    /// The header names a variable of the environment that cannot be one.
    #[error("`{0}` is no name for a variable of the environment")]
    Variable(String),
}

impl Event {
    /// What happened at an instant since the start of the recording.
    #[must_use]
    pub fn new(at: Duration, kind: EventKind) -> Event {
        Event {
            at,
            after: None,
            kind,
            masked: Vec::new(),
        }
    }

    /// The same, of which this was not kept.
    #[must_use]
    pub fn masked(mut self, masked: Vec<Masked>) -> Event {
        self.masked = masked;
        self
    }

    /// The same, done once something had been seen.
    #[must_use]
    pub fn after(mut self, after: Option<After>) -> Event {
        self.after = after.map(Box::new);
        self
    }
}

impl Recording {
    /// Joins a header and events.
    ///
    /// # Errors
    /// A [`RecordingError`] that names the first event, or the part of the header, that no recording can have.
    pub fn new(header: Header, events: Vec<Event>) -> Result<Recording, RecordingError> {
        header.check()?;
        let mut before = Duration::ZERO;
        let mut ended = false;
        for (index, event) in events.iter().enumerate() {
            if ended {
                return Err(RecordingError::AfterEnd(index));
            }
            if event.at < before {
                return Err(RecordingError::Decreasing(index));
            }
            event.check(index, &header.channel)?;
            before = event.at;
            ended = matches!(event.kind, EventKind::End(_));
        }
        if ended {
            Ok(Recording { header, events })
        } else {
            Err(RecordingError::CutShort)
        }
    }

    /// What was run, and how.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What happened; the last one is the [`End`].
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How the run ended, and when.
    ///
    /// # Panics
    /// Never: a recording has an end.
    #[must_use]
    pub fn end(&self) -> (Duration, End) {
        match self.events.last() {
            Some(Event {
                at,
                kind: EventKind::End(end),
                ..
            }) => (*at, *end),
            _ => unreachable!("a recording has an end"),
        }
    }

    /// What each thread of the program waited for, in words, where the run ended with [`StopReason::Waits`]: the header's notes
    /// that begin with `waits: `, without that.
    pub fn waits(&self) -> impl Iterator<Item = &str> {
        self.header.notes(WAITS)
    }

    /// The questions to its terminal whose answers the program waited for and never got: the header's notes that begin with
    /// `unanswered: `, without that.
    pub fn unanswered(&self) -> impl Iterator<Item = &str> {
        self.header.notes(UNANSWERED)
    }

    /// The first step of the script that was left undone when the run ended, how many followed it, and why the run ended: the
    /// header's note that begins with `not done: `, without that. None if all were taken.
    pub fn not_done(&self) -> impl Iterator<Item = &str> {
        self.header.notes(NOT_DONE)
    }

    /// What is known of it without its events.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline {
            header: self.header.clone(),
            events: self.events.len(),
            end: self.end(),
            masked: masked_names(&self.events),
            secrets: self.secrets().map(str::to_owned).collect(),
        }
    }

    /// The names of the secrets that were sent, in the order in which they were.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::SendSecret(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The marks, each with its instant.
    pub fn marks(&self) -> impl Iterator<Item = (Duration, &str)> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Mark(name) => Some((event.at, name.as_str())),
            _ => None,
        })
    }

    /// Every write of output with its instant: what the terminal, or the pipe behind stdout, received. What a program on
    /// pipes wrote to stderr is left out, and so is all that was sent or done to it; [`events`](Recording::events) has that.
    ///
    /// ```
    /// # use stroboscope::Recording;
    /// let recording: Recording = "transcript: 1\nchannel: pipe\n\n\
    ///     0.100 \"a\"\n0.050 stderr \"b\"\n0.050 \"c\"\n@0.200 exit 0\n".parse()?;
    /// let writes: Vec<(u128, &[u8])> = recording.writes().map(|(at, bytes)| (at.as_millis(), bytes)).collect();
    /// assert_eq!(writes, [(100, b"a".as_slice()), (200, b"c")]);
    /// # Ok::<(), stroboscope::transcript::TranscriptError>(())
    /// ```
    pub fn writes(&self) -> impl Iterator<Item = (Duration, &[u8])> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Output(bytes) => Some((event.at, bytes.as_slice())),
            _ => None,
        })
    }

    /// All bytes of output, joined.
    #[must_use]
    pub fn output(&self) -> Vec<u8> {
        self.writes()
            .flat_map(|(_, bytes)| bytes)
            .copied()
            .collect()
    }

    /// The recording as a level sees it, for a snapshot that what the level passes over must not change.
    ///
    /// [`Level::Writes`] has no instants: every event is at zero. [`Level::Bytes`], and [`Level::Screen`] with it, has no
    /// write boundaries either: what was written to stdout or the terminal is one event, what was written to stderr the
    /// next, and what was done to the program follows, without marks. At [`Level::Frames`] it is as it is: no events show what was visible.
    #[must_use]
    pub fn at_level(&self, level: Level) -> Recording {
        let mut events: Vec<Event> = self.events.clone();
        if !matches!(level, Level::Exact | Level::Frames) {
            for event in &mut events {
                event.at = Duration::ZERO;
            }
        }
        if matches!(level, Level::Bytes | Level::Screen) {
            let (mut output, mut stderr) = (Written::default(), Written::default());
            events.retain(|event| {
                let (joined, bytes) = match &event.kind {
                    EventKind::Output(bytes) => (&mut output, bytes),
                    EventKind::Stderr(bytes) => (&mut stderr, bytes),
                    EventKind::Mark(_) => return false,
                    _ => return true,
                };
                joined.append(bytes, &event.masked);
                false
            });
            let kinds: [fn(Vec<u8>) -> EventKind; 2] = [EventKind::Output, EventKind::Stderr];
            let joined = [output, stderr].into_iter().zip(kinds);
            let joined = joined.filter(|(joined, _)| *joined != Written::default());
            let event = |(joined, kind): (Written, fn(Vec<u8>) -> EventKind)| {
                Event::new(Duration::ZERO, kind(joined.bytes)).masked(joined.masked)
            };
            events.splice(0..0, joined.map(event));
        }
        Recording {
            header: self.header.clone(),
            events,
        }
    }

    /// Whether both have the same channel and the same events; the rest of the header is not compared. What is masked is the
    /// same if its name is, unless a header asks for its width.
    #[must_use]
    pub fn same(&self, other: &Recording) -> bool {
        if self.header.channel != other.header.channel {
            return false;
        }
        let by_width = [self, other].map(|recording| &recording.header.mask);
        let [left, right] = [self, other].map(|one| one.by_name(by_width.into_iter().flatten()));
        left.events == right.events
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(status) => write!(f, "exit {status}"),
            End::Killed(signal) => write!(f, "killed {signal}"),
            End::Stopped(stop) => write!(f, "stopped {stop}"),
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Limit => "limit",
            StopReason::VirtualLimit => "virtual-limit",
            StopReason::OutputLimit => "output-limit",
            StopReason::Waits => "waits",
            StopReason::Script => "script",
            StopReason::Interrupted => "interrupted",
        })
    }
}

impl Event {
    /// Whether a recording of this channel can have it, as its event of this number.
    pub(crate) fn check(&self, index: usize, channel: &Channel) -> Result<(), RecordingError> {
        let pipe = *channel == Channel::Pipe;
        let wait = self.after.as_ref().map(|after| &after.wait);
        let visible = match (&self.kind, wait) {
            (EventKind::Expect { visible, .. }, _) | (_, Some(Wait::Visible(visible))) => {
                Some(visible)
            }
            _ => None,
        };
        if visible.is_some_and(
            |visible| matches!(visible, Visible::Screen { text, .. } if text.is_empty()),
        ) || matches!(wait, Some(Wait::Bytes(bytes)) if bytes.is_empty())
        {
            return Err(RecordingError::Empty(index));
        }
        let written: &[u8] = match &self.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) => bytes,
            _ => &[],
        };
        let mut end = 0;
        for part in &self.masked {
            let bytes = written.get(part.at..part.end());
            let is_there = bytes.is_some_and(|bytes| bytes == part.text().as_bytes());
            if part.at < end || !is_there || !is_name(&part.name) {
                return Err(RecordingError::Masked(index));
            }
            end = part.end();
        }
        if wait.is_some() && !self.kind.is_done_to_program() {
            return Err(RecordingError::Wait(index));
        }
        match &self.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) | EventKind::Reply(bytes)
                if bytes.is_empty() && self.masked.is_empty() =>
            {
                Err(RecordingError::Empty(index))
            }
            EventKind::Input {
                input: Input::Press(keys),
                ..
            } if keys.is_empty() => Err(RecordingError::Empty(index)),
            EventKind::Input {
                input: Input::Type { text, .. } | Input::Paste(text),
                ..
            } if !Input::is_text(text) => Err(RecordingError::Typed(index)),
            EventKind::SendSecret(name) if !is_name(name) => Err(RecordingError::SecretName(index)),
            EventKind::Stderr(_) if !pipe => Err(RecordingError::Channel(index)),
            kind if pipe && kind.needs_terminal() => Err(RecordingError::Channel(index)),
            _ if pipe && visible.is_some() => Err(RecordingError::Channel(index)),
            _ => Ok(()),
        }
    }
}

impl EventKind {
    /// Whether it cannot happen on pipes.
    pub(crate) fn needs_terminal(&self) -> bool {
        matches!(
            self,
            EventKind::Resize { .. }
                | EventKind::Reply(_)
                | EventKind::Input { .. }
                | EventKind::Expect { .. }
        )
    }

    /// Whether a script can say it.
    pub(crate) fn is_done_to_program(&self) -> bool {
        !matches!(
            self,
            EventKind::Output(_) | EventKind::Stderr(_) | EventKind::Reply(_) | EventKind::End(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{
        After, Channel, End, Event, EventKind, Header, Level, Position, Recording, RecordingError,
        Signal, Visible, Wait,
    };
    use std::time::Duration;

    const END: EventKind = EventKind::End(End::Exit(0));

    fn output(text: &str) -> EventKind {
        EventKind::Output(text.into())
    }

    #[track_caller]
    fn refused(channel: Channel, events: &[(u64, EventKind)], flaw: RecordingError) {
        let events = events
            .iter()
            .cloned()
            .map(|(ms, kind)| Event::new(Duration::from_millis(ms), kind))
            .collect();
        assert_eq!(Recording::new(Header::new(channel), events), Err(flaw));
    }

    #[test]
    fn a_recording_without_an_end_is_refused() {
        refused(Channel::Pipe, &[], RecordingError::CutShort);
        refused(Channel::Pipe, &[(0, output("a"))], RecordingError::CutShort);
    }

    #[test]
    fn nothing_happens_after_the_end() {
        refused(
            Channel::Pipe,
            &[(0, END), (0, output("a"))],
            RecordingError::AfterEnd(1),
        );
        refused(
            Channel::Pipe,
            &[(0, END), (0, END)],
            RecordingError::AfterEnd(1),
        );
    }

    #[test]
    fn instants_never_decrease() {
        refused(
            Channel::Pipe,
            &[(2, output("a")), (1, END)],
            RecordingError::Decreasing(1),
        );
    }

    #[test]
    fn an_empty_write_makes_no_event() {
        refused(
            Channel::Pipe,
            &[(0, output("")), (0, END)],
            RecordingError::Empty(0),
        );
        refused(
            Channel::Pipe,
            &[(0, EventKind::Stderr(vec![])), (0, END)],
            RecordingError::Empty(0),
        );
        let waits = |wait, kind| Event::new(Duration::ZERO, kind).after(Some(After::new(wait)));
        let recording = |event| {
            let events = vec![event, Event::new(Duration::ZERO, END)];
            Recording::new(Header::new(Channel::Pipe), events).err()
        };
        let send = || EventKind::Send(b"x".to_vec());
        assert_eq!(
            recording(waits(Wait::Bytes(vec![]), send())),
            Some(RecordingError::Empty(0))
        );
        let output = waits(Wait::Quiet, output("a"));
        assert_eq!(recording(output), Some(RecordingError::Wait(0)));
        let cursor = Visible::Cursor(Position { column: 1, row: 1 });
        let cursor = waits(Wait::Visible(cursor), send());
        assert_eq!(recording(cursor), Some(RecordingError::Channel(0)));
    }

    #[test]
    fn stderr_belongs_to_a_pipe_and_resize_to_a_pty() {
        let pty = Channel::Pty {
            columns: 80,
            rows: 24,
            term: "dumb".into(),
        };
        refused(
            pty,
            &[(0, EventKind::Stderr(b"x".to_vec())), (0, END)],
            RecordingError::Channel(0),
        );
        refused(
            Channel::Pipe,
            &[
                (
                    0,
                    EventKind::Resize {
                        columns: 1,
                        rows: 1,
                    },
                ),
                (0, END),
            ],
            RecordingError::Channel(0),
        );
    }

    #[test]
    fn a_level_sees_no_more_than_it_compares() {
        let at = |ms, kind| Event::new(Duration::from_millis(ms), kind);
        let events = vec![
            at(1, output("a")),
            at(2, EventKind::Stderr(b"x".to_vec())),
            at(3, EventKind::Eof),
            at(4, output("b")),
            at(5, END),
        ];
        let recording = Recording::new(Header::new(Channel::Pipe), events.clone()).unwrap();
        assert_eq!(recording.at_level(Level::Exact), recording);
        let at_zero = |kinds: Vec<EventKind>| {
            kinds
                .into_iter()
                .map(|kind| at(0, kind))
                .collect::<Vec<_>>()
        };
        let writes = events.into_iter().map(|event| event.kind).collect();
        assert_eq!(recording.at_level(Level::Writes).events(), at_zero(writes));
        let joined = vec![
            output("ab"),
            EventKind::Stderr(b"x".to_vec()),
            EventKind::Eof,
            END,
        ];
        assert_eq!(recording.at_level(Level::Bytes).events(), at_zero(joined));
    }

    #[test]
    fn the_same_means_channel_and_events() {
        let end = |signal| {
            vec![Event::new(
                Duration::ZERO,
                EventKind::End(End::Killed(signal)),
            )]
        };
        let one = Recording::new(Header::new(Channel::Pipe), end(Signal::INT)).unwrap();
        let mut header = Header::new(Channel::Pipe);
        header.note.push("another header".into());
        assert!(one.same(&Recording::new(header, end(Signal::INT)).unwrap()));
        assert!(!one.same(&Recording::new(Header::new(Channel::Pipe), end(Signal::TERM)).unwrap()));
        let pty = Channel::Pty {
            columns: 80,
            rows: 24,
            term: "dumb".into(),
        };
        assert!(!one.same(&Recording::new(Header::new(pty), end(Signal::INT)).unwrap()));
    }
}

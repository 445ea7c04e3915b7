//! What one run of a program gave: its header and its events.
//!
//! A [`Recording`] is made by whoever stands at the writes (a [`Recorder`] in the program itself, a session around it)
//! or read from a [transcript](crate::transcript). It cannot be changed afterwards and is always whole: instants never
//! decrease, and its last event, and only the last, is an [`End`].

use std::time::Duration;

pub use end::{End, StopReason};
pub use error::RecordingError;
pub(crate) use error::TYPABLE;
pub use event::{Event, EventKind};
pub use header::{Answers, Channel, Clock, Header, LEAST_GRAIN, Machine, Network, Precision, Seed};
pub use input::{Input, MouseButton, Position, WheelDirection};
pub(crate) use key::KeyCode;
pub use key::{Key, KeyError};
pub use level::{Level, LevelError};
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

mod end;
mod error;
mod event;
mod header;
mod input;
mod key;
mod level;
mod mask;
mod outline;
mod recorder;
mod signal;
mod sink;
mod varies;
mod wait;

/// How a note of the header begins that says what a thread waits for.
pub(crate) const WAITS: &str = "waits: ";

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

#[cfg(test)]
mod tests;

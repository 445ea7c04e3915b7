//! What can happen in a run, and what of it a recording can have.

use super::{After, Channel, End, Input, Masked, RecordingError, Signal, Visible, Wait, is_name};
use std::time::Duration;

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
        input: Box<Input>,
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
        visible: Box<Visible>,
        /// Whether it was there.
        is_met: bool,
    },
    /// A name for this instant, such as that of a chapter; it does nothing to the program, and may be empty.
    Mark(String),
    /// The end of the run.
    End(End),
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

    /// Whether a recording of this channel can have it, as its event of this number.
    pub(crate) fn check(&self, index: usize, channel: &Channel) -> Result<(), RecordingError> {
        let pipe = *channel == Channel::Pipe;
        let wait = self.after.as_ref().map(|after| &after.wait);
        let visible = match (&self.kind, wait) {
            (EventKind::Expect { visible, .. }, _) => Some(visible.as_ref()),
            (_, Some(Wait::Visible(visible))) => Some(visible),
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
            EventKind::Input { input, .. } => match input.as_ref() {
                Input::Press(keys) if keys.is_empty() => Err(RecordingError::Empty(index)),
                Input::Type { text, .. } | Input::Paste(text) if !Input::is_text(text) => {
                    Err(RecordingError::Typed(index))
                }
                _ if pipe => Err(RecordingError::Channel(index)),
                _ => Ok(()),
            },
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

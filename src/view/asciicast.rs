//! Writes a recording as an asciicast, version 3, and reads versions 2 and 3: the files of asciinema.
//!
//! The formats are those of <https://docs.asciinema.org/manual/asciicast/v3/> and `…/v2/`. A header in JSON, then a
//! line for each event: `[interval, code, data]`, where the interval counts from the event above (in version 2: from
//! the start) and the code is `o` for output, `i` for input, `r` for a new size, `x` for the exit status.
//!
//! ```
//! # use stroboscope::{recording::Recording, view::asciicast::{self, Fidelity}};
//! let recording: Recording = "transcript: 1\nchannel: pty 80x24 dumb\n\n\
//!     0.100 \"a\\e[m\"\n@0.250 exit 0\n".parse()?;
//! let text = asciicast::write(&recording, Fidelity::Exact)?;
//! assert_eq!(text, r#"{"version":3,"term":{"cols":80,"rows":24,"type":"dumb"}}
//! [0.100,"o","a\u001b[m"]
//! [0.150,"x","0"]
//! "#);
//! assert!(recording.same(&asciicast::parse(&text, 1000)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is lost
//! The format holds the text that a terminal received. It has no pipes, no bytes outside UTF-8 (so no write that ends
//! within a character), no end of input, no signals, no triggers, and no end but an exit status: writing any of it is an
//! [`ExportError`] unless it may be [lossy](Fidelity::Lossy). Of the header it has the command, the environment and the date;
//! the rest is left out, for it is no part of what is compared.
//!
//! # Reading
//! Times are read by their digits, exactly down to the nanosecond. A file without an exit status ends with its last
//! event, as with `exit 0`, and a note says so. Markers, codes that are not known, output of no characters, and lines that
//! begin with `#` are passed over, but their time counts. A line of input is what is sent then.

use crate::recording::{Recording, RecordingError};

mod command;
mod duration;
mod read;
mod write;

/// Whether something may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fidelity {
    /// Nothing; what the format cannot hold is an error.
    Exact,
    /// What the format cannot hold.
    ///
    /// A pipe becomes a terminal of 80x24, with `\r\n` for `\n` and stderr as output. A character that was cut in two
    /// comes with the later write, and what is no UTF-8 becomes U+FFFD. Triggers, the end of input, signals and a stop
    /// are left out; death by a signal becomes the status that a shell would give it, 128 and the signal's number.
    Lossy,
}

/// What an asciicast cannot hold, and in which event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Its output went to no terminal.
    #[error("an asciicast is of a terminal, and this recording's channel is a pipe")]
    Pipe,
    /// A word of the header's command or environment is no UTF-8.
    #[error("an asciicast is text, and the header's `{0}` has bytes that are not UTF-8")]
    Header(&'static str),
    /// Something in an event.
    #[error("an asciicast has no {what}: event {event}, at {at} s")]
    Event {
        /// The event, counting from 0.
        event: usize,
        /// Its instant in seconds since the start.
        at: String,
        /// What cannot be held.
        what: &'static str,
    },
}

/// Why a text is no asciicast, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
#[non_exhaustive]
pub struct AsciicastError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: AsciicastErrorKind,
}

/// What can be wrong with an asciicast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AsciicastErrorKind {
    /// The header is none.
    #[error("this is no header of an asciicast: {0}")]
    Header(String),
    /// The format's version is another.
    #[error(
        "this is asciicast version {0}; versions 2 and 3 can be read, and `asciinema convert` makes them"
    )]
    Version(u64),
    /// The event is none.
    #[error("expected an event, such as `[0.1, \"o\", \"text\"]`: {0}")]
    Event(String),
    /// The time lies before the event above.
    #[error("time goes backwards here")]
    Backwards,
    /// The time is too late.
    #[error("this instant is too late to count")]
    Late,
    /// The size is none.
    #[error("a size is COLUMNSxROWS, such as `80x24`, each at most 65535")]
    Size,
    /// The exit status is none.
    #[error("an exit status is a number from 0 to 255")]
    Status,
    /// The payload is too large.
    #[error("the events hold more than the limit of {0} bytes")]
    Limit(usize),
    /// The whole is no recording.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// Whether a text can be an asciicast and no transcript: it begins as a JSON object does.
#[must_use]
pub fn is_asciicast(text: &str) -> bool {
    text.starts_with('{')
}

/// Writes a recording as an asciicast, version 3.
///
/// What would not be seen or would do something in a text stands as a JSON escape.
///
/// # Errors
/// An [`ExportError`] with the first thing that the format cannot hold; never for [`Fidelity::Lossy`].
pub fn write(recording: &Recording, fidelity: Fidelity) -> Result<String, ExportError> {
    write::recording(recording, fidelity)
}

/// Reads an asciicast, version 2 or 3, whose events hold at most `limit` bytes;
/// [`transcript::DEFAULT_LIMIT`](crate::transcript::DEFAULT_LIMIT) is a good one.
///
/// # Errors
/// An [`AsciicastError`] with the line of the first thing that is no asciicast.
pub fn parse(text: &str, limit: usize) -> Result<Recording, AsciicastError> {
    read::recording(text, limit)
}

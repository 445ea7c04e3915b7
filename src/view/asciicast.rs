//! Writes a recording as an asciicast, version 3 or 2, and reads versions 1 to 3, the file formats of asciinema.
//!
//! They are described in <https://docs.asciinema.org/manual/asciicast/v3/>, `…/v2/` and `…/v1/`. A header in JSON, then one line
//! for each event: `[interval, code, data]`, where the interval counts from the previous event (in version 2: from the
//! start) and the code is `o` for output, `i` for input, `r` for a new size, `m` for a marker, `x` for the exit status.
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
//! The format contains the text that a terminal received. It has no pipes, no bytes outside UTF-8 (so no write that
//! ends within a character), no end of input, no signals, and no end except an exit status: writing any of these is an
//! [`ExportError`] unless it may be [lossy](Fidelity::Lossy). What input waited for is omitted, as its instant is there. Of the
//! header it has the command, the environment, the date, and of notes the theme and the idle limit; the rest is omitted, as it is not compared. Version 2 has no exit status: a reader takes
//! it for 0, and another one is an error, too.
//!
//! # Reading
//! Times are read digit by digit, exactly down to the nanosecond. A file without an exit status ends with its last
//! event, as with `exit 0`, and a note says so; it is written back without one. Theme and idle limit are notes, too. Unknown codes, output without characters, and lines that begin with `#` are
//! ignored, but their time counts. A line of input is sent at its instant. A marker is a mark. A time
//! that steps back is held at that of the line before, a marker after the exit at that of the exit; other events after it are
//! before it; an exit status that no program has is 255; a last line that was cut off is dropped. Notes say so.

use crate::recording::{Recording, RecordingError};

mod command;
mod duration;
mod notes;
mod read;
mod write;

/// A version of the format that can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// Version 2, which older players read, too.
    Two,
    /// Version 3.
    #[default]
    Three,
}

/// Whether information may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fidelity {
    /// No: anything that the format does not have is an error.
    Exact,
    /// Yes.
    ///
    /// A pipe becomes a terminal of 80x24, with `\r\n` for `\n` and stderr as output. A character that was split comes
    /// with the later write, and bytes that are not UTF-8 become U+FFFD. The end of input, signals and a stop
    /// are omitted; death by a signal becomes the status that a shell would report, 128 plus the signal's number.
    Lossy,
}

/// What an asciicast cannot contain, and in which event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Its output did not go to a terminal.
    #[error("an asciicast is of a terminal, and this recording's channel is a pipe")]
    Pipe,
    /// A word of the header's command or environment is not UTF-8.
    #[error("an asciicast is text, and the header's `{0}` has bytes that are not UTF-8")]
    Header(&'static str),
    /// Something in an event.
    #[error("an asciicast has no {what}: event {}, at {at} s", event + 1)]
    Event {
        /// The event's index, from 0; the message counts from 1.
        event: usize,
        /// Its instant in seconds since the start.
        at: String,
        /// What the format does not have.
        what: &'static str,
    },
}

/// Why a text is not an asciicast, and where.
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
    /// It has no valid header.
    #[error("this is no header of an asciicast: {0}")]
    Header(String),
    /// The version is not supported.
    #[error(
        "this is asciicast version {0}; versions 1 to 3 can be read, and `asciinema convert` makes them"
    )]
    Version(u64),
    /// The line is not an event.
    #[error("expected an event, such as `[0.1, \"o\", \"text\"]`: {0}")]
    Event(String),
    /// The time is out of range.
    #[error("this instant is too late to count")]
    Late,
    /// The size is invalid.
    #[error("a size is COLUMNSxROWS, such as `80x24`, each at most 65535")]
    Size,
    /// The exit status is invalid.
    #[error("an exit status is a number from 0 to 255")]
    Status,
    /// The events are too large.
    #[error("the events hold more than the limit of {0} bytes")]
    Limit(usize),
    /// The events are not a recording.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// Whether a text may be an asciicast and not a transcript: it begins like a JSON object.
#[must_use]
pub fn is_asciicast(text: &str) -> bool {
    text.starts_with('{')
}

/// Writes a recording as an asciicast, version 3.
///
/// Characters that are invisible or have an effect in a text are written as JSON escapes.
///
/// # Errors
/// An [`ExportError`] with the first thing that the format does not have; never for [`Fidelity::Lossy`].
pub fn write(recording: &Recording, fidelity: Fidelity) -> Result<String, ExportError> {
    write_version(recording, Version::Three, fidelity)
}

/// Writes a recording as an asciicast of a version, otherwise as [`write()`] does.
///
/// # Errors
/// An [`ExportError`] with the first thing that the format does not have; never for [`Fidelity::Lossy`].
pub fn write_version(
    recording: &Recording,
    version: Version,
    fidelity: Fidelity,
) -> Result<String, ExportError> {
    write::recording(recording, version, fidelity)
}

/// Reads an asciicast, version 1 to 3, whose events have at most `limit` bytes;
/// [`transcript::DEFAULT_LIMIT`](crate::transcript::DEFAULT_LIMIT) is a good limit.
///
/// # Errors
/// An [`AsciicastError`] with the first line that is invalid.
pub fn parse(text: &str, limit: usize) -> Result<Recording, AsciicastError> {
    read::recording(text, limit)
}

//! Reads and writes the lossless text notation of a recording, version 1; the file extension is `.strobe`.
//!
//! [`Display`](fmt::Display) of a [`Recording`] is its transcript and [`FromStr`] the exact inverse:
//! parse(print(r)) = r for every recording, print(parse(t)) = t for every canonical transcript.
//!
//! ```
//! # use stroboscope::recording::Recording;
//! let text = r#"transcript: 1
//! command: spinner thread
//! channel: pty 80x24 xterm-256color
//! clock: virtual 2
//!
//! 0.000 "spinner object: <Thread(Thread-1 (spin), initial)>\r\n"
//! 0.000 "| thinking!"
//! 0.100 "\b"*11 "/ thinking!"
//! 0.100 "\b"*11 "- thinking!"
//! @0.250 send "\x03"
//! 0.000 "^C"
//! 0.050 "\b"*11 " "*11 "\b"*11 "\r\e[K"
//! @0.300 killed INT
//! "#;
//! let recording: Recording = text.parse()?;
//! assert_eq!(recording.to_string(), text);
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```
//!
//! `docs/format.md` has the whole format:
//!
#![doc = include_str!("../docs/format.md")]

use crate::recording::{
    After, Event, EventKind, Header, KeyError, MaskError, Recording, RecordingError,
};
use std::{fmt, str::FromStr, time::Duration};

mod cursor;
mod happening;
mod header;
mod hint;
mod input;
mod parse;
mod print;
mod salvage;
mod stream;

pub(crate) use print::EventWriter;
pub(crate) use salvage::salvage;
pub use stream::{ReadError, Reader};

/// How many bytes of payload a transcript may decode to unless the caller says otherwise: 1 GiB.
pub const DEFAULT_LIMIT: usize = 1 << 30;

/// How many bytes of payload a text may decode to that is read as a whole, unless the caller says otherwise: 64 MiB, which is
/// what a session records, and eight times its length; at most [`DEFAULT_LIMIT`]. A few characters may stand for any number of
/// bytes, so that this bounds the memory that a short text takes.
#[must_use]
pub fn limit_of(text: &str) -> usize {
    const ANY: usize = 64 << 20;
    const TIMES: usize = 8;
    text.len()
        .saturating_mul(TIMES)
        .saturating_add(ANY)
        .min(DEFAULT_LIMIT)
}

/// Why a text is no transcript, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
#[non_exhaustive]
pub struct TranscriptError {
    /// The line, from 1, of the whole text.
    pub line: usize,
    /// The column, from 1, in Unicode scalars.
    pub column: usize,
    /// What is wrong there.
    pub reason: TranscriptErrorKind,
}

/// What can be wrong with a transcript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptErrorKind {
    /// Something else had to stand here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A word that means nothing here.
    #[error("unknown {what} `{word}`")]
    Unknown {
        /// What it was taken for.
        what: &'static str,
        /// The word, escaped.
        word: String,
    },
    /// A key that stands too late or twice.
    #[error(
        "`{0}` is out of place: each key comes once (`env`, `allow`, `varies`, `mask` and `note` may repeat), in the order of the format"
    )]
    Misplaced(String),
    /// The format's version is another.
    #[error("this is transcript format `{0}`; this program reads format 1")]
    Version(String),
    /// A control character outside an escape.
    #[error("raw control character U+{0:04X}: write it as an escape")]
    Control(u32),
    /// An escape that means nothing.
    #[error("unknown escape: known are \\\\ \\\" \\n \\r \\t \\b \\e \\xnn \\u{{…}}")]
    Escape,
    /// Something that is no mask.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// A word that names no key.
    #[error(transparent)]
    Key(KeyError),
    /// Something that means nothing, with what may have been meant.
    #[error("{0}")]
    Hint(String),
    /// A marker that a merge has left.
    #[error(
        "this is the marker of a merge conflict: keep one side, then accept what the next run records"
    )]
    Conflict,
    /// A number that cannot stand here.
    #[error("{0}")]
    Number(&'static str),
    /// The decoded payload is too large.
    #[error("the payload decodes to more than the limit of {0} bytes")]
    Limit(usize),
    /// The whole is no recording.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// Reads a transcript whose payload decodes to at most `limit` bytes; more is refused before it is allocated.
///
/// # Errors
/// An [`TranscriptError`] with the position of the first thing that is no transcript.
pub fn parse(text: &str, limit: usize) -> Result<Recording, TranscriptError> {
    parse::recording(text, limit).map_err(|error| conflict(text).unwrap_or(error))
}

/// Where a merge has left both sides of a conflict. No line of a transcript begins like this.
fn conflict(text: &str) -> Option<TranscriptError> {
    let is_marker = |line: &str, marker: &str| {
        let rest = line.strip_prefix(marker);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
    };
    let line = text.lines().position(|line| is_marker(line, "<<<<<<<"))?;
    let has_end = text
        .lines()
        .skip(line)
        .any(|line| is_marker(line, ">>>>>>>"));
    has_end.then_some(TranscriptError {
        line: line + 1,
        column: 1,
        reason: TranscriptErrorKind::Conflict,
    })
}

/// One input line of a script; it may have no time at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptLine {
    /// The instant since the start that the line begins with.
    pub at: Option<Duration>,
    /// The gap that the line begins with instead.
    pub gap: Option<Duration>,
    /// What has to be seen first.
    pub after: Option<After>,
    /// What is done.
    pub kind: EventKind,
}

/// Reads the input lines of a script, in the grammar of a transcript's; empty lines, and lines that begin with `#`, are
/// passed over.
///
/// # Errors
/// An [`TranscriptError`] with the position of the first line that is no input.
pub(crate) fn parse_inputs(text: &str) -> Result<Vec<ScriptLine>, TranscriptError> {
    parse::inputs(text, DEFAULT_LIMIT)
}

/// Splits a text into its YAML front matter, with both `---` lines, and the rest; the first is empty where there is none.
#[must_use]
pub fn split_front_matter(text: &str) -> (&str, &str) {
    let mut lines = text.split_inclusive('\n');
    let is_fence = |line: &str| line.trim_end_matches(['\r', '\n']) == "---";
    if lines.next().is_some_and(is_fence) {
        let mut end = text.find('\n').map_or(text.len(), |newline| newline + 1);
        for line in lines {
            end += line.len();
            if is_fence(line) {
                return text.split_at(end);
            }
        }
    }
    ("", text)
}

/// A recording's transcript with the instant, and not the gap, in front of every event.
#[must_use]
pub fn with_instants(recording: &Recording) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = print::recording(recording, print::Times::Instants, &mut text);
    text
}

/// What a transcript begins with: its header, and an empty line.
pub(crate) fn head(header: &Header) -> String {
    header::write(header) + "\n"
}

/// The value of a header's `command`: words joined by one blank.
pub(crate) fn command(header: &Header) -> String {
    header::words_of(&header.command)
}

/// An instant since the start as a script has it, in seconds: `1.25`, or `@1.25`.
///
/// # Errors
/// The [`TranscriptErrorKind`] why it is none.
pub fn instant(text: &str) -> Result<Duration, TranscriptErrorKind> {
    let mut cursor = cursor::Cursor::new(text.strip_prefix('@').unwrap_or(text), 0, DEFAULT_LIMIT);
    let instant = parse::time(&mut cursor).map_err(|error| error.reason)?;
    if cursor.is_at_end() {
        Ok(instant)
    } else {
        Err(cursor.expected("the end of the instant").reason)
    }
}

/// What a text with a literal's escapes stands for; quotation marks need no escape here.
///
/// # Errors
/// The [`TranscriptErrorKind`] why the first thing in it that is wrong is so.
pub fn unescape(text: &str) -> Result<Vec<u8>, TranscriptErrorKind> {
    let mut cursor = cursor::Cursor::new(text, 0, DEFAULT_LIMIT);
    let mut bytes = Vec::new();
    cursor.units(&mut bytes).map_err(|error| error.reason)?;
    while !cursor.is_at_end() {
        if !cursor.take("\"") {
            return Err(cursor.expected("a printable character").reason);
        }
        bytes.push(b'"');
        cursor.units(&mut bytes).map_err(|error| error.reason)?;
    }
    Ok(bytes)
}

/// Returns what happened in one line, without its time; each payload has at most `most` scalars, and is as safe to print as a
/// transcript.
#[must_use]
pub fn excerpt(kind: &EventKind, most: usize) -> String {
    print::excerpt(kind, most)
}

/// Returns what an event was, as [`excerpt`] does, with the names of what is masked in it.
#[must_use]
pub fn excerpt_of(event: &Event, most: usize) -> String {
    print::excerpt_of(event, most)
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::recording(self, print::Times::Gaps, f)
    }
}

impl FromStr for Recording {
    type Err = TranscriptError;

    /// Reads a transcript whose payload decodes to at most [as many bytes as one of its length may](limit_of).
    fn from_str(text: &str) -> Result<Recording, TranscriptError> {
        parse(text, limit_of(text))
    }
}

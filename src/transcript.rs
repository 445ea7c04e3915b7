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
//! # Grammar
//! ```text
//! transcript = { key ": " value } newline { event }      header, an empty line, events
//! event      = time " " what newline
//! time       = [ "@" ] digits [ "." 1 to 9 digits ]      seconds: a gap, or with @ an instant since the start
//! what       = payload | "stderr " payload | "reply " payload | [ "after " seen [ " " seconds ] " " ] done
//!            | "exit " number | "killed " name
//!            | "stopped " ( "limit" | "virtual-limit" | "output-limit" | "waits" | "script"
//!              | "interrupted" )
//! done       = "send " ( payload | "secret " name ) | input | "eof" | "resize " columns "x" rows | "signal " name
//!            | "expect " visible [ " failed" ] | "mark " payload
//! seen       = payload | visible | "quiet"
//! visible    = "screen " [ "row " number " " ] ( payload | "/" regular expression "/" ) | "cursor " place
//! input      = "press" { " " key [ "*" count ] } [ " " payload ]
//!            | "type " payload [ " every " seconds ] [ " as " payload ] | "paste " payload [ " as " payload ]
//!            | "click " [ ( "middle" | "right" ) " " ] place [ " " payload ] | "drag " place " " place [ " " payload ]
//!            | "wheel " ( "up" | "down" ) [ "*" count ] " " place [ " " payload ] | "focus " ( "in" | "out" ) [ " " payload ]
//! place      = column "," row                                counted from 1
//! payload    = part { ( " " | newline blanks ) part }
//! part       = literal | "<" [ "..." ] name [ " " columns ] ">"    a mask stands only in output and stderr
//! literal    = '"' { unit } '"' [ "*" count ]            a count is at least 2
//! ```
//! * **Time.** Output and stderr print the gap since the event above, everything else the instant; either form is read
//!   on any line. At least three decimals are printed, as many more as needed, at most nine.
//! * **Input** by name has the bytes that it became; those of a text are left out where they are the text's own, with `\r`
//!   for `\n`. A run finds them anew. The payload of an input, a reply or a mark goes on in another line only after a `\n`.
//! * **Secrets.** `send secret NAME` sent a text that is not kept; a run has it from the environment variable NAME. What the
//!   program wrote of it is masked by that name.
//! * **Marks** name instants, as chapters do: their payload is text. They are made again on a run, compared where events are
//!   (levels `exact` and `writes`), and passed over elsewhere.
//! * **Header.** `transcript`, `command`, `cwd`, `env`*, `channel`, `answers`, `network`, `clock`, `date`, `seed`, `limit`, `output-limit`, `machine`,
//!   `allow`*, `level`, `varies`*, `mask`*, `note`*: in this order, each once but those with *. Values of
//!   `command`, `cwd` and `env` are words: bare, or a literal. `env` is NAME=VALUE, or the NAME of a variable that has the
//!   value of whoever runs it. `mask` is `NAME /REGEX/`, with ` width` behind it where a
//!   comparison looks at that; a slash in it has a backslash. `clock` is `real`, `paused [GRAIN]` or
//!   `virtual [LAW] [us|ns]`: the number of its cost law ([`COST_LAW`](crate::virtual_time::COST_LAW)), 1 where none stands,
//!   and its precision.
//! * **What a header leaves out** has a fixed meaning, which is part of format 1:
//!
//!   | key | where it is missing |
//!   |---|---|
//!   | `cwd` | the folder in which the transcript lies |
//!   | `env` | only `PATH`, `LANG=C.UTF-8`, `TERM`, `TZ=UTC`, `HOME` and `TMPDIR` are set; `TERM` is the channel's, on a pipe `dumb` |
//!   | `answers` | the terminal answers what it is asked; `none` where nobody does. A transcript that was made before terminals answered has no replies, and is run again with them |
//!   | `network` | the system's; `inside` where the program had a loopback of its own and nothing else, `none` where it had no network |
//!   | `clock` | not said |
//!   | GRAIN, LAW, precision | `1ms`, 1, milliseconds |
//!   | `date` | the virtual wall clock starts at 2025-01-01T00:00:00Z |
//!   | `seed` | 0 |
//!   | `limit` | an hour of virtual time |
//!   | `output-limit` | 64 MiB; another one is a number of bytes |
//!   | `machine` | the virtual one ([`Machine`](crate::recording::Machine)); `host` is the other |
//!   | `allow` | every known difference marks the recording |
//!   | `level` | `exact` in virtual time, `bytes` by any other clock; `screen` where there is a line `varies` |
//!
//!   `date`, `seed`, `limit`, `machine` and `allow` say something only where the clock is virtual.
//! * **Mask.** `<pid>` stands for bytes that were not kept, because a mask by this name matched them, and takes as many
//!   columns as it has characters; `<pid 7>` takes 7. `<...pid>` goes on what the part before it masks, which may be in the
//!   write above. Masks that are found in a file for the whole folder are not in the header.
//! * **Unit.** A Unicode scalar, or a byte that is not part of valid UTF-8. It stands for itself unless it is one of
//!   `\\ \" \n \r \t \b \e`, `\xnn` (any other byte below 0x20, 0x7f, bytes outside valid UTF-8) or `\u{…}` (C1, Cf, Zs
//!   but U+0020, Zl, Zp, Co, noncharacters, `Default_Ignorable_Code_Point`, U+2800, and a mark that does not directly
//!   follow, in the same literal, a unit that stands for itself). Tables: Unicode
//!   [`UNICODE_VERSION`](crate::text::UNICODE_VERSION).
//! * **Canonical payload.** First runs: eight or more of one blank or escaped unit, 64 or more of any other, stand alone
//!   as `"u"*n`. Then lines: what follows a `\n` starts a continuation line at the payload's column; so does, unless a
//!   literal begins there anyway, a CSI that moves to another row (final A B E F H d f) and a `\r` followed by
//!   anything but `\n`. Nothing else splits. Then equal lines: where 64 or more that follow one another would each be one
//!   literal, of two units or more with its `\n` and outside runs, they are one, `"line\n"*n`. `""` stands for an empty
//!   payload, and only there.
//! * **Reading.** Lines end in `\n` or `\r\n`; what is not canonical but means something is taken; anything else is
//!   refused with line, column and reason. A YAML front matter (`---`, as insta writes it) is passed over.

use crate::recording::{After, EventKind, Header, KeyError, MaskError, Recording, RecordingError};
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

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::recording(self, print::Times::Gaps, f)
    }
}

impl FromStr for Recording {
    type Err = TranscriptError;

    /// Reads a transcript whose payload decodes to at most [`DEFAULT_LIMIT`] bytes.
    fn from_str(text: &str) -> Result<Recording, TranscriptError> {
        parse(text, DEFAULT_LIMIT)
    }
}

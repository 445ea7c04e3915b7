//! How closely recordings are compared, and what is left of one at that.

use super::{Event, EventKind, Recording, Written};
use std::{fmt, str::FromStr, time::Duration};

/// How closely two recordings are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Bytes, write boundaries and instants.
    Exact,
    /// Bytes and write boundaries.
    Writes,
    /// The bytes, joined.
    Bytes,
    /// Every screen that was visible, when it was, and what is left at the end. Unlike [`Level::Bytes`] it looks at instants.
    Frames,
    /// What is visible at the end, and what can be scrolled to; the cursor, modes, title and bell.
    Screen,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Exact => "exact",
            Level::Writes => "writes",
            Level::Bytes => "bytes",
            Level::Frames => "frames",
            Level::Screen => "screen",
        })
    }
}

impl Level {
    /// Every level, the closest first.
    pub(crate) const ALL: [Level; 5] = [
        Level::Exact,
        Level::Writes,
        Level::Bytes,
        Level::Frames,
        Level::Screen,
    ];
}

/// Why a text names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("it must be one of exact, writes, bytes, frames, screen")]
pub struct LevelError;

impl FromStr for Level {
    type Err = LevelError;

    /// Reads the name of a level, as [`Display`](fmt::Display) writes it.
    fn from_str(text: &str) -> Result<Level, LevelError> {
        let mut levels = Level::ALL.into_iter();
        levels
            .find(|level| level.to_string() == text)
            .ok_or(LevelError)
    }
}

impl Recording {
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
}

//! The distinct screens of a recording, each with its instants.
//!
//! ```
//! # use stroboscope::{recording::Recording, view::frames};
//! let recording: Recording = "transcript: 1\nchannel: pty 80x24 dumb\n\n\
//!     0.000 \"| thinking!\"\n0.100 \"\\b\"*11 \"/ thinking!\"\n@0.250 exit 0\n".parse()?;
//! assert_eq!(frames::text(&recording), "\
//! @0.000 to 0.100
//!     | thinking!
//! @0.100 to 0.250
//!     / thinking!
//! ");
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```

use super::screen::{Emulator, Row, Screen};
use crate::{
    recording::{EventKind, Recording},
    text, transcript,
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The indentation of rows, so that nothing on a screen reads as a heading.
const INDENT: &str = "    ";

/// A screen, and how long it was visible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Since when, from the start.
    pub from: Duration,
    /// Until when, from the start: the instant of the next frame, or of the recording's end.
    pub until: Duration,
    /// What was visible.
    pub screen: Screen,
}

/// Returns the screens that a recording shows one after another, no two adjacent ones equal; there is at least one.
///
/// All events of one instant make one frame, so only instants and bytes matter, and not how the bytes were split into
/// writes. Until something happens the screen is blank; the last one is the final [screen](super::screen::screen()).
#[must_use]
pub fn frames(recording: &Recording) -> Vec<Frame> {
    let mut emulator = Emulator::new(recording);
    let frame = |from, screen| Frame {
        from,
        until: recording.end().0,
        screen,
    };
    let mut before = frame(Duration::ZERO, emulator.screen());
    let mut frames = Vec::new();
    for instant in recording
        .events()
        .chunk_by(|event, next| event.at == next.at)
    {
        for event in instant {
            emulator.take(event);
        }
        let from = instant[0].at;
        if from >= recording.end().0 {
            emulator.finish();
        }
        let screen = emulator.screen();
        if before.screen == screen {
            continue;
        }
        let mut shown = std::mem::replace(&mut before, frame(from, screen));
        shown.until = from;
        // A screen that was replaced at the very start was never visible.
        if shown.from < shown.until {
            frames.push(shown);
        }
    }
    frames.push(before);
    frames
}

/// Returns the frames as text: a heading with the instants of each, and its rows, indented and inert. The marks stand between
/// them, each before the first frame that does not begin earlier: `@1.500 mark "Chapter 2"`.
///
/// Colors are omitted: adjacent frames with the same text are one.
#[must_use]
pub fn text(recording: &Recording) -> String {
    with(recording, recording.marks())
}

/// Returns the frames as text, without the marks.
pub(crate) fn without_marks(recording: &Recording) -> String {
    with(recording, std::iter::empty())
}

/// The frames with some marks, which are in the order of their instants.
fn with<'a>(recording: &Recording, marks: impl Iterator<Item = (Duration, &'a str)>) -> String {
    let mut marks = marks.peekable();
    let mut text = String::new();
    let mut pending: Option<(Duration, Duration, String)> = None;
    let frames = frames(recording);
    // Frames share their rows, and so the text of each is made once.
    let mut lines: HashMap<*const Row, String> = HashMap::new();
    for frame in &frames {
        let rows = rows(&frame.screen, &mut lines);
        match &mut pending {
            Some((_, until, shown)) if *shown == rows => *until = frame.until,
            _ => {
                let next = (frame.from, frame.until, rows);
                text.extend(pending.replace(next).map(heading_and_rows));
                while let Some(mark) = marks.next_if(|(at, _)| *at <= frame.from) {
                    text += &mark_line(mark);
                }
            }
        }
    }
    text.extend(pending.map(heading_and_rows));
    text.extend(marks.map(mark_line));
    text
}

fn mark_line((at, name): (Duration, &str)) -> String {
    let kind = EventKind::Mark(name.to_owned());
    let mark = transcript::excerpt(&kind, usize::MAX);
    format!("@{} {mark}\n", text::seconds(at))
}

fn heading_and_rows((from, until, rows): (Duration, Duration, String)) -> String {
    let [from, until] = [from, until].map(text::seconds);
    format!("@{from} to {until}\n{rows}")
}

fn rows(screen: &Screen, lines: &mut HashMap<*const Row, String>) -> String {
    let line = |row: &Row| match row.to_string() {
        row if row.is_empty() => "\n".to_owned(),
        row => format!("{INDENT}{row}\n"),
    };
    let mut text = String::new();
    for row in screen.rows() {
        text += lines.entry(Arc::as_ptr(row)).or_insert_with(|| line(row));
    }
    text
}

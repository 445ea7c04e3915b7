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

use super::screen::{DrawnCursor, Emulator, Row, Screen};
use crate::{
    recording::{Event, EventKind, Header, Recording},
    text, transcript,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

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
    /// The cursor, if it was visible and the frames [follow](FrameMaker::with_cursor) it.
    pub cursor: Option<DrawnCursor>,
}

/// Returns the screens that a recording shows one after another, no two adjacent ones equal; there is at least one.
///
/// All events of one instant make one frame, so only instants and bytes matter, and not how the bytes were split into
/// writes. Until something happens the screen is blank; the last one is the final [screen](super::screen::screen()).
#[must_use]
pub fn frames(recording: &Recording) -> Vec<Frame> {
    let mut frames = Vec::new();
    let maker = FrameMaker::new(recording.header());
    each(recording, maker, |frame| frames.push(frame));
    frames
}

/// Returns the frames of a recording with the cursor: one begins wherever it moves, too, or looks otherwise.
#[must_use]
pub fn frames_with_cursor(recording: &Recording) -> Vec<Frame> {
    let mut frames = Vec::new();
    let maker = FrameMaker::new(recording.header()).with_cursor();
    each(recording, maker, |frame| frames.push(frame));
    frames
}

/// Hands out one frame after the other.
pub(super) fn each(recording: &Recording, mut maker: FrameMaker, mut take: impl FnMut(Frame)) {
    for event in recording.events() {
        maker.take(event).into_iter().for_each(&mut take);
    }
    maker.finish().for_each(take);
}

impl Frame {
    /// Returns the screen with the cursor drawn on it, if there is one: as a block, whatever its form.
    #[must_use]
    pub fn drawn(&self) -> Screen {
        let mut screen = self.screen.clone();
        if let Some(cursor) = self.cursor {
            screen.draw(cursor);
        }
        screen
    }
}

/// Makes [frames](frames()) of events, one after the other, so that neither need be held.
pub struct FrameMaker {
    emulator: Emulator,
    /// The instant of the event before.
    at: Duration,
    /// What was visible before that, and since when.
    shown: (Screen, Option<DrawnCursor>),
    from: Duration,
    follows_cursor: bool,
}

impl FrameMaker {
    /// Starts with the blank screen of a recording.
    #[must_use]
    pub fn new(header: &Header) -> FrameMaker {
        let mut emulator = Emulator::new(header);
        FrameMaker {
            shown: (emulator.screen(), None),
            emulator,
            at: Duration::ZERO,
            from: Duration::ZERO,
            follows_cursor: false,
        }
    }

    /// Makes the cursor a part of the frames: one begins wherever it moves, too, or looks otherwise.
    #[must_use]
    pub fn with_cursor(mut self) -> FrameMaker {
        self.follows_cursor = true;
        self.shown.1 = self.emulator.cursor();
        self
    }

    /// Takes the next event, and returns the frame that was visible until the instant before, if it ended there.
    pub fn take(&mut self, event: &Event) -> Option<Frame> {
        let ended = if event.at > self.at {
            self.end_instant()
        } else {
            None
        };
        self.at = event.at;
        self.emulator.take(event);
        ended
    }

    /// Everything of this instant has happened.
    fn end_instant(&mut self) -> Option<Frame> {
        let cursor = self.follows_cursor.then(|| self.emulator.cursor());
        let now = (self.emulator.screen(), cursor.flatten());
        if now == self.shown {
            // It shares its rows with the next one: those are compared by their addresses.
            self.shown = now;
            return None;
        }
        let (screen, cursor) = std::mem::replace(&mut self.shown, now);
        let shown = Frame {
            from: self.from,
            until: self.at,
            screen,
            cursor,
        };
        self.from = self.at;
        // A screen that was replaced at the very start was never visible.
        (shown.from < shown.until).then_some(shown)
    }

    /// Returns the last frames: the one that the last event may have ended, and the one after it.
    pub fn finish(mut self) -> impl Iterator<Item = Frame> + use<> {
        self.emulator.finish();
        let ended = self.end_instant();
        let (screen, cursor) = self.shown;
        let last = Frame {
            from: self.from,
            until: self.at,
            screen,
            cursor,
        };
        ended.into_iter().chain([last])
    }

    /// What the terminal does not know of what it was given, as a manual writes it, and how often it came.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, u64)> {
        self.emulator.terminal().unknown()
    }
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
    let mut writer = Writer::default();
    marks.for_each(|(at, name)| writer.mark(at, name));
    let mut text = String::new();
    let maker = FrameMaker::new(recording.header());
    each(recording, maker, |frame| text += &writer.take(&frame));
    text + &writer.finish()
}

/// Writes frames as [`text()`] does, one after the other.
#[derive(Debug, Default)]
pub struct Writer {
    pending: Option<(Duration, Duration, String)>,
    marks: VecDeque<(Duration, String)>,
    /// The rows of the frame before, which the next one shares, and the text of each.
    lines: HashMap<*const Row, (Arc<Row>, String)>,
}

impl Writer {
    /// Takes a mark, before the first frame that does not begin earlier.
    pub fn mark(&mut self, at: Duration, name: &str) {
        self.marks.push_back((at, name.to_owned()));
    }

    /// Takes the next frame, and returns what is complete.
    pub fn take(&mut self, frame: &Frame) -> String {
        let rows = self.rows(&frame.screen);
        match &mut self.pending {
            Some((_, until, shown)) if *shown == rows => {
                *until = frame.until;
                String::new()
            }
            pending => {
                let before = pending.replace((frame.from, frame.until, rows));
                let mut text = before.map(heading_and_rows).unwrap_or_default();
                while let Some((at, _)) = self.marks.front()
                    && *at <= frame.from
                {
                    text.extend(self.marks.pop_front().map(mark_line));
                }
                text
            }
        }
    }

    /// Returns what is left: the last frame, and the marks after it.
    #[must_use]
    pub fn finish(self) -> String {
        let mut text = self.pending.map(heading_and_rows).unwrap_or_default();
        text.extend(self.marks.into_iter().map(mark_line));
        text
    }

    fn rows(&mut self, screen: &Screen) -> String {
        let line = |row: &Row| match row.to_string() {
            row if row.is_empty() => "\n".to_owned(),
            row => format!("{INDENT}{row}\n"),
        };
        let mut text = String::new();
        // What the next screen shares is in this one.
        let mut known = std::mem::take(&mut self.lines);
        for row in screen.rows() {
            let place = Arc::as_ptr(row);
            let (_, line) = self.lines.entry(place).or_insert_with(|| {
                let known = known.remove(&place);
                known.unwrap_or_else(|| (Arc::clone(row), line(row)))
            });
            text += line;
        }
        text
    }
}

fn mark_line((at, name): (Duration, String)) -> String {
    let mark = transcript::excerpt(&EventKind::Mark(name), usize::MAX);
    format!("@{} {mark}\n", text::seconds(at))
}

fn heading_and_rows((from, until, rows): (Duration, Duration, String)) -> String {
    let [from, until] = [from, until].map(text::seconds);
    format!("@{from} to {until}\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::FrameMaker;
    use crate::recording::{Channel, Event, EventKind, Header};
    use std::{sync::Arc, time::Duration};

    /// Else each of its rows would be compared cell by cell from then on.
    #[test]
    fn a_screen_that_was_drawn_again_shares_its_rows_with_the_next_one() {
        let mut maker = FrameMaker::new(&Header::new(Channel::Pipe));
        for (second, written) in [(1, "ab"), (2, "\rab"), (3, "\nc")] {
            let kind = EventKind::Output(written.into());
            let ended = maker.take(&Event::new(Duration::from_secs(second), kind));
            assert_eq!(ended.is_some(), second == 2);
        }
        let next = maker.emulator.screen();
        assert!(Arc::ptr_eq(&maker.shown.0.rows()[0], &next.rows()[0]));
    }
}

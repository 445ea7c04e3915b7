//! All that a terminal shows and keeps at an instant: the screen, and what is not in its rows.

use super::{Emulator, Row, Screen};
use crate::{
    recording::Recording,
    terminal::{Cursor, CursorShape, MAX_SCROLLBACK, Mode, Modes},
    text,
};
use std::{fmt, sync::Arc, time::Duration};

/// The most characters of a title that are shown.
const TITLE: usize = 60;
/// The most characters without a column that are named.
const MAX_NAMED: usize = 8;

/// All that a terminal shows and keeps at an instant. `Display` writes what is not in the rows, as one line, inert:
/// `cursor 0,8 hidden · modes 7 off, 1000, 2004 on`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Still {
    /// What is visible.
    pub screen: Screen,
    /// The cursor.
    pub cursor: Cursor,
    /// The modes that are set.
    pub modes: Modes,
    /// The title, as the program set it.
    pub title: String,
    /// How often the bell rang.
    pub bells: u64,
    /// The rows that left the screen at its top, the oldest first, at most [`MAX_SCROLLBACK`].
    pub scrollback: Vec<Arc<Row>>,
    /// How many older ones are not kept.
    pub dropped: u64,
    /// The alternate screen as it was left last; if it was blank then, as it was at the last instant when it was not.
    pub alternate: Option<Screen>,
}

/// Returns what a terminal shows and keeps at the end of a recording.
#[must_use]
pub fn still(recording: &Recording) -> Still {
    still_at(recording, Duration::MAX)
}

/// Returns what a terminal shows and keeps at an instant since the start, after everything that happened up to and at that
/// instant.
#[must_use]
pub fn still_at(recording: &Recording, instant: Duration) -> Still {
    let mut emulator = Emulator::with_scrollback(recording, MAX_SCROLLBACK);
    // The last alternate screen at the end of an instant that was not blank.
    let mut seen: Option<Screen> = None;
    let events = recording.events();
    let count = events.partition_point(|event| event.at <= instant);
    for events in events[..count].chunk_by(|event, next| event.at == next.at) {
        for event in events {
            emulator.take(event);
        }
        if emulator
            .terminal()
            .seen_modes()
            .contains(Mode::AlternateScreen)
        {
            let screen = emulator.screen();
            if !screen.rows().is_empty() {
                seen = Some(screen);
            }
        }
    }
    if instant >= recording.end().0 {
        emulator.finish();
    }
    let left = emulator
        .terminal()
        .left_alternate()
        .map(|grid| emulator.hidden(grid));
    let is_on = emulator.terminal().modes().contains(Mode::AlternateScreen);
    let screen = emulator.screen();
    let (scrollback, dropped) = emulator.scrollback();
    let terminal = emulator.terminal();
    Still {
        cursor: terminal.cursor(),
        modes: terminal.seen_modes(),
        title: terminal.title().to_owned(),
        bells: terminal.bells(),
        alternate: left
            .filter(|screen| !is_on && !screen.rows().is_empty())
            .or(seen.filter(|_| !is_on)),
        screen,
        scrollback,
        dropped,
    }
}

impl Still {
    /// The characters of the screen that its text leaves out or replaces: each as `U+00AD at ROW,COLUMN`.
    fn unseen(&self) -> Vec<String> {
        let rows = self.screen.rows().iter().enumerate();
        let unseen = rows.flat_map(|(row, line)| {
            line.cells().flat_map(move |cell| {
                cell.unseen()
                    .map(move |character| {
                        format!("U+{:04X} at {row},{}", u32::from(character), cell.column)
                    })
                    .collect::<Vec<_>>()
            })
        });
        unseen.collect()
    }
}

impl fmt::Display for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Words(self.cursor))?;
        let mut modes = self.modes;
        // The cursor says it already.
        modes.set(Mode::CursorVisible, true);
        let modes = modes.to_string();
        if !modes.is_empty() {
            write!(f, " · modes {modes}")?;
        }
        if !self.title.is_empty() {
            write!(f, " · title {}", text::quote(self.title.as_bytes(), TITLE))?;
        }
        match self.bells {
            0 => {}
            1 => f.write_str(" · 1 bell")?,
            bells => write!(f, " · {bells} bells")?,
        }
        let unseen = self.unseen();
        if !unseen.is_empty() {
            write!(f, " · {}", unseen[..unseen.len().min(MAX_NAMED)].join(", "))?;
            if unseen.len() > MAX_NAMED {
                write!(f, " and {} more", unseen.len() - MAX_NAMED)?;
            }
        }
        Ok(())
    }
}

/// A cursor in words: `cursor 0,8 hidden`.
pub(crate) struct Words(pub Cursor);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words(cursor) = self;
        write!(f, "cursor {},{}", cursor.row, cursor.column)?;
        f.write_str(match cursor.shape {
            CursorShape::Default => "",
            CursorShape::BlinkingBlock => " blinking block",
            CursorShape::Block => " block",
            CursorShape::BlinkingUnderline => " blinking underline",
            CursorShape::Underline => " underline",
            CursorShape::BlinkingBar => " blinking bar",
            CursorShape::Bar => " bar",
        })?;
        f.write_str(if cursor.wraps {
            " after a full row"
        } else {
            ""
        })?;
        f.write_str(if cursor.visible { "" } else { " hidden" })
    }
}

//! All that a terminal shows and keeps at an instant: the screen, and what is not in its rows.

use super::{Emulator, Row, Screen};
use crate::{
    recording::{Event, EventKind, Header, Recording},
    terminal::{Cursor, CursorShape, MAX_SCROLLBACK, Mode, Modes},
    text,
};
use std::{fmt, sync::Arc, time::Duration};

/// The most characters of a title that are shown.
const TITLE: usize = 60;
/// The most characters without a column that are named.
const MAX_NAMED: usize = 8;

/// All that a terminal shows and keeps at an instant. `Display` writes what is not in the rows, as one line, inert:
/// `cursor 9,1 hidden · modes 7 off, 1000, 2004 on`. Columns and rows count from 1, as in scripts.
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
    let mut player = Player::new(recording.header());
    let events = recording.events();
    for event in events.iter().take_while(|event| event.at <= instant) {
        player.take(event);
    }
    player.still()
}

/// A terminal on which events are played, one after the other, so that they need not be held.
pub struct Player {
    emulator: Emulator,
    /// The instant of the event before.
    at: Duration,
    /// The last alternate screen at the end of an instant that was not blank.
    seen: Option<Screen>,
}

impl Player {
    /// The terminal of a recording, before its first event.
    #[must_use]
    pub fn new(header: &Header) -> Player {
        Player {
            emulator: Emulator::with_scrollback(header, MAX_SCROLLBACK),
            at: Duration::ZERO,
            seen: None,
        }
    }

    /// The same, which keeps only so many rows above the screen as it may need if it grows.
    #[must_use]
    pub fn without_scrollback(header: &Header) -> Player {
        Player {
            emulator: Emulator::new(header),
            ..Player::new(header)
        }
    }

    /// Plays the next event. After the recording's end everything is shown that was held back.
    pub fn take(&mut self, event: &Event) {
        if event.at > self.at {
            self.end_instant();
            self.at = event.at;
        }
        self.emulator.take(event);
        if matches!(event.kind, EventKind::End(_)) {
            self.end_instant();
            self.emulator.finish();
        }
    }

    fn end_instant(&mut self) {
        let modes = self.emulator.terminal().seen_modes();
        if modes.contains(Mode::AlternateScreen) {
            let screen = self.emulator.screen();
            if !screen.rows().is_empty() {
                self.seen = Some(screen);
            }
        }
    }

    /// What the terminal does not know of what it was given, as a manual writes it, and how often it came.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, u64)> {
        self.emulator.terminal().unknown()
    }

    /// What it shows and keeps now.
    #[must_use]
    pub fn still(mut self) -> Still {
        self.end_instant();
        let Player {
            mut emulator, seen, ..
        } = self;
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
}

impl Still {
    /// The characters of the screen that its text leaves out or replaces: each as `U+00AD at COLUMN,ROW`.
    fn unseen(&self) -> Vec<String> {
        let rows = self.screen.rows().iter().enumerate();
        let unseen = rows.flat_map(|(row, line)| {
            line.cells().flat_map(move |cell| {
                cell.unseen()
                    .map(move |character| {
                        let (column, row) = (cell.column + 1, row + 1);
                        format!("U+{:04X} at {column},{row}", u32::from(character))
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

/// A cursor in words, its column and its row from 1: `cursor 9,1 hidden`.
pub(crate) struct Words(pub Cursor);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words(cursor) = self;
        write!(f, "cursor {},{}", cursor.column + 1, cursor.row + 1)?;
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

//! The session's terminal: what a script waits for, the answers to what the program asks, and what keys send.

use super::wrapped;
use crate::{
    recording::{Channel, Event, EventKind, Input, Position, Visible},
    terminal::{Reply, Terminal, input::InputModes},
    text,
};
use std::fmt;

/// How many bytes are processed before the answers are taken: a terminal keeps only so many.
const PIECE: usize = 1024;

/// The session's terminal.
pub(super) struct Screen {
    terminal: Terminal,
}

impl Screen {
    /// A terminal of the session's size; 0 is unknown.
    pub(super) fn new(columns: u16, rows: u16) -> Screen {
        let known = |size: u16, unknown| if size == 0 { unknown } else { size };
        Screen {
            terminal: Terminal::new(known(columns, 80), known(rows, 24)),
        }
    }

    /// What is on the screen of a channel after these events.
    pub(super) fn after(channel: &Channel, events: &[Event]) -> Screen {
        let mut screen = match channel {
            Channel::Pty { columns, rows, .. } => Screen::new(*columns, *rows),
            Channel::Pipe => Screen::new(0, 0),
        };
        for event in events {
            match &event.kind {
                EventKind::Output(bytes) => drop(screen.feed(bytes)),
                EventKind::Resize { columns, rows } => screen.resize(*columns, *rows),
                _ => {}
            }
        }
        screen
    }

    /// Shows what the program wrote, and returns the answers to its questions.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Reply> {
        let mut replies = Vec::new();
        for piece in bytes.chunks(PIECE) {
            self.terminal.feed(piece);
            replies.append(&mut self.terminal.take_replies());
        }
        replies
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        self.terminal.resize(columns, rows);
    }

    /// The questions that have no answer, as a manual writes them, and how often each was asked.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = (&str, u64)> {
        self.terminal.unanswered()
    }

    /// Whether something is visible. A text may continue in the next row.
    pub(super) fn shows(&self, visible: &Visible) -> bool {
        let cursor = self.cursor();
        let names_row = matches!(visible, Visible::Screen { row: Some(_), .. });
        visible.is_seen(&self.terminal.visible_text(), cursor)
            || (!names_row
                && wrapped::joined(&self.terminal)
                    .iter()
                    .any(|lines| visible.is_seen(lines, cursor)))
    }

    /// What undoes the modes that the program has set.
    pub(super) fn restoring(&self) -> Vec<u8> {
        self.terminal.restoring()
    }

    /// What decides which bytes keys send.
    pub(super) fn input_modes(&self) -> InputModes {
        InputModes::of(&self.terminal)
    }

    /// What a person typed, cut into input by name.
    pub(super) fn named(&self, typed: &[u8]) -> Vec<(Option<Input>, Vec<u8>)> {
        self.input_modes().named(typed)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            rows: self.terminal.visible_text(),
            cursor: self.cursor(),
        }
    }

    fn cursor(&self) -> Position {
        let cursor = self.terminal.cursor();
        Position {
            column: cursor.column + 1,
            row: cursor.row + 1,
        }
    }
}

/// What a screen shows at an instant.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    rows: Vec<String>,
    cursor: Position,
}

/// Writes the rows up to the last one that is not blank, behind a line on their left, and the place of the cursor.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.iter().rposition(|row| !row.is_empty());
        let rows = &self.rows[..rows.map_or(0, |last| last + 1)];
        if rows.is_empty() {
            f.write_str("the screen is empty")?;
        } else {
            f.write_str("the screen at that moment:")?;
        }
        for row in rows {
            write!(f, "\n  | {}", printable(row))?;
        }
        write!(f, "\nthe cursor is at {}", self.cursor)
    }
}

/// A row whose invisible characters are escaped.
fn printable(row: &str) -> String {
    let mut printable = String::new();
    let mut is_shown = false;
    for character in row.chars() {
        is_shown = text::shows(character, is_shown);
        if is_shown {
            printable.push(character);
        } else {
            printable.extend(character.escape_unicode());
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::Screen;
    use crate::recording::{ScreenText, Visible};

    #[track_caller]
    fn shows(written: &str, text: ScreenText, expected: bool) {
        let mut screen = Screen::new(10, 4);
        screen.feed(written.as_bytes());
        let visible = Visible::Screen { row: None, text };
        assert_eq!(screen.shows(&visible), expected, "{visible}");
    }

    #[test]
    fn a_text_may_continue_in_the_next_row() {
        let wrapped = "What is your name?";
        shows(wrapped, ScreenText::new("your name?"), true);
        shows(wrapped, ScreenText::new("What is yo"), true);
        shows(wrapped, ScreenText::regex("^What.*name.$").unwrap(), true);
        shows("one\r\ntwo", ScreenText::new("onetwo"), false);
        // 猫 has no space in the last column.
        shows("123456789猫", ScreenText::new("9猫"), true);
    }

    #[test]
    fn a_text_may_continue_in_the_next_row_after_a_blank() {
        // The terminal wraps it behind a blank, and before one.
        for wrapped in ["What are  you?", "What are a new one?"] {
            shows(wrapped, ScreenText::new(wrapped), true);
            let regex = wrapped.replace('?', r"\?$");
            shows(wrapped, ScreenText::regex(&regex).unwrap(), true);
        }
        // The program does, with the blank or without it, and with an indentation.
        for wrapped in [
            "What are \r\nyou?",
            "Where are \r\nyou?",
            "What are\r\nyou?",
            "Hello, Ada\r\n you?",
            "Where were\x1b[2;1Hyou?",
        ] {
            let text = wrapped.replace("\r\n", " ").replace("\x1b[2;1H", " ");
            let text = text.replace("  ", " ");
            shows(wrapped, ScreenText::new(text), true);
        }
        // There was space for it: these are two texts.
        for apart in ["What\r\nyou?", "\r\nyou?", "Name?\r\n\r\nyou?"] {
            shows(apart, ScreenText::new(apart.replace("\r\n", " ")), false);
        }
        // Nothing belongs together where the end of the row was erased since.
        let erased = "What are  you?\x1b[1;4H\x1b[K";
        shows(erased, ScreenText::new("Whayou?"), false);
    }

    #[test]
    fn a_text_is_visible_as_the_screen_shows_it() {
        shows("Name\x1b[31m?\x1b[0m", ScreenText::new("Name?"), true);
        shows("Name? \r\x1b[K", ScreenText::new("Name?"), false);
        shows("\x1b[1mName?\x1b[?1049h", ScreenText::new("Name?"), false);
    }
}

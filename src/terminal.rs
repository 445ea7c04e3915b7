//! A terminal: bytes in; cells, cursor, modes, title and answers out. It is pure, and draws as xterm does.
//!
//! One terminal is behind what is [shown](crate::view), compared and answered, so what a program is told and what a person
//! sees never disagree.
//!
//! ```
//! use stroboscope::terminal::Terminal;
//!
//! let mut terminal = Terminal::new(80, 24);
//! terminal.feed(b"\x1b[2;4HName: \x1b[6n");
//! assert_eq!(terminal.visible_text()[1], "   Name:");
//! let reply = &terminal.take_replies()[0];
//! assert_eq!((reply.question.as_str(), reply.bytes.as_slice()), ("DSR 6", &b"\x1b[2;10R"[..]));
//! ```
//!
//! What it does not know is counted and named ([`Terminal::unknown`]), and what it does not answer
//! ([`Terminal::unanswered`]). While a program [synchronizes](Mode::SynchronizedOutput) its output, everything that is seen
//! stays as it was, and questions are answered by what was done since.

use palette::Palette;
use parser::Parser;
use state::State;

pub use cell::{Color, Style, Underline};
pub(crate) use cell::{Kind, Slot};
pub(crate) use grid::{Grid, Line};
pub use modes::{Mode, Modes};
pub use reply::Reply;
pub use scrollback::MAX_LINES as MAX_SCROLLBACK;

mod answer;
mod cell;
mod charset;
mod color_names;
mod command;
mod credit;
mod dispatch;
mod edit;
mod grid;
pub(crate) mod input;
mod keyboard;
mod keys;
mod kitty;
mod modes;
mod motion;
pub(crate) mod mouse;
mod named;
pub(crate) mod palette;
mod parser;
mod reply;
mod restore;
mod scrollback;
mod sgr;
mod state;
mod switch;
mod tabs;
mod unknown;

/// The most columns that a terminal has.
pub const MAX_COLUMNS: u16 = 1000;
/// The most rows that a terminal has.
pub const MAX_ROWS: u16 = 250;
/// The fewest columns that a terminal has: space for one wide character.
pub const MIN_COLUMNS: u16 = 2;

/// A terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    parser: Parser,
    state: State,
}

/// The cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Cursor {
    /// Its row, from 0 at the top.
    pub row: u16,
    /// Its column, from 0 at the left.
    pub column: u16,
    /// Whether the row is full: the cursor waits on the last column, and the next character goes to the next row.
    pub wraps: bool,
    /// How it looks.
    pub shape: CursorShape,
    /// Whether it is visible.
    pub visible: bool,
}

/// How the cursor looks (DECSCUSR).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CursorShape {
    /// As it is at first: a block.
    #[default]
    Default,
    /// A blinking block.
    BlinkingBlock,
    /// A block.
    Block,
    /// A blinking line under the character.
    BlinkingUnderline,
    /// A line under the character.
    Underline,
    /// A blinking line before the character.
    BlinkingBar,
    /// A line before the character.
    Bar,
}

impl Terminal {
    /// A new terminal of a size within [`MIN_COLUMNS`] to [`MAX_COLUMNS`] and 1 to [`MAX_ROWS`].
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Terminal {
        let (columns, rows) = within(columns, rows);
        let mut state = State::new(columns, rows);
        state.replies.want(true);
        Terminal {
            parser: Parser::default(),
            state,
        }
    }

    /// Keeps at most so many of the lines that leave the screen at its top, and at most [`MAX_SCROLLBACK`].
    #[must_use]
    pub fn with_scrollback(mut self, lines: usize) -> Terminal {
        self.state.scrollback.keep(lines);
        self
    }

    /// Answers no question.
    #[must_use]
    pub(crate) fn silent(mut self) -> Terminal {
        self.state.replies.want(false);
        self
    }

    /// Processes what a program wrote, as the line discipline passed it on; sequences may be cut anywhere.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(bytes, &mut self.state);
    }

    /// Takes another size, within the same limits. As in xterm the cursor's line stays on the screen.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let (columns, rows) = within(columns, rows);
        self.state.resize(columns, rows);
    }

    /// Its size (columns, rows).
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        let grid = &self.state.grid;
        (short(grid.columns()), short(grid.rows()))
    }

    /// The cursor, as it is seen.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        let face = self.face();
        Cursor {
            row: short(face.1.row),
            column: short(face.1.column),
            wraps: face.1.pending,
            shape: match face.3 {
                1 => CursorShape::BlinkingBlock,
                2 => CursorShape::Block,
                3 => CursorShape::BlinkingUnderline,
                4 => CursorShape::Underline,
                5 => CursorShape::BlinkingBar,
                6 => CursorShape::Bar,
                _ => CursorShape::Default,
            },
            visible: face.2.contains(Mode::CursorVisible),
        }
    }

    /// The modes that are set.
    #[must_use]
    pub fn modes(&self) -> Modes {
        self.state.modes
    }

    /// The bytes that leave a terminal as a new one is, for whoever uses it next: off the alternate screen, and with a new
    /// one's modes, keyboard, margins, cursor and style. Nothing where it is so already; what is drawn stays.
    pub(crate) fn restoring(&self) -> Vec<u8> {
        restore::restoring(self)
    }

    /// How keys beyond the usual ones are sent (`modifyOtherKeys`), 0 to 2.
    #[must_use]
    pub fn modify_other_keys(&self) -> u8 {
        self.state.keyboard.modify_other_keys
    }

    /// The flags of kitty's keyboard protocol that are set, 0 to 31.
    #[must_use]
    pub fn keyboard_flags(&self) -> u8 {
        self.state.keyboard.flags()
    }

    /// The title of the window, as the program set it; empty at first. It may hold any character but controls.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.state.title
    }

    /// How often the bell rang.
    #[must_use]
    pub fn bells(&self) -> u64 {
        self.state.bells
    }

    /// The text of each row that is seen, without blanks at its end. It may hold any character but controls; use
    /// [`view::screen`](mod@crate::view::screen) for what is printed.
    #[must_use]
    pub fn visible_text(&self) -> Vec<String> {
        self.lines().map(text).collect()
    }

    /// The character at a place that is seen, with what is combined with it; a space where nothing was written, and nothing
    /// for the second column of a character.
    #[must_use]
    pub fn character(&self, row: u16, column: u16) -> String {
        let (row, column) = (usize::from(row), usize::from(column));
        let mut text = String::new();
        let slots = self.lines().nth(row).map_or(&[][..], Line::slots);
        match slots.get(column) {
            Some(slot) => slot.write(&mut text),
            None => text.push(' '),
        }
        text
    }

    /// How a place that is seen looks. Of one where nothing was written only the background may be set.
    #[must_use]
    pub fn style(&self, row: u16, column: u16) -> Style {
        let (row, column) = (usize::from(row), usize::from(column));
        self.lines().nth(row).map_or_else(Style::default, |line| {
            let slot = line.slots().get(column);
            slot.map_or_else(|| Slot::blank(line.fill()).style, |slot| slot.style)
        })
    }

    /// The replies since this was asked last, in the order of the questions.
    pub fn take_replies(&mut self) -> Vec<Reply> {
        self.state.replies.take()
    }

    /// What was not understood, as a manual writes it, and how often: (`CSI ? 7 h`, 2).
    pub fn unknown(&self) -> impl Iterator<Item = (&str, u64)> {
        let refused = self.state.credit.refused;
        let refused = (refused > 0).then_some(("a sequence that would take too long", refused));
        self.state.unknown.iter().chain(refused)
    }

    /// The questions that were not answered, and how often each was asked.
    pub fn unanswered(&self) -> impl Iterator<Item = (&str, u64)> {
        self.state.unanswered.iter()
    }

    /// After the last byte: shows what was done since output was synchronized, as a terminal does that has waited too long,
    /// and a character that was begun, as U+FFFD.
    pub(crate) fn finish(&mut self) {
        self.parser.finish(&mut self.state);
        self.state.frozen = None;
    }

    /// The lines that are seen.
    pub(crate) fn seen(&self) -> &Grid {
        self.face().0
    }

    /// The lines as they were drawn, seen or not.
    pub(crate) fn drawn(&self) -> &Grid {
        &self.state.grid
    }

    /// How the next character will look.
    pub(crate) fn pen(&self) -> Style {
        self.state.pen.style
    }

    /// The lines that left the screen at its top, the oldest first, and how many older ones were dropped.
    pub(crate) fn scrollback(&self) -> (impl Iterator<Item = &Line>, u64) {
        (self.state.scrollback.lines(), self.state.scrollback.dropped)
    }

    /// The alternate screen as it was left last.
    pub(crate) fn left_alternate(&self) -> Option<&Grid> {
        self.state.left.as_deref()
    }

    /// The colors that are seen.
    pub(crate) fn palette(&self) -> &Palette {
        let frozen = self.state.frozen.as_deref();
        frozen.map_or(&self.state.palette, |face| &face.palette)
    }

    /// The modes as what is seen has them.
    pub(crate) fn seen_modes(&self) -> Modes {
        self.face().2
    }

    /// The address of a hyperlink by the number that a slot has.
    pub(crate) fn link(&self, number: u16) -> Option<&std::sync::Arc<str>> {
        self.state.links.get(usize::from(number.checked_sub(1)?))
    }

    fn face(&self) -> (&Grid, state::Place, Modes, u16) {
        let state = &self.state;
        self.state.frozen.as_deref().map_or(
            (&state.grid, state.cursor, state.modes, state.shape),
            |face| (&face.grid, face.cursor, face.modes, face.shape),
        )
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.face().0.lines()
    }
}

fn text(line: &Line) -> String {
    let mut text = String::new();
    line.slots().iter().for_each(|slot| slot.write(&mut text));
    text.truncate(text.trim_end_matches(' ').len());
    text
}

fn within(columns: u16, rows: u16) -> (usize, usize) {
    (
        columns.clamp(MIN_COLUMNS, MAX_COLUMNS).into(),
        rows.clamp(1, MAX_ROWS).into(),
    )
}

fn short(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

//! The state of a terminal, and how text is written.

use super::{
    cell::{Color, Kind, MAX_MARKS, Slot, Style},
    charset::{Charset, Charsets},
    credit::Credit,
    grid::{Grid, Line, Region},
    keyboard::Keyboard,
    modes::{Mode, Modes},
    palette::Palette,
    reply::Replies,
    scrollback::Scrollback,
    tabs::TabStops,
    unknown::Tally,
};
use crate::text;
use std::sync::Arc;

/// What is kept of an alternate screen that was left.
pub(super) type Left = Option<Box<Grid>>;

/// All that a stream changes.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The screen that is in use.
    pub grid: Grid,
    /// The other one.
    pub other: Grid,
    pub region: Region,
    pub cursor: Place,
    pub pen: Pen,
    /// The background that SGR set last.
    pub asked_background: Color,
    pub protection: Protection,
    pub charsets: Charsets,
    pub modes: Modes,
    /// The last values that were saved of modes.
    pub saved_modes: Vec<(Mode, bool)>,
    /// The saved cursors of this screen and of the other one.
    pub saved: [Option<Saved>; 2],
    pub saved_styles: Vec<Style>,
    pub tabs: TabStops,
    pub shape: u16,
    pub title: String,
    pub icon: String,
    pub titles: Vec<(String, String)>,
    pub bells: u64,
    pub palette: Palette,
    pub links: Vec<Arc<str>>,
    pub keyboard: Keyboard,
    pub scrollback: Scrollback,
    /// What is seen while updates are synchronized.
    pub frozen: Option<Box<Face>>,
    pub left: Left,
    pub unknown: Tally,
    pub unanswered: Tally,
    pub replies: Replies,
    pub credit: Credit,
    /// Where the last character was written, if the cursor was not moved since.
    pub written: Option<(usize, usize)>,
    /// The last character that was written, to be repeated.
    pub last: Option<char>,
    /// Whether DECCARA and DECRARA change rectangles and not the text from one place to another.
    pub rectangles: bool,
}

/// What is seen.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub grid: Grid,
    pub cursor: Place,
    pub modes: Modes,
    pub palette: Palette,
    pub shape: u16,
}

/// Where the cursor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub row: usize,
    pub column: usize,
    /// Whether it waits on the last column for the character that is going to be written in the next row.
    pub pending: bool,
}

/// How characters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    pub style: Style,
    pub link: u16,
    /// Whether what is written is protected.
    pub is_protected: bool,
}

/// What leaves protected characters alone: as xterm has it, the kind of protection that was last asked for decides, and not
/// how the characters were protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Protection {
    #[default]
    None,
    /// Selective erasure alone (DECSCA).
    Dec,
    /// Erasure of lines, characters and the screen, but not of rectangles (SPA, EPA).
    Iso,
}

/// What DECSC saves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub cursor: Place,
    pub pen: Pen,
    pub charsets: Charsets,
    pub origin: bool,
}

impl State {
    pub fn new(columns: usize, rows: usize) -> State {
        let grid = Grid::new(columns, rows, false);
        State {
            region: grid.all(),
            other: Grid::new(columns, rows, true),
            grid,
            cursor: Place::default(),
            pen: Pen::default(),
            asked_background: Color::Default,
            protection: Protection::None,
            charsets: Charsets::default(),
            modes: Modes::default(),
            saved_modes: Vec::new(),
            saved: [None, None],
            saved_styles: Vec::new(),
            tabs: TabStops::new(),
            shape: 0,
            title: String::new(),
            icon: String::new(),
            titles: Vec::new(),
            bells: 0,
            palette: Palette::default(),
            links: Vec::new(),
            keyboard: Keyboard::default(),
            scrollback: Scrollback::default(),
            frozen: None,
            left: None,
            unknown: Tally::default(),
            unanswered: Tally::default(),
            replies: Replies::default(),
            credit: Credit::default(),
            written: None,
            last: None,
            rectangles: false,
        }
    }

    pub fn has(&self, mode: Mode) -> bool {
        self.modes.contains(mode)
    }

    /// The background that erased places take.
    pub fn fill(&self) -> Color {
        self.pen.style.background
    }

    /// What is seen at the moment.
    pub fn face(&self) -> Face {
        Face {
            grid: self.grid.clone(),
            cursor: self.cursor,
            modes: self.modes,
            palette: self.palette.clone(),
            shape: self.shape,
        }
    }

    /// The last column of a row for text; a line of double width has half as many.
    pub fn last_column(&self, row: usize) -> usize {
        self.grid.line(row).width.characters(self.grid.columns()) - 1
    }

    /// The column at which the cursor's row ends for text.
    pub fn right_limit(&self) -> usize {
        let last = self.last_column(self.cursor.row);
        if self.cursor.column <= self.region.right {
            last.min(self.region.right)
        } else {
            last
        }
    }

    /// The column to which the cursor returns.
    pub fn left_limit(&self) -> usize {
        if self.cursor.column >= self.region.left {
            self.region.left
        } else {
            0
        }
    }

    /// Writes text that has no controls.
    pub fn write(&mut self, text: &str) {
        let is_plain = self.charsets.is_plain() && !self.has(Mode::Insert);
        if is_plain && text.is_ascii() && self.has(Mode::AutoWrap) {
            self.write_ascii(text.as_bytes());
        } else {
            text.chars().for_each(|character| self.put(character));
        }
    }

    fn write_ascii(&mut self, mut text: &[u8]) {
        let pen = self.slot(' ', Kind::One);
        self.last = text.last().map(|byte| char::from(*byte));
        while !text.is_empty() {
            if self.cursor.pending {
                self.wrap();
            }
            let Place { row, column, .. } = self.cursor;
            let right = self.right_limit();
            if column > right {
                // Beyond the end of a line of double width it is lost.
                return;
            }
            let (now, rest) = text.split_at(text.len().min(right + 1 - column));
            self.grid.line_mut(row).write_ascii(column, now, &pen);
            self.advance(now.len(), right);
            self.written = Some((row, column + now.len() - 1));
            text = rest;
        }
    }

    /// Writes one character, of the set that is in use.
    pub fn put(&mut self, character: char) {
        if text::columns(character).is_some_and(|columns| columns > 0) {
            let set = self.charsets.next();
            self.put_as(character, set);
        } else {
            self.put_as(character, Charset::Ascii);
        }
    }

    /// Writes one character of a set.
    pub fn put_as(&mut self, character: char, set: Charset) {
        let columns = match text::columns(character) {
            None => return,
            Some(0) => return self.combine(character),
            Some(columns) => columns,
        };
        let character = set.character(character, self.has(Mode::NationalSets));
        self.last = Some(character);
        if self.cursor.pending && self.has(Mode::AutoWrap) {
            self.wrap();
        }
        self.cursor.pending = false;
        let mut right = self.right_limit();
        if self.cursor.column > right {
            return;
        }
        if self.cursor.column + columns > right + 1 {
            if self.has(Mode::AutoWrap) {
                self.wrap();
                right = self.right_limit();
            }
            // Where it cannot be, it is lost.
            if self.cursor.column + columns > right + 1 {
                return;
            }
        }
        let Place { row, column, .. } = self.cursor;
        let kind = if columns == 2 { Kind::Two } else { Kind::One };
        let slot = self.slot(character, kind);
        let inserts = self.has(Mode::Insert) && self.region.has_column(column);
        if inserts && self.credit.pays(right + 1 - column) {
            let fill = self.fill();
            self.grid.line_mut(row).insert(column, columns, right, fill);
        }
        self.grid.line_mut(row).write(column, slot);
        self.written = Some((row, column));
        self.advance(columns, right);
    }

    fn advance(&mut self, columns: usize, right: usize) {
        self.cursor.column += columns;
        self.cursor.pending = self.cursor.column > right;
        if self.cursor.pending {
            self.cursor.column = right;
            self.grid.line_mut(self.cursor.row).wraps = false;
        }
    }

    pub fn slot(&self, character: char, kind: Kind) -> Slot {
        let mut style = self.pen.style;
        // What looks alike is alike.
        style.brightens &= style.bold;
        Slot {
            kind,
            character,
            marks: None,
            style,
            link: self.pen.link,
            protected: self.pen.is_protected,
        }
    }

    /// Adds a character without a column to the one before it.
    fn combine(&mut self, mark: char) {
        // After a move it goes to the character under the cursor.
        let here = (self.cursor.row, self.cursor.column);
        let (row, column) = self.written.unwrap_or(here);
        let slot = self.grid.line_mut(row).character_mut(column);
        // Where nothing was written there is nothing to combine with.
        let fits = slot
            .filter(|slot| slot.kind != Kind::Blank)
            .is_none_or(|slot| slot.combine(mark));
        if !fits {
            let name = || format!("more than {MAX_MARKS} combining characters");
            self.unknown.add(name);
        }
    }

    /// Continues in the next row.
    fn wrap(&mut self) {
        let left = self.left_limit();
        self.grid.line_mut(self.cursor.row).wraps = true;
        self.index();
        self.cursor.column = left;
    }

    /// Moves the cursor a row down, and the text up where there is no row (IND).
    pub fn index(&mut self) {
        self.cursor.pending = false;
        self.written = None;
        let row = self.cursor.row;
        if row == self.region.bottom {
            if self.region.has_column(self.cursor.column) {
                self.scroll_up(self.region, 1);
            }
        } else if row + 1 < self.grid.rows() {
            self.cursor.row += 1;
        }
    }

    /// Moves the cursor a row up, and the text down where there is no row (RI).
    pub fn reverse_index(&mut self) {
        self.cursor.pending = false;
        self.written = None;
        let row = self.cursor.row;
        if row == self.region.top {
            if self.region.has_column(self.cursor.column) {
                self.scroll_down(self.region, 1);
            }
        } else {
            self.cursor.row = row.saturating_sub(1);
        }
    }

    /// Moves the lines of a region up.
    pub fn scroll_up(&mut self, region: Region, count: usize) {
        let count = count.min(region.height());
        if !self.credit.pays(scroll_price(region, count)) {
            return;
        }
        let fill = self.fill();
        let is_main = !self.has(Mode::AlternateScreen);
        let kept = is_main && region.top == 0 && self.scrollback.is_kept();
        let scrollback = &mut self.scrollback;
        self.grid.scroll_up(region, count, fill, |line: Line| {
            if kept {
                scrollback.push(line);
            }
        });
    }

    /// Moves the lines of a region down.
    pub fn scroll_down(&mut self, region: Region, count: usize) {
        let count = count.min(region.height());
        if self.credit.pays(scroll_price(region, count)) {
            let fill = self.fill();
            self.grid.scroll_down(region, count, fill);
        }
    }
}

/// What it costs to move the lines of a region.
fn scroll_price(region: Region, count: usize) -> usize {
    // A line that moves by itself costs no more than a byte earns.
    if count == 1 {
        return region.height();
    }
    region.height() * count
}

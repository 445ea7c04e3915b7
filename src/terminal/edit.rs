//! What erases, inserts, deletes and fills.

use super::{
    cell::{Color, Kind, Slot, Style, Underline},
    charset::Charset,
    grid::{LineWidth, Region},
    modes::Mode,
    parser::Sequence,
    state::{Place, Protection, State},
};
use crate::text;

impl State {
    /// Whether erasure leaves protected characters alone.
    fn spares(&self, selective: bool) -> bool {
        match self.protection {
            Protection::None => false,
            Protection::Dec => selective,
            Protection::Iso => true,
        }
    }

    /// Ends the waiting after a full row.
    fn settle(&mut self) {
        self.cursor.pending = false;
        self.written = None;
    }

    /// Erases a region; returns whether there was anything in it that is not protected.
    fn erase_region(&mut self, region: Region, selective: bool) -> bool {
        let (fill, spares) = (self.fill(), self.spares(selective));
        if spares && self.grid.is_protected(region) {
            return false;
        }
        // What reaches the end of its lines is cut off.
        let is_cut_off = !spares && region.right + 1 >= self.grid.columns();
        let width = if is_cut_off { 1 } else { region.width() };
        let price = region.height() * width;
        if self.credit.pays(price) {
            self.grid.erase(region, Some(fill), spares);
        }
        true
    }

    /// Erases whole rows, which makes them single again; returns whether there was anything that is not protected.
    fn erase_rows(&mut self, rows: Region, selective: bool) -> bool {
        let is_erased = self.erase_region(rows, selective);
        if !self.spares(selective) {
            self.grid.make_lines_single(rows.top..=rows.bottom);
        }
        is_erased
    }

    /// Erases the screen. Where nothing on it was protected, nothing is any more (as in xterm).
    fn erase_all(&mut self, selective: bool) -> bool {
        if self.spares(selective) && !self.grid.has_protected() {
            self.protection = Protection::None;
        }
        self.erase_rows(self.grid.all(), selective)
    }

    /// Erases to the end of the screen (0), to its beginning (1), or all of it (2).
    pub fn erase_screen(&mut self, what: u16, selective: bool) -> bool {
        let (all, Place { row, column, .. }) = (self.grid.all(), self.cursor);
        let is_erased = match what {
            // From the first place on it is all of it.
            0 if (row, column) == (0, 0) => self.erase_all(selective),
            0 => {
                self.erase_line(0, selective);
                if row < all.bottom {
                    let below = Region {
                        top: row + 1,
                        ..all
                    };
                    self.erase_rows(below, selective);
                }
                true
            }
            1 if (row, column) == (all.bottom, all.right) => self.erase_all(selective),
            1 => {
                if row > 0 {
                    let above = Region {
                        bottom: row - 1,
                        ..all
                    };
                    if self.erase_rows(above, selective) {
                        self.settle();
                    }
                }
                return self.erase_line(1, selective);
            }
            2 => self.erase_all(selective),
            3 if !selective => {
                self.scrollback.clear();
                true
            }
            _ => return false,
        };
        if is_erased {
            self.settle();
        }
        true
    }

    /// Erases to the end of the line (0), to its beginning (1), or all of it (2).
    pub fn erase_line(&mut self, what: u16, selective: bool) -> bool {
        let (all, Place { row, column, .. }) = (self.grid.all(), self.cursor);
        let line = Region {
            top: row,
            bottom: row,
            ..all
        };
        let region = match what {
            0 => Region {
                left: column,
                ..line
            },
            1 => Region {
                right: column,
                ..line
            },
            2 => line,
            _ => return false,
        };
        // Where all is protected, the cursor still waits after a full row, as in xterm.
        if self.erase_region(region, selective) || what == 0 {
            self.settle();
        }
        true
    }

    /// Erases characters from the cursor on (ECH).
    pub fn erase_characters(&mut self, count: usize) {
        let (all, Place { row, column, .. }) = (self.grid.all(), self.cursor);
        self.erase_region(
            Region {
                top: row,
                bottom: row,
                left: column,
                right: column.saturating_add(count - 1).min(all.right),
            },
            false,
        );
        self.settle();
    }

    /// Inserts blanks at the cursor (ICH), or deletes characters there (DCH).
    pub fn shift_characters(&mut self, count: usize, delete: bool) {
        let Place { row, column, .. } = self.cursor;
        let fill = self.fill();
        if self.region.has_column(column) {
            // A line of double width keeps what is beyond its last column.
            let right = self.region.right;
            if column <= right && self.credit.pays(right + 1 - column) {
                let line = self.grid.line_mut(row);
                if delete {
                    line.delete(column, count, right, fill);
                } else {
                    line.insert(column, count, right, fill);
                }
            }
        }
        self.settle();
    }

    /// Inserts lines at the cursor (IL), or deletes them (DL).
    pub fn shift_lines(&mut self, count: usize, delete: bool) {
        let Place { row, column, .. } = self.cursor;
        if !self.region.has_row(row) || !self.region.has_column(column) {
            return;
        }
        let below = Region {
            top: row,
            ..self.region
        };
        if delete {
            // What is deleted does not scroll away.
            let kept = std::mem::take(&mut self.scrollback);
            self.scroll_up(below, count);
            self.scrollback = kept;
        } else {
            self.scroll_down(below, count);
        }
        self.cursor.column = self.region.left;
        self.settle();
    }

    /// Inserts columns (DECIC) or deletes them (DECDC).
    pub fn shift_columns(&mut self, at: usize, count: usize, delete: bool) {
        let (region, fill) = (self.region, self.fill());
        let is_inside = region.has_row(self.cursor.row) && region.has_column(at);
        if !is_inside || !self.credit.pays(region.height() * region.width()) {
            return;
        }
        for row in region.top..=region.bottom {
            let line = self.grid.line_mut(row);
            if delete {
                line.delete(at, count, region.right, fill);
            } else {
                line.insert(at, count, region.right, fill);
            }
        }
        self.written = None;
    }

    /// Fills the screen with `E` (DECALN).
    pub fn align(&mut self) {
        let all = self.grid.all();
        if !self.credit.pays((all.right + 1) * (all.bottom + 1)) {
            return;
        }
        self.region = all;
        self.modes.set(Mode::Origin, false);
        self.pen.style = Style {
            foreground: self.pen.style.foreground,
            brightens: self.pen.style.brightens,
            background: self.pen.style.background,
            ..Style::default()
        };
        let mut slot = Slot::blank(Color::Default);
        (slot.character, slot.kind) = ('E', Kind::One);
        for row in 0..=all.bottom {
            let line = self.grid.line_mut(row);
            line.width = LineWidth::Single;
            line.fill_with(0, all.right + 1, &slot, false);
        }
        self.go_to(0, 0);
    }

    /// Makes the cursor's line one of double width, or a single one.
    pub fn set_line_width(&mut self, line_width: LineWidth) {
        if self.has(Mode::LeftRightMargins) {
            return;
        }
        let row = self.cursor.row;
        if self.grid.line(row).width == line_width {
            return;
        }
        self.grid.line_mut(row).width = line_width;
        if line_width != LineWidth::Single {
            self.cursor.column = self.cursor.column.min(self.grid.columns() / 2);
        }
        self.written = None;
    }

    /// Repeats the last character (REP).
    pub fn repeat(&mut self, count: usize) {
        /// What writing a character costs beside clearing a cell.
        const CHARACTER: usize = 16;
        let Some(character) = self.last else { return };
        if self.credit.pays(CHARACTER * count) {
            // What a character set made of it is repeated as it is.
            (0..count).for_each(|_| self.put_as(character, Charset::Ascii));
        }
    }

    /// The rectangle of four parameters (top, left, bottom, right); `None` if it is none.
    fn rectangle(&self, sequence: &Sequence, first: usize) -> Option<Region> {
        let (all, is_origin) = (self.grid.all(), self.has(Mode::Origin));
        let outer = if is_origin { self.region } else { all };
        // As in xterm the margin is counted twice where the origin is there and the start is left out.
        let start = |index, least: usize| match sequence.number(first + index) {
            0 => 2 * least,
            number => least + usize::from(number) - 1,
        };
        let end = |index, least: usize, most: usize| match sequence.number(first + index) {
            0 => most,
            number => (least + usize::from(number) - 1).min(most),
        };
        let region = Region {
            top: start(0, outer.top),
            left: start(1, outer.left),
            bottom: end(2, outer.top, outer.bottom),
            right: end(3, outer.left, outer.right),
        };
        let is_one = region.top <= region.bottom && region.left <= region.right;
        is_one.then_some(region)
    }

    fn affordable(&mut self, sequence: &Sequence, first: usize) -> Option<Region> {
        let region = self.rectangle(sequence, first)?;
        self.credit
            .pays(region.height() * region.width())
            .then_some(region)
    }

    /// Fills a rectangle with a character (DECFRA).
    pub fn fill_rectangle(&mut self, sequence: &Sequence) {
        let character = char::from_u32(sequence.number(0).into());
        let Some(character) = character.filter(|character| text::columns(*character) == Some(1))
        else {
            return;
        };
        if let Some(region) = self.affordable(sequence, 1) {
            let slot = self.slot(character, Kind::One);
            self.fill_region(region, &slot);
        }
    }

    /// Writes a slot all over a region. One without colors leaves each place those that it has, as in xterm.
    fn fill_region(&mut self, region: Region, slot: &Slot) {
        let Style {
            foreground,
            background,
            ..
        } = slot.style;
        let keeps_colors = (foreground, background) == (Color::Default, Color::Default);
        for row in region.top..=region.bottom {
            let line = self.grid.line_mut(row);
            line.fill_with(region.left, region.right + 1, slot, keeps_colors);
        }
    }

    /// Erases a rectangle (DECERA), or what is not protected in it (DECSERA).
    pub fn erase_rectangle(&mut self, sequence: &Sequence, selective: bool) {
        if let Some(region) = self.affordable(sequence, 0) {
            if selective {
                let spares = self.protection == Protection::Dec;
                self.grid.erase(region, None, spares);
            } else {
                // As in xterm it fills with spaces, which have all attributes.
                let slot = Slot {
                    link: 0,
                    ..self.slot(' ', Kind::One)
                };
                self.fill_region(region, &slot);
            }
        }
    }

    /// Copies a rectangle (DECCRA).
    pub fn copy_rectangle(&mut self, sequence: &Sequence) {
        let Some(mut region) = self.affordable(sequence, 0) else {
            return;
        };
        let outer = if self.has(Mode::Origin) {
            self.region
        } else {
            self.grid.all()
        };
        let top = outer.top + sequence.count(5) - 1;
        let left = outer.left + sequence.count(6) - 1;
        // With the origin at the margins nothing is copied out of them.
        let (Some(below), Some(right)) =
            (outer.bottom.checked_sub(top), outer.right.checked_sub(left))
        else {
            return;
        };
        region.bottom = region.bottom.min(region.top + below);
        region.right = region.right.min(region.left + right);
        self.grid.copy(region, top, left);
    }

    /// Sets attributes in a rectangle (DECCARA), or reverses them (DECRARA).
    pub fn style_rectangle(&mut self, sequence: &Sequence, reverse: bool) {
        let Some(region) = self.affordable(sequence, 0) else {
            return;
        };
        let attributes = 4..sequence.parameters.len().max(4);
        let last = self.grid.columns() - 1;
        for row in region.top..=region.bottom {
            // Text from one place to another, unless rectangles are asked for.
            let left = if self.rectangles || row == region.top {
                region.left
            } else {
                0
            };
            let right = if self.rectangles || row == region.bottom {
                region.right
            } else {
                last
            };
            self.grid.restyle(row, left, right, |style| {
                for number in attributes.clone().map(|index| sequence.number(index)) {
                    if reverse {
                        toggle(style, number);
                    } else {
                        change(style, number);
                    }
                }
            });
        }
    }
}

/// Reverses one attribute of a place (DECRARA).
fn toggle(style: &mut Style, number: u16) {
    match number {
        1 => style.bold = !style.bold,
        4 => match style.underline {
            Underline::None => style.underline = Underline::Single,
            Underline::Single => style.underline = Underline::None,
            _ => {}
        },
        5 => style.blink = !style.blink,
        7 => style.inverse = !style.inverse,
        8 => style.conceal = !style.conceal,
        _ => {}
    }
}

/// Changes one attribute of a place (DECCARA); others than these stay as they are.
fn change(style: &mut Style, number: u16) {
    match number {
        0 => {
            (style.bold, style.blink, style.inverse) = (false, false, false);
            if style.underline == Underline::Single {
                style.underline = Underline::None;
            }
        }
        1 => style.bold = true,
        4 if style.underline == Underline::None => style.underline = Underline::Single,
        5 => style.blink = true,
        7 => style.inverse = true,
        8 => style.conceal = true,
        22 => style.bold = false,
        24 if style.underline == Underline::Single => style.underline = Underline::None,
        25 => style.blink = false,
        27 => style.inverse = false,
        28 => style.conceal = false,
        _ => {}
    }
}

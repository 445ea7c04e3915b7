//! What moves the cursor.

use super::{
    modes::Mode,
    state::{Place, Saved, State},
};

impl State {
    /// Goes to a row and a column, counted from the margins if the origin is there.
    pub fn go_to(&mut self, row: usize, column: usize) {
        self.go_to_row(row);
        self.go_to_column(column);
    }

    pub fn go_to_row(&mut self, row: usize) {
        let (top, bottom) = if self.has(Mode::Origin) {
            (self.region.top, self.region.bottom)
        } else {
            (0, self.grid.rows() - 1)
        };
        self.move_to(top.saturating_add(row).min(bottom), self.cursor.column);
    }

    pub fn go_to_column(&mut self, column: usize) {
        let last = self.grid.columns() - 1;
        let (left, right) = if self.has(Mode::Origin) {
            (self.region.left, self.region.right.min(last))
        } else {
            (0, last)
        };
        self.move_to(self.cursor.row, left.saturating_add(column).min(right));
    }

    fn move_to(&mut self, row: usize, column: usize) {
        self.cursor = Place {
            row,
            column,
            pending: false,
        };
        self.written = None;
    }

    pub fn up(&mut self, count: usize) {
        let Place { row, column, .. } = self.cursor;
        let top = if row >= self.region.top {
            self.region.top
        } else {
            0
        };
        self.move_to(row.saturating_sub(count).max(top), column);
    }

    pub fn down(&mut self, count: usize) {
        let Place { row, column, .. } = self.cursor;
        let bottom = if row <= self.region.bottom {
            self.region.bottom
        } else {
            self.grid.rows() - 1
        };
        self.move_to(row.saturating_add(count).min(bottom), column);
    }

    pub fn forward(&mut self, count: usize) {
        let Place { row, column, .. } = self.cursor;
        let right = self.right_limit();
        self.move_to(row, column.saturating_add(count).min(right));
    }

    pub fn back(&mut self, count: usize) {
        let Place {
            row,
            column,
            pending,
        } = self.cursor;
        let left = self.left_limit();
        if self.has(Mode::ReverseWrap) && self.has(Mode::AutoWrap) {
            let count = count - usize::from(pending && count > 0);
            if (row, column) == (self.region.top, left) && count > 0 {
                // From the first place between the margins it goes to the last one, however many are asked for, as in xterm.
                return self.move_to(self.region.bottom, self.region.right);
            }
            if column < left + count {
                return self.back_over_rows(count);
            }
            return self.move_to(row, column - count);
        }
        self.move_to(row, column.saturating_sub(count).max(left));
    }

    /// Moves back over the beginnings of rows, from the top one to the bottom one.
    fn back_over_rows(&mut self, count: usize) {
        let (left, width) = (self.left_limit(), self.region.right - self.left_limit() + 1);
        let whole = width * self.grid.rows();
        let at = width * self.cursor.row + (self.cursor.column - left);
        let at = (at + whole - count % whole) % whole;
        self.move_to(at / width, left + at % width);
    }

    /// Goes some rows down (VPR) and some columns to the right (HPR), past margins.
    pub fn go_on(&mut self, rows: usize, columns: usize) {
        let Place { row, column, .. } = self.cursor;
        let bottom = if self.has(Mode::Origin) {
            self.region.bottom.max(row)
        } else {
            self.grid.rows() - 1
        };
        let last = if self.has(Mode::Origin) {
            self.region.right.max(column)
        } else {
            self.grid.columns() - 1
        };
        let column = column.saturating_add(columns).min(last);
        self.move_to(row.saturating_add(rows).min(bottom), column);
    }

    pub fn carriage_return(&mut self) {
        let left = if self.has(Mode::Origin) {
            self.region.left
        } else {
            self.left_limit()
        };
        self.move_to(self.cursor.row, left);
    }

    pub fn line_feed(&mut self) {
        self.index();
        if self.has(Mode::NewLine) {
            self.carriage_return();
        }
    }

    pub fn tab(&mut self, count: usize) {
        // A tab, back or forth, does not end the waiting after a full row, as in xterm, unless it is asked to.
        if self.cursor.pending && self.has(Mode::TabWraps) && self.has(Mode::AutoWrap) {
            self.index();
            self.cursor.column = 0;
        }
        let right = self.right_limit();
        self.written = None;
        for _ in 0..count.min(self.grid.columns()) {
            let next = self.tabs.after(self.cursor.column);
            self.cursor.column = next.unwrap_or(right).min(right);
        }
    }

    pub fn back_tab(&mut self, count: usize) {
        let left = if self.has(Mode::Origin) {
            self.region.left
        } else {
            0
        };
        self.written = None;
        for _ in 0..count.min(self.grid.columns()) {
            let column = self.tabs.before(self.cursor.column).unwrap_or(0);
            self.cursor.column = column.max(left);
        }
    }

    /// Saves the cursor with what belongs to it (DECSC).
    pub fn save_cursor(&mut self) {
        self.saved[0] = Some(Saved {
            cursor: self.cursor,
            pen: self.pen,
            charsets: self.charsets,
            origin: self.has(Mode::Origin),
        });
    }

    /// Restores what was saved, or goes home.
    pub fn restore_cursor(&mut self) {
        let saved = self.saved[0].unwrap_or(Saved {
            cursor: Place::default(),
            pen: super::state::Pen::default(),
            charsets: super::charset::Charsets::default(),
            origin: false,
        });
        self.pen = saved.pen;
        self.charsets = saved.charsets;
        self.modes.set(Mode::Origin, saved.origin);
        // It may be above the margins, and not below them.
        let bottom = if saved.origin {
            self.region.bottom
        } else {
            self.grid.rows() - 1
        };
        let row = saved.cursor.row.min(bottom);
        self.move_to(row, saved.cursor.column.min(self.grid.columns() - 1));
        self.cursor.pending = saved.cursor.pending;
    }
}

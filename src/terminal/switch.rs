//! Setting and resetting modes, and resetting all.

use super::{
    cell::{Color, Style, Underline},
    charset::Charsets,
    modes::{Known, Mode},
    parser::Sequence,
    state::{Pen, Place, Protection, Saved, State},
};

impl State {
    /// Sets or resets the modes of a sequence (SM, RM, DECSET, DECRST).
    pub fn switch_all(&mut self, sequence: &Sequence, on: bool) {
        let ansi = sequence.prefix == 0;
        for parameter in &sequence.parameters {
            let number = parameter.value.unwrap_or(0);
            match Mode::known(number, ansi) {
                Known::Mode(mode) => self.switch(mode, number, on),
                // The cursor is saved and restored as by DECSC.
                Known::Unknown if number == 1048 && !ansi => {
                    if on {
                        self.save_cursor();
                    } else {
                        self.restore_cursor();
                    }
                }
                Known::WithoutEffect => {}
                Known::Unknown => self.unknown.add(|| {
                    let private = if ansi { "" } else { "? " };
                    format!("CSI {private}{number} {}", if on { 'h' } else { 'l' })
                }),
            }
        }
    }

    pub fn switch(&mut self, mode: Mode, number: u16, on: bool) {
        match mode {
            Mode::AlternateScreen => self.switch_screen(number, on),
            Mode::SynchronizedOutput => self.synchronize(on),
            Mode::Columns132 => self.switch_columns(on),
            Mode::Origin => {
                self.modes.set(mode, on);
                self.go_to(0, 0);
            }
            Mode::LeftRightMargins => {
                self.modes.set(mode, on);
                if on {
                    // There are no lines of double width with it.
                    self.grid.make_lines_single(0..=self.grid.rows() - 1);
                } else {
                    // To set it again keeps the margins.
                    (self.region.left, self.region.right) = (0, self.grid.columns() - 1);
                }
            }
            _ => self.modes.set(mode, on),
        }
    }

    fn switch_screen(&mut self, number: u16, on: bool) {
        let is_on = self.has(Mode::AlternateScreen);
        if number == 1049 && on {
            self.save_cursor();
        }
        if on != is_on {
            if !on {
                self.left = Some(Box::new(self.grid.clone()));
                if number == 1047 {
                    let fill = self.fill();
                    self.grid.clear(fill);
                    self.cursor.pending = false;
                }
            }
            std::mem::swap(&mut self.grid, &mut self.other);
            self.saved.swap(0, 1);
            self.keyboard.swap();
            self.modes.set(Mode::AlternateScreen, on);
            self.written = None;
        }
        if number == 1049 && on {
            let fill = self.fill();
            self.grid.clear(fill);
            self.cursor.pending = false;
        }
        if number == 1049 && !on {
            self.restore_cursor();
        }
    }

    /// Keeps what is seen until the update is complete, or shows it.
    fn synchronize(&mut self, on: bool) {
        if !on {
            self.frozen = None;
        } else if self.frozen.is_none() {
            let all = self.grid.all();
            if !self.credit.pays(all.height() * all.width()) {
                return;
            }
            self.frozen = Some(Box::new(self.face()));
        }
        self.modes.set(Mode::SynchronizedOutput, on);
    }

    /// Does what belongs to a change of columns (DECCOLM); the size is the recording's.
    fn switch_columns(&mut self, wide: bool) {
        if !self.has(Mode::AllowColumns) {
            return;
        }
        self.modes.set(Mode::Columns132, wide);
        self.region = self.grid.all();
        self.modes.set(Mode::LeftRightMargins, false);
        if !self.has(Mode::KeepOnColumns) {
            self.erase_screen(2, false);
        }
        self.modes.set(Mode::Origin, false);
        self.go_to(0, 0);
    }

    /// Takes another size. The bottom line stays, unless there is space below the cursor.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        let is_alternate = self.has(Mode::AlternateScreen);
        let old = self.grid.rows();
        // As in xterm the origin is no longer at margins that are none any more.
        if (self.grid.columns(), old) != (columns, rows) {
            self.modes.set(Mode::Origin, false);
        }
        let dropped = (self.cursor.row + 1).saturating_sub(rows);
        let added = if is_alternate || rows <= old {
            Vec::new()
        } else {
            self.scrollback.take(rows - old)
        };
        let more = added.len();
        let gone = self.grid.resize(columns, rows, dropped, added);
        if !is_alternate && self.scrollback.is_kept() {
            for line in gone {
                self.scrollback.push(line);
            }
        }
        self.cursor.row = (self.cursor.row - dropped + more).min(rows - 1);
        // The other screen has a cursor of its own, which is saved.
        let saved = self.saved[1].map_or(0, |saved| saved.cursor.row);
        let dropped = (saved.min(old - 1) + 1).saturating_sub(rows);
        self.other.resize(columns, rows, dropped, Vec::new());
        if let Some(saved) = &mut self.saved[1] {
            saved.cursor.row = saved.cursor.row.saturating_sub(dropped);
        }
        self.region = self.grid.all();
        self.cursor.column = self.cursor.column.min(columns - 1);
        self.written = None;
        if let Some(frozen) = &mut self.frozen {
            frozen.grid.resize(columns, rows, 0, Vec::new());
            frozen.cursor.row = frozen.cursor.row.min(rows - 1);
            frozen.cursor.column = frozen.cursor.column.min(columns - 1);
        }
    }

    /// Resets what DECSTR resets.
    pub fn soft_reset(&mut self) {
        for (mode, on) in [
            (Mode::CursorVisible, true),
            (Mode::Origin, false),
            (Mode::AutoWrap, true),
            (Mode::ReverseWrap, false),
            (Mode::Insert, false),
            (Mode::KeyboardLocked, false),
            (Mode::ApplicationCursor, false),
            (Mode::ApplicationKeypad, false),
            (Mode::LeftRightMargins, false),
            (Mode::BlinkingCursor, false),
        ] {
            self.modes.set(mode, on);
        }
        self.shape = 0;
        self.palette.reset(None);
        self.keyboard.modify_other_keys = 0;
        self.region = self.grid.all();
        // As in xterm it leaves on what the VT220 did not have.
        let Style {
            dim,
            strike,
            underline,
            ..
        } = self.pen.style;
        self.pen = Pen::default();
        (self.pen.style.dim, self.pen.style.strike) = (dim, strike);
        if underline == Underline::Double {
            self.pen.style.underline = underline;
        }
        self.asked_background = Color::Default;
        self.protection = Protection::None;
        self.charsets = Charsets::default();
        self.saved[0] = Some(Saved {
            // As in xterm it still waits on the last column, if it does.
            cursor: Place {
                pending: self.cursor.pending,
                ..Place::default()
            },
            pen: self.pen,
            charsets: self.charsets,
            origin: false,
        });
    }

    /// Resets all but the size, and what was counted (RIS).
    pub fn reset(&mut self) {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        if self.has(Mode::AlternateScreen) {
            self.switch_screen(47, false);
        }
        // As in xterm these modes stay, and the default colors.
        let kept = [Mode::AllowColumns, Mode::TabWraps, Mode::AlternateScroll];
        let kept = kept.map(|mode| (mode, self.has(mode)));
        let mut new = State::new(columns, rows);
        std::mem::swap(self, &mut new);
        // The lines are kept, so that their numbers stay different from all that were.
        self.grid = new.grid;
        self.other = new.other;
        self.grid.clear(Color::Default);
        self.saved_modes = new.saved_modes;
        self.saved[1] = new.saved[1];
        self.saved_styles = new.saved_styles;
        self.title = new.title;
        self.icon = new.icon;
        self.bells = new.bells;
        self.scrollback = new.scrollback;
        self.scrollback.clear();
        self.left = new.left;
        self.unknown = new.unknown;
        self.unanswered = new.unanswered;
        self.replies = new.replies;
        self.credit = new.credit;
        self.links = new.links;
        self.palette = new.palette;
        self.palette.reset(None);
        for (mode, on) in kept {
            self.modes.set(mode, on);
        }
    }
}

//! Which sequence does what.

use super::{
    charset::Charset,
    grid::LineWidth,
    modes::{Mode, Modes},
    parser::{Perform, Sequence},
    sgr,
    state::{Protection, State},
    unknown,
};

impl Perform for State {
    fn read(&mut self, bytes: usize) {
        self.credit.earn(bytes);
    }

    fn print(&mut self, text: &str) {
        self.write(text);
    }

    fn has_right_set(&self) -> bool {
        self.charsets.right() != Charset::Ascii || self.has(Mode::NationalSets)
    }

    fn print_right(&mut self, byte: u8) {
        // What would be a control of C1 is none.
        if byte >= 0xa0 {
            match self.charsets.right() {
                // With national sets there is no UTF-8; it is Latin-1.
                Charset::Ascii => self.put_as(char::from(byte), Charset::Ascii),
                set => self.put_as(char::from(byte & 0x7f), set),
            }
        } else {
            self.last = None;
        }
    }

    fn execute(&mut self, control: u8) {
        self.last = None;
        match control {
            0x07 => self.bells += 1,
            0x08 => self.back(1),
            b'\t' => self.tab(1),
            b'\n' | 0x0b | 0x0c => self.line_feed(),
            b'\r' => self.carriage_return(),
            0x0e => self.charsets.shift(1),
            0x0f => self.charsets.shift(0),
            // ENQ has no answer, and DEL and the others no effect.
            _ => {}
        }
    }

    fn escape(&mut self, intermediates: &[u8], last: u8) {
        self.last = None;
        let known = match (intermediates, last) {
            ([], _) => self.plain_escape(last),
            ([b'#'], b'3'..=b'6') => {
                self.set_line_width(match last {
                    b'3' => LineWidth::DoubleTop,
                    b'4' => LineWidth::DoubleBottom,
                    b'5' => LineWidth::Single,
                    _ => LineWidth::Double,
                });
                true
            }
            ([b'#'], b'8') => {
                self.align();
                true
            }
            // UTF-8 is what it is; controls of 7 or 8 bits, and levels of conformance, change nothing that is shown.
            ([b'%'], b'G') | ([b' '], b'F' | b'G' | b'L' | b'M' | b'N') => true,
            ([to @ b'('..=b'/', between @ ..], _) => self.designate(*to, between, last),
            _ => false,
        };
        if !known {
            self.unknown.add(|| unknown::escape(intermediates, last));
        }
    }

    fn control_sequence(&mut self, sequence: &Sequence) {
        let is_known = if sequence.has_colon() && (sequence.prefix, sequence.last) != (0, b'm') {
            false
        } else {
            match (sequence.prefix, sequence.intermediates.as_slice()) {
                (0, []) => self.plain_sequence(sequence),
                (b'?', []) => self.private_sequence(sequence),
                _ => self.other_sequence(sequence),
            }
        };
        if !is_known && !self.asks(sequence) {
            self.unknown.add(|| unknown::control_sequence(sequence));
        }
        // Only what was written last is repeated, and once.
        self.last = None;
    }

    fn device_control(&mut self, header: &Sequence, payload: &[u8]) {
        self.last = None;
        self.device(header, payload);
    }

    fn system_command(&mut self, payload: &[u8], by_bell: bool) {
        self.last = None;
        self.command(payload, by_bell);
    }

    fn string(&mut self, kind: u8, payload: &[u8]) {
        self.last = None;
        let name = match (kind, payload.first()) {
            (b'_', Some(b'G')) => "APC G (kitty's graphics)",
            (b'_', _) => "APC",
            (b'^', _) => "PM",
            _ => "SOS",
        };
        self.unknown.add(|| name.to_owned());
    }
}

impl State {
    fn plain_escape(&mut self, last: u8) -> bool {
        match last {
            b'7' => self.save_cursor(),
            b'8' => self.restore_cursor(),
            b'=' => self.modes.set(Mode::ApplicationKeypad, true),
            b'>' => self.modes.set(Mode::ApplicationKeypad, false),
            b'D' => self.index(),
            b'E' => {
                self.index();
                self.carriage_return();
            }
            b'H' => self.tabs.set(self.cursor.column, true),
            b'M' => self.reverse_index(),
            b'N' => self.charsets.shift_once(2),
            b'O' => self.charsets.shift_once(3),
            b'V' | b'W' => {
                self.protection = Protection::Iso;
                self.pen.is_protected = last == b'V';
            }
            b'Z' => self.device_attributes(),
            b'c' => self.reset(),
            b'n' => self.charsets.shift(2),
            b'o' => self.charsets.shift(3),
            b'6' => self.back_index(),
            b'9' => self.forward_index(),
            b'~' => self.charsets.shift_right(1),
            b'}' => self.charsets.shift_right(2),
            b'|' => self.charsets.shift_right(3),
            // The end of a string.
            b'\\' => {}
            _ => return false,
        }
        true
    }

    /// Designates a set of characters (SCS); returns whether it is known.
    fn designate(&mut self, to: u8, between: &[u8], last: u8) -> bool {
        let (index, of_96) = match to {
            b'('..=b'+' => (to - b'(', false),
            b'-'..=b'/' => (to - b'-' + 1, true),
            _ => return false,
        };
        let end: String = between
            .iter()
            .chain([&last])
            .copied()
            .map(char::from)
            .collect();
        let national = self.has(Mode::NationalSets);
        let Some(charset) = Charset::designated(&end, of_96, national) else {
            return false;
        };
        self.charsets.designate(index.into(), charset);
        true
    }

    /// Moves the cursor a column left, or the text right (DECBI).
    fn back_index(&mut self) {
        if self.cursor.column == self.region.left {
            self.shift_columns(self.region.left, 1, false);
        } else if self.cursor.column > 0 {
            self.back(1);
        }
    }

    /// Moves the cursor a column right, or the text left (DECFI).
    fn forward_index(&mut self) {
        if self.cursor.column == self.region.right {
            self.shift_columns(self.region.left, 1, true);
        } else {
            self.forward(1);
        }
    }

    fn plain_sequence(&mut self, sequence: &Sequence) -> bool {
        let count = sequence.count(0);
        let number = sequence.number(0);
        match sequence.last {
            b'@' => self.shift_characters(count, false),
            b'A' => self.up(count),
            b'B' => self.down(count),
            b'C' => self.forward(count),
            b'D' => self.back(count),
            b'E' => {
                self.down(count);
                self.carriage_return();
            }
            b'F' => {
                self.up(count);
                self.carriage_return();
            }
            b'G' | b'`' => self.go_to_column(count - 1),
            b'H' | b'f' => self.go_to(count - 1, sequence.count(1) - 1),
            b'I' => self.tab(count),
            b'J' => return self.erase_screen(number, false),
            b'K' => return self.erase_line(number, false),
            b'L' => self.shift_lines(count, false),
            b'M' => self.shift_lines(count, true),
            b'P' => self.shift_characters(count, true),
            b'S' => self.scroll_up(self.region, count),
            // With a 0, or with more parameters, it would be about highlighting with the mouse.
            b'T' if sequence.parameters.len() > 1 || number == 0 && sequence.has_first() => {}
            b'T' | b'^' => self.scroll_down(self.region, count),
            b'X' => self.erase_characters(count),
            b'Z' => self.back_tab(count),
            b'a' => self.go_on(0, count),
            b'b' => self.repeat(count),
            b'e' => self.go_on(count, 0),
            b'd' => self.go_to_row(count - 1),
            b'g' => match number {
                0 => self.tabs.set(self.cursor.column, false),
                3 => self.tabs.clear(),
                1 | 2 | 4 | 5 => {}
                _ => return false,
            },
            b'h' => self.switch_all(sequence, true),
            b'l' => self.switch_all(sequence, false),
            b'm' => {
                if !sgr::apply(sequence, &mut self.pen.style, &mut self.asked_background) {
                    self.unknown.add(|| unknown::control_sequence(sequence));
                }
            }
            b'r' => self.set_rows(sequence),
            b's' if self.has(Mode::LeftRightMargins) => self.set_columns(sequence),
            b's' => self.save_cursor(),
            b'u' => self.restore_cursor(),
            b't' => return self.window(sequence),
            // Lights of the keyboard.
            b'q' => {}
            _ => return false,
        }
        true
    }

    /// Sets the top and the bottom margin (DECSTBM).
    fn set_rows(&mut self, sequence: &Sequence) {
        let rows = self.grid.rows();
        let top = sequence.count(0) - 1;
        let bottom = match usize::from(sequence.number(1)) {
            0 => rows,
            bottom => bottom.min(rows),
        };
        if top + 1 < bottom {
            (self.region.top, self.region.bottom) = (top, bottom - 1);
            self.go_to(0, 0);
        }
    }

    /// Sets the left and the right margin (DECSLRM).
    fn set_columns(&mut self, sequence: &Sequence) {
        let columns = self.grid.columns();
        let left = sequence.count(0) - 1;
        let right = match usize::from(sequence.number(1)) {
            0 => columns,
            right => right.min(columns),
        };
        if left + 1 < right {
            (self.region.left, self.region.right) = (left, right - 1);
            self.go_to(0, 0);
        }
    }

    fn private_sequence(&mut self, sequence: &Sequence) -> bool {
        match sequence.last {
            b'J' => return self.erase_screen(sequence.number(0), true),
            b'K' => return self.erase_line(sequence.number(0), true),
            b'h' => self.switch_all(sequence, true),
            b'l' => self.switch_all(sequence, false),
            b's' => self.save_modes(sequence),
            b'r' => self.restore_modes(sequence),
            b'W' if sequence.number(0) == 5 => {
                self.tabs = super::tabs::TabStops::new();
            }
            _ => return false,
        }
        true
    }

    fn save_modes(&mut self, sequence: &Sequence) {
        for parameter in &sequence.parameters {
            let number = parameter.value.unwrap_or(0);
            if number == 1048 {
                self.save_cursor();
            } else if let super::modes::Known::Mode(mode) = Mode::known(number, false) {
                // As in xterm these are saved as if they were set.
                let is_set = matches!(mode, Mode::LeftRightMargins | Mode::KeepOnColumns);
                let value = (mode, is_set || self.has(mode));
                self.saved_modes.retain(|(other, _)| *other != mode);
                self.saved_modes.push(value);
            }
        }
    }

    fn restore_modes(&mut self, sequence: &Sequence) {
        for parameter in &sequence.parameters {
            let number = parameter.value.unwrap_or(0);
            if number == 1048 {
                self.restore_cursor();
            } else if let super::modes::Known::Mode(mode) = Mode::known(number, false) {
                let mut saved = self.saved_modes.iter();
                let value = saved.find(|(other, _)| *other == mode);
                // One that was not saved becomes what it was at first.
                let on = value.map_or(Modes::default().contains(mode), |(_, on)| *on);
                // A screen is restored as by mode 47: nothing is cleared, and the cursor stays.
                let number = if mode == Mode::AlternateScreen {
                    47
                } else {
                    number
                };
                self.switch(mode, number, on);
            }
        }
    }

    fn other_sequence(&mut self, sequence: &Sequence) -> bool {
        let (count, number) = (sequence.count(0), sequence.number(0));
        let intermediates = sequence.intermediates.as_slice();
        match (sequence.prefix, intermediates, sequence.last) {
            // Setting the level of conformance resets, too.
            (0, [b'!' | b'"'], b'p') => self.soft_reset(),
            (0, [b'"'], b'q') => {
                if number > 2 {
                    return false;
                }
                self.protection = Protection::Dec;
                self.pen.is_protected = number == 1;
            }
            (0, [b' '], b'q') => {
                if number > 6 {
                    return false;
                }
                self.shape = number;
            }
            (0, [b' '], b'@') => self.shift_screen(count, true),
            (0, [b' '], b'A') => self.shift_screen(count, false),
            (0, [b'\''], b'}') => self.shift_columns(self.cursor.column, count, false),
            (0, [b'\''], b'~') => self.shift_columns(self.cursor.column, count, true),
            (0, [b'$'], b'x') => self.fill_rectangle(sequence),
            (0, [b'$'], b'z') => self.erase_rectangle(sequence, false),
            (0, [b'$'], b'{') => self.erase_rectangle(sequence, true),
            (0, [b'$'], b'v') => self.copy_rectangle(sequence),
            (0, [b'$'], b'r') => self.style_rectangle(sequence, false),
            (0, [b'$'], b't') => self.style_rectangle(sequence, true),
            // Without a parameter nothing changes, as in xterm.
            (0, [b'*'], b'x') => {
                self.rectangles = if sequence.has_first() {
                    number == 2
                } else {
                    self.rectangles
                }
            }
            (0, [b'#'], b'{' | b'p') => {
                if self.saved_styles.len() < 10 {
                    self.saved_styles.push(self.pen.style);
                }
            }
            (0, [b'#'], b'}' | b'q') => {
                if let Some(style) = self.saved_styles.pop() {
                    self.asked_background = style.background;
                    self.pen.style = style;
                }
            }
            (b'>', [], b'm') => match sequence.parameters.first().and_then(|first| first.value) {
                // Those of cursor, function and other keys change none that is sent here.
                Some(0..=3 | 6 | 7) => {}
                Some(4) => {
                    self.keyboard.modify_other_keys =
                        u8::try_from(sequence.number(1).min(2)).unwrap_or(0);
                }
                None => self.keyboard.modify_other_keys = 0,
                Some(_) => return false,
            },
            (b'>', [], b'n') => {
                if number == 4 {
                    self.keyboard.modify_other_keys = 0;
                }
            }
            (b'>', [], b'u') => self.keyboard.push(number),
            (b'<', [], b'u') => self.keyboard.pop(count),
            (b'=', [], b'u') => self.keyboard.set(number, sequence.number(1)),
            // When the pointer is hidden, and how a title is encoded.
            (b'>', [], b'p' | b't' | b'T') => {}
            _ => return false,
        }
        true
    }

    /// Moves all between the margins to the left (SL) or to the right (SR).
    fn shift_screen(&mut self, count: usize, left: bool) {
        let row = self.cursor.row;
        if self.region.has_row(row) && self.region.has_column(self.cursor.column) {
            self.shift_columns(self.region.left, count, left);
        }
    }
}

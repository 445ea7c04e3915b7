//! What the terminal answers to what, as documented in `docs/terminal.md`.
//!
//! No answer holds a text that the program wrote: titles, the clipboard and what is on the screen are not reported, and a
//! question that is not understood is not repeated.

use super::{
    modes::{Known, Mode},
    parser::Sequence,
    sgr,
    state::{Protection, State},
    unknown,
};
use std::fmt::Write as _;

/// The size of a cell (width, height), in pixels.
const CELL: (usize, usize) = (10, 20);
/// The terminal's name and version (XTVERSION); the version grows when an answer changes.
const VERSION: &str = "stroboscope 1";
/// A terminal of the class of the VT220 (62) with colors (22).
const PRIMARY: &str = "\x1b[?62;22c";
/// The same again (1), with the version 10, without options.
const SECONDARY: &str = "\x1b[>1;10;0c";
/// Capabilities that XTGETTCAP reports.
const CAPABILITIES: [(&str, &str); 5] = [
    ("TN", "xterm-256color"),
    ("name", "xterm-256color"),
    ("Co", "256"),
    ("colors", "256"),
    ("RGB", "8"),
];
/// The longest name of a capability that is looked for.
const MAX_NAME: usize = 64;

impl State {
    pub fn reply(&mut self, question: &str, bytes: impl Into<Vec<u8>>) {
        if !self.replies.push(|| question.to_owned(), bytes.into()) {
            self.unanswered.add(|| question.to_owned());
        }
    }

    pub fn device_attributes(&mut self) {
        self.reply("DA1", PRIMARY);
    }

    /// Answers a control sequence if it is a question; returns whether it is one.
    pub fn asks(&mut self, sequence: &Sequence) -> bool {
        let number = sequence.number(0);
        let intermediates = sequence.intermediates.as_slice();
        if sequence.has_colon() {
            return false;
        }
        match (sequence.prefix, intermediates, sequence.last) {
            (0, [], b'c') if number == 0 => self.device_attributes(),
            (b'>', [], b'c') if number == 0 => self.reply("DA2", SECONDARY),
            (b'=', [], b'c') if number == 0 => self.reply("DA3", "\x1bP!|00000000\x1b\\"),
            (b'>', [], b'q') if number == 0 => {
                self.reply("XTVERSION", format!("\x1bP>|{VERSION}\x1b\\"));
            }
            (0, [], b'n') => return self.device_status(number),
            (b'?', [], b'n') => return self.private_status(number),
            (0, [b'$'], b'p') => self.mode_status(number, true),
            (b'?', [b'$'], b'p') => self.mode_status(number, false),
            (b'?', [], b'u') => {
                let flags = self.keyboard.flags();
                self.reply("CSI ? u", format!("\x1b[?{flags}u"));
            }
            (b'?', [], b'm') if number == 4 => {
                let level = self.keyboard.modify_other_keys;
                self.reply("CSI ? 4 m", format!("\x1b[>4;{level}m"));
            }
            (b'?', [], b'm') if number <= 2 => {
                self.reply("XTQMODKEYS", format!("\x1b[>{number};2m"));
            }
            (0, [], b'x') if number <= 1 => {
                let report = number + 2;
                self.reply("DECREQTPARM", format!("\x1b[{report};1;1;128;128;1;0x"));
            }
            // There are no graphics.
            (b'?', [], b'S') => {
                let what = number.min(9);
                self.reply("XTSMGRAPHICS", format!("\x1b[?{what};1;0S"));
            }
            // Checksums, states and tab stops of what the program wrote, and the locator.
            (0, [b'*'], b'y')
            | (0, [b'$'], b'u' | b'w')
            | (0, [b'&'], b'u')
            | (0, [b'\''], b'|' | b'z' | b'{' | b'w')
            | (0, [b'#'], b'|' | b'S' | b'R') => {
                self.unanswered.add(|| unknown::control_sequence(sequence));
            }
            _ => return false,
        }
        true
    }

    fn device_status(&mut self, number: u16) -> bool {
        match number {
            5 => self.reply("DSR 5", "\x1b[0n"),
            6 => {
                let (row, column) = self.reported_place();
                self.reply("DSR 6", format!("\x1b[{row};{column}R"));
            }
            _ => return false,
        }
        true
    }

    fn private_status(&mut self, number: u16) -> bool {
        let answer = match number {
            6 => {
                let (row, column) = self.reported_place();
                format!("\x1b[?{row};{column}R")
            }
            // No printer, no keys of the user, a North American keyboard, no locator, no macros.
            15 => "\x1b[?13n".to_owned(),
            25 => "\x1b[?21n".to_owned(),
            26 => "\x1b[?27;1;0;0n".to_owned(),
            53 | 55 => "\x1b[?50n".to_owned(),
            56 => "\x1b[?57;0n".to_owned(),
            62 => "\x1b[0*{".to_owned(),
            75 => "\x1b[?70n".to_owned(),
            85 => "\x1b[?83n".to_owned(),
            _ => return false,
        };
        self.reply(&format!("DSR ? {number}"), answer);
        true
    }

    /// The cursor's row and column from 1, counted from the margins if the origin is there.
    fn reported_place(&self) -> (usize, usize) {
        let (top, left) = if self.has(Mode::Origin) {
            (self.region.top, self.region.left)
        } else {
            (0, 0)
        };
        (
            self.cursor.row.saturating_sub(top) + 1,
            self.cursor.column.saturating_sub(left) + 1,
        )
    }

    /// DECRQM: 0 for a mode that is not known, 1 set, 2 reset, 4 reset for ever.
    fn mode_status(&mut self, number: u16, ansi: bool) {
        let state = match Mode::known(number, ansi) {
            Known::Mode(mode) if self.has(mode) => 1,
            Known::Mode(_) => 2,
            Known::WithoutEffect => 4,
            Known::Unknown => 0,
        };
        let private = if ansi { "" } else { "?" };
        let name = if ansi { "DECRQM" } else { "DECRQM ?" };
        self.reply(
            &format!("{name} {number}"),
            format!("\x1b[{private}{number};{state}$y"),
        );
    }

    /// Reports on the window, keeps titles; returns whether it is known. A window is never moved or resized.
    pub fn window(&mut self, sequence: &Sequence) -> bool {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let (width, height) = CELL;
        let answer = match sequence.number(0) {
            11 => "\x1b[1t".to_owned(),
            13 => "\x1b[3;0;0t".to_owned(),
            14 | 15 => {
                let code = sequence.number(0) - 10;
                format!("\x1b[{code};{};{}t", rows * height, columns * width)
            }
            16 => format!("\x1b[6;{height};{width}t"),
            18 => format!("\x1b[8;{rows};{columns}t"),
            19 => format!("\x1b[9;{rows};{columns}t"),
            20 | 21 => {
                self.unanswered.add(|| unknown::control_sequence(sequence));
                return true;
            }
            22 => {
                self.push_title();
                return true;
            }
            23 => {
                self.pop_title(sequence.number(1));
                return true;
            }
            // To show, move, raise or redraw a window, and its pixels.
            1..=3 | 5..=7 | 9 | 10 => return true,
            _ => return false,
        };
        self.reply(&format!("CSI {} t", sequence.number(0)), answer);
        true
    }

    /// Carries out a device control string: settings and capabilities are asked by it.
    pub fn device(&mut self, header: &Sequence, payload: &[u8]) {
        let intermediates = header.intermediates.as_slice();
        match (header.prefix, intermediates, header.last) {
            (0, [b'$'], b'q') => self.setting(payload),
            (0, [b'+'], b'q') => self.capabilities(payload),
            _ => self.unknown.add(|| unknown::device_control(header)),
        }
    }

    /// DECRQSS.
    fn setting(&mut self, name: &[u8]) {
        let region = self.region;
        let value = match name {
            b"m" => sgr::report(self.pen.style) + "m",
            b"r" => format!("{};{}r", region.top + 1, region.bottom + 1),
            b"s" => format!("{};{}s", region.left + 1, region.right + 1),
            b" q" => format!("{} q", self.shape),
            b"\"q" => {
                let is_protected = self.pen.is_protected && self.protection == Protection::Dec;
                format!("{}\"q", u8::from(is_protected))
            }
            b"\"p" => "62;1\"p".to_owned(),
            b"t" => format!("{}t", self.grid.rows()),
            b"$|" => format!("{}$|", self.grid.columns()),
            b"*|" => format!("{}*|", self.grid.rows()),
            b"*x" => format!("{}*x", if self.rectangles { 2 } else { 1 }),
            _ => return self.reply("DECRQSS", "\x1bP0$r\x1b\\"),
        };
        self.reply("DECRQSS", format!("\x1bP1$r{value}\x1b\\"));
    }

    /// XTGETTCAP: each known name with its value, up to the first that is not known.
    fn capabilities(&mut self, names: &[u8]) {
        let mut values = Vec::new();
        for name in names.split(|byte| *byte == b';') {
            let known = CAPABILITIES
                .iter()
                .find(|(known, _)| name.len() <= MAX_NAME && hex(known).eq_ignore_ascii_case(name));
            let Some((name, value)) = known else { break };
            values.push(
                [hex(name), hex(value)].map(|hex| String::from_utf8_lossy(&hex).into_owned()),
            );
        }
        let answer = if values.is_empty() {
            "\x1bP0+r\x1b\\".to_owned()
        } else {
            let values: Vec<String> = values.iter().map(|value| value.join("=")).collect();
            format!("\x1bP1+r{}\x1b\\", values.join(";"))
        };
        self.reply("XTGETTCAP", answer);
    }
}

fn hex(text: &str) -> Vec<u8> {
    let mut hex = String::new();
    for byte in text.bytes() {
        let _ = write!(hex, "{byte:02X}");
    }
    hex.into_bytes()
}

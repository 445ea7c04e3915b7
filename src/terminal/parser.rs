//! Splits a stream of bytes into text, controls and sequences (ECMA-48, with UTF-8 and xterm's private forms).
//!
//! What it makes of a stream does not depend on where the stream was cut. Controls of C1 exist as two bytes alone: as in
//! xterm with UTF-8, the characters U+0080 to U+009F mean nothing, and a lone byte of that range becomes U+FFFD.

use crate::text::utf8::{expected, is_continuation, structure};

/// The most parameters that are kept of a sequence; further ones are dropped, as in xterm.
const MAX_PARAMETERS: usize = 30;
/// The most bytes that are kept of a string; its end is still found.
pub(super) const MAX_STRING: usize = 1 << 16;

const BELL: u8 = 0x07;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;
const REPLACEMENT: &str = "\u{fffd}";

/// What is done with the parts of a stream.
pub(super) trait Perform {
    /// So many further bytes were read; called before what they amount to.
    fn read(&mut self, bytes: usize);
    /// Text without controls.
    fn print(&mut self, text: &str);
    /// Whether a byte beyond ASCII is a character of a set of its own, and no part of one in UTF-8.
    fn has_right_set(&self) -> bool;
    /// Such a byte.
    fn print_right(&mut self, byte: u8);
    /// A control of C0.
    fn execute(&mut self, control: u8);
    /// An escape sequence.
    fn escape(&mut self, intermediates: &[u8], last: u8);
    /// A control sequence, `CSI …`.
    fn control_sequence(&mut self, sequence: &Sequence);
    /// A device control string, `DCS …`, with what follows its header.
    fn device_control(&mut self, header: &Sequence, payload: &[u8]);
    /// An operating system command, `OSC …`, and whether BEL ended it.
    fn system_command(&mut self, payload: &[u8], by_bell: bool);
    /// A string that means nothing to a terminal of this kind, by its introducer: `_` APC, `^` PM, `X` SOS.
    fn string(&mut self, kind: u8, payload: &[u8]);
}

/// A control sequence, or the header of a device control string.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    /// One of `<=>?` before the parameters, or 0.
    pub prefix: u8,
    pub parameters: Vec<Parameter>,
    pub intermediates: Vec<u8>,
    pub last: u8,
}

/// A parameter; `None` if it was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameter {
    pub value: Option<u16>,
    /// Whether a colon precedes it, so that it belongs to the parameter before.
    pub colon: bool,
}

impl Sequence {
    /// A parameter; 0 if it was left out.
    pub fn number(&self, index: usize) -> u16 {
        self.parameters
            .get(index)
            .and_then(|parameter| parameter.value)
            .unwrap_or(0)
    }

    /// A parameter that counts; 1 if it was left out or 0.
    pub fn count(&self, index: usize) -> usize {
        usize::from(self.number(index).max(1))
    }

    /// Whether its first parameter is written out.
    pub fn has_first(&self) -> bool {
        self.parameters
            .first()
            .is_some_and(|parameter| parameter.value.is_some())
    }

    /// Whether a colon is in it.
    pub fn has_colon(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.colon)
    }

    fn clear(&mut self) {
        self.prefix = 0;
        self.parameters.clear();
        self.intermediates.clear();
    }
}

/// The state between two bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    state: State,
    sequence: Sequence,
    /// Whether no further parameter is kept.
    full: bool,
    string: Vec<u8>,
    /// The beginning of a character.
    begun: Vec<u8>,
    /// Whether the next character ended a sequence that it cannot belong to, and is lost with it.
    lost: bool,
    /// The bytes that were read and not yet reported.
    unreported: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// In a control sequence or in the header of a device control string.
    Sequence {
        device: bool,
    },
    /// In one that has no meaning.
    Malformed {
        device: bool,
    },
    /// In a string, by its introducer.
    String(u8),
    /// In a string of which the last byte was ESC.
    StringEscape(u8),
}

impl Parser {
    /// Processes the next bytes.
    pub fn advance(&mut self, bytes: &[u8], to: &mut impl Perform) {
        let mut rest = bytes;
        while let Some(byte) = rest.first() {
            if self.state == State::Ground {
                rest = self.ground(rest, to);
            } else if *byte >= 0x80 && !matches!(self.state, State::String(_)) {
                self.state = State::Ground;
                self.lost = true;
            } else {
                self.unreported += 1;
                self.byte(*byte, to);
                rest = &rest[1..];
            }
        }
    }

    /// After the last byte: a character that was begun is none.
    pub fn finish(&mut self, to: &mut impl Perform) {
        if !self.begun.is_empty() {
            self.begun.clear();
            self.report(to);
            self.print(REPLACEMENT, to);
        }
    }

    fn report(&mut self, to: &mut impl Perform) {
        to.read(std::mem::take(&mut self.unreported));
    }

    /// Processes some of the bytes, in no sequence; returns the rest.
    fn ground<'a>(&mut self, bytes: &'a [u8], to: &mut impl Perform) -> &'a [u8] {
        let is_control = |byte: &u8| *byte < 0x20 || *byte == DELETE;
        if !self.begun.is_empty() {
            return self.resume(bytes, to);
        }
        if is_control(&bytes[0]) {
            self.unreported += 1;
            self.control(bytes[0], to);
            return &bytes[1..];
        }
        let has_right_set = to.has_right_set();
        if has_right_set && bytes[0] >= 0x80 {
            self.unreported += 1;
            self.report(to);
            if !std::mem::take(&mut self.lost) {
                to.print_right(bytes[0]);
            }
            return &bytes[1..];
        }
        let is_end = |byte: &u8| is_control(byte) || has_right_set && *byte >= 0x80;
        let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
        let mut at = 0;
        // All that is invalid before the end at once: to look for the end after each byte would take the square of their number.
        while at < end {
            let rest = &bytes[at..end];
            let (text, invalid) = match str::from_utf8(rest) {
                Ok(text) => (text, &[][..]),
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    let invalid = &after[..structure(after)];
                    (str::from_utf8(valid).unwrap_or_default(), invalid)
                }
            };
            self.text(text, to);
            at += text.len() + invalid.len();
            self.unreported += invalid.len();
            if let Some(first) = invalid.first() {
                if invalid.len() < expected(*first) && at == bytes.len() {
                    self.begun.extend_from_slice(invalid);
                } else {
                    self.report(to);
                    self.print(REPLACEMENT, to);
                }
            }
        }
        &bytes[end..]
    }

    fn text(&mut self, text: &str, to: &mut impl Perform) {
        if !text.is_empty() {
            self.unreported += text.len();
            self.report(to);
            self.print(text, to);
        }
    }

    fn print(&mut self, text: &str, to: &mut impl Perform) {
        let mut text = text;
        if std::mem::take(&mut self.lost) {
            let mut rest = text.chars();
            rest.next();
            text = rest.as_str();
        }
        to.print(text);
    }

    /// Continues a character that was cut.
    fn resume<'a>(&mut self, bytes: &'a [u8], to: &mut impl Perform) -> &'a [u8] {
        if !is_continuation(bytes[0]) {
            self.begun.clear();
            self.report(to);
            self.print(REPLACEMENT, to);
            return bytes;
        }
        self.unreported += 1;
        self.begun.push(bytes[0]);
        if self.begun.len() == expected(self.begun[0]) {
            let begun = std::mem::take(&mut self.begun);
            self.report(to);
            self.print(str::from_utf8(&begun).unwrap_or(REPLACEMENT), to);
        }
        &bytes[1..]
    }

    fn control(&mut self, byte: u8, to: &mut impl Perform) {
        if byte == ESCAPE {
            self.sequence.clear();
            self.state = State::Escape;
        } else {
            self.report(to);
            to.execute(byte);
        }
    }

    /// Processes a byte in a sequence.
    fn byte(&mut self, byte: u8, to: &mut impl Perform) {
        match (self.state, byte) {
            (State::String(kind), _) => self.string_byte(kind, byte, to),
            (State::StringEscape(kind), b'\\') => self.end_string(kind, false, to),
            (_, CANCEL | SUBSTITUTE) => self.state = State::Ground,
            (State::StringEscape(_), _) => {
                // Another sequence began: the string never ends.
                self.sequence.clear();
                self.state = State::Escape;
                self.byte(byte, to);
            }
            (State::Sequence { device: true } | State::Malformed { device: true }, ..0x20)
                if byte != ESCAPE => {}
            (_, ..0x20 | DELETE) => self.control(byte, to),
            (State::Escape, _) => self.escape_byte(byte, to),
            (State::Sequence { device }, _) => self.sequence_byte(device, byte, to),
            (State::Malformed { device }, 0x40..) => {
                if device {
                    self.begin_string(0);
                } else {
                    self.state = State::Ground;
                }
            }
            (State::Malformed { .. } | State::Ground, _) => {}
        }
    }

    fn escape_byte(&mut self, byte: u8, to: &mut impl Perform) {
        match (byte, self.sequence.intermediates.is_empty()) {
            (0x20..0x30, _) => {
                if self.sequence.intermediates.len() < 4 {
                    self.sequence.intermediates.push(byte);
                }
            }
            (b'[' | b'P', true) => {
                self.full = false;
                self.state = State::Sequence {
                    device: byte == b'P',
                };
            }
            (b']' | b'X' | b'^' | b'_', true) => self.begin_string(byte),
            _ => {
                self.state = State::Ground;
                self.report(to);
                to.escape(&self.sequence.intermediates, byte);
            }
        }
    }

    fn sequence_byte(&mut self, device: bool, byte: u8, to: &mut impl Perform) {
        let sequence = &mut self.sequence;
        let in_parameters = sequence.intermediates.is_empty();
        match byte {
            b'0'..=b'9' if in_parameters => {
                if sequence.parameters.is_empty() {
                    sequence.parameters.push(Parameter::default());
                }
                if let (Some(last), false) = (sequence.parameters.last_mut(), self.full) {
                    let digit = u16::from(byte - b'0');
                    let value = last.value.unwrap_or(0);
                    last.value = Some(value.saturating_mul(10).saturating_add(digit));
                }
            }
            b':' | b';' if in_parameters => {
                if sequence.parameters.is_empty() {
                    sequence.parameters.push(Parameter::default());
                }
                self.full |= sequence.parameters.len() == MAX_PARAMETERS;
                if !self.full {
                    sequence.parameters.push(Parameter {
                        value: None,
                        colon: byte == b':',
                    });
                }
            }
            b'<'..=b'?'
                if in_parameters && sequence.parameters.is_empty() && sequence.prefix == 0 =>
            {
                sequence.prefix = byte;
            }
            0x20..0x30 if sequence.intermediates.len() < 4 => sequence.intermediates.push(byte),
            0x40.. => {
                sequence.last = byte;
                if device {
                    self.begin_string(b'P');
                } else {
                    self.state = State::Ground;
                    self.report(to);
                    to.control_sequence(&self.sequence);
                }
            }
            _ => self.state = State::Malformed { device },
        }
    }

    fn begin_string(&mut self, kind: u8) {
        self.string.clear();
        self.state = State::String(kind);
    }

    fn string_byte(&mut self, kind: u8, byte: u8, to: &mut impl Perform) {
        match byte {
            ESCAPE => self.state = State::StringEscape(kind),
            BELL if kind == b']' => self.end_string(kind, true, to),
            CANCEL | SUBSTITUTE => self.state = State::Ground,
            ..0x20 => {}
            _ if self.string.len() < MAX_STRING => self.string.push(byte),
            _ => {}
        }
    }

    fn end_string(&mut self, kind: u8, by_bell: bool, to: &mut impl Perform) {
        self.state = State::Ground;
        self.report(to);
        match kind {
            b']' => to.system_command(&self.string, by_bell),
            b'P' => to.device_control(&self.sequence, &self.string),
            0 => {}
            _ => to.string(kind, &self.string),
        }
    }
}

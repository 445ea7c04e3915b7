//! A place in a text, with the words that both halves of a transcript are read by.

use super::{TranscriptError, TranscriptErrorKind};
use crate::{
    recording::{Masked, Written, is_name},
    text,
};

/// Payloads of at most so many bytes are copied.
const KEPT: usize = 1 << 16;

/// A place in a text; every reader of it moves on only over what it took.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// How many more bytes payloads may decode to, and how many they could in all.
    left: usize,
    limit: usize,
    /// What the payload at hand decodes to; kept, so that each event has a copy of the right size.
    decoded: Vec<u8>,
}

/// What a literal stands for, and how often.
#[derive(Debug)]
pub(super) struct Literal {
    pub(super) unit: Vec<u8>,
    pub(super) count: usize,
}

impl Literal {
    /// Takes as much of it as makes about `most` bytes.
    pub(super) fn take(&mut self, most: usize, bytes: &mut Vec<u8>) {
        let room = most.saturating_sub(bytes.len()) / self.unit.len().max(1);
        let count = self.count.min(room.max(1));
        self.count -= count;
        match self.unit[..] {
            [byte] => bytes.resize(bytes.len() + count, byte),
            _ => (0..count).for_each(|_| bytes.extend_from_slice(&self.unit)),
        }
    }
}

impl<'a> Cursor<'a> {
    /// The place `at` in a text, the start of a line.
    pub(super) fn new(text: &'a str, at: usize, limit: usize) -> Cursor<'a> {
        Cursor {
            text,
            at,
            left: limit,
            limit,
            decoded: Vec::new(),
        }
    }

    /// A place in the middle of a text, from where payloads may decode to `left` more bytes of `limit`.
    pub(super) fn resumed(text: &'a str, at: usize, left: usize, limit: usize) -> Cursor<'a> {
        Cursor {
            left,
            ..Cursor::new(text, at, limit)
        }
    }

    /// How many more bytes payloads may decode to.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// An error here.
    pub(super) fn error(&self, reason: TranscriptErrorKind) -> TranscriptError {
        self.error_at(self.at, reason)
    }

    /// An error at an earlier place.
    pub(super) fn error_at(&self, at: usize, reason: TranscriptErrorKind) -> TranscriptError {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (
            1 + before.matches('\n').count(),
            1 + before[line_start..].chars().count(),
        );
        TranscriptError {
            line,
            column,
            reason,
        }
    }

    /// An error here: something else was expected, or a raw control character stands in its place.
    pub(super) fn expected(&self, what: &'static str) -> TranscriptError {
        match self.rest().chars().next() {
            Some(control) if control.is_control() && !self.is_at_line_end() => {
                self.error(TranscriptErrorKind::Control(control.into()))
            }
            _ => self.error(TranscriptErrorKind::Expected(what)),
        }
    }

    /// The place, for [`Cursor::error_at`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// Takes a word that ends here: at a blank or the end of the line.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest().strip_prefix(word);
        let found = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r', '\n']));
        found && self.take(word)
    }

    /// Takes a token if another one follows it.
    pub(super) fn take_before(&mut self, token: &str, next: &str) -> bool {
        let rest = self.rest().strip_prefix(token);
        rest.is_some_and(|rest| rest.trim_start_matches(' ').starts_with(next)) && {
            self.take(token);
            self.blanks();
            true
        }
    }

    /// Whether blanks and another word, which is no literal, follow on this line.
    pub(super) fn has_word(&self) -> bool {
        let rest = self.rest();
        let word = rest.trim_start_matches(' ');
        word.len() < rest.len() && !word.is_empty() && !word.starts_with(['"', '\r', '\n'])
    }

    /// What was read since an earlier place.
    pub(super) fn since(&self, place: usize) -> &'a str {
        &self.text[place..self.at]
    }

    /// Reads on from an earlier place.
    pub(super) fn return_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The text of this line up to the next slash that is not escaped, and takes the slash, too.
    pub(super) fn until_slash(&mut self) -> Result<&'a str, TranscriptError> {
        let rest = self.rest();
        let mut is_escaped = false;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'\r' | b'\n' => break,
                b'/' if !is_escaped => {
                    self.at += at + 1;
                    return Ok(&rest[..at]);
                }
                _ => is_escaped = byte == b'\\' && !is_escaped,
            }
        }
        Err(self.expected("`/` at the end of the regular expression"))
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest
            .bytes()
            .position(|byte| !is_part(byte))
            .unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    pub(super) fn blanks(&mut self) -> usize {
        self.take_while(|byte| byte == b' ').len()
    }

    pub(super) fn digits(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_digit())
    }

    /// The characters that may stand in a word without quotation marks.
    pub(super) fn bare_word(&mut self) -> &'a str {
        self.take_while(text::is_word_byte)
    }

    /// The characters up to the next blank or the end of the line.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(|byte| !matches!(byte, b' ' | b'\r' | b'\n'))
    }

    pub(super) fn is_at_line_end(&self) -> bool {
        self.is_at_end() || self.rest().starts_with('\n') || self.rest().starts_with("\r\n")
    }

    /// The rest of the line, without the blanks at its end.
    pub(super) fn line(&mut self) -> &'a str {
        let rest = self.rest();
        let len = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..len]
            .strip_suffix('\r')
            .unwrap_or(&rest[..len])
            .trim_end_matches(' ');
        self.at += line.len();
        line
    }

    /// Whether nothing but empty lines is left.
    pub(super) fn is_done(&self) -> bool {
        let mut rest = self.rest();
        while let Some(next) = rest.strip_prefix("\r\n").or(rest.strip_prefix('\n')) {
            rest = next;
        }
        rest.is_empty()
    }

    /// Takes the blanks before the end of a line, and the end.
    pub(super) fn line_end(&mut self) -> Result<(), TranscriptError> {
        self.blanks();
        if self.is_at_end() {
            return Ok(());
        }
        if self.take("\n") || self.take("\r\n") {
            return Ok(());
        }
        Err(self.expected("the end of the line"))
    }

    /// A payload of which everything was kept: literals with blanks or continuation lines between them.
    pub(super) fn payload(&mut self) -> Result<Vec<u8>, TranscriptError> {
        let place = self.at;
        let written = self.written()?;
        if written.masked.is_empty() {
            Ok(written.bytes)
        } else {
            let reason = TranscriptErrorKind::Expected(
                "literals alone: what is masked stands only in what the program wrote",
            );
            Err(self.error_at(place, reason))
        }
    }

    /// A payload: literals, and names of what is masked, with blanks or continuation lines between them.
    pub(super) fn written(&mut self) -> Result<Written, TranscriptError> {
        let mut written = Written {
            bytes: std::mem::take(&mut self.decoded),
            masked: Vec::new(),
        };
        written.bytes.clear();
        self.parts(&mut written)?;
        if written.bytes.len() <= KEPT {
            let bytes = written.bytes.as_slice().to_vec();
            self.decoded = std::mem::replace(&mut written.bytes, bytes);
        }
        Ok(written)
    }

    /// The literals and names of a payload, decoded and appended.
    fn parts(&mut self, written: &mut Written) -> Result<(), TranscriptError> {
        let mut parts = 0;
        loop {
            let place = self.at;
            let before = written.bytes.len();
            let is_mask = self.is_at_mask();
            if is_mask {
                self.mask(written)?;
            } else {
                let bytes = &mut written.bytes;
                self.quoted(bytes)?;
                let count = self.count(place, bytes.len() - before)?;
                if count > 1 {
                    let unit = bytes.split_off(before);
                    bytes.reserve(unit.len() * count);
                    Literal { unit, count }.take(usize::MAX, bytes);
                }
            }
            parts += 1;
            let empty = !is_mask && written.bytes.len() == before;
            let more = self.next_part()?;
            if empty && (more || parts > 1) {
                return Err(self.error_at(
                    place,
                    TranscriptErrorKind::Expected("no empty literal beside another one"),
                ));
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether the name of something masked stands here.
    pub(super) fn is_at_mask(&self) -> bool {
        self.peek() == Some(b'<')
    }

    /// The name of what is masked, and the columns that it took: `<pid>`, `<path 20>`, `<...path 3>`.
    pub(super) fn mask(&mut self, written: &mut Written) -> Result<(), TranscriptError> {
        const MASK: &str = "the name of a mask and perhaps its columns: `<pid>`, `<pid 7>`";
        let place = self.at;
        self.take("<");
        let continues = self.take("...");
        let name =
            self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let mut part = Masked::new(written.bytes.len(), name, 0, continues);
        part.columns = part.own_columns();
        if is_name(name) && self.take(" ") {
            let columns = text::number(self.digits());
            part.columns =
                columns.ok_or_else(|| self.error_at(place, TranscriptErrorKind::Expected(MASK)))?;
        }
        if !is_name(name) || !self.take(">") {
            return Err(self.error_at(place, TranscriptErrorKind::Expected(MASK)));
        }
        self.left = self
            .left
            .checked_sub(part.columns)
            .ok_or_else(|| self.error_at(place, TranscriptErrorKind::Limit(self.limit)))?;
        written.bytes.extend_from_slice(part.text().as_bytes());
        written.masked.push(part);
        Ok(())
    }

    /// Moves on to the payload's next part, on this line or a continuation line, if there is one.
    pub(super) fn next_part(&mut self) -> Result<bool, TranscriptError> {
        let behind = self.at;
        let blanks = self.blanks();
        if matches!(self.peek(), Some(b'"' | b'<')) {
            return if blanks > 0 {
                Ok(true)
            } else {
                Err(self.error(TranscriptErrorKind::Expected(
                    "a blank between two literals",
                )))
            };
        }
        if self.is_at_line_end() && !self.is_at_end() {
            let rest = self.rest();
            let next = rest
                .strip_prefix("\r\n")
                .or(rest.strip_prefix('\n'))
                .unwrap_or_default();
            if next.starts_with(' ') && next.trim_start_matches(' ').starts_with(['"', '<']) {
                self.line_end()?;
                self.blanks();
                return Ok(true);
            }
        }
        self.at = behind;
        Ok(false)
    }

    /// One literal with its count.
    pub(super) fn literal(&mut self) -> Result<Literal, TranscriptError> {
        let place = self.at;
        let mut unit = Vec::new();
        self.quoted(&mut unit)?;
        let count = self.count(place, unit.len())?;
        if unit.is_empty() {
            let reason = TranscriptErrorKind::Expected("at least one byte");
            return Err(self.error_at(place, reason));
        }
        Ok(Literal { unit, count })
    }

    /// How often a literal of so many bytes stands there, which began at `place`.
    fn count(&mut self, place: usize, len: usize) -> Result<usize, TranscriptError> {
        if !self.take("*") {
            return Ok(1);
        }
        let count_at = self.at;
        let digits = self.digits();
        let count = match digits.parse::<usize>() {
            _ if digits.is_empty() => return Err(self.expected("a count")),
            Ok(count) if count >= 2 => count,
            Ok(_) => {
                return Err(self.error_at(
                    count_at,
                    TranscriptErrorKind::Number("a count is at least 2"),
                ));
            }
            Err(_) => return Err(self.error_at(place, TranscriptErrorKind::Limit(self.limit))),
        };
        if len == 0 {
            return Err(self.error_at(
                place,
                TranscriptErrorKind::Expected("a literal with something to repeat"),
            ));
        }
        let more = len.checked_mul(count - 1);
        self.left = more
            .and_then(|more| self.left.checked_sub(more))
            .ok_or_else(|| self.error_at(place, TranscriptErrorKind::Limit(self.limit)))?;
        Ok(count)
    }

    /// The text between two quotation marks, decoded and appended to `bytes`.
    pub(super) fn quoted(&mut self, bytes: &mut Vec<u8>) -> Result<(), TranscriptError> {
        if !self.take("\"") {
            return Err(self.expected("a literal in quotation marks"));
        }
        self.units(bytes)?;
        if self.take("\"") {
            return Ok(());
        }
        if self.is_at_line_end() {
            return Err(self.error(TranscriptErrorKind::Expected("a closing quotation mark")));
        }
        Err(self.expected("a printable character"))
    }

    /// Units up to a quotation mark or to what cannot be one, decoded and appended to `bytes`.
    pub(super) fn units(&mut self, bytes: &mut Vec<u8>) -> Result<(), TranscriptError> {
        let text = self.text.as_bytes();
        let most = bytes.len().saturating_add(self.left);
        loop {
            self.at += text::copy_readable(&text[self.at..], bytes);
            let (len, byte) = match text[self.at..] {
                [b'\\', b'x', high, low, ..] => match hex(high, low) {
                    Some(byte) => (4, byte),
                    None => return Err(self.error(TranscriptErrorKind::Escape)),
                },
                [b'\\', letter @ (b'\\' | b'"'), ..] => (2, letter),
                [b'\\', b'n', ..] => (2, b'\n'),
                [b'\\', b'r', ..] => (2, b'\r'),
                [b'\\', b't', ..] => (2, b'\t'),
                [b'\\', b'b', ..] => (2, 0x08),
                [b'\\', b'e', ..] => (2, 0x1b),
                [b'\\', b'u', ..] => {
                    let (len, scalar) = self.scalar_escape()?;
                    bytes.extend_from_slice(scalar.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += len;
                    continue;
                }
                [b'\\', ..] => return Err(self.error(TranscriptErrorKind::Escape)),
                // The first byte of U+0080 to U+00BF; C1 below U+00A0 is no unit as it stands.
                [0xc2, second @ 0xa0..=0xbf, ..] => {
                    bytes.push(0xc2);
                    (2, second)
                }
                _ => break,
            };
            self.at += len;
            bytes.push(byte);
        }
        match most.checked_sub(bytes.len()) {
            Some(left) => self.left = left,
            None => return Err(self.error(TranscriptErrorKind::Limit(self.limit))),
        }
        Ok(())
    }

    /// The length of an escape of a scalar, `\u{…}`, and the scalar.
    fn scalar_escape(&self) -> Result<(usize, char), TranscriptError> {
        // Six digits hold every scalar; a few leading zeros may stand before them.
        let body = self.rest()["\\u".len()..].strip_prefix('{');
        let digits = body
            .and_then(|body| body.get(..body.find('}').filter(|end| *end <= 8)?))
            .filter(|digits| !digits.is_empty())
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let scalar = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        let (Some(digits), Some(scalar)) = (digits, scalar) else {
            return Err(self.error(TranscriptErrorKind::Escape));
        };
        Ok(("\\u{}".len() + digits.len(), scalar))
    }
}

/// The byte of two hexadecimal digits.
fn hex(high: u8, low: u8) -> Option<u8> {
    const NONE: u8 = 0xff;
    static DIGITS: [u8; 256] = {
        let mut digits = [NONE; 256];
        let mut value: u8 = 0;
        while value < 16 {
            digits[b"0123456789abcdef"[value as usize] as usize] = value;
            digits[b"0123456789ABCDEF"[value as usize] as usize] = value;
            value += 1;
        }
        digits
    };
    let [high, low] = [high, low].map(|digit| DIGITS[usize::from(digit)]);
    (high != NONE && low != NONE).then_some(high << 4 | low)
}

/// A word as an error shows it: short, and printable whatever it was.
pub(super) fn quote(word: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = word.chars().take(MOST).flat_map(show).collect();
    if word.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn show(character: char) -> Vec<char> {
    let plain = if character.is_ascii() {
        !character.is_ascii_control()
    } else {
        text::is_bare(character)
    };
    if plain {
        vec![character]
    } else {
        character.escape_unicode().collect()
    }
}

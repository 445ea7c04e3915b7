//! Literals: what stands between quotation marks, decoded.

use super::Cursor;
use crate::{
    text,
    transcript::{TranscriptError, TranscriptErrorKind},
};

/// What a literal stands for, and how often.
#[derive(Debug)]
pub(in crate::transcript) struct Literal {
    pub(in crate::transcript) unit: Vec<u8>,
    pub(in crate::transcript) count: usize,
}

impl Literal {
    /// Takes as much of it as makes about `most` bytes.
    pub(in crate::transcript) fn take(&mut self, most: usize, bytes: &mut Vec<u8>) {
        let room = most.saturating_sub(bytes.len()) / self.unit.len().max(1);
        let count = self.count.min(room.max(1));
        self.count -= count;
        match self.unit[..] {
            [byte] => bytes.resize(bytes.len() + count, byte),
            _ => (0..count).for_each(|_| bytes.extend_from_slice(&self.unit)),
        }
    }
}

impl Cursor<'_> {
    /// One literal with its count.
    pub(in crate::transcript) fn literal(&mut self) -> Result<Literal, TranscriptError> {
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
    pub(super) fn count(&mut self, place: usize, len: usize) -> Result<usize, TranscriptError> {
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
    pub(in crate::transcript) fn quoted(
        &mut self,
        bytes: &mut Vec<u8>,
    ) -> Result<(), TranscriptError> {
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
    pub(in crate::transcript) fn units(
        &mut self,
        bytes: &mut Vec<u8>,
    ) -> Result<(), TranscriptError> {
        let text = self.text.as_bytes();
        let most = bytes.len().saturating_add(self.left);
        loop {
            self.at += text::copy_readable(&text[self.at..], bytes);
            let (len, byte) = match text[self.at..] {
                [b'\\', b'x', high, low, ..] => match hex(high, low) {
                    Some(byte) => (4, byte),
                    None => return Err(self.error(TranscriptErrorKind::Escape)),
                },
                [b'\\', b'u', ..] => {
                    let (len, scalar) = self.scalar_escape()?;
                    bytes.extend_from_slice(scalar.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += len;
                    continue;
                }
                [b'\\', letter, ..] => match text::escaped(letter) {
                    Some(byte) => (2, byte),
                    None => return Err(self.error(TranscriptErrorKind::Escape)),
                },
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

//! What a literal consists of: units, and how each is written.

use super::{
    unicode::{Form, form},
    utf8,
};
use std::io::Write;

/// A Unicode scalar, or a byte that is not part of valid UTF-8.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Scalar(char),
    Byte(u8),
}

impl Unit {
    /// The unit at the head of `bytes`, which are not empty.
    pub(super) fn at(bytes: &[u8]) -> Unit {
        let first = bytes[0];
        match first {
            0..=0x7f => return Unit::Scalar(first.into()),
            // These begin no scalar.
            0x80..=0xc1 | 0xf5.. => return Unit::Byte(first),
            _ if !bytes.get(1).copied().is_some_and(utf8::is_continuation) => {
                return Unit::Byte(first);
            }
            // Two bytes with the structure of one are one.
            0xc2..=0xdf => {
                let code = u32::from(first & 0x1f) << 6 | u32::from(bytes[1] & 0x3f);
                return char::from_u32(code).map_or(Unit::Byte(first), Unit::Scalar);
            }
            _ => {}
        }
        // The longest scalar has four bytes, and what follows a valid one does not matter.
        let head = &bytes[..bytes.len().min(4)];
        let valid = match str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        valid.chars().next().map_or(Unit::Byte(first), Unit::Scalar)
    }

    pub(super) fn len(self) -> usize {
        match self {
            Unit::Scalar(character) => character.len_utf8(),
            Unit::Byte(_) => 1,
        }
    }

    /// Whether it stands for itself, behind a unit of the same literal that does (`after_bare`) or not.
    pub(super) fn is_bare(self, after_bare: bool) -> bool {
        match self {
            Unit::Byte(_) => false,
            Unit::Scalar(character @ '\0'..='\x7f') => {
                !matches!(character, '\0'..='\x1f' | '\x7f' | '"' | '\\')
            }
            Unit::Scalar(character) => match form(character) {
                Form::Bare => true,
                Form::Mark => after_bare,
                Form::Escaped => false,
            },
        }
    }

    pub(super) fn write(self, bare: bool, out: &mut Vec<u8>) {
        match self {
            Unit::Scalar(character) if bare => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Unit::Scalar('\\') => out.extend_from_slice(b"\\\\"),
            Unit::Scalar('"') => out.extend_from_slice(b"\\\""),
            Unit::Scalar('\n') => out.extend_from_slice(b"\\n"),
            Unit::Scalar('\r') => out.extend_from_slice(b"\\r"),
            Unit::Scalar('\t') => out.extend_from_slice(b"\\t"),
            Unit::Scalar('\x08') => out.extend_from_slice(b"\\b"),
            Unit::Scalar('\x1b') => out.extend_from_slice(b"\\e"),
            Unit::Scalar(character @ '\0'..='\x7f') => hex(character as u8, out),
            Unit::Byte(byte) => hex(byte, out),
            Unit::Scalar(character) => {
                // Writing to memory cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
}

fn hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let escape = [
        b'\\',
        b'x',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ];
    out.extend_from_slice(&escape);
}

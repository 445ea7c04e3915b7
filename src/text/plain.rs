//! Writes, and finds, the bytes of which each is written by itself: most of what most programs write.
//!
//! Eight bytes are looked at together, as the bytes of one number.

use super::{
    literal::{self, is_lone_return, is_row_move},
    unit::Unit,
    utf8,
};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// How many bytes are looked at together.
const WORD: usize = 8;

/// What [`write`] has written.
pub(super) struct Simple {
    /// How many bytes, at least one.
    pub len: usize,
    /// The last of them.
    pub last: Unit,
    /// Whether that stands for itself.
    pub is_bare: bool,
}

/// How a byte is written by itself.
#[derive(Clone, Copy)]
struct Form {
    text: [u8; 4],
    len: u8,
    /// What may make it more than that.
    stops: u8,
}

/// It may begin a character of several bytes, if another byte of one follows.
const LEAD: u8 = 1;
/// It may start a line, or it ends one.
const LINE: u8 = 2;

static FORMS: [Form; 256] = {
    let mut forms = [of_byte(0); 256];
    let mut byte: u8 = 0;
    while byte < 255 {
        forms[byte as usize] = of_byte(byte);
        byte += 1;
    }
    forms[255] = of_byte(255);
    forms
};

const fn of_byte(byte: u8) -> Form {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'\\' | b'"' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x1b => b'e',
        b' '..=b'~' => {
            return Form {
                text: [byte, 0, 0, 0],
                len: 1,
                stops: 0,
            };
        }
        _ => {
            let (high, low) = (DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]);
            return Form {
                text: [b'\\', b'x', high, low],
                len: 4,
                stops: if matches!(byte, 0xc2..=0xf4) { LEAD } else { 0 },
            };
        }
    };
    Form {
        text: [b'\\', letter, 0, 0],
        len: 2,
        stops: match byte {
            b'\n' | b'\r' | 0x1b => LINE,
            _ => 0,
        },
    }
}

/// Appends what a byte is written as where it is no part of a character of several.
pub(super) fn write_byte(byte: u8, out: &mut Vec<u8>) {
    let form = &FORMS[usize::from(byte)];
    // A copy of a fixed size is faster than one of the right size.
    out.extend_from_slice(&form.text);
    out.truncate(out.len() - form.text.len() + usize::from(form.len));
}

/// Writes the bytes at the head that can only be written by themselves, one by one: those that begin no run, no line and
/// no character of several bytes. `moves` says whether moves of the cursor begin lines. `None` if there are none.
pub(super) fn write(bytes: &[u8], moves: bool, out: &mut Vec<u8>) -> Option<Simple> {
    /// Where one byte is escaped the next few are better written one by one.
    const FEW: usize = 3;
    let mut at = 0;
    'all: loop {
        // So that two bytes after the eighth are there, too.
        while let Some(window) = bytes[at..].first_chunk::<{ WORD + 2 }>() {
            let count = bare(window);
            out.extend_from_slice(&window[..WORD]);
            out.truncate(out.len() - (WORD - count));
            at += count;
            if count < WORD {
                break;
            }
        }
        for _ in 0..FEW {
            let Some(&byte) = bytes.get(at) else {
                break 'all;
            };
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            let form = &FORMS[usize::from(byte)];
            let stops = LINE | (u8::from(utf8::is_continuation(next)) * LEAD);
            if form.stops & stops != 0 && starts_more(&bytes[at..], moves) {
                break 'all;
            }
            if next == byte && bytes.get(at + 2) == Some(&byte) {
                let count = count(&bytes[at..]);
                // Of stray bytes the last one may begin a character; this is rare.
                if count >= least_run(byte) || !byte.is_ascii() || form.stops != 0 {
                    break 'all;
                }
                at += write_equal(&bytes[at..], out);
            } else {
                write_byte(byte, out);
                at += 1;
            }
        }
    }
    let last = *bytes.get(at.checked_sub(1)?)?;
    Some(Simple {
        len: at,
        last: if last.is_ascii() {
            Unit::Scalar(last.into())
        } else {
            Unit::Byte(last)
        },
        is_bare: FORMS[usize::from(last)].len == 1,
    })
}

/// Writes the rest of a run that is too short to stand alone: the equal bytes at the head. Returns how many, none if they may be
/// more than that.
pub(super) fn write_equal(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let form = &FORMS[usize::from(bytes[0])];
    if form.stops != 0 || !bytes[0].is_ascii() {
        return 0;
    }
    let count = count(bytes);
    match form.text[..usize::from(form.len)] {
        [byte] => out.resize(out.len() + count, byte),
        _ => (0..count).for_each(|_| write_byte(bytes[0], out)),
    }
    count
}

/// Whether the byte at the head, which may be more than itself, is.
fn starts_more(bytes: &[u8], moves: bool) -> bool {
    match bytes[0] {
        b'\r' => moves && is_lone_return(bytes),
        0x1b => moves && is_row_move(bytes),
        _ => true,
    }
}

/// How often the byte at the head is repeated.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == bytes[0]).count()
}

/// From how many on a byte is a run.
fn least_run(byte: u8) -> usize {
    literal::least_run(Unit::Scalar(byte.into()), FORMS[usize::from(byte)].len == 1)
}

/// What a backslash and a letter stand for, but for `x` and `u`.
pub(crate) fn escaped(letter: u8) -> Option<u8> {
    const NONE: u8 = 0;
    static ESCAPES: [u8; 256] = {
        let mut escapes = [NONE; 256];
        let mut byte: u8 = 1;
        while byte < 0x80 {
            let form = of_byte(byte);
            if form.len == 2 {
                escapes[form.text[1] as usize] = byte;
            }
            byte += 1;
        }
        escapes
    };
    Some(ESCAPES[usize::from(letter)]).filter(|byte| *byte != NONE)
}

/// How many of the first eight bytes stand for themselves before the first that does not, or that begins three equal ones.
fn bare(window: &[u8; WORD + 2]) -> usize {
    let [word, next, after] = [0, 1, 2].map(|at| word(&window[at..]));
    let stops = below(word, b' ')
        | word & HIGH
        | equal(word, 0x7f)
        | equal(word, b'"')
        | equal(word, b'\\')
        | zero((word ^ next) | (next ^ after));
    first(stops)
}

/// Copies the bytes at the head that stand for themselves in a literal that is read, and returns how many: neither
/// controls, quotation marks and backslashes, nor 0xC2, which may begin a control.
pub(crate) fn copy_readable(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let mut at = 0;
    while let Some(window) = bytes[at..].first_chunk::<WORD>() {
        let word = word(window);
        let stops = below(word, b' ')
            | equal(word, 0x7f)
            | equal(word, b'"')
            | equal(word, b'\\')
            | equal(word, 0xc2);
        let count = first(stops);
        out.extend_from_slice(window);
        out.truncate(out.len() - (WORD - count));
        at += count;
        if count < WORD {
            return at;
        }
    }
    let is_readable = |byte: &u8| !matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f | 0xc2);
    let rest = &bytes[at..];
    let count = rest.iter().take_while(|byte| is_readable(byte)).count();
    out.extend_from_slice(&rest[..count]);
    at + count
}

/// The first eight bytes as a number, the first one the lowest.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

// Each of these sets the highest bit of the first byte that it is about; those of bytes above it mean nothing.

fn zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

fn equal(word: u64, byte: u8) -> u64 {
    zero(word ^ (ONES * u64::from(byte)))
}

/// `byte` is at most 0x80.
fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(byte)) & !word & HIGH
}

/// The number of the first byte that is marked, or eight.
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::{WORD, bare, copy_readable, escaped};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn eight_bytes_together_are_as_one_by_one(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), b' '..b'%', Just(b'a')], WORD + 2..40),
        ) {
            let stands = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
            let window: [u8; WORD + 2] = *bytes.first_chunk().unwrap();
            let is_bare = |at: &usize| {
                let three = [window[*at], window[at + 1], window[at + 2]];
                stands(three[0]) && !(three[0] == three[1] && three[1] == three[2])
            };
            prop_assert_eq!(bare(&window), (0..WORD).take_while(is_bare).count());
            let is_readable = |byte: &&u8| stands(**byte) || (**byte >= 0x80 && **byte != 0xc2);
            let mut copied = Vec::new();
            let count = copy_readable(&bytes, &mut copied);
            prop_assert_eq!(count, bytes.iter().take_while(is_readable).count());
            prop_assert_eq!(copied, &bytes[..count]);
        }
    }

    #[test]
    fn an_escape_stands_for_what_it_is_written_for() {
        let letters = (0..=255).filter(|letter| escaped(*letter).is_some());
        assert!(letters.eq(*b"\"\\benrt"));
        let bytes = b"\"\\benrt".map(|letter| escaped(letter).unwrap());
        assert_eq!(bytes, *b"\"\\\x08\x1b\n\r\t");
    }
}

//! Printable text for bytes that may be anything: what stands for itself, escapes, quoting.
//!
//! It is what transcripts write literals in, and what messages and verdicts show of names and payloads.

use std::{str::FromStr, time::Duration};

pub(crate) use cut::Cut;
pub(crate) use literal::{
    Token, cut, input, is_word_byte, one_line, payload, payload_with_cuts, quote_input,
    quote_written, shows, word,
};
pub(crate) use nearest::nearest;
pub(crate) use plain::{copy_readable, escaped};
pub(crate) use unicode::is_bare;
pub(crate) use width::columns;
pub use {
    bidi::isolated,
    literal::{cut_middle, escape, quote},
    unicode::UNICODE_VERSION,
};

mod bidi;
mod cut;
mod literal;
mod nearest;
mod plain;
mod repetition;
mod unicode;
mod unit;
pub(crate) mod utf8;
mod width;

/// Whether a text can stand as the value of `note` or `varies`: not empty, no blank at its ends, and all printable.
#[must_use]
pub fn is_line(text: &str) -> bool {
    let ends = text.starts_with(' ') || text.ends_with(' ');
    !text.is_empty() && !ends && literal::is_bare(text)
}

/// Writes a word as in a header, bare where it can be, else one literal; of at most `most` scalars.
pub(crate) fn short_word(bytes: &[u8], most: usize) -> String {
    cut(&word(bytes), most)
}

/// Writes a time in seconds with at least three decimals, as many more as needed, at most nine.
pub(crate) fn seconds(time: Duration) -> String {
    let mut out = Vec::new();
    write_seconds(time, &mut out);
    literal::written(out)
}

/// Appends what [`seconds`] writes.
pub(crate) fn write_seconds(time: Duration, out: &mut Vec<u8>) {
    let (mut fraction, mut decimals) = (time.subsec_nanos(), 9);
    // Most times are whole milliseconds.
    if fraction % 1_000_000 == 0 {
        (fraction, decimals) = (time.subsec_millis(), 3);
    }
    while decimals > 3 && fraction % 10 == 0 {
        fraction /= 10;
        decimals -= 1;
    }
    // From the right; the longest has twenty digits, a point and nine decimals.
    let mut digits = [0; 30];
    let mut at = digits.len();
    let mut push = |digit: u64| {
        at -= 1;
        // A digit is less than ten.
        digits[at] = b'0' + u8::try_from(digit).unwrap_or_default();
        at
    };
    for _ in 0..decimals {
        push(u64::from(fraction % 10));
        fraction /= 10;
    }
    let point = push(0);
    let (mut seconds, mut start) = (time.as_secs(), point);
    while start == point || seconds > 0 {
        start = push(seconds % 10);
        seconds /= 10;
    }
    digits[point] = b'.';
    out.extend_from_slice(&digits[start..]);
}

/// Reads `COLUMNSxROWS`.
pub(crate) fn size(word: &str) -> Option<(u16, u16)> {
    let (columns, rows) = word.split_once('x')?;
    Some((number(columns)?, number(rows)?))
}

/// Reads a number in decimal digits and nothing else.
pub(crate) fn number<T: FromStr>(word: &str) -> Option<T> {
    word.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| word.parse().ok())
        .flatten()
}

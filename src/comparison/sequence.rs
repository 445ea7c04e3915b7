//! Where escape sequences begin and end, so that no verdict cuts one in two.

use std::ops::Range;

/// How far before a place a sequence is looked for.
const REACH: usize = 1 << 12;

/// The length of the escape sequence at the head (ECMA-48, 5.3, 5.4 and 5.6), as far as it is there; 0 if there is none.
pub(super) fn length(bytes: &[u8]) -> usize {
    let Some(0x1b) = bytes.first() else {
        return 0;
    };
    let intermediates = |from: usize, most: u8| {
        let rest = &bytes[from.min(bytes.len())..];
        let count = rest.iter().take_while(|byte| (b' '..=most).contains(*byte));
        // Whatever is not one of them ends the sequence; a control does not belong to it.
        let end = from + count.count();
        end + usize::from(bytes.get(end).is_some_and(|byte| *byte >= b' '))
    };
    let len = match bytes.get(1) {
        Some(b'[') => intermediates(2, b'?'),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => string(bytes),
        _ => intermediates(1, b'/'),
    };
    len.min(bytes.len())
}

/// The length of a control string, with the BEL or ST that ends it.
fn string(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, 0x07 | 0x18 | 0x1a | 0x1b);
    match bytes[2..].iter().position(ends).map(|at| at + 2) {
        None => bytes.len(),
        Some(end) if bytes[end] == 0x07 => end + 1,
        Some(end) if bytes[end..].starts_with(b"\x1b\\") => end + 2,
        Some(end) => end,
    }
}

/// The sequence that a place is inside of, neither at its beginning nor after its end.
pub(super) fn around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let from = at.saturating_sub(REACH);
    let before = &bytes[from..at.min(bytes.len())];
    let start = from + memchr::memrchr(0x1b, before)?;
    let end = start + length(&bytes[start..]);
    // What looks like a sequence may be the end of a string.
    let is_end = bytes[start..].starts_with(b"\x1b\\");
    let string = memchr::memrchr(0x1b, &bytes[from..start]).map(|escape| from + escape);
    if let Some(string) = string.filter(|_| is_end)
        && string + length(&bytes[string..]) == start + 2
    {
        return (at < start + 2).then_some(string..start + 2);
    }
    (at < end).then_some(start..end)
}

/// Whether some bytes are controls and escape sequences alone.
pub(super) fn is_control(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let len = match length(rest) {
            0 if *first < b' ' || *first == 0x7f => 1,
            len => len,
        };
        if len == 0 {
            return false;
        }
        rest = &rest[len..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{around, length};

    #[test]
    fn a_sequence_ends_where_a_terminal_ends_it() {
        for (bytes, len) in [
            (&b"a"[..], 0),
            (b"\x1b[31mred", 5),
            (b"\x1b[?25l", 6),
            (b"\x1b[38;2;1;2;3m", 13),
            (b"\x1b[4 q.", 5),
            (b"\x1b[3\r", 3),
            (b"\x1b(0x", 3),
            (b"\x1b7x", 2),
            (b"\x1b]0;t\x07x", 6),
            (b"\x1b]8;;u\x1b\\x", 8),
            (b"\x1bPq\x1b\\", 5),
            (b"\x1b]0;t", 5),
            (b"\x1b[", 2),
            (b"\x1b", 1),
        ] {
            assert_eq!(length(bytes), len, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn every_place_inside_a_sequence_is_known() {
        let bytes = b"ab\x1b[31mcd\x1b]0;t\x1b\\e";
        let inside: Vec<_> = (0..=bytes.len()).map(|at| around(bytes, at)).collect();
        for (at, found) in inside.iter().enumerate() {
            let expected = match at {
                3..=6 => Some(2..7),
                10..=15 => Some(9..16),
                _ => None,
            };
            assert_eq!(*found, expected, "{at}");
        }
    }
}

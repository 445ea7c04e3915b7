//! The structure of UTF-8, of bytes that may be no characters.

/// How many bytes a character has that begins with this one, by UTF-8's structure alone (RFC 2279). As in xterm what has
/// the structure of one character is one character, and U+FFFD if there is none such.
pub(crate) fn expected(first: u8) -> usize {
    match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        0xf8..=0xfb => 5,
        0xfc..=0xfd => 6,
        _ => 1,
    }
}

/// Whether a byte continues a character.
pub(crate) fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// How many of the bytes are a character by structure, or the beginning of one.
pub(crate) fn structure(bytes: &[u8]) -> usize {
    let rest = bytes[1..].iter().take(expected(bytes[0]) - 1);
    1 + rest.take_while(|byte| is_continuation(**byte)).count()
}

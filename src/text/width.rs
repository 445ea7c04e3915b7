//! How many columns a character takes.

use unicode_width::UnicodeWidthChar;

/// The columns of a character, 0 to 2; `None` for a control.
///
/// As in xterm each character has a width of its own; nothing that follows changes it.
pub(crate) fn columns(character: char) -> Option<usize> {
    match character {
        // xterm draws a soft hyphen, separators and a filler of Hangul, as wcwidth(3) has them.
        ' '..='~' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{ffa0}' => Some(1),
        '\u{115f}' | '\u{3164}' => Some(2),
        _ => character.width().map(|columns| columns.min(2)),
    }
}

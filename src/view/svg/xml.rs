//! Writes text and numbers for XML.

use crate::view::screen::prints;

/// Writes text as the content of an element; invisible characters, most of which XML forbids, as U+FFFD.
pub(super) fn escape(text: &str, out: &mut String) {
    let mut shown = false;
    for character in text.chars() {
        shown = prints(character, shown);
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ if shown => out.push(character),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

/// Tenths, with one decimal or none.
pub(super) fn tenths(tenths: usize) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, tenths};

    #[test]
    fn nothing_in_a_text_is_markup() {
        let mut out = String::new();
        escape("</svg><script>&\0\u{202e}\u{ffff}é", &mut out);
        assert_eq!(
            out,
            "&lt;/svg&gt;&lt;script&gt;&amp;\u{fffd}\u{fffd}\u{fffd}é"
        );
    }

    #[test]
    fn tenths_are_written_without_a_trailing_zero() {
        assert_eq!([0, 84, 840].map(tenths), ["0", "8.4", "84"]);
    }
}

//! A text that is sent to a program and not kept, wherever the program writes it.

use super::is_name;
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    ops::Range,
};

/// How many bytes of a secret in a row are masked, whatever stands around them: a field may show a part of it.
const PIECE: usize = 12;
/// How many characters tell the place of a field in which a secret grows, at most and at least.
const MOST_BEFORE: usize = 16;
const LEAST_BEFORE: usize = 2;

/// A text that is sent and not kept, and the name that stands for it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    name: String,
    text: String,
}

impl Secret {
    /// `None` if it is no name, or the text is empty or has a control character.
    pub fn new(name: &str, text: &str) -> Option<Secret> {
        let is_text = !text.is_empty() && !text.contains(char::is_control);
        (is_name(name) && is_text).then(|| Secret {
            name: name.to_owned(),
            text: text.to_owned(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts of a text that show it: all of it, or a long piece; and what stood in its place while it was typed.
    ///
    /// Control characters, and the `\x1b` of a control sequence, interrupt it as little as a wrap at the margin.
    pub fn parts(&self, text: &str) -> Vec<Range<usize>> {
        let shown = Shown::new(text);
        let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
        for found in self.pieces(shown.text.as_bytes()) {
            let range = shown.places[found.start]..shown.places[found.end - 1] + 1;
            parts.insert(range.start, ceil_char_boundary(text, range.end));
        }
        let whole: Vec<usize> = parts.keys().copied().collect();
        let fields: HashSet<&str> = whole.iter().map(|start| before(text, *start)).collect();
        for field in fields {
            for end in self.beginnings(text, field) {
                parts.entry(end.start).or_insert(end.end);
            }
        }
        parts.into_iter().map(|(start, end)| start..end).collect()
    }

    /// Where it is as a whole, or long pieces of it.
    fn pieces(&self, shown: &[u8]) -> Vec<Range<usize>> {
        let len = self.text.len().min(PIECE);
        let windows: HashSet<&[u8]> = self.text.as_bytes().windows(len).collect();
        let mut firsts = [false; 256];
        for window in &windows {
            firsts[usize::from(window[0])] = true;
        }
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for (at, window) in shown.windows(len).enumerate() {
            if !firsts[usize::from(window[0])] || !windows.contains(window) {
                continue;
            }
            let end = at + len;
            match pieces.last_mut().filter(|last| at < last.end) {
                Some(last) => last.end = end,
                None => pieces.push(at..end),
            }
        }
        pieces
    }

    /// Its beginnings that a field has shown before it was typed as a whole.
    fn beginnings<'a>(
        &'a self,
        text: &'a str,
        field: &'a str,
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let is_place = field.chars().count() >= LEAST_BEFORE;
        let fields = text.match_indices(field).filter(move |_| is_place);
        let fields = fields.map(|(at, field)| at + field.len());
        // Where nothing stands before it, a control character does.
        let controls = text.char_indices().filter(move |_| !is_place);
        let controls = controls.filter(|(_, character)| character.is_control());
        let controls = controls.map(|(at, control)| at + control.len_utf8());
        fields.chain(controls).filter_map(|start| {
            let rest = &text[start..];
            let same = rest.chars().zip(self.text.chars());
            let same = same.take_while(|(shown, typed)| shown == typed);
            let len: usize = same.map(|(shown, _)| shown.len_utf8()).sum();
            let goes_on = rest[len..]
                .chars()
                .next()
                .is_some_and(char::is_alphanumeric);
            (len > 0 && !goes_on).then(|| start..start + len)
        })
    }
}

/// What is visible before a place, in its line.
fn before(text: &str, place: usize) -> &str {
    let characters = text[..place].char_indices().rev();
    let visible = characters.take_while(|(_, character)| !character.is_control());
    let start = visible.take(MOST_BEFORE).last();
    &text[start.map_or(place, |(start, _)| start)..place]
}

fn ceil_char_boundary(text: &str, mut place: usize) -> usize {
    while !text.is_char_boundary(place) {
        place += 1;
    }
    place
}

/// A text without what interrupts no secret, and where each of its bytes was.
struct Shown {
    text: String,
    places: Vec<usize>,
}

impl Shown {
    fn new(text: &str) -> Shown {
        let mut shown = Shown {
            text: String::with_capacity(text.len()),
            places: Vec::with_capacity(text.len()),
        };
        for (at, character) in text.char_indices() {
            let rest = &text.as_bytes()[at..];
            // So a line editor goes to the next row.
            let is_wrap = matches!(rest, [b' ', b'\r', after, ..] if *after != b'\n');
            if !character.is_control() && !is_wrap {
                shown.text.push(character);
                shown.places.extend(at..at + character.len_utf8());
            }
        }
        shown
    }
}

/// Writes its name, and not the text.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    /// A text in which the parts are in brackets.
    #[track_caller]
    fn is(secret: &str, marked: &str) {
        let text = marked.replace(['⟨', '⟩'], "");
        let parts = Secret::new("S", secret).unwrap().parts(&text);
        let mut found = text.clone();
        for part in parts.iter().rev() {
            found.insert(part.end, '⟩');
            found.insert(part.start, '⟨');
        }
        assert_eq!(found, marked);
    }

    #[test]
    fn a_secret_is_found_wherever_it_is_interrupted() {
        is("hunter2", "pw: ⟨hunter2⟩, hunter3, ⟨hunter2⟩");
        is("hunter2", "⟨h\x1bu\x1bnter\r\n2⟩");
        is("hunter2", "⟨hunter2⟩⟨hunter2⟩\r\n⟨hunter2⟩");
        is("hunter2", "pw: ⟨hunt \rer2⟩");
        is("héllo", "⟨héllo⟩ hello");
    }

    #[test]
    fn what_a_field_showed_while_it_was_typed_is_found() {
        is(
            "hunter2",
            "pw: \x1b⟨h⟩\x1b⟨hu⟩\x1b⟨hunter⟩\x1b⟨hunter2⟩\x1bhi",
        );
        is(
            "secret",
            "? pw: \x1b? pw: ⟨s⟩\x1b? pw: ⟨secre⟩ \x1b? pw: ⟨secret⟩ is",
        );
        is("secret", "? pw: sun\x1b? pw: ⟨secret⟩");
    }

    #[test]
    fn a_long_piece_of_a_secret_is_found() {
        is(
            "0123456789abcdefghijklmnopqrstuvwxyz",
            "…\x1b⟨nopqrstuvwxyz⟩\x1b",
        );
        is("0123456789abcdefghij", "0123456789 is no piece");
    }

    #[test]
    fn a_secret_is_not_in_what_is_printed_of_it() {
        let secret = Secret::new("TOKEN", "hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), r#"Secret("TOKEN")"#);
    }

    #[test]
    fn a_secret_is_one_line_of_text_with_a_name() {
        for (name, text) in [
            ("A", ""),
            ("A", "a\nb"),
            ("A", "\x1b[A"),
            ("", "a"),
            ("A B", "a"),
        ] {
            assert_eq!(Secret::new(name, text), None, "{name} {text}");
        }
    }
}

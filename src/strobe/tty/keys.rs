//! The keys that `play` and `review` know, by the bytes that terminals send for them.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Control(char),
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Enter,
    Tab,
    Escape,
}

/// The key at the head of what was typed, and how many bytes it has; no key, if it is none that is known. `None` if there may
/// be more bytes of it.
pub fn decode(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let first = *bytes.first()?;
    match first {
        b'\x1b' => escaped(bytes),
        b'\r' | b'\n' => Some((Some(Key::Enter), 1)),
        b'\t' => Some((Some(Key::Tab), 1)),
        1..=26 => Some((Some(Key::Control(char::from(b'a' + first - 1))), 1)),
        0..=31 | 127 => Some((None, 1)),
        _ => {
            let length = match first {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => 1,
            };
            let character = bytes.get(..length)?;
            let text = str::from_utf8(character).ok();
            let key = text.and_then(|text| text.chars().next()).map(Key::Char);
            Some((key, if key.is_some() { length } else { 1 }))
        }
    }
}

/// What was typed, if nothing follows.
pub fn unfinished(bytes: &[u8]) -> Option<Key> {
    (bytes == b"\x1b").then_some(Key::Escape)
}

/// The control sequences of the cursor keys and their like (xterm, "PC-Style Function Keys").
fn escaped(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let second = *bytes.get(1)?;
    if second == b'\x1b' {
        return Some((Some(Key::Escape), 1));
    }
    if second != b'[' && second != b'O' {
        // With Alt.
        return Some((None, 2));
    }
    let rest = &bytes[2..];
    let end = rest.iter().position(|byte| (b'@'..=b'~').contains(byte))?;
    let key = match (rest[end], &rest[..end]) {
        (b'A', _) => Some(Key::Up),
        (b'B', _) => Some(Key::Down),
        (b'C', _) => Some(Key::Right),
        (b'D', _) => Some(Key::Left),
        (b'H', _) | (b'~', b"1" | b"7") => Some(Key::Home),
        (b'F', _) | (b'~', b"4" | b"8") => Some(Key::End),
        (b'~', b"5") => Some(Key::PageUp),
        (b'~', b"6") => Some(Key::PageDown),
        _ => None,
    };
    Some((key, end + 3))
}

#[cfg(test)]
mod tests {
    use super::{Key, decode, unfinished};

    #[track_caller]
    fn keys(mut bytes: &[u8], expected: &[Key]) {
        let mut keys = Vec::new();
        while let Some((key, length)) = decode(bytes) {
            keys.extend(key);
            bytes = &bytes[length..];
        }
        keys.extend(unfinished(bytes));
        assert_eq!(keys, expected);
    }

    #[test]
    fn keys_are_known_by_their_bytes() {
        keys(
            b"a .\r",
            &[Key::Char('a'), Key::Char(' '), Key::Char('.'), Key::Enter],
        );
        keys(
            b"\x1b[A\x1bOB\x1b[1;2C\x1b[5~\x1b[6~",
            &[Key::Up, Key::Down, Key::Right, Key::PageUp, Key::PageDown],
        );
        keys(
            "é\u{1f980}".as_bytes(),
            &[Key::Char('é'), Key::Char('\u{1f980}')],
        );
        keys(b"\x03\x1b", &[Key::Control('c'), Key::Escape]);
        keys(b"\x1b\x1b[A", &[Key::Escape, Key::Up]);
    }

    #[test]
    fn what_is_no_key_is_passed_over() {
        keys(
            b"\x1b[200~x\x1bq\xffy\x7f",
            &[Key::Char('x'), Key::Char('y')],
        );
    }
}

//! Which keys a person pressed: the inverse of what keys become.

use super::input::InputModes;
use crate::recording::{Input, Key, KeyCode, MouseButton, Position, WheelDirection};

/// What a person typed, cut into input by name, each with its bytes; bytes that no key sends have none.
pub(crate) fn named(typed: &[u8], modes: &InputModes) -> Vec<(Option<Input>, Vec<u8>)> {
    let keys = keys(modes);
    let mut parts: Vec<(Option<Input>, Vec<u8>)> = Vec::new();
    let mut rest = typed;
    while !rest.is_empty() {
        let (input, len) = next(rest, &keys, modes);
        let (bytes, after) = rest.split_at(len);
        rest = after;
        match (parts.last_mut(), input) {
            // Keys of one read are one line.
            (Some((Some(Input::Press(before)), known)), Some(Input::Press(more))) => {
                before.extend(more);
                known.extend_from_slice(bytes);
            }
            (Some((None, known)), None) => known.extend_from_slice(bytes),
            (_, input) => parts.push((input, bytes.to_vec())),
        }
    }
    parts
}

/// The input at the head of what was typed, if it has a name, and its length.
fn next(rest: &[u8], keys: &[(Vec<u8>, Key)], modes: &InputModes) -> (Option<Input>, usize) {
    let is_whole =
        |input: &Input, len: usize| modes.encode(input).is_ok_and(|bytes| bytes == rest[..len]);
    if let Some((input, len)) = text(rest)
        .into_iter()
        .chain(paste(rest))
        .find(|(input, len)| is_whole(input, *len))
    {
        return (Some(input), len);
    }
    if let Some(found) = mouse(rest, modes) {
        return found;
    }
    for (input, bytes) in [
        (Input::Focus(true), b"\x1b[I"),
        (Input::Focus(false), b"\x1b[O"),
    ] {
        if modes.focus && rest.starts_with(bytes) {
            return (Some(input), bytes.len());
        }
    }
    // The Escape key, or the beginning of something else?
    let is_escape =
        |bytes: &[u8]| bytes == b"\x1b" && rest.get(1).is_some_and(|next| *next != 0x1b);
    let pressed = keys
        .iter()
        .filter(|(bytes, _)| rest.starts_with(bytes) && !is_escape(bytes));
    if let Some((bytes, key)) = pressed.max_by_key(|(bytes, _)| bytes.len()) {
        return (Some(Input::Press(vec![*key])), bytes.len());
    }
    // An unknown sequence, up to the next one.
    let next = rest[1..].iter().position(|byte| *byte == 0x1b);
    (None, next.map_or(rest.len(), |next| next + 1))
}

/// The characters at the head that are typed as they stand.
fn text(rest: &[u8]) -> Option<(Input, usize)> {
    let valid = match str::from_utf8(rest) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
    };
    let len = valid.find(char::is_control).unwrap_or(valid.len());
    let text = valid[..len].to_owned();
    (len > 0).then_some((Input::Type { text, every: None }, len))
}

/// A bracketed paste at the head.
fn paste(rest: &[u8]) -> Option<(Input, usize)> {
    const END: &[u8] = b"\x1b[201~";
    let pasted = rest.strip_prefix(b"\x1b[200~")?;
    let len = memchr::memmem::find(pasted, END)?;
    let text = str::from_utf8(&pasted[..len]).ok()?.replace('\r', "\n");
    Input::is_text(&text).then_some((
        Input::Paste(text),
        rest.len() - pasted.len() + len + END.len(),
    ))
}

/// The wheel, or a click whose release was read with its press, in SGR's form.
fn mouse(rest: &[u8], modes: &InputModes) -> Option<(Option<Input>, usize)> {
    let report = rest.strip_prefix(b"\x1b[<")?;
    let end = report.iter().position(|byte| matches!(byte, b'M' | b'm'))?;
    let numbers = str::from_utf8(&report[..end]).ok()?;
    let mut numbers = numbers.split(';').map(crate::text::number::<u16>);
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let at = Position { column, row };
    let button = match button {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        2 => MouseButton::Right,
        64 => return wheel(rest, WheelDirection::Up, at, modes),
        65 => return wheel(rest, WheelDirection::Down, at, modes),
        _ => return None,
    };
    let input = Input::Click(button, at);
    let bytes = modes.encode(&input).ok()?;
    rest.starts_with(&bytes)
        .then_some((Some(input), bytes.len()))
}

/// As many notches as there are at the head.
fn wheel(
    rest: &[u8],
    direction: WheelDirection,
    at: Position,
    modes: &InputModes,
) -> Option<(Option<Input>, usize)> {
    let notch = modes.encode(&Input::Wheel(direction, 1, at)).ok()?;
    let notches = rest.chunks(notch.len()).take_while(|chunk| *chunk == notch);
    let notches = u16::try_from(notches.count())
        .ok()
        .filter(|count| *count > 0)?;
    let input = Input::Wheel(direction, notches, at);
    Some((Some(input), notch.len() * usize::from(notches)))
}

/// Every key that sends more or something else than its character, with its bytes; of keys that send the same the more
/// usual one is the last.
fn keys(modes: &InputModes) -> Vec<(Vec<u8>, Key)> {
    let named = [
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Right,
        KeyCode::Left,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Tab,
        KeyCode::Enter,
        KeyCode::Escape,
    ];
    let named: Vec<KeyCode> = named
        .into_iter()
        .chain((1..=20).map(KeyCode::Function))
        .collect();
    let characters: Vec<KeyCode> = (' '..='~').map(KeyCode::Character).collect();
    let held = |codes: &[KeyCode], held: &[(bool, bool, bool)]| -> Vec<Key> {
        let keys = held.iter().flat_map(|(ctrl, alt, shift)| {
            codes.iter().map(|code| Key {
                code: *code,
                ctrl: *ctrl,
                alt: *alt,
                shift: *shift,
            })
        });
        keys.collect()
    };
    let modified = [
        (true, true, true),
        (true, true, false),
        (true, false, true),
        (false, true, true),
        (true, false, false),
        (false, true, false),
        (false, false, true),
    ];
    let all = [
        held(&named, &modified),
        held(
            &characters,
            &[
                (true, true, false),
                (false, true, false),
                (true, false, false),
            ],
        ),
        held(&named, &[(false, false, false)]),
    ];
    let is_known = |key: &Key| {
        let introduces = matches!(key.code, KeyCode::Character('[' | 'O' | ']' | 'P'));
        let is_other = matches!(key.code, KeyCode::Character('A'..='Z' | '0'..='9' | '@'));
        !(key.alt && introduces || key.ctrl && is_other)
    };
    let keys = all.into_iter().flatten().filter(is_known);
    keys.filter_map(|key| Some((modes.encode(&Input::Press(vec![key])).ok()?, key)))
        .filter(|(bytes, _)| !matches!(bytes[..], [] | [b' '..=b'~']))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::Terminal, InputModes, named};
    use crate::recording::EventKind;

    /// What was typed to a program that has written this, as a transcript has it.
    #[track_caller]
    fn is(written: &[u8], typed: &[u8], expected: &[&str]) {
        let mut terminal = Terminal::new(80, 24);
        terminal.feed(written);
        let parts = named(typed, &InputModes::of(&terminal));
        let joined: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        assert_eq!(joined, typed);
        let lines = parts.into_iter().map(|(input, bytes)| {
            let kind = match input {
                Some(input) => EventKind::Input {
                    input: Box::new(input),
                    bytes,
                },
                None => EventKind::Send(bytes),
            };
            crate::transcript::excerpt(&kind, 99)
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn keys_have_their_names_by_the_modes_that_are_set() {
        is(b"", b"Ada\r", &["type \"Ada\"", "press Enter \"\\r\""]);
        is(b"", b"\x03", &["press C-c \"\\x03\""]);
        is(
            b"",
            b"\x1b[A\x1b[A\x1b[1;5D",
            &["press Up*2 C-Left \"\\e[A\\e[A\\e[1;5D\""],
        );
        is(b"\x1b[?1h", b"\x1bOA", &["press Up \"\\eOA\""]);
        is(
            b"",
            b"\t\x1b[Z\x7f\x1b",
            &["press Tab S-Tab Backspace Escape \"\\t\\e[Z\\x7f\\e\""],
        );
        is(b"", b"\x1bx\x00", &["press M-x C-Space \"\\ex\\x00\""]);
        is(b"\x1b[>1u", b"\x1b[99;5u", &["press C-c \"\\e[99;5u\""]);
        is(
            b"\x1b[?2004h",
            b"\x1b[200~a\rb\x1b[201~",
            &["paste \"a\\n\" \"b\""],
        );
        is(b"\x1b[?1004h", b"\x1b[O", &["focus out \"\\e[O\""]);
    }

    #[test]
    fn the_wheel_and_a_whole_click_have_their_names() {
        let set = b"\x1b[?1000;1006h";
        let (up, down) = (b"\x1b[<64;3;2M", b"\x1b[<65;3;2M");
        is(set, up, &["wheel up 3,2 \"\\e[<64;3;2M\""]);
        is(
            set,
            &[&down[..], down, up].concat(),
            &[
                "wheel down*2 3,2 \"\\e[<65;3;2M\\e[<65;3;2M\"",
                "wheel up 3,2 \"\\e[<64;3;2M\"",
            ],
        );
        is(
            set,
            b"\x1b[<2;3;2M\x1b[<2;3;2m\r",
            &[
                "click right 3,2 \"\\e[<2;3;2M\\e[<2;3;2m\"",
                "press Enter \"\\r\"",
            ],
        );
        // A press alone, one with a key held, one that is not asked for, and one in another form.
        is(set, b"\x1b[<0;3;2M", &["send \"\\e[<0;3;2M\""]);
        is(set, b"\x1b[<68;3;2M", &["send \"\\e[<68;3;2M\""]);
        is(b"\x1b[?1006h", up, &["send \"\\e[<64;3;2M\""]);
        is(b"\x1b[?1000h", up, &["send \"\\e[<64;3;2M\""]);
        is(set, b"\x1b[<64;03;2M", &["send \"\\e[<64;03;2M\""]);
    }

    #[test]
    fn what_no_key_sends_has_no_name() {
        is(b"", b"\x1bOA", &["send \"\\eOA\""]);
        is(b"", b"\x1b[<0;3;2M", &["send \"\\e[<0;3;2M\""]);
        is(b"", b"\xff", &["send \"\\xff\""]);
        is(b"", b"\x1b[99;5ux", &["send \"\\e[99;5ux\""]);
        is(
            b"",
            b"\x1b[I\x1b[B",
            &["send \"\\e[I\"", "press Down \"\\e[B\""],
        );
    }
}

//! The bytes of a key in kitty's keyboard protocol
//! (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>).

use super::keys::{Held, KeyModes, SHIFT, sequence, shifted, simple};
use crate::recording::KeyCode;

/// Flags of the kitty keyboard protocol.
const DISAMBIGUATE: u8 = 1;
const EVENT_TYPES: u8 = 2;
const ALTERNATE_KEYS: u8 = 4;
const ALL_KEYS: u8 = 8;
const TEXT: u8 = 16;

/// The bytes of a key in the kitty keyboard protocol.
pub(super) fn encode(code: KeyCode, held: Held, modes: KeyModes) -> Vec<u8> {
    let flags = modes.kitty;
    let mut bytes = event(code, held, modes, 1);
    // The release of the keys that work in a shell is reported only where every key is.
    let is_quiet =
        matches!(code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace) && flags & ALL_KEYS == 0;
    if flags & EVENT_TYPES != 0 && !is_quiet {
        bytes.extend(event(code, held, modes, 3));
    }
    bytes
}

/// One event of a key in the kitty keyboard protocol: 1 is a press, 3 a release.
fn event(code: KeyCode, held: Held, modes: KeyModes, event: u8) -> Vec<u8> {
    let flags = modes.kitty;
    let is_release = event == 3;
    let is_new_form = flags & (DISAMBIGUATE | EVENT_TYPES | ALL_KEYS | TEXT) != 0;
    if let Some(sequence) = sequence(code) {
        if !is_new_form {
            return sequence.legacy(held, modes);
        }
        let (number, last) = sequence.kitty();
        return control_sequence(number, None, held, event, None, last);
    }
    let (number, typed) = match code {
        KeyCode::Enter => (13, None),
        KeyCode::Tab => (9, None),
        KeyCode::Backspace => (127, None),
        KeyCode::Escape => (27, None),
        KeyCode::Keypad(typed) => (keypad(typed), Some(typed)),
        KeyCode::KeypadEnter => (57414, None),
        KeyCode::Character(typed) => (typed.to_ascii_lowercase().into(), Some(typed)),
        _ => return Vec::new(),
    };
    // A capital letter is a letter with Shift.
    let is_capital = typed.is_some_and(|typed| typed.is_ascii_uppercase());
    let with_shift = Held(held.0 | if is_capital { SHIFT } else { 0 });
    let makes_text = typed.filter(|_| held.0 & !SHIFT == 0);
    let works_in_shells =
        matches!(code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace) && held.0 == 0;
    let stays = !is_release
        && flags & ALL_KEYS == 0
        && (makes_text.is_some() || works_in_shells || flags & DISAMBIGUATE == 0);
    if stays {
        return simple(code, held, modes);
    }
    let alternate = typed
        .filter(|typed| {
            flags & ALTERNATE_KEYS != 0 && with_shift.has(SHIFT) && typed.is_ascii_alphabetic()
        })
        .map(|typed| u32::from(typed.to_ascii_uppercase()));
    let text = makes_text.filter(|_| flags & TEXT != 0 && flags & ALL_KEYS != 0 && !is_release);
    let text = text.map(|typed| shifted(typed, held));
    control_sequence(number, alternate, with_shift, event, text, 'u')
}

/// `CSI number : shifted ; modifiers : event ; text u`, without the parts at its end that say nothing.
fn control_sequence(
    number: u32,
    shifted: Option<u32>,
    held: Held,
    event: u8,
    text: Option<u32>,
    last: char,
) -> Vec<u8> {
    let mut sequence = "\x1b[".to_owned();
    let has_event = event != 1;
    let has_modifiers = held.0 != 0 || has_event;
    if number != 1 || has_modifiers {
        sequence += &number.to_string();
    }
    if let Some(shifted) = shifted {
        sequence += &format!(":{shifted}");
    }
    if has_modifiers {
        sequence += &format!(";{}", held.parameter());
    } else if text.is_some() {
        sequence.push(';');
    }
    if has_event {
        sequence += &format!(":{event}");
    }
    if let Some(text) = text {
        sequence += &format!(";{text}");
    }
    sequence.push(last);
    sequence.into_bytes()
}

/// The code of a key of the keypad in the kitty protocol.
fn keypad(typed: char) -> u32 {
    match typed {
        '0'..='9' => 57399 + u32::from(typed) - u32::from('0'),
        '.' => 57409,
        '/' => 57410,
        '*' => 57411,
        '-' => 57412,
        _ => 57413,
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{KeyModes, tests::sends};

    fn kitty(kitty: u8) -> KeyModes {
        KeyModes {
            kitty,
            ..KeyModes::default()
        }
    }

    /// The examples of the protocol's description, and what follows from its rules.
    #[test]
    fn the_kitty_protocol_disambiguates() {
        sends(
            kitty(1),
            &[
                ("Escape", "\x1b[27u"),
                ("C-c", "\x1b[99;5u"),
                ("M-x", "\x1b[120;3u"),
                ("C-S-a", "\x1b[97;6u"),
                ("a", "a"),
                ("A", "A"),
                ("Enter", "\r"),
                ("C-Enter", "\x1b[13;5u"),
                ("S-Tab", "\x1b[9;2u"),
                ("Backspace", "\x7f"),
                ("Up", "\x1b[A"),
                ("C-Up", "\x1b[1;5A"),
                ("F1", "\x1b[P"),
                ("F3", "\x1b[13~"),
                ("F5", "\x1b[15~"),
                ("KP5", "5"),
            ],
        );
        let with_cursor_keys = KeyModes {
            application_cursor: true,
            ..kitty(1)
        };
        sends(with_cursor_keys, &[("Up", "\x1b[A")]);
    }

    #[test]
    fn the_kitty_protocol_reports_releases_text_and_every_key() {
        sends(
            kitty(1 | 2),
            &[
                ("Up", "\x1b[A\x1b[1;1:3A"),
                ("Enter", "\r"),
                ("C-c", "\x1b[99;5u\x1b[99;5:3u"),
            ],
        );
        sends(
            kitty(8),
            &[
                ("a", "\x1b[97u"),
                ("A", "\x1b[97;2u"),
                ("Enter", "\x1b[13u"),
                ("KP5", "\x1b[57404u"),
            ],
        );
        sends(kitty(4 | 8), &[("A", "\x1b[97:65;2u"), ("a", "\x1b[97u")]);
        sends(
            kitty(8 | 16),
            &[
                ("a", "\x1b[97;;97u"),
                ("A", "\x1b[97;2;65u"),
                ("C-a", "\x1b[97;5u"),
            ],
        );
    }
}

//! The bytes that a key becomes, by the modes that the program has set.
//!
//! Source: xterm's control sequences (ctlseqs, "PC-Style Function Keys", "Alt and Meta Keys", modifyOtherKeys).

use super::kitty;
use crate::recording::{Key, KeyCode};

/// The modes that decide which bytes a key becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the modes are independent of each other"
)]
pub(crate) struct KeyModes {
    /// DECCKM (`CSI ? 1 h`): cursor keys send SS3.
    pub(crate) application_cursor: bool,
    /// DECKPAM (`ESC =`) or DECNKM (`CSI ? 66 h`): the numeric keypad sends SS3.
    pub(crate) application_keypad: bool,
    /// DECBKM (`CSI ? 67 h`): Backspace sends BS and not DEL.
    pub(crate) backspace: bool,
    /// LNM (`CSI 20 h`): Enter sends a line feed, too.
    pub(crate) line_feed: bool,
    /// modifyOtherKeys (`CSI > 4 ; Pv m`): 0, 1 or 2.
    pub(crate) modify_other_keys: u8,
    /// The flags of the kitty keyboard protocol (`CSI = flags u`, `CSI > flags u`).
    pub(crate) kitty: u8,
}

pub(super) const SHIFT: u8 = 1;
const ALT: u8 = 2;
const CTRL: u8 = 4;

/// The bytes of a key, pressed and released.
pub(crate) fn encode(key: Key, modes: KeyModes) -> Vec<u8> {
    let held = Held::of(key);
    if modes.kitty != 0 {
        return kitty::encode(key.code, held, modes);
    }
    match sequence(key.code) {
        Some(sequence) => sequence.legacy(held, modes),
        None => simple(key.code, held, modes),
    }
}

/// The modifiers that are held, as bits.
#[derive(Clone, Copy)]
pub(super) struct Held(pub(super) u8);

impl Held {
    fn of(key: Key) -> Held {
        let bit = |is_held: bool, bit: u8| if is_held { bit } else { 0 };
        Held(bit(key.shift, SHIFT) | bit(key.alt, ALT) | bit(key.ctrl, CTRL))
    }

    pub(super) fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// The parameter of a control sequence.
    pub(super) fn parameter(self) -> u8 {
        self.0 + 1
    }
}

/// How the function keys are written.
#[derive(Clone, Copy)]
pub(super) enum Sequence {
    /// `CSI A`, `SS3 A` in application mode, `CSI 1 ; modifiers A`.
    Cursor(char),
    /// `SS3 P`, `CSI 1 ; modifiers P`.
    Function(char),
    /// `CSI 5 ~`, `CSI 5 ; modifiers ~`.
    Tilde(u8),
}

pub(super) fn sequence(code: KeyCode) -> Option<Sequence> {
    Some(match code {
        KeyCode::Up => Sequence::Cursor('A'),
        KeyCode::Down => Sequence::Cursor('B'),
        KeyCode::Right => Sequence::Cursor('C'),
        KeyCode::Left => Sequence::Cursor('D'),
        KeyCode::Home => Sequence::Cursor('H'),
        KeyCode::End => Sequence::Cursor('F'),
        KeyCode::Insert => Sequence::Tilde(2),
        KeyCode::Delete => Sequence::Tilde(3),
        KeyCode::PageUp => Sequence::Tilde(5),
        KeyCode::PageDown => Sequence::Tilde(6),
        KeyCode::Function(number @ 1..=4) => Sequence::Function(char::from(b'O' + number)),
        KeyCode::Function(number) => {
            /// F5 to F20 (VT220).
            const NUMBERS: [u8; 16] = [
                15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34,
            ];
            Sequence::Tilde(*NUMBERS.get(usize::from(number).checked_sub(5)?)?)
        }
        _ => return None,
    })
}

impl Sequence {
    pub(super) fn legacy(self, held: Held, modes: KeyModes) -> Vec<u8> {
        let modifiers = held.parameter();
        match self {
            Sequence::Cursor(last) if held.0 == 0 && modes.application_cursor => {
                format!("\x1bO{last}")
            }
            Sequence::Cursor(last) if held.0 == 0 => format!("\x1b[{last}"),
            Sequence::Function(last) if held.0 == 0 => format!("\x1bO{last}"),
            Sequence::Cursor(last) | Sequence::Function(last) => {
                format!("\x1b[1;{modifiers}{last}")
            }
            Sequence::Tilde(number) if held.0 == 0 => format!("\x1b[{number}~"),
            Sequence::Tilde(number) => format!("\x1b[{number};{modifiers}~"),
        }
        .into_bytes()
    }

    /// The parts of its control sequence in the kitty protocol: the number and the final character.
    pub(super) fn kitty(self) -> (u32, char) {
        match self {
            // `CSI R` would be a cursor position report.
            Sequence::Function('R') => (13, '~'),
            Sequence::Cursor(last) | Sequence::Function(last) => (1, last),
            Sequence::Tilde(number) => (number.into(), '~'),
        }
    }
}

/// The bytes of every key that is no function key, outside the kitty protocol.
pub(super) fn simple(code: KeyCode, held: Held, modes: KeyModes) -> Vec<u8> {
    if let KeyCode::Keypad(typed) = code
        && modes.application_keypad
        && held.0 == 0
    {
        return format!("\x1bO{}", keypad_letter(typed)).into_bytes();
    }
    if code == KeyCode::KeypadEnter && modes.application_keypad && held.0 == 0 {
        return b"\x1bOM".to_vec();
    }
    if let Some(code) = other_key(code, held, modes) {
        return format!("\x1b[27;{};{code}~", held.parameter()).into_bytes();
    }
    if code == KeyCode::Tab && held.has(SHIFT) {
        return with_alt(held, b"\x1b[Z".to_vec());
    }
    let bytes = match code {
        KeyCode::Enter | KeyCode::KeypadEnter if modes.line_feed => b"\r\n".to_vec(),
        KeyCode::Enter | KeyCode::KeypadEnter => b"\r".to_vec(),
        KeyCode::Tab => b"\t".to_vec(),
        KeyCode::Escape => b"\x1b".to_vec(),
        // Ctrl sends the other one.
        KeyCode::Backspace if modes.backspace != held.has(CTRL) => b"\x08".to_vec(),
        KeyCode::Backspace => b"\x7f".to_vec(),
        KeyCode::Character(typed) | KeyCode::Keypad(typed) => {
            let control = control(typed).filter(|_| held.has(CTRL));
            control.map_or_else(|| typed.to_string().into_bytes(), |byte| vec![byte])
        }
        _ => Vec::new(),
    };
    with_alt(held, bytes)
}

fn with_alt(held: Held, mut bytes: Vec<u8>) -> Vec<u8> {
    if held.has(ALT) {
        bytes.insert(0, 0x1b);
    }
    bytes
}

/// What Ctrl makes of a key; `None` if nothing (xterm, as the VT220).
fn control(typed: char) -> Option<u8> {
    Some(match typed {
        '@'..='_' | 'a'..='z' => typed as u8 & 0x1f,
        ' ' | '2' => 0,
        '3'..='7' => typed as u8 - b'3' + 0x1b,
        '?' | '8' => 0x7f,
        '/' => 0x1f,
        _ => return None,
    })
}

/// The code of a key that modifyOtherKeys reports; `None` if it does not.
fn other_key(code: KeyCode, held: Held, modes: KeyModes) -> Option<u32> {
    let (code, is_special) = match code {
        KeyCode::Enter => (13, true),
        KeyCode::Tab => (9, true),
        KeyCode::Backspace => (127, true),
        KeyCode::Escape => (27, true),
        KeyCode::Character(typed) => (shifted(typed, held), false),
        _ => return None,
    };
    let character = char::from_u32(code);
    let is_reported = match modes.modify_other_keys {
        0 => false,
        _ if held.0 == 0 => false,
        // Without it the key would be the same as another one.
        1 if is_special => held.has(CTRL) || (held.has(SHIFT) && code != 9),
        1 => held.has(CTRL) && (held.has(SHIFT) || character.and_then(control).is_none()),
        _ if is_special => held.0 != SHIFT || code != 9,
        _ => held.0 != SHIFT || code == 32,
    };
    is_reported.then_some(code)
}

/// The character that a key types with Shift: of letters it is known on every keyboard.
pub(super) fn shifted(typed: char, held: Held) -> u32 {
    if held.has(SHIFT) {
        typed.to_ascii_uppercase()
    } else {
        typed
    }
    .into()
}

/// The last character of what a key of the keypad sends in application mode.
fn keypad_letter(typed: char) -> char {
    match typed {
        '0'..='9' => char::from(typed as u8 - b'0' + b'p'),
        // `*` to `/` are in the same order there.
        _ => char::from(typed as u8 - b'*' + b'j'),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{KeyModes, encode};

    #[track_caller]
    pub(in crate::terminal) fn sends(modes: KeyModes, keys: &[(&str, &str)]) {
        for (name, bytes) in keys {
            let sent = encode(name.parse().unwrap(), modes);
            assert_eq!(
                sent,
                bytes.as_bytes(),
                "{name} sent {}",
                sent.escape_ascii()
            );
        }
    }

    /// xterm's terminfo entry has them: kcuu1 (in application mode), kend, kpp, kf5, kLFT5 …
    #[test]
    fn keys_send_what_xterm_sends() {
        sends(
            KeyModes::default(),
            &[
                ("Up", "\x1b[A"),
                ("C-Left", "\x1b[1;5D"),
                ("S-Right", "\x1b[1;2C"),
                ("C-M-S-Down", "\x1b[1;8B"),
                ("Home", "\x1b[H"),
                ("End", "\x1b[F"),
                ("Insert", "\x1b[2~"),
                ("Delete", "\x1b[3~"),
                ("C-Delete", "\x1b[3;5~"),
                ("PageUp", "\x1b[5~"),
                ("PageDown", "\x1b[6~"),
                ("F1", "\x1bOP"),
                ("F4", "\x1bOS"),
                ("F5", "\x1b[15~"),
                ("F12", "\x1b[24~"),
                ("F20", "\x1b[34~"),
                ("S-F1", "\x1b[1;2P"),
                ("C-F5", "\x1b[15;5~"),
                ("Enter", "\r"),
                ("M-Enter", "\x1b\r"),
                ("Tab", "\t"),
                ("S-Tab", "\x1b[Z"),
                ("Backspace", "\x7f"),
                ("C-Backspace", "\x08"),
                ("Escape", "\x1b"),
                ("Space", " "),
                ("C-Space", "\0"),
                ("a", "a"),
                ("é", "é"),
                ("C-c", "\x03"),
                ("C-[", "\x1b"),
                ("C-\\", "\x1c"),
                ("C-_", "\x1f"),
                ("C-/", "\x1f"),
                ("C-?", "\x7f"),
                ("M-x", "\x1bx"),
                ("C-M-a", "\x1b\x01"),
                ("C-1", "1"),
                ("KP5", "5"),
                ("KPEnter", "\r"),
            ],
        );
    }

    #[test]
    fn application_modes_send_ss3() {
        let modes = KeyModes {
            application_cursor: true,
            application_keypad: true,
            ..KeyModes::default()
        };
        sends(
            modes,
            &[
                ("Up", "\x1bOA"),
                ("Home", "\x1bOH"),
                ("C-Up", "\x1b[1;5A"),
                ("Delete", "\x1b[3~"),
                ("KP0", "\x1bOp"),
                ("KP9", "\x1bOy"),
                ("KP*", "\x1bOj"),
                ("KP+", "\x1bOk"),
                ("KP-", "\x1bOm"),
                ("KP.", "\x1bOn"),
                ("KP/", "\x1bOo"),
                ("KPEnter", "\x1bOM"),
                ("5", "5"),
            ],
        );
        sends(
            KeyModes {
                backspace: true,
                line_feed: true,
                ..KeyModes::default()
            },
            &[
                ("Backspace", "\x08"),
                ("C-Backspace", "\x7f"),
                ("Enter", "\r\n"),
            ],
        );
    }

    #[test]
    fn modify_other_keys_reports_what_would_be_lost() {
        let level = |level| KeyModes {
            modify_other_keys: level,
            ..KeyModes::default()
        };
        sends(
            level(1),
            &[
                ("C-c", "\x03"),
                ("M-x", "\x1bx"),
                ("C-1", "\x1b[27;5;49~"),
                ("C-Enter", "\x1b[27;5;13~"),
                ("C-S-o", "\x1b[27;6;79~"),
                ("Enter", "\r"),
                ("a", "a"),
                ("S-Tab", "\x1b[Z"),
                ("C-Tab", "\x1b[27;5;9~"),
            ],
        );
        sends(
            level(2),
            &[
                ("C-c", "\x1b[27;5;99~"),
                ("M-x", "\x1b[27;3;120~"),
                ("S-Enter", "\x1b[27;2;13~"),
                ("A", "A"),
                ("Up", "\x1b[A"),
            ],
        );
    }
}

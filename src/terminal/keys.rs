//! The bytes that a key becomes, by the modes that the program has set.
//!
//! Sources: xterm's control sequences (ctlseqs, "PC-Style Function Keys", "Alt and Meta Keys", modifyOtherKeys) and the
//! kitty keyboard protocol.

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

/// Flags of the kitty keyboard protocol.
const DISAMBIGUATE: u8 = 1;
const EVENT_TYPES: u8 = 2;
const ALTERNATE_KEYS: u8 = 4;
const ALL_KEYS: u8 = 8;
const TEXT: u8 = 16;

const SHIFT: u8 = 1;
const ALT: u8 = 2;
const CTRL: u8 = 4;

/// The bytes of a key, pressed and released.
pub(crate) fn encode(key: Key, modes: KeyModes) -> Vec<u8> {
    let held = Held::of(key);
    if modes.kitty != 0 {
        return kitty(key.code, held, modes);
    }
    match sequence(key.code) {
        Some(sequence) => sequence.legacy(held, modes),
        None => simple(key.code, held, modes),
    }
}

/// The modifiers that are held, as bits.
#[derive(Clone, Copy)]
struct Held(u8);

impl Held {
    fn of(key: Key) -> Held {
        let bit = |is_held: bool, bit: u8| if is_held { bit } else { 0 };
        Held(bit(key.shift, SHIFT) | bit(key.alt, ALT) | bit(key.ctrl, CTRL))
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// The parameter of a control sequence.
    fn parameter(self) -> u8 {
        self.0 + 1
    }
}

/// How the function keys are written.
#[derive(Clone, Copy)]
enum Sequence {
    /// `CSI A`, `SS3 A` in application mode, `CSI 1 ; modifiers A`.
    Cursor(char),
    /// `SS3 P`, `CSI 1 ; modifiers P`.
    Function(char),
    /// `CSI 5 ~`, `CSI 5 ; modifiers ~`.
    Tilde(u8),
}

fn sequence(code: KeyCode) -> Option<Sequence> {
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
    fn legacy(self, held: Held, modes: KeyModes) -> Vec<u8> {
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
    fn kitty(self) -> (u32, char) {
        match self {
            // `CSI R` would be a cursor position report.
            Sequence::Function('R') => (13, '~'),
            Sequence::Cursor(last) | Sequence::Function(last) => (1, last),
            Sequence::Tilde(number) => (number.into(), '~'),
        }
    }
}

/// The bytes of every key that is no function key, outside the kitty protocol.
fn simple(code: KeyCode, held: Held, modes: KeyModes) -> Vec<u8> {
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
fn shifted(typed: char, held: Held) -> u32 {
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

/// The bytes of a key in the kitty keyboard protocol.
fn kitty(code: KeyCode, held: Held, modes: KeyModes) -> Vec<u8> {
    let flags = modes.kitty;
    let mut bytes = kitty_event(code, held, modes, 1);
    // The release of the keys that work in a shell is reported only where every key is.
    let is_quiet =
        matches!(code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace) && flags & ALL_KEYS == 0;
    if flags & EVENT_TYPES != 0 && !is_quiet {
        bytes.extend(kitty_event(code, held, modes, 3));
    }
    bytes
}

/// One event of a key in the kitty keyboard protocol: 1 is a press, 3 a release.
fn kitty_event(code: KeyCode, held: Held, modes: KeyModes, event: u8) -> Vec<u8> {
    let flags = modes.kitty;
    let is_release = event == 3;
    let is_new_form = flags & (DISAMBIGUATE | EVENT_TYPES | ALL_KEYS | TEXT) != 0;
    if let Some(sequence) = sequence(code) {
        if !is_new_form {
            return sequence.legacy(held, modes);
        }
        let (number, last) = sequence.kitty();
        return kitty_sequence(number, None, held, event, None, last);
    }
    let (number, typed) = match code {
        KeyCode::Enter => (13, None),
        KeyCode::Tab => (9, None),
        KeyCode::Backspace => (127, None),
        KeyCode::Escape => (27, None),
        KeyCode::Keypad(typed) => (kitty_keypad(typed), Some(typed)),
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
    kitty_sequence(number, alternate, with_shift, event, text, 'u')
}

/// `CSI number : shifted ; modifiers : event ; text u`, without the parts at its end that say nothing.
fn kitty_sequence(
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
fn kitty_keypad(typed: char) -> u32 {
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
    use super::{KeyModes, encode};

    #[track_caller]
    fn sends(modes: KeyModes, keys: &[(&str, &str)]) {
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

    fn kitty(kitty: u8) -> KeyModes {
        KeyModes {
            kitty,
            ..KeyModes::default()
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

//! The bytes that input by name becomes, by the modes that the program has set.

use super::{
    Mode, Terminal,
    keys::{self, KeyModes},
    mouse::{Mouse, MouseEncoding, MouseTracking},
    named,
};
use crate::recording::{Input, Key, KeyCode};

/// The modes that decide which bytes input becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InputModes {
    pub(crate) keys: KeyModes,
    /// Pasted text stands between brackets (mode 2004).
    pub(crate) bracketed_paste: bool,
    /// The focus is reported (mode 1004).
    pub(crate) focus: bool,
    /// The mouse is reported.
    pub(crate) mouse: Option<Mouse>,
}

/// Why an input becomes no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InputError {
    /// Clicks would be lost.
    #[error("the program has not turned the mouse on")]
    NoMouse,
    /// X10's protocol has presses of buttons alone.
    #[error("the program has turned on a mouse without a wheel (mode 9)")]
    NoWheel,
    /// The mouse's protocol ends there.
    #[error("the place is beyond what the program's mouse protocol can say")]
    Beyond,
    /// Changes of the focus would be lost.
    #[error("the program has not asked for the focus")]
    NoFocus,
}

impl InputModes {
    /// The modes that are set in a terminal.
    pub(crate) fn of(terminal: &Terminal) -> InputModes {
        let modes = terminal.modes();
        let has = |mode| modes.contains(mode);
        let tracking = [
            (Mode::MouseMotion, MouseTracking::AnyMotion),
            (Mode::MouseDrag, MouseTracking::ButtonMotion),
            (Mode::MousePress, MouseTracking::PressRelease),
            (Mode::MouseX10, MouseTracking::Press),
        ];
        let encoding = [
            (Mode::MousePixels, MouseEncoding::SgrPixels),
            (Mode::MouseSgr, MouseEncoding::Sgr),
            (Mode::MouseUrxvt, MouseEncoding::Urxvt),
            (Mode::MouseUtf8, MouseEncoding::Utf8),
        ];
        let tracking = tracking.into_iter().find(|(mode, _)| has(*mode));
        let encoding = encoding.into_iter().find(|(mode, _)| has(*mode));
        InputModes {
            keys: KeyModes {
                application_cursor: has(Mode::ApplicationCursor),
                application_keypad: has(Mode::ApplicationKeypad),
                backspace: has(Mode::BackspaceKey),
                line_feed: has(Mode::NewLine),
                modify_other_keys: terminal.modify_other_keys(),
                kitty: terminal.keyboard_flags(),
            },
            bracketed_paste: has(Mode::BracketedPaste),
            focus: has(Mode::FocusEvents),
            mouse: tracking.map(|(_, tracking)| Mouse {
                tracking,
                encoding: encoding.map_or(MouseEncoding::Default, |(_, encoding)| encoding),
            }),
        }
    }

    /// Cuts what a person typed into input by name, each with its bytes; bytes that no key sends have none.
    pub(crate) fn named(&self, typed: &[u8]) -> Vec<(Option<Input>, Vec<u8>)> {
        named::named(typed, self)
    }

    /// The bytes of an input.
    ///
    /// # Errors
    /// The program would not get it.
    pub(crate) fn encode(&self, input: &Input) -> Result<Vec<u8>, InputError> {
        let mouse = || self.mouse.ok_or(InputError::NoMouse);
        match input {
            Input::Press(keys) => Ok(keys
                .iter()
                .flat_map(|key| keys::encode(*key, self.keys))
                .collect()),
            Input::Type { text, .. } => Ok(text
                .chars()
                .flat_map(|character| self.typed(character))
                .collect()),
            Input::Paste(text) => {
                let text = text.replace('\n', "\r");
                let (start, end) = if self.bracketed_paste {
                    ("\x1b[200~", "\x1b[201~")
                } else {
                    ("", "")
                };
                Ok([start, &text, end].concat().into_bytes())
            }
            Input::Click(button, at) => mouse()?.click(*button, *at).ok_or(InputError::Beyond),
            Input::Wheel(..) if mouse()?.tracking == MouseTracking::Press => {
                Err(InputError::NoWheel)
            }
            Input::Wheel(direction, notches, at) => mouse()?
                .wheel(*direction, *notches, *at)
                .ok_or(InputError::Beyond),
            Input::Drag(from, to) => mouse()?.drag(*from, *to).ok_or(InputError::Beyond),
            Input::Focus(_) if !self.focus => Err(InputError::NoFocus),
            Input::Focus(true) => Ok(b"\x1b[I".to_vec()),
            Input::Focus(false) => Ok(b"\x1b[O".to_vec()),
        }
    }

    fn typed(&self, character: char) -> Vec<u8> {
        let code = match character {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            _ => KeyCode::Character(character),
        };
        keys::encode(Key::plain(code), self.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::{InputError, InputModes, Terminal};
    use crate::recording::{Input, MouseButton, Position};

    #[track_caller]
    fn sends(modes: &InputModes, input: &Input, expected: Result<&str, InputError>) {
        assert_eq!(
            modes.encode(input),
            expected.map(|text| text.as_bytes().to_vec())
        );
    }

    #[test]
    fn a_text_is_typed_key_by_key() {
        let text = |text: &str| Input::Type {
            text: text.to_owned(),
            every: None,
        };
        sends(
            &InputModes::default(),
            &text("Zoë 👩‍🚀\te\u{301}\n"),
            Ok("Zoë 👩‍🚀\te\u{301}\r"),
        );
    }

    #[test]
    fn pasted_text_stands_between_brackets_where_the_program_asks_for_them() {
        let mut modes = InputModes::default();
        let paste = Input::Paste("a\nb".to_owned());
        sends(&modes, &paste, Ok("a\rb"));
        modes.bracketed_paste = true;
        sends(&modes, &paste, Ok("\x1b[200~a\rb\x1b[201~"));
    }

    #[test]
    fn the_modes_are_those_that_the_program_has_set() {
        let encoded = |written: &[u8], input: &Input| {
            let mut terminal = Terminal::new(80, 24);
            terminal.feed(written);
            InputModes::of(&terminal).encode(input).unwrap()
        };
        let press = |name: &str| Input::Press(vec![name.parse().unwrap()]);
        let at = Position { column: 3, row: 2 };
        let click = Input::Click(MouseButton::Left, at);
        assert_eq!(encoded(b"", &press("Up")), b"\x1b[A");
        assert_eq!(encoded(b"\x1b[?1h", &press("Up")), b"\x1bOA");
        assert_eq!(encoded(b"\x1b=", &press("KP1")), b"\x1bOq");
        assert_eq!(encoded(b"\x1b[>4;2m", &press("C-c")), b"\x1b[27;5;99~");
        assert_eq!(encoded(b"\x1b[>1u", &press("C-c")), b"\x1b[99;5u");
        assert_eq!(encoded(b"\x1b[>1u\x1b[<u", &press("C-c")), b"\x03");
        assert_eq!(encoded(b"\x1b[?67h\x1b[20h", &press("Backspace")), b"\x08");
        assert_eq!(
            encoded(b"\x1b[?2004h", &Input::Paste("a".into())),
            b"\x1b[200~a\x1b[201~"
        );
        assert_eq!(encoded(b"\x1b[?1004h", &Input::Focus(false)), b"\x1b[O");
        assert_eq!(
            encoded(b"\x1b[?1000;1006h", &click),
            b"\x1b[<0;3;2M\x1b[<0;3;2m"
        );
        assert_eq!(encoded(b"\x1b[?1000h", &click), b"\x1b[M #\"\x1b[M##\"");
        assert_eq!(encoded(b"\x1b[?9h", &click), b"\x1b[M #\"");
        let drag = Input::Drag(at, Position { column: 4, row: 2 });
        assert_eq!(
            encoded(b"\x1b[?1003;1015h", &drag),
            b"\x1b[32;3;2M\x1b[64;4;2M\x1b[35;4;2M"
        );
    }

    #[test]
    fn what_the_program_would_not_get_is_refused() {
        let mut modes = InputModes::default();
        sends(&modes, &Input::Focus(true), Err(InputError::NoFocus));
        modes.focus = true;
        sends(&modes, &Input::Focus(true), Ok("\x1b[I"));
        sends(&modes, &Input::Focus(false), Ok("\x1b[O"));
        let click = Input::Click(MouseButton::Left, Position { column: 1, row: 1 });
        sends(&modes, &click, Err(InputError::NoMouse));
    }
}

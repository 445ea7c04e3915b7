//! A key by its name.

use crate::text;
use std::{fmt, str::FromStr};

/// A key with the modifiers that are held, by its name: `Up`, `Enter`, `F5`, `x`, `C-c`, `M-Left`, `S-Tab`, `KP5`.
///
/// `C-` is Ctrl, `M-` is Alt (Meta), `S-` is Shift. What tmux and VHS call a key is understood, too: `PgUp`, `BSpace`,
/// `Ctrl+Alt+Delete`, `^C`.
///
/// ```
/// use stroboscope::recording::Key;
///
/// let key: Key = "Ctrl+PgUp".parse()?;
/// assert_eq!(key.to_string(), "C-PageUp");
/// assert_eq!("Entr".parse::<Key>().unwrap_err().to_string(), "there is no key `Entr`: is it `Enter`?");
/// # Ok::<(), stroboscope::recording::KeyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) code: KeyCode,
    pub(crate) ctrl: bool,
    pub(crate) alt: bool,
    pub(crate) shift: bool,
}

/// A key of a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyCode {
    /// The key, or the keys, that type this character.
    Character(char),
    Up,
    Down,
    Right,
    Left,
    Home,
    End,
    Insert,
    Delete,
    PageUp,
    PageDown,
    Backspace,
    Tab,
    Enter,
    Escape,
    /// F1 to F20.
    Function(u8),
    /// A key of the numeric keypad that types this character.
    Keypad(char),
    KeypadEnter,
}

/// Every name of a key that is not one character, the canonical one of each key first.
const NAMES: &[(KeyCode, &[&str])] = &[
    (KeyCode::Up, &["Up"]),
    (KeyCode::Down, &["Down"]),
    (KeyCode::Right, &["Right"]),
    (KeyCode::Left, &["Left"]),
    (KeyCode::Home, &["Home"]),
    (KeyCode::End, &["End"]),
    (KeyCode::Insert, &["Insert", "Ins", "IC"]),
    (KeyCode::Delete, &["Delete", "Del", "DC"]),
    (KeyCode::PageUp, &["PageUp", "PgUp", "PPage"]),
    (KeyCode::PageDown, &["PageDown", "PgDn", "NPage"]),
    (KeyCode::Backspace, &["Backspace", "BSpace"]),
    (KeyCode::Tab, &["Tab"]),
    (KeyCode::Enter, &["Enter", "Return"]),
    (KeyCode::Escape, &["Escape", "Esc"]),
    (KeyCode::Character(' '), &["Space"]),
    // A word that begins with it would be a literal.
    (KeyCode::Character('"'), &["DoubleQuote"]),
    (KeyCode::KeypadEnter, &["KPEnter"]),
];

/// What the keys of the numeric keypad type.
const KEYPAD: &str = "0123456789.+-*/";
/// How many function keys there are.
const FUNCTION_KEYS: u8 = 20;

/// Why a word names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no key `{word}`{}", hint(nearest.as_deref(), word))]
pub struct KeyError {
    word: String,
    nearest: Option<String>,
}

fn hint(nearest: Option<&str>, word: &str) -> String {
    match nearest {
        Some(name) => format!(": is it `{name}`?"),
        None if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            format!("; `type \"{word}\"` types a text")
        }
        None => String::new(),
    }
}

impl Key {
    pub(crate) fn plain(code: KeyCode) -> Key {
        Key {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// The key, or the keys, that type a character; `None` if it has no name, as a combining character.
    pub(crate) fn of_character(character: char) -> Option<Key> {
        let is_named = character == ' ' || (character != '\u{a0}' && text::shows(character, false));
        is_named.then(|| Key::plain(KeyCode::Character(character)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_held, name) in [(self.ctrl, "C-"), (self.alt, "M-"), (self.shift, "S-")] {
            if is_held {
                f.write_str(name)?;
            }
        }
        let name = NAMES.iter().find(|(code, _)| *code == self.code);
        match (name, self.code) {
            (Some((_, names)), _) => f.write_str(names[0]),
            (None, KeyCode::Function(number)) => write!(f, "F{number}"),
            (None, KeyCode::Keypad(character)) => write!(f, "KP{character}"),
            (None, KeyCode::Character(character)) => write!(f, "{character}"),
            (None, _) => unreachable!("every other key is in the table"),
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(word: &str) -> Result<Key, KeyError> {
        let (mut held, mut rest) = (Key::plain(KeyCode::Enter), word);
        while let Some(after) = held.take_modifier(rest) {
            rest = after;
        }
        let Some(code) = code(rest) else {
            return Err(KeyError {
                word: text::escape(word.as_bytes(), 40),
                nearest: nearest(rest)
                    .map(|name| word[..word.len() - rest.len()].to_owned() + &name),
            });
        };
        held.code = code;
        if rest.eq_ignore_ascii_case("BTab") {
            held.shift = true;
        }
        Ok(held.normal())
    }
}

impl Key {
    /// Takes a modifier, with something after it, off the front of a name.
    fn take_modifier<'a>(&mut self, word: &'a str) -> Option<&'a str> {
        let long = |name: &str| {
            let head = word.get(..name.len())?;
            head.eq_ignore_ascii_case(name).then(|| &word[name.len()..])
        };
        let after = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| long(name))
                .filter(|rest| !rest.is_empty())
        };
        let take = |held: &mut bool, names: &[&str]| {
            let rest = after(names)?;
            *held = true;
            Some(rest)
        };
        take(&mut self.ctrl, &["C-", "Ctrl+", "Ctrl-", "^"])
            .or_else(|| take(&mut self.alt, &["M-", "Alt+", "Alt-", "Meta+"]))
            .or_else(|| take(&mut self.shift, &["S-", "Shift+", "Shift-"]))
    }

    /// The one form of a key that can be named in several ways: Ctrl does not tell `c` from `C`, and Shift with a letter
    /// is the capital.
    fn normal(mut self) -> Key {
        if let KeyCode::Character(character) = self.code {
            if self.ctrl {
                self.code = KeyCode::Character(character.to_ascii_lowercase());
            } else if self.shift && character.is_ascii_lowercase() {
                (self.shift, self.code) =
                    (false, KeyCode::Character(character.to_ascii_uppercase()));
            }
        }
        self
    }
}

/// The key of a name without modifiers.
fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Key::of_character(only)
            .filter(|_| only != ' ' && only != '"')
            .map(|key| key.code);
    }
    let is_name = |known: &&str| known.eq_ignore_ascii_case(name);
    if let Some((code, _)) = NAMES.iter().find(|(_, names)| names.iter().any(is_name)) {
        return Some(*code);
    }
    if name.eq_ignore_ascii_case("BTab") {
        return Some(KeyCode::Tab);
    }
    let head = name.get(..1)?;
    if head.eq_ignore_ascii_case("F") {
        let number =
            text::number(&name[1..]).filter(|number| (1..=FUNCTION_KEYS).contains(number))?;
        return (!name[1..].starts_with('0')).then_some(KeyCode::Function(number));
    }
    let keypad = name.get(..2).filter(|head| head.eq_ignore_ascii_case("KP"));
    let typed = keypad.and_then(|_| name[2..].chars().next().filter(|_| name.len() == 3));
    typed
        .filter(|typed| KEYPAD.contains(*typed))
        .map(KeyCode::Keypad)
}

/// The known name that is most like a word.
fn nearest(word: &str) -> Option<String> {
    let function_keys = (1..=FUNCTION_KEYS).map(|number| format!("F{number}"));
    let names = NAMES
        .iter()
        .flat_map(|(_, names)| names.iter().map(ToString::to_string));
    text::nearest(word, names.chain(function_keys))
}

#[cfg(test)]
mod tests {
    use super::{FUNCTION_KEYS, KEYPAD, Key, KeyCode, NAMES};

    #[track_caller]
    fn is(word: &str, canonical: &str) {
        assert_eq!(
            word.parse::<Key>().map(|key| key.to_string()),
            Ok(canonical.to_owned())
        );
    }

    #[track_caller]
    fn is_unknown(word: &str, message: &str) {
        assert_eq!(word.parse::<Key>().unwrap_err().to_string(), message);
    }

    #[test]
    fn every_key_survives_its_name_with_every_modifier() {
        let named = NAMES.iter().map(|(code, _)| *code);
        let functions = (1..=FUNCTION_KEYS).map(KeyCode::Function);
        let characters = "aZ5-+*^\\#é中".chars().map(KeyCode::Character);
        for code in named
            .chain(functions)
            .chain(characters)
            .chain(KEYPAD.chars().map(KeyCode::Keypad))
        {
            for held in 0..8 {
                let key = Key {
                    code,
                    ctrl: held & 1 > 0,
                    alt: held & 2 > 0,
                    shift: held & 4 > 0,
                }
                .normal();
                assert_eq!(key.to_string().parse(), Ok(key), "{key}");
            }
        }
    }

    #[test]
    fn the_names_of_tmux_and_vhs_are_understood() {
        for (word, canonical) in [
            ("BSpace", "Backspace"),
            ("PPage", "PageUp"),
            ("NPage", "PageDown"),
            ("DC", "Delete"),
            ("IC", "Insert"),
            ("BTab", "S-Tab"),
            ("C-Space", "C-Space"),
            ("^C", "C-c"),
            ("C-C", "C-c"),
            ("M-x", "M-x"),
            ("S-Up", "S-Up"),
            ("Ctrl+Shift+o", "C-S-o"),
            ("Ctrl+Alt+Delete", "C-M-Delete"),
            ("S-a", "A"),
            ("enter", "Enter"),
            ("KP*", "KP*"),
            ("-", "-"),
            ("^", "^"),
            ("C-^", "C-^"),
        ] {
            is(word, canonical);
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        is_unknown("Entre", "there is no key `Entre`: is it `Enter`?");
        is_unknown(
            "C-PageUpp",
            "there is no key `C-PageUpp`: is it `C-PageUp`?",
        );
        is_unknown("F21", "there is no key `F21`: is it `F1`?");
        is_unknown("\\eOA", r"there is no key `\\eOA`");
        is_unknown("KP", "there is no key `KP`: is it `Up`?");
        is_unknown(
            "hello",
            "there is no key `hello`; `type \"hello\"` types a text",
        );
    }
}

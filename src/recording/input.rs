//! What is typed or pointed at, by name: what a person does, before it becomes bytes.

use super::Key;
use crate::text;
use std::{fmt, time::Duration};

/// What a person does at a terminal. The modes that the program has set decide which bytes it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// Keys, one after the other.
    Press(Vec<Key>),
    /// A text, key by key; a line end is the Enter key.
    Type {
        /// The text.
        text: String,
        /// How long it takes from one key to the next thing that is done.
        every: Option<Duration>,
    },
    /// A text from the clipboard.
    Paste(String),
    /// A button of the mouse, pressed and released.
    Click(MouseButton, Position),
    /// One notch or more of the mouse's wheel.
    Wheel(WheelDirection, u16, Position),
    /// The left button of the mouse, pressed at one place and released at another.
    Drag(Position, Position),
    /// The terminal's window has got the focus, or lost it.
    Focus(bool),
}

/// A button of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MouseButton {
    /// The first one.
    Left,
    /// The second one.
    Middle,
    /// The third one.
    Right,
}

/// Where a wheel turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WheelDirection {
    /// Towards the beginning of a text.
    Up,
    /// Towards its end.
    Down,
}

/// A place on the screen, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Its column.
    pub column: u16,
    /// Its row.
    pub row: u16,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.column, self.row)
    }
}

/// Writes what a script says, without the bytes that it becomes: `press Down*3 Enter`. Equal keys in a row are counted.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Press(keys) => {
                f.write_str("press")?;
                keys.chunk_by(PartialEq::eq)
                    .try_for_each(|equal| match equal {
                        [key] => write!(f, " {key}"),
                        keys => write!(f, " {}*{}", keys[0], keys.len()),
                    })
            }
            Input::Type { text, every } => {
                write!(f, "type {}", literals(text))?;
                every.map_or(Ok(()), |every| write!(f, " every {}", text::seconds(every)))
            }
            Input::Paste(text) => write!(f, "paste {}", literals(text)),
            Input::Click(MouseButton::Left, position) => write!(f, "click {position}"),
            Input::Click(MouseButton::Middle, position) => write!(f, "click middle {position}"),
            Input::Click(MouseButton::Right, position) => write!(f, "click right {position}"),
            Input::Wheel(direction, notches, position) => {
                let direction = match direction {
                    WheelDirection::Up => "up",
                    WheelDirection::Down => "down",
                };
                let notches = if *notches == 1 {
                    String::new()
                } else {
                    format!("*{notches}")
                };
                write!(f, "wheel {direction}{notches} {position}")
            }
            Input::Drag(from, to) => write!(f, "drag {from} {to}"),
            Input::Focus(true) => f.write_str("focus in"),
            Input::Focus(false) => f.write_str("focus out"),
        }
    }
}

impl Input {
    /// What a text becomes unless the program has set a mode that changes it: the bytes that a transcript leaves out.
    pub(crate) fn own_bytes(&self) -> Option<Vec<u8>> {
        match self {
            // The Enter key, and so every terminal that pastes, sends a carriage return.
            Input::Type { text, .. } | Input::Paste(text) => {
                Some(text.replace('\n', "\r").into_bytes())
            }
            _ => None,
        }
    }

    /// Whether a text can be typed and pasted: all of it can be seen, or is a blank or a line end.
    pub(crate) fn is_text(text: &str) -> bool {
        !text.is_empty()
            && !text.contains(|character: char| {
                character.is_control() && !matches!(character, '\n' | '\t')
            })
    }
}

fn literals(text: &str) -> String {
    text::one_line(text.as_bytes())
}

//! Reads input by name: keys, text, the mouse, the focus.

use super::{
    TranscriptError, TranscriptErrorKind,
    cursor::Cursor,
    happening::{position, text_of},
    hint,
    parse::{separator, time},
};
use crate::{
    recording::{EventKind, Input, Key, MouseButton, TYPABLE, WheelDirection},
    text,
};

/// How many keys one line may press.
const MOST_KEYS: usize = 10_000;

/// What follows one of the words for input by name, and the blank after it; `None` after another word.
pub(super) fn read(cursor: &mut Cursor, word: &str) -> Result<Option<EventKind>, TranscriptError> {
    let input = match word {
        "press" => Input::Press(keys(cursor)?),
        "type" => {
            let text = typed(cursor)?;
            let mut every = None;
            if cursor.take_word(" every") {
                separator(cursor)?;
                every = Some(time(cursor)?);
            }
            Input::Type { text, every }
        }
        "paste" => Input::Paste(typed(cursor)?),
        "click" => {
            let button = if cursor
                .rest()
                .starts_with(|first: char| first.is_ascii_digit())
            {
                MouseButton::Left
            } else {
                let buttons = [
                    ("left", MouseButton::Left),
                    ("middle", MouseButton::Middle),
                    ("right", MouseButton::Right),
                ];
                let button = one_of(cursor, &buttons, CLICK)?;
                separator(cursor)?;
                button
            };
            Input::Click(button, position(cursor)?)
        }
        "wheel" => {
            let directions = [("up", WheelDirection::Up), ("down", WheelDirection::Down)];
            let direction = one_of(cursor, &directions, WHEEL)?;
            let mut notches = 1;
            if cursor.take("*") {
                let place = cursor.place();
                let count = text::number(cursor.digits()).filter(|count| *count > 0);
                let reason = TranscriptErrorKind::Expected("how many notches: `wheel down*3 10,5`");
                notches = count.ok_or_else(|| cursor.error_at(place, reason))?;
            }
            separator(cursor)?;
            Input::Wheel(direction, notches, position(cursor)?)
        }
        "drag" => {
            let from = position(cursor)?;
            separator(cursor)?;
            Input::Drag(from, position(cursor)?)
        }
        "focus" => Input::Focus(one_of(cursor, &[("in", true), ("out", false)], FOCUS)?),
        _ => return Ok(None),
    };
    let bytes = bytes(cursor, &input)?;
    let input = Box::new(input);
    Ok(Some(EventKind::Input { input, bytes }))
}

const CLICK: &str = "a place, such as `click 10,5` or `click right 10,5`";
const WHEEL: &str = "`up` or `down`, and a place: `wheel down 10,5`";
const FOCUS: &str = "`in` or `out`";

fn one_of<T: Copy>(
    cursor: &mut Cursor,
    words: &[(&str, T)],
    expected: &'static str,
) -> Result<T, TranscriptError> {
    let found = words.iter().find(|(word, _)| cursor.take(word));
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| cursor.expected(expected))
}

/// The bytes that an input became, where they stand.
fn bytes(cursor: &mut Cursor, input: &Input) -> Result<Vec<u8>, TranscriptError> {
    let own = input.own_bytes();
    let stand = match own {
        Some(_) => cursor.take(" as "),
        None => cursor.take_before(" ", "\""),
    };
    if stand {
        cursor.payload()
    } else {
        Ok(own.unwrap_or_default())
    }
}

/// A text that is typed or pasted.
fn typed(cursor: &mut Cursor) -> Result<String, TranscriptError> {
    let place = cursor.place();
    let bytes = cursor.payload()?;
    let text = text_of(cursor, place, bytes)?
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    if Input::is_text(&text) {
        Ok(text)
    } else {
        Err(cursor.error_at(place, TranscriptErrorKind::Number(TYPABLE)))
    }
}

/// Keys with their counts, up to the end of the line or to the bytes that they became.
fn keys(cursor: &mut Cursor) -> Result<Vec<Key>, TranscriptError> {
    let mut keys = Vec::new();
    loop {
        let place = cursor.place();
        let word = cursor.word();
        let (name, count) = counted(word);
        let key: Key = name.parse().map_err(|unknown| {
            let reason = if word.starts_with('"') {
                TranscriptErrorKind::Expected(
                    "the name of a key, such as `Enter`; `type` types a text",
                )
            } else if let Some(second) = hint::of_second_step(word).filter(|_| !keys.is_empty()) {
                second
            } else {
                TranscriptErrorKind::Key(unknown)
            };
            cursor.error_at(place, reason)
        })?;
        if keys.len() + count > MOST_KEYS {
            let reason = TranscriptErrorKind::Number("too many keys in one line");
            return Err(cursor.error_at(place, reason));
        }
        keys.extend(std::iter::repeat_n(key, count));
        if !cursor.has_word() {
            return Ok(keys);
        }
        separator(cursor)?;
    }
}

/// A key's name and how often it is pressed: `Down*3`.
fn counted(word: &str) -> (&str, usize) {
    let counted = word.rsplit_once('*').and_then(|(name, digits)| {
        let count = text::number(digits).filter(|count| *count > 0 && !digits.is_empty())?;
        Some((name, count))
    });
    counted
        .filter(|(name, _)| !name.is_empty())
        .unwrap_or((word, 1))
}

//! Answers what is no line of a script with the line that was meant.

use super::{
    TranscriptError, TranscriptErrorKind,
    cursor::{Cursor, quote},
    happening::WORDS,
};
use crate::{
    recording::{After, EventKind, Key, Signal, is_name},
    text,
};
use std::time::Duration;

fn hint(text: impl Into<String>) -> TranscriptErrorKind {
    TranscriptErrorKind::Hint(text.into())
}

/// A word that means nothing where something done to the program was expected.
pub(super) fn of_word(word: &str) -> TranscriptErrorKind {
    let lower = word.to_lowercase();
    let unknown =
        |hint: String| TranscriptErrorKind::Hint(format!("unknown word `{}`: {hint}", quote(word)));
    match lower.as_str() {
        "sleep" | "wait" | "delay" | "pause" => {
            return unknown("the time stands before what is done, `0.500 press Enter`; or wait for what is seen, `after screen \"Name?\" press Enter`".to_owned());
        }
        "key" | "keys" | "hit" => return unknown("`press Enter` presses a key".to_owned()),
        "mouse" | "move" => {
            return unknown(
                "the mouse has `click 10,5`, `wheel down 10,5` and `drag 1,1 10,5`".to_owned(),
            );
        }
        "write" | "input" | "enter_text" => {
            return unknown("`type \"Ada\"` types a text".to_owned());
        }
        "waitfor" | "until" | "screen" => {
            return unknown("`after screen \"Name?\" press Enter` waits for a text".to_owned());
        }
        _ => {}
    }
    let name = word.split('*').next().unwrap_or_default();
    if let Some(key) = name
        .parse::<Key>()
        .ok()
        .filter(|_| name.chars().count() > 1)
    {
        return unknown(format!("`press {key}` presses a key"));
    }
    let inputs = WORDS.iter().chain(&["after"]).map(ToString::to_string);
    match text::nearest(word, inputs) {
        Some(nearest) => unknown(format!("is it `{nearest}`?")),
        None => super::happening::unknown_word("word", word),
    }
}

/// A step after another one in its line.
pub(super) fn of_second_step(word: &str) -> Option<TranscriptErrorKind> {
    (word == "after" || WORDS.contains(&word)).then(|| {
        hint(format!(
            "a line has one step: `{word}` begins a line of its own"
        ))
    })
}

/// A signal that does not exist.
pub(super) fn of_signal(name: &str) -> TranscriptErrorKind {
    let upper = name.to_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    match bare.parse::<Signal>() {
        Ok(signal) => hint(format!(
            "a signal is written without `SIG`: `signal {signal}`"
        )),
        Err(_) => super::happening::unknown_word("signal", name),
    }
}

/// A time with a unit.
pub(super) fn of_unit(cursor: &mut Cursor, start: usize) -> Result<(), TranscriptError> {
    let number = cursor.since(start);
    let unit = cursor.place();
    let word = cursor.word();
    let seconds = match word {
        "s" | "sec" => number.parse().ok(),
        "ms" => number.parse().ok().map(|number: f64| number / 1000.0),
        _ => None,
    };
    if let Some(seconds) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        let reason = format!(
            "a time is in seconds, without a unit: `{}`",
            text::seconds(seconds)
        );
        return Err(cursor.error_at(start, hint(reason)));
    }
    cursor.return_to(unit);
    Ok(())
}

/// A secret after another word than `send`, or as an option of it.
pub(super) fn of_secret(cursor: &Cursor, word: &str) -> Result<(), TranscriptError> {
    let mut words = cursor.rest().split([' ', '\r', '\n']);
    let next = words.next().unwrap_or_default();
    let is_meant = match word {
        "send" => next == "--secret",
        "type" | "paste" | "press" => matches!(next, "secret" | "--secret"),
        _ => false,
    };
    if !is_meant {
        return Ok(());
    }
    let name = words.next().filter(|name| is_name(name));
    let name = name.unwrap_or("PASSWORD");
    let reason = format!("a secret is sent by its name: `send secret {name}`");
    Err(cursor.error(hint(reason)))
}

/// A word where `send` wants a literal.
pub(super) fn of_sent(cursor: &Cursor) -> Result<(), TranscriptError> {
    let word = cursor
        .rest()
        .split([' ', '\r', '\n'])
        .next()
        .unwrap_or_default();
    if word.starts_with('"') {
        return Ok(());
    }
    let reason = match word.parse::<Key>() {
        Ok(key) if word.chars().count() > 1 => {
            format!("`send` sends bytes: `press {key}` presses a key")
        }
        _ => return Ok(()),
    };
    Err(cursor.error(hint(reason)))
}

/// A script's line that would do something else than what was meant; what is done began at `place`.
pub(super) fn of_input(
    cursor: &Cursor,
    place: usize,
    kind: &EventKind,
) -> Result<(), TranscriptError> {
    let EventKind::Send(bytes) = kind else {
        return Ok(());
    };
    let [b'^', letter @ (b'@'..=b'_' | b'a'..=b'z')] = bytes[..] else {
        return Ok(());
    };
    let (letter, small) = (char::from(letter), char::from(letter.to_ascii_lowercase()));
    let reason = format!(
        "this sends two characters: `press C-{small}` presses Ctrl and the key, `type \"^{letter}\"` types both"
    );
    Err(cursor.error_at(place, hint(reason)))
}

/// A gap before a wait, which would be passed over.
pub(super) fn of_delay(after: &After, gap: Duration) -> TranscriptErrorKind {
    let after = After {
        delay: gap,
        wait: after.wait.clone(),
    };
    hint(format!(
        "a delay stands behind what is waited for: `{after} …`"
    ))
}

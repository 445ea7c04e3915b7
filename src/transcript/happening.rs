//! Reads what happened: an event, or a line of a script, without its time.

use super::{
    TranscriptError, TranscriptErrorKind,
    cursor::{Cursor, quote},
    hint, input,
    parse::{separator, time},
};
use crate::{
    recording::{
        After, End, EventKind, Masked, Position, ScreenText, Signal, StopReason, Visible, Wait,
        Written, is_name,
    },
    text,
};
use std::time::Duration;

/// The words that an event may begin with.
pub(super) const WORDS: [&str; 18] = [
    "stderr", "reply", "send", "press", "type", "paste", "click", "wheel", "drag", "focus", "eof",
    "resize", "signal", "expect", "mark", "exit", "killed", "stopped",
];

/// What has to be seen first, if it stands here: `after "Name? " `, `after screen "Name?" 0.300 `.
pub(super) fn after(cursor: &mut Cursor) -> Result<Option<After>, TranscriptError> {
    if !cursor.take_word("after") {
        return Ok(None);
    }
    separator(cursor)?;
    let place = cursor.place();
    let wait = if cursor.rest().starts_with('"') {
        let bytes = cursor.payload()?;
        Wait::Bytes(some(cursor, place, bytes)?)
    } else if cursor.take_word("quiet") {
        Wait::Quiet
    } else {
        Wait::Visible(visible(
            cursor,
            "bytes in quotation marks, `screen`, `cursor` or `quiet`",
        )?)
    };
    done_then(cursor)?;
    let has_delay = cursor
        .rest()
        .starts_with(|first: char| first.is_ascii_digit());
    let delay = if has_delay {
        let delay = time(cursor)?;
        done_then(cursor)?;
        delay
    } else {
        Duration::ZERO
    };
    Ok(Some(After { wait, delay }))
}

/// The blank before what is done.
fn done_then(cursor: &mut Cursor) -> Result<(), TranscriptError> {
    if cursor.blanks() > 0 && !cursor.is_at_line_end() {
        Ok(())
    } else {
        Err(cursor.expected("a blank, and what is done then: `press Enter`"))
    }
}

/// What can be seen on a screen: `screen "Name?"`, `screen row 3 /^> /`, `cursor 7,3`.
fn visible(cursor: &mut Cursor, expected: &'static str) -> Result<Visible, TranscriptError> {
    if cursor.take_word("cursor") {
        separator(cursor)?;
        return Ok(Visible::Cursor(position(cursor)?));
    }
    if !cursor.take_word("screen") {
        return Err(cursor.expected(expected));
    }
    separator(cursor)?;
    let mut row = None;
    if cursor.take_word("row") {
        separator(cursor)?;
        let place = cursor.place();
        let number = text::number(cursor.digits()).filter(|row| *row > 0);
        let reason = TranscriptErrorKind::Number("rows count from 1");
        row = Some(number.ok_or_else(|| cursor.error_at(place, reason))?);
        separator(cursor)?;
    }
    let place = cursor.place();
    let text = if cursor.take("/") {
        let expression = cursor.until_slash()?;
        ScreenText::regex(expression)
            .map_err(|reason| cursor.error_at(place, TranscriptErrorKind::Hint(reason)))?
    } else {
        let bytes = cursor.payload()?;
        ScreenText::new(text_of(cursor, place, some(cursor, place, bytes)?)?)
    };
    Ok(Visible::Screen { row, text })
}

/// A place on the screen: `COLUMN,ROW`.
pub(super) fn position(cursor: &mut Cursor) -> Result<Position, TranscriptError> {
    let place = cursor.place();
    let number = |word: &str| text::number(word).filter(|number| *number > 0);
    let position = cursor.word().split_once(',').and_then(|(column, row)| {
        Some(Position {
            column: number(column)?,
            row: number(row)?,
        })
    });
    let reason =
        TranscriptErrorKind::Number("a place on the screen is COLUMN,ROW, such as `10,5`, from 1");
    position.ok_or_else(|| cursor.error_at(place, reason))
}

/// Bytes of a text; they began at `place`.
pub(super) fn text_of(
    cursor: &Cursor,
    place: usize,
    bytes: Vec<u8>,
) -> Result<String, TranscriptError> {
    let reason = TranscriptErrorKind::Expected("a text in UTF-8");
    String::from_utf8(bytes).map_err(|_| cursor.error_at(place, reason))
}

/// What the program wrote, if that is what happened, and what of it is masked.
pub(super) fn written(
    cursor: &mut Cursor,
) -> Result<Option<(EventKind, Vec<Masked>)>, TranscriptError> {
    let is_stderr = cursor.take_word("stderr");
    if is_stderr {
        separator(cursor)?;
    } else if !cursor.is_at_part() {
        return Ok(None);
    }
    let place = cursor.place();
    let Written { mut bytes, masked } = cursor.written()?;
    if masked.is_empty() {
        bytes = some(cursor, place, bytes)?;
    }
    let kind = if is_stderr {
        EventKind::Stderr(bytes)
    } else {
        EventKind::Output(bytes)
    };
    Ok(Some((kind, masked)))
}

/// What happened, if it is nothing that the program wrote.
pub(super) fn kind(cursor: &mut Cursor) -> Result<EventKind, TranscriptError> {
    let place = cursor.place();
    if let Some((kind, _)) = written(cursor)? {
        return Ok(kind);
    }
    let word = cursor.word();
    if word.is_empty() || word.starts_with(|character: char| character.is_control()) {
        return Err(cursor.expected("a literal or a word"));
    }
    match word {
        "eof" => return Ok(EventKind::Eof),
        _ if WORDS.contains(&word) => {}
        _ => return Err(cursor.error_at(place, hint::of_word(word))),
    }
    separator(cursor)?;
    hint::of_secret(cursor, word)?;
    if let Some(kind) = input::read(cursor, word)? {
        return Ok(kind);
    }
    let place = cursor.place();
    Ok(match word {
        "reply" => {
            let bytes = cursor.payload()?;
            EventKind::Reply(some(cursor, place, bytes)?)
        }
        "send" => {
            if cursor.take_word("secret") {
                cursor.blanks();
                return secret(cursor);
            }
            hint::of_sent(cursor)?;
            EventKind::Send(cursor.payload()?)
        }
        "expect" => {
            let visible = visible(cursor, "`screen` or `cursor`")?;
            EventKind::Expect {
                visible: Box::new(visible),
                is_met: !cursor.take(" failed"),
            }
        }
        "mark" => {
            let bytes = cursor.payload()?;
            EventKind::Mark(text_of(cursor, place, bytes)?)
        }
        "resize" => {
            let (columns, rows) = size(cursor)?;
            EventKind::Resize { columns, rows }
        }
        "signal" => EventKind::Signal(signal(cursor)?),
        "killed" => EventKind::End(End::Killed(signal(cursor)?)),
        "exit" => {
            let status = cursor.word();
            let reason = TranscriptErrorKind::Number("an exit status is a number from 0 to 255");
            EventKind::End(End::Exit(
                text::number(status).ok_or_else(|| cursor.error_at(place, reason))?,
            ))
        }
        _ => EventKind::End(End::Stopped(match cursor.word() {
            "limit" => StopReason::Limit,
            "virtual-limit" => StopReason::VirtualLimit,
            "output-limit" => StopReason::OutputLimit,
            "waits" => StopReason::Waits,
            "script" => StopReason::Script,
            "interrupted" => StopReason::Interrupted,
            other => return Err(cursor.error_at(place, unknown_word("reason to stop", other))),
        })),
    })
}

/// Bytes that may not be none; they began at `place`.
fn some(cursor: &Cursor, place: usize, bytes: Vec<u8>) -> Result<Vec<u8>, TranscriptError> {
    if bytes.is_empty() {
        Err(cursor.error_at(place, TranscriptErrorKind::Expected("at least one byte")))
    } else {
        Ok(bytes)
    }
}

/// The name of a secret.
fn secret(cursor: &mut Cursor) -> Result<EventKind, TranscriptError> {
    let place = cursor.place();
    let name = cursor.word();
    if is_name(name) {
        Ok(EventKind::SendSecret(name.to_owned()))
    } else {
        Err(cursor.error_at(place, TranscriptErrorKind::Expected(SECRET)))
    }
}

const SECRET: &str = "the name of a secret, such as `send secret PASSWORD`, and not the secret itself: letters, digits, `_` and `-`, a letter first";

fn signal(cursor: &mut Cursor) -> Result<Signal, TranscriptError> {
    let place = cursor.place();
    let name = cursor.word();
    name.parse()
        .map_err(|_| cursor.error_at(place, hint::of_signal(name)))
}

/// A size at the cursor.
pub(super) fn size(cursor: &mut Cursor) -> Result<(u16, u16), TranscriptError> {
    let place = cursor.place();
    let reason =
        TranscriptErrorKind::Number("a size is COLUMNSxROWS, such as `80x24`, each at most 65535");
    text::size(cursor.word()).ok_or_else(|| cursor.error_at(place, reason))
}

pub(super) fn unknown_word(what: &'static str, word: &str) -> TranscriptErrorKind {
    TranscriptErrorKind::Unknown {
        what,
        word: quote(word),
    }
}

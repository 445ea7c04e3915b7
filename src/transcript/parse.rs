//! Reads a transcript.

use super::{
    ScriptLine, TranscriptError, TranscriptErrorKind,
    cursor::{Cursor, quote},
    header, split_front_matter,
};
use crate::{
    recording::{End, Event, EventKind, Recording, RecordingError, Signal, StopReason},
    text,
};
use std::time::Duration;

pub(super) fn recording(text: &str, limit: usize) -> Result<Recording, TranscriptError> {
    let (front, _) = split_front_matter(text);
    let mut cursor = Cursor::new(text, front.len(), limit);
    let header = header::read(&mut cursor)?;
    let mut events = Vec::new();
    let mut places = Vec::new();
    let mut now = Duration::ZERO;
    let mut ended = false;
    while !cursor.is_done() {
        let place = cursor.place();
        places.push(place);
        if ended {
            return Err(cursor.expected("nothing after the end of the run"));
        }
        let event = event(&mut cursor, now)?;
        if event.at < now {
            let reason =
                TranscriptErrorKind::Number("this instant is earlier than the one above it");
            return Err(cursor.error_at(place, reason));
        }
        now = event.at;
        ended = matches!(event.kind, EventKind::End(_));
        events.push(event);
        cursor.line_end()?;
    }
    Recording::new(header, events).map_err(|flaw| {
        let place = match flaw {
            RecordingError::Channel(index) => places[index],
            // The end is missing here; all else has been refused above.
            _ => cursor.place(),
        };
        cursor.error_at(place, flaw.into())
    })
}

/// The input lines of a script; empty lines and comments are passed over.
pub(super) fn inputs(text: &str, limit: usize) -> Result<Vec<ScriptLine>, TranscriptError> {
    let mut cursor = Cursor::new(text, 0, limit);
    let mut inputs = Vec::new();
    let mut latest = Duration::ZERO;
    while !cursor.is_at_end() {
        cursor.blanks();
        if cursor.is_at_line_end() || cursor.rest().starts_with('#') {
            cursor.line();
            cursor.line_end()?;
            continue;
        }
        let place = cursor.place();
        let mut input = ScriptLine {
            at: None,
            gap: None,
            kind: EventKind::Eof,
        };
        if cursor.take("@") {
            let at = time(&mut cursor)?;
            if at < latest {
                let reason =
                    TranscriptErrorKind::Number("this instant is earlier than one above it");
                return Err(cursor.error_at(place, reason));
            }
            latest = at;
            input.at = Some(at);
            separator(&mut cursor)?;
        } else if cursor
            .rest()
            .starts_with(|character: char| character.is_ascii_digit())
        {
            input.gap = Some(time(&mut cursor)?);
            separator(&mut cursor)?;
        }
        let word = cursor.place();
        input.kind = kind(&mut cursor)?;
        if let EventKind::Output(_) | EventKind::Stderr(_) | EventKind::End(_) = input.kind {
            let reason = TranscriptErrorKind::Expected(
                "an input: `send`, `after … send`, `eof`, `resize` or `signal`",
            );
            return Err(cursor.error_at(word, reason));
        }
        let waits = matches!(input.kind, EventKind::Send { after: Some(_), .. });
        if !waits && input.at.is_none() && input.gap.is_none() {
            return Err(cursor.error_at(
                place,
                TranscriptErrorKind::Expected("a time, such as `@1.250` or `0.100`"),
            ));
        }
        inputs.push(input);
        cursor.line_end()?;
    }
    Ok(inputs)
}

/// One event, up to the end of its last line; `now` is the instant of the event above it.
fn event(cursor: &mut Cursor, now: Duration) -> Result<Event, TranscriptError> {
    let place = cursor.place();
    let at = if cursor.take("@") {
        time(cursor)?
    } else {
        let gap = time(cursor)?;
        now.checked_add(gap).ok_or_else(|| {
            cursor.error_at(
                place,
                TranscriptErrorKind::Number("this instant is too late to count"),
            )
        })?
    };
    separator(cursor)?;
    Ok(Event {
        at,
        kind: kind(cursor)?,
    })
}

/// Seconds with up to nine decimals.
fn time(cursor: &mut Cursor) -> Result<Duration, TranscriptError> {
    let place = cursor.place();
    let seconds = cursor.digits();
    if seconds.is_empty() {
        return Err(cursor.expected("a time in seconds, such as `0.100` or `@1.250`"));
    }
    let seconds = seconds.parse().map_err(|_| {
        cursor.error_at(
            place,
            TranscriptErrorKind::Number("this instant is too late to count"),
        )
    })?;
    if !cursor.take(".") {
        return Ok(Duration::from_secs(seconds));
    }
    let place = cursor.place();
    let decimals = cursor.digits();
    match decimals.len() {
        0 => Err(cursor.expected("decimals")),
        // Nine digits fit.
        1..=9 => Ok(Duration::new(
            seconds,
            format!("{decimals:0<9}").parse().unwrap_or_default(),
        )),
        _ => Err(cursor.error_at(
            place,
            TranscriptErrorKind::Number("a time has at most nine decimals"),
        )),
    }
}

pub(super) fn separator(cursor: &mut Cursor) -> Result<(), TranscriptError> {
    if cursor.blanks() > 0 {
        Ok(())
    } else {
        Err(cursor.expected("a blank"))
    }
}

fn kind(cursor: &mut Cursor) -> Result<EventKind, TranscriptError> {
    let place = cursor.place();
    if cursor.rest().starts_with('"') {
        let bytes = cursor.payload()?;
        return some(cursor, place, bytes).map(EventKind::Output);
    }
    let word = cursor.word();
    if word.is_empty() || word.starts_with(|character: char| character.is_control()) {
        return Err(cursor.expected("a literal or a word"));
    }
    match word {
        "eof" => return Ok(EventKind::Eof),
        "stderr" | "send" | "after" | "resize" | "signal" | "exit" | "killed" | "stopped" => {}
        _ if word.starts_with('<') => {
            return Err(cursor.error_at(place, TranscriptErrorKind::Reserved("the token `<name>`")));
        }
        _ => return Err(cursor.error_at(place, unknown_word("word", word))),
    }
    separator(cursor)?;
    let place = cursor.place();
    Ok(match word {
        "stderr" => {
            let bytes = cursor.payload()?;
            EventKind::Stderr(some(cursor, place, bytes)?)
        }
        "send" => EventKind::Send {
            after: None,
            bytes: cursor.payload()?,
        },
        "after" => {
            let trigger = cursor.payload()?;
            let trigger = some(cursor, place, trigger)?;
            separator(cursor)?;
            if cursor.word() != "send" {
                return Err(cursor.expected("`send` behind what `after` waits for"));
            }
            separator(cursor)?;
            EventKind::Send {
                after: Some(trigger),
                bytes: cursor.payload()?,
            }
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

fn signal(cursor: &mut Cursor) -> Result<Signal, TranscriptError> {
    let place = cursor.place();
    let name = cursor.word();
    name.parse()
        .map_err(|_| cursor.error_at(place, unknown_word("signal", name)))
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

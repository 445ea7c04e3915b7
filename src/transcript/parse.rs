//! Reads a transcript.

use super::{
    ScriptLine, TranscriptError, TranscriptErrorKind, cursor::Cursor, happening, header, hint,
    split_front_matter,
};
use crate::recording::{Event, EventKind, Recording, RecordingError};
use std::time::Duration;

pub(super) fn recording(text: &str, limit: usize) -> Result<Recording, TranscriptError> {
    let (front, _) = split_front_matter(text);
    let mut cursor = Cursor::new(text, front.len(), limit);
    let header = header::read(&mut cursor)?;
    let mut events = Vec::new();
    let mut now = Duration::ZERO;
    let mut ended = false;
    while !cursor.is_done() {
        let place = cursor.place();
        if ended {
            return Err(cursor.expected("nothing after the end of the run"));
        }
        let at = instant(&mut cursor, now)?;
        let event = happening(&mut cursor, at)?;
        event
            .check(events.len(), &header.channel)
            .map_err(|flaw| cursor.error_at(place, flaw.into()))?;
        now = event.at;
        ended = matches!(event.kind, EventKind::End(_));
        events.push(event);
        cursor.line_end()?;
    }
    let end = if ended {
        Ok(())
    } else {
        Err(RecordingError::CutShort)
    };
    let checked = header.check().and(end);
    checked.map_err(|flaw| cursor.error(flaw.into()))?;
    // Each event was checked where it stands.
    Ok(Recording { header, events })
}

/// The input lines of a script; empty lines and comments are passed over.
pub(super) fn inputs(text: &str, limit: usize) -> Result<Vec<ScriptLine>, TranscriptError> {
    let mut cursor = Cursor::new(text, 0, limit);
    // A byte order mark, which some editors add.
    cursor.take("\u{feff}");
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
        let input = input(&mut cursor)?;
        if let Some(at) = input.at {
            if at < latest {
                let reason =
                    TranscriptErrorKind::Number("this instant is earlier than one above it");
                return Err(cursor.error_at(place, reason));
            }
            latest = at;
        }
        inputs.push(input);
        cursor.line_end()?;
    }
    Ok(inputs)
}

/// One input line of a script, up to its end.
fn input(cursor: &mut Cursor) -> Result<ScriptLine, TranscriptError> {
    let place = cursor.place();
    let (mut at, mut gap) = (None, None);
    if cursor.take("@") {
        at = Some(time(cursor)?);
        separator(cursor)?;
    } else if cursor
        .rest()
        .starts_with(|character: char| character.is_ascii_digit())
    {
        gap = Some(time(cursor)?);
        separator(cursor)?;
    }
    let word = cursor.place();
    let after = happening::after(cursor)?;
    let kind = happening::kind(cursor)?;
    if !kind.is_done_to_program() {
        return Err(cursor.error_at(word, TranscriptErrorKind::Expected(INPUTS)));
    }
    if let (Some(after), Some(gap)) = (&after, gap.filter(|gap| !gap.is_zero())) {
        return Err(cursor.error_at(place, hint::of_delay(after, gap)));
    }
    hint::of_input(cursor, word, &kind)?;
    Ok(ScriptLine {
        at,
        gap,
        after,
        kind,
    })
}

const INPUTS: &str = "something done to the program: `press`, `type`, `send`, `resize`, `signal`, `eof` or what `docs/scripts.md` has besides";

/// The instant of an event, and the blank behind it; `now` is the instant of the event above it.
pub(super) fn instant(cursor: &mut Cursor, now: Duration) -> Result<Duration, TranscriptError> {
    let place = cursor.place();
    let at = if cursor.take("@") {
        Some(time(cursor)?)
    } else {
        now.checked_add(time(cursor)?)
    };
    let reason = match at {
        Some(at) if at >= now => {
            separator(cursor)?;
            return Ok(at);
        }
        Some(_) => "this instant is earlier than the one above it",
        None => "this instant is too late to count",
    };
    Err(cursor.error_at(place, TranscriptErrorKind::Number(reason)))
}

/// What happened at an instant, up to the end of its last line.
pub(super) fn happening(cursor: &mut Cursor, at: Duration) -> Result<Event, TranscriptError> {
    let after = happening::after(cursor)?;
    if after.is_none()
        && let Some((kind, masked)) = happening::written(cursor)?
    {
        return Ok(Event::new(at, kind).masked(masked));
    }
    Ok(Event::new(at, happening::kind(cursor)?).after(after))
}

/// Seconds with up to nine decimals.
pub(super) fn time(cursor: &mut Cursor) -> Result<Duration, TranscriptError> {
    let start = cursor.place();
    let seconds = cursor.digits();
    if seconds.is_empty() {
        return Err(cursor.expected("a time in seconds, such as `0.100` or `@1.250`"));
    }
    let seconds = seconds.parse().map_err(|_| {
        cursor.error_at(
            start,
            TranscriptErrorKind::Number("this instant is too late to count"),
        )
    })?;
    if !cursor.take(".") {
        hint::of_unit(cursor, start)?;
        return Ok(Duration::from_secs(seconds));
    }
    let place = cursor.place();
    let decimals = cursor.digits();
    match decimals.len() {
        0 => Err(cursor.expected("decimals")),
        // Nine digits fit.
        1..=9 => {
            hint::of_unit(cursor, start)?;
            let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(9);
            let nanoseconds = digits.fold(0, |sum, digit| 10 * sum + u32::from(digit - b'0'));
            Ok(Duration::new(seconds, nanoseconds))
        }
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

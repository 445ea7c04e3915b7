//! Reads asciicasts, versions 2 and 3.

use super::{
    AsciicastError, AsciicastErrorKind, command,
    duration::{ReadError, seconds},
};
use crate::{
    recording::{Channel, End, Event, EventKind, Header, Recording, RecordingError},
    text,
};
use serde_json::{Map, Value, value::RawValue};
use std::{
    ffi::OsString,
    time::{Duration, UNIX_EPOCH},
};

/// The note if there is no exit status.
const NO_STATUS: &str = "the asciicast does not say how the run ended";

pub(super) fn recording(text: &str, limit: usize) -> Result<Recording, AsciicastError> {
    let mut lines = text.lines().zip(1..);
    let (first, _) = lines.next().unwrap_or(("", 1));
    let (mut header, times) = header(first).map_err(|reason| AsciicastError { line: 1, reason })?;
    let mut reader = Reader {
        times,
        now: Duration::ZERO,
        left: limit,
        limit,
        events: Vec::new(),
    };
    for (text, line) in lines {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        reader
            .line(text)
            .map_err(|reason| AsciicastError { line, reason })?;
    }
    if !matches!(reader.events.last(), Some(event) if matches!(event.kind, EventKind::End(_))) {
        header.note.push(NO_STATUS.to_owned());
        let end = EventKind::End(End::Exit(0));
        reader.events.push(Event::new(reader.now, end));
    }
    // The events were checked line by line, so the error is in the header.
    Recording::new(header, reader.events).map_err(|flaw| AsciicastError {
        line: 1,
        reason: flaw.into(),
    })
}

/// What the times of a file count from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    /// The start: version 2.
    Start,
    /// The previous event: version 3.
    Above,
}

fn header(line: &str) -> Result<(Header, Times), AsciicastErrorKind> {
    let wrong = |what: &str| AsciicastErrorKind::Header(what.to_owned());
    let object: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| AsciicastErrorKind::Header(json(&error)))?;
    let version = object.get("version").and_then(Value::as_u64);
    let number = |value: Option<&Value>, what| {
        let number = value.and_then(Value::as_u64);
        let number = number.and_then(|number| u16::try_from(number).ok());
        number.ok_or_else(|| {
            AsciicastErrorKind::Header(format!("`{what}` must be a number up to 65535"))
        })
    };
    let env = match object.get("env") {
        None | Some(Value::Null) => None,
        Some(Value::Object(env)) => Some(env),
        Some(_) => return Err(wrong("`env` must be an object")),
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (channel, times) = match version {
        Some(2) => {
            let channel = Channel::Pty {
                columns: number(object.get("width"), "width")?,
                rows: number(object.get("height"), "height")?,
                term: text(env.and_then(|env| env.get("TERM"))),
            };
            (channel, Times::Start)
        }
        Some(3) => {
            let term = object.get("term").and_then(Value::as_object);
            let term = term.ok_or_else(|| wrong("`term` must be an object"))?;
            let channel = Channel::Pty {
                columns: number(term.get("cols"), "term.cols")?,
                rows: number(term.get("rows"), "term.rows")?,
                term: text(term.get("type")),
            };
            (channel, Times::Above)
        }
        Some(version) => return Err(AsciicastErrorKind::Version(version)),
        None => return Err(wrong("there is no `version`")),
    };
    let mut header = Header::new(channel);
    header.command = command::words(&text(object.get("command")))
        .into_iter()
        .map(OsString::from)
        .collect();
    for (name, value) in env.into_iter().flatten() {
        // In version 2 it belongs to the terminal. A null value was not set.
        if let Some(value) = value.as_str()
            && !(name == "TERM" && times == Times::Start)
        {
            header.env.push((name.into(), value.into()));
        }
    }
    header.date = object
        .get("timestamp")
        .and_then(Value::as_u64)
        .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    let title = text(object.get("title"));
    if text::is_line(&title) {
        header.note.push(title);
    }
    Ok((header, times))
}

/// The message of a JSON parser, without its position: it has seen one line only.
fn json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    format!("{reason} (column {})", error.column())
}

/// Reads the events, line by line.
struct Reader {
    times: Times,
    /// The instant of the previous line.
    now: Duration,
    /// How many more bytes the events may have, and how many they may have in total.
    left: usize,
    limit: usize,
    events: Vec<Event>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), AsciicastErrorKind> {
        let (time, code, data): (&RawValue, String, Value) =
            serde_json::from_str(line).map_err(|error| AsciicastErrorKind::Event(json(&error)))?;
        self.now = self.instant(time.get())?;
        // An unknown event may contain anything.
        if !matches!(code.as_str(), "o" | "i" | "r" | "x") {
            return Ok(());
        }
        let Value::String(data) = data else {
            return Err(AsciicastErrorKind::Event(
                "the data must be a string".to_owned(),
            ));
        };
        self.left = self
            .left
            .checked_sub(data.len())
            .ok_or(AsciicastErrorKind::Limit(self.limit))?;
        let kind = match code.as_str() {
            "o" if data.is_empty() => return Ok(()),
            "o" => EventKind::Output(data.into_bytes()),
            "i" => EventKind::Send(data.into_bytes()),
            "r" => {
                let (columns, rows) = text::size(&data).ok_or(AsciicastErrorKind::Size)?;
                EventKind::Resize { columns, rows }
            }
            _ => EventKind::End(End::Exit(
                text::number(&data).ok_or(AsciicastErrorKind::Status)?,
            )),
        };
        if matches!(self.events.last(), Some(event) if matches!(event.kind, EventKind::End(_))) {
            return Err(RecordingError::AfterEnd(self.events.len()).into());
        }
        self.events.push(Event::new(self.now, kind));
        Ok(())
    }

    fn instant(&self, number: &str) -> Result<Duration, AsciicastErrorKind> {
        let time = seconds(number).map_err(|mistake| match mistake {
            ReadError::Negative => AsciicastErrorKind::Backwards,
            ReadError::Late => AsciicastErrorKind::Late,
            ReadError::NoNumber => {
                AsciicastErrorKind::Event("the time must be a number".to_owned())
            }
        })?;
        match self.times {
            Times::Start if time < self.now => Err(AsciicastErrorKind::Backwards),
            Times::Start => Ok(time),
            Times::Above => self.now.checked_add(time).ok_or(AsciicastErrorKind::Late),
        }
    }
}

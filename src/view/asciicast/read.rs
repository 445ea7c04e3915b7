//! Reads asciicasts, versions 1 to 3.

use super::{
    AsciicastError, AsciicastErrorKind, command,
    duration::{ReadError, seconds},
    notes::{self, NO_STATUS},
};
use crate::{
    recording::{Channel, End, Event, EventKind, Header, Recording},
    text,
};
use serde_json::{Map, Value, value::RawValue};
use std::{
    collections::HashMap,
    ffi::OsString,
    time::{Duration, UNIX_EPOCH},
};

/// The note if the file ends within a line.
const TORN: &str = "the asciicast's last line was cut off";

pub(super) fn recording(text: &str, limit: usize) -> Result<Recording, AsciicastError> {
    let at_line = |line| move |reason| AsciicastError { line, reason };
    let first = version_1(text).map_or_else(|| text.lines().next().unwrap_or_default(), |()| text);
    let (mut header, times) = header(first).map_err(at_line(1))?;
    let mut reader = Reader {
        times,
        now: Duration::ZERO,
        clamped: 0,
        left: limit,
        limit,
        events: Vec::new(),
        late: 0,
        exit: None,
        outlived: 0,
        odd_status: None,
    };
    if times == Times::AboveInObject {
        reader.object(text).map_err(at_line(1))?;
    } else {
        for (index, line) in text.split('\n').enumerate().skip(1) {
            let is_last =
                text[line.as_ptr() as usize - text.as_ptr() as usize..].len() == line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if is_last && is_torn(line) {
                header.note.push(TORN.to_owned());
                break;
            }
            reader.line(line).map_err(at_line(index + 1))?;
        }
    }
    if reader.clamped > 0 {
        let times = counted(reader.clamped, "time");
        header.note.push(format!(
            "the asciicast's time stepped back {times}, and was held"
        ));
    }
    if reader.late > 0 {
        let markers = counted(reader.late, "marker");
        header.note.push(format!(
            "the asciicast had {markers} after the exit status, held at it"
        ));
    }
    if reader.outlived > 0 {
        let events = counted(reader.outlived, "event");
        header.note.push(format!(
            "the asciicast had {events} after the exit status, which was held until then"
        ));
    }
    if let Some(status) = reader.odd_status {
        header.note.push(format!(
            "the asciicast's exit status {status} was taken for 255"
        ));
    }
    if let Some(end) = reader.exit.take() {
        reader
            .events
            .push(Event::new(reader.now, EventKind::End(end)));
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

/// Whether the whole text is one object, as in version 1.
fn version_1(text: &str) -> Option<()> {
    let object: Map<String, Value> = serde_json::from_str(text).ok()?;
    (object.get("version").and_then(Value::as_u64) == Some(1)).then_some(())
}

/// So many of what has this name.
fn counted(count: u32, name: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

/// Whether a line without a line end is the beginning of one.
fn is_torn(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_err_and(|error| error.is_eof())
}

/// What the times of a file count from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    /// The start: version 2.
    Start,
    /// The previous event: version 3.
    Above,
    /// The previous event, in an object that holds everything: version 1.
    AboveInObject,
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
        Some(version @ (1 | 2)) => {
            let channel = Channel::Pty {
                columns: number(object.get("width"), "width")?,
                rows: number(object.get("height"), "height")?,
                term: text(env.and_then(|env| env.get("TERM"))),
            };
            let times = if version == 1 {
                Times::AboveInObject
            } else {
                Times::Start
            };
            (channel, times)
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
        // In versions 1 and 2 it belongs to the terminal. A null value was not set.
        if let Some(value) = value.as_str()
            && !(name == "TERM" && times != Times::Above)
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
    let theme = match object.get("term") {
        Some(term) => term.get("theme"),
        None => object.get("theme"),
    };
    header.note.extend(notes::of_theme(theme));
    let limit = object.get("idle_time_limit");
    header.note.extend(notes::of_idle_limit(limit));
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
    /// How many times stepped back.
    clamped: u32,
    /// How many more bytes the events may have, and how many they may have in total.
    left: usize,
    limit: usize,
    events: Vec<Event>,
    /// How many markers came after the exit status.
    late: u32,
    /// The end that other events came after, and how many.
    exit: Option<End>,
    outlived: u32,
    /// An exit status that no program has.
    odd_status: Option<i32>,
}

impl Reader {
    /// Reads the events of version 1.
    fn object(&mut self, text: &str) -> Result<(), AsciicastErrorKind> {
        let wrong = |error: &serde_json::Error| AsciicastErrorKind::Header(error.to_string());
        let object: HashMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|error| wrong(&error))?;
        let events = object.get("stdout").map_or("[]", |events| events.get());
        let events: Vec<(&RawValue, String)> =
            serde_json::from_str(events).map_err(|error| wrong(&error))?;
        for (gap, text) in events {
            self.now = self.instant(gap.get())?;
            self.event("o", text)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), AsciicastErrorKind> {
        let (time, code, data): (&RawValue, String, Value) =
            serde_json::from_str(line).map_err(|error| AsciicastErrorKind::Event(json(&error)))?;
        self.now = self.instant(time.get())?;
        // An unknown event may contain anything.
        if !matches!(code.as_str(), "o" | "i" | "r" | "x" | "m") {
            return Ok(());
        }
        let Value::String(data) = data else {
            return Err(AsciicastErrorKind::Event(
                "the data must be a string".to_owned(),
            ));
        };
        self.event(&code, data)
    }

    fn event(&mut self, code: &str, data: String) -> Result<(), AsciicastErrorKind> {
        self.left = self
            .left
            .checked_sub(data.len())
            .ok_or(AsciicastErrorKind::Limit(self.limit))?;
        let kind = match code {
            "m" => {
                self.mark(data);
                return Ok(());
            }
            "o" if data.is_empty() => return Ok(()),
            "o" => EventKind::Output(data.into_bytes()),
            "i" => EventKind::Send(data.into_bytes()),
            "r" => {
                let (columns, rows) = text::size(&data).ok_or(AsciicastErrorKind::Size)?;
                EventKind::Resize { columns, rows }
            }
            _ => EventKind::End(End::Exit(self.status(&data)?)),
        };
        // Players go on after it.
        let end = self
            .events
            .pop_if(|event| matches!(event.kind, EventKind::End(_)));
        if let Some(EventKind::End(end)) = end.map(|event| event.kind) {
            self.exit = Some(end);
        }
        if self.exit.is_some() {
            self.outlived += 1;
        }
        if matches!(kind, EventKind::End(_)) {
            self.exit = None;
        }
        self.events.push(Event::new(self.now, kind));
        Ok(())
    }

    /// An exit status; players also read one that no program has, such as -1.
    fn status(&mut self, data: &str) -> Result<u8, AsciicastErrorKind> {
        if let Some(status) = text::number(data) {
            return Ok(status);
        }
        let status: i32 = data.parse().map_err(|_| AsciicastErrorKind::Status)?;
        self.odd_status = Some(status);
        Ok(255)
    }

    /// A marker; after the exit status it belongs to it.
    fn mark(&mut self, label: String) {
        let mut mark = Event::new(self.now, EventKind::Mark(label));
        match self.events.last() {
            Some(end) if matches!(end.kind, EventKind::End(_)) => {
                mark.at = end.at;
                self.late += 1;
                self.events.insert(self.events.len() - 1, mark);
            }
            _ => self.events.push(mark),
        }
    }

    /// The instant of a line; one that would be before the previous line's is held there, as players do.
    fn instant(&mut self, number: &str) -> Result<Duration, AsciicastErrorKind> {
        let time = match seconds(number) {
            Ok(time) if self.times == Times::Start && time < self.now => None,
            Ok(time) => Some(time),
            Err(ReadError::Negative) => None,
            Err(ReadError::Late) => return Err(AsciicastErrorKind::Late),
            Err(ReadError::NoNumber) => {
                return Err(AsciicastErrorKind::Event(
                    "the time must be a number".to_owned(),
                ));
            }
        };
        let Some(time) = time else {
            self.clamped += 1;
            return Ok(self.now);
        };
        match self.times {
            Times::Start => Ok(time),
            _ => self.now.checked_add(time).ok_or(AsciicastErrorKind::Late),
        }
    }
}

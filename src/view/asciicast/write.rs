//! Writes asciicasts, versions 2 and 3.

use super::{
    ExportError, Fidelity, Version, command,
    notes::{self, NO_STATUS},
};
use crate::{
    recording::{Channel, End, Event, EventKind, Header, Recording},
    text,
    view::utf8::Decoder,
};
use std::{
    borrow::Cow,
    ffi::OsStr,
    time::{Duration, UNIX_EPOCH},
};

pub(super) fn recording(
    recording: &Recording,
    version: Version,
    fidelity: Fidelity,
) -> Result<String, ExportError> {
    let mut writer = Writer {
        version,
        fidelity,
        pipe: recording.header().channel == Channel::Pipe,
        decoder: Decoder::by_structure(),
        before: Duration::ZERO,
        is_end_known: !recording.header().note.iter().any(|note| note == NO_STATUS),
        out: header(recording.header(), version, fidelity)?,
    };
    for (index, event) in recording.events().iter().enumerate() {
        writer.event(index, event)?;
    }
    Ok(writer.out)
}

/// The header's line. Its keys are in the order of the format's description.
fn header(header: &Header, version: Version, fidelity: Fidelity) -> Result<String, ExportError> {
    let text = |key, text: &OsStr| match text.to_str() {
        Some(text) => Ok(text.to_owned()),
        None if fidelity == Fidelity::Lossy => Ok(text.to_string_lossy().into_owned()),
        None => Err(ExportError::Header(key)),
    };
    let (columns, rows, term) = match &header.channel {
        Channel::Pty {
            columns,
            rows,
            term,
        } => (*columns, *rows, term.as_str()),
        Channel::Pipe if fidelity == Fidelity::Lossy => (80, 24, "dumb"),
        Channel::Pipe => return Err(ExportError::Pipe),
    };
    let mut out = String::new();
    match version {
        Version::Two => {
            out += &format!(r#"{{"version":2,"width":{columns},"height":{rows}"#);
        }
        Version::Three => {
            out += &format!(r#"{{"version":3,"term":{{"cols":{columns},"rows":{rows},"type":"#);
            string(term, &mut out);
            if let Some(theme) = notes::theme(&header.note) {
                out += &format!(r#","theme":{theme}"#);
            }
            out.push('}');
        }
    }
    if let Some(date) = header
        .date
        .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
    {
        out += &format!(r#","timestamp":{}"#, date.as_secs());
    }
    if let Some(limit) = notes::idle_limit(&header.note) {
        out += &format!(r#","idle_time_limit":{limit}"#);
    }
    if !header.command.is_empty() {
        let words: Result<Vec<String>, ExportError> = header
            .command
            .iter()
            .map(|word| text("command", word))
            .collect();
        out += r#","command":"#;
        string(&command::line(&words?), &mut out);
    }
    // Of several with the same name the last one counts, as it did for the program.
    let mut names = Vec::new();
    for (name, value) in header.env.iter().rev() {
        let (name, value) = (text("env", name)?, text("env", value)?);
        if !names.iter().any(|(known, _)| *known == name) {
            names.push((name, value));
        }
    }
    if version == Version::Two {
        names.retain(|(name, _)| name != "TERM");
        names.push(("TERM".to_owned(), term.to_owned()));
    }
    for (index, (name, value)) in names.iter().rev().enumerate() {
        out += if index == 0 { r#","env":{"# } else { "," };
        string(name, &mut out);
        out.push(':');
        string(value, &mut out);
    }
    if !names.is_empty() {
        out.push('}');
    }
    if let (Version::Two, Some(theme)) = (version, notes::theme(&header.note)) {
        out += &format!(r#","theme":{theme}"#);
    }
    out += "}\n";
    Ok(out)
}

/// Writes the events, one by one.
struct Writer {
    version: Version,
    fidelity: Fidelity,
    /// Whether the bytes have not been processed by a line discipline.
    pipe: bool,
    decoder: Decoder,
    /// The instant of the previous line.
    before: Duration,
    /// Whether the end was not made up when an asciicast without one was read.
    is_end_known: bool,
    out: String,
}

impl Writer {
    fn event(&mut self, index: usize, event: &Event) -> Result<(), ExportError> {
        let exact = self.fidelity == Fidelity::Exact;
        let unheld = |what| ExportError::Event {
            event: index,
            at: text::seconds(event.at),
            what,
        };
        if exact && !event.masked.is_empty() {
            return Err(unheld("masks"));
        }
        match &event.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) => {
                let text = match str::from_utf8(bytes) {
                    Ok(text) if exact => text.to_owned(),
                    Err(_) if exact => return Err(unheld("bytes that are not UTF-8")),
                    _ => self.decoder.decode(&self.cooked(bytes)),
                };
                if !text.is_empty() {
                    self.line(event.at, "o", &text);
                }
            }
            EventKind::Reply(_) if exact => return Err(unheld("answers of the terminal")),
            EventKind::Input { .. } if exact => return Err(unheld("input by name")),
            EventKind::Expect { .. } if exact => return Err(unheld("`expect`")),
            EventKind::SendSecret(_) if exact => return Err(unheld("secrets")),
            EventKind::Send(bytes) | EventKind::Reply(bytes) | EventKind::Input { bytes, .. } => {
                let text = String::from_utf8_lossy(bytes);
                if exact && matches!(text, Cow::Owned(_)) {
                    return Err(unheld("bytes that are not UTF-8"));
                }
                self.line(event.at, "i", &text);
            }
            EventKind::Resize { columns, rows } => {
                self.line(event.at, "r", &format!("{columns}x{rows}"));
            }
            EventKind::Mark(label) => self.line(event.at, "m", label),
            EventKind::Eof if exact => return Err(unheld("end of input")),
            EventKind::Signal(_) if exact => return Err(unheld("signals")),
            EventKind::SendSecret(_)
            | EventKind::Eof
            | EventKind::Signal(_)
            | EventKind::Expect { .. } => {}
            EventKind::End(end) => {
                let rest = self.decoder.finish();
                if !rest.is_empty() {
                    self.line(event.at, "o", &rest);
                }
                if !self.is_end_known {
                    return Ok(());
                }
                if self.version == Version::Two {
                    let is_lost = exact && *end != End::Exit(0);
                    return if is_lost {
                        Err(unheld("exit status, in version 2"))
                    } else {
                        Ok(())
                    };
                }
                let status = match end {
                    End::Exit(status) => i32::from(*status),
                    _ if exact => return Err(unheld("end but an exit status")),
                    // The status that a shell reports (POSIX.1-2024, Shell Command Language, 2.8.2).
                    End::Killed(signal) => 128 + signal.number(),
                    End::Stopped(_) => return Ok(()),
                };
                self.line(event.at, "x", &status.to_string());
            }
        }
        Ok(())
    }

    /// The bytes as a terminal would have received them.
    fn cooked<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.pipe {
            return bytes.into();
        }
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        lines.join(&b"\r\n"[..]).into()
    }

    fn line(&mut self, at: Duration, code: &str, data: &str) {
        let time = match self.version {
            Version::Two => at,
            Version::Three => at.saturating_sub(self.before),
        };
        self.before = at;
        self.out += &format!(r#"[{},"{code}","#, text::seconds(time));
        string(data, &mut self.out);
        self.out += "]\n";
    }
}

/// Writes a JSON string (RFC 8259, 7) without invisible characters.
fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut shown = false;
    for character in text.chars() {
        shown = text::shows(character, shown);
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            _ if shown => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

//! Writes a recording as its canonical transcript.

use crate::{
    recording::{Event, EventKind, Masked, Recording, Wait},
    text::{self, Cut, Token},
};
use std::{fmt, time::Duration};

/// What stands in front of output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// Seconds since the event above.
    Gaps,
    /// `@` and seconds since the start.
    Instants,
}

/// Writes a recording, event by event, so that its text need not be held as a whole.
pub(super) fn recording(
    recording: &Recording,
    times: Times,
    sink: &mut impl fmt::Write,
) -> fmt::Result {
    sink.write_str(&super::head(recording.header()))?;
    let mut writer = EventWriter::new(times);
    let mut out = Vec::new();
    for event in recording.events() {
        out.clear();
        writer.write(event, &mut out);
        sink.write_str(str::from_utf8(&out).expect("all that is written is text"))?;
    }
    Ok(())
}

/// Writes events one by one, as a transcript has them after its header.
pub(crate) struct EventWriter {
    times: Times,
    /// The instant of the event above.
    before: Duration,
}

impl EventWriter {
    pub(super) fn new(times: Times) -> EventWriter {
        EventWriter {
            times,
            before: Duration::ZERO,
        }
    }

    /// Appends the next event.
    pub(crate) fn write(&mut self, next: &Event, out: &mut Vec<u8>) {
        event(next, &[], self.times, self.before, out);
        self.before = next.at;
    }

    /// Appends the next event as if nothing had been cut from what it wrote.
    pub(super) fn write_with_cuts(&mut self, next: &Event, cuts: &[Cut], out: &mut Vec<u8>) {
        let start = out.len();
        if !event(next, cuts, self.times, self.before, out) {
            out.truncate(start);
            event(&mended(next, cuts), &[], self.times, self.before, out);
        }
        self.before = next.at;
    }
}

impl Default for EventWriter {
    /// Nothing has been written yet.
    fn default() -> EventWriter {
        EventWriter::new(Times::Gaps)
    }
}

/// The event with everything that was cut from what it wrote.
fn mended(event: &Event, cuts: &[Cut]) -> Event {
    let mut event = event.clone();
    if let EventKind::Output(bytes) | EventKind::Stderr(bytes) = &mut event.kind {
        *bytes = Cut::mended(cuts, bytes);
    }
    for part in &mut event.masked {
        part.at += Cut::missing_before(cuts, part.at);
    }
    event
}

/// Writes one event; `before` is the instant of the event above it. Returns whether each cut is counted.
fn event(event: &Event, cuts: &[Cut], times: Times, before: Duration, out: &mut Vec<u8>) -> bool {
    let mut is_whole = true;
    if times == Times::Instants
        || !matches!(event.kind, EventKind::Output(_) | EventKind::Stderr(_))
    {
        out.push(b'@');
        text::write_seconds(event.at, out);
    } else {
        text::write_seconds(event.at.saturating_sub(before), out);
    }
    out.push(b' ');
    if let Some(after) = &event.after {
        if let Wait::Bytes(bytes) = &after.wait {
            out.extend_from_slice(b"after ");
            text::payload(bytes, &[], column(out), out);
            if !after.delay.is_zero() {
                out.push(b' ');
                text::write_seconds(after.delay, out);
            }
        } else {
            out.extend_from_slice(after.to_string().as_bytes());
        }
        out.push(b' ');
    }
    match &event.kind {
        EventKind::Output(bytes) => is_whole = written(bytes, &event.masked, cuts, out),
        EventKind::Stderr(bytes) => {
            out.extend_from_slice(b"stderr ");
            is_whole = written(bytes, &event.masked, cuts, out);
        }
        EventKind::Reply(bytes) => word_and_bytes("reply ", bytes, out),
        EventKind::Send(bytes) => word_and_bytes("send ", bytes, out),
        EventKind::Mark(name) => word_and_bytes("mark ", name.as_bytes(), out),
        EventKind::Input { input, bytes } => {
            out.extend_from_slice(input.to_string().as_bytes());
            match input.own_bytes() {
                Some(own) if own == *bytes => {}
                Some(_) => word_and_bytes(" as ", bytes, out),
                None if bytes.is_empty() => {}
                None => word_and_bytes(" ", bytes, out),
            }
        }
        kind => out.extend_from_slice(words(kind).as_bytes()),
    }
    out.push(b'\n');
    is_whole
}

/// Writes what the program wrote, as far as it was kept, and the names of the rest. Returns whether each cut is counted.
fn written(bytes: &[u8], masked: &[Masked], cuts: &[Cut], out: &mut Vec<u8>) -> bool {
    text::payload_with_cuts(bytes, &tokens(masked), cuts, column(out), out)
}

/// The names of what is masked, each with its columns if it has others than its own.
fn tokens(masked: &[Masked]) -> Vec<Token> {
    let token = |part: &Masked| {
        let continues = if part.continues { "..." } else { "" };
        let columns = if part.columns == part.own_columns() {
            String::new()
        } else {
            format!(" {}", part.columns)
        };
        Token {
            bytes: part.at..part.end(),
            text: format!("<{continues}{}{columns}>", part.name),
        }
    };
    masked.iter().map(token).collect()
}

fn word_and_bytes(word: &str, bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(word.as_bytes());
    text::input(bytes, column(out), out);
}

/// Where the line stands, in scalars: every byte of it but those that continue one.
fn column(out: &[u8]) -> usize {
    let start = out
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let scalars = out[start..].iter().filter(|byte| **byte & 0xc0 != 0x80);
    scalars.count()
}

/// What an event was, as `excerpt` says it, with the names of what is masked.
pub(super) fn excerpt_of(event: &Event, most: usize) -> String {
    let quote = |bytes| text::quote_written(bytes, &tokens(&event.masked), most);
    match &event.kind {
        EventKind::Output(bytes) => quote(bytes),
        EventKind::Stderr(bytes) => format!("stderr {}", quote(bytes)),
        kind => excerpt(kind, most),
    }
}

/// What happened in one line, without its time; each payload has at most `most` scalars.
pub(super) fn excerpt(kind: &EventKind, most: usize) -> String {
    let quote = |bytes| text::quote(bytes, most);
    let quote_input = |bytes| text::quote_input(bytes, most);
    match kind {
        EventKind::Output(bytes) => quote(bytes),
        EventKind::Stderr(bytes) => format!("stderr {}", quote(bytes)),
        EventKind::Reply(bytes) => format!("reply {}", quote_input(bytes)),
        EventKind::Send(bytes) => format!("send {}", quote_input(bytes)),
        EventKind::Mark(name) => format!("mark {}", quote_input(name.as_bytes())),
        EventKind::Input { input, bytes } => match input.own_bytes() {
            Some(_) => input.to_string(),
            None if bytes.is_empty() => input.to_string(),
            None => format!("{input} {}", quote_input(bytes)),
        },
        _ => words(kind),
    }
}

/// What happened where no payload belongs to it.
fn words(kind: &EventKind) -> String {
    match kind {
        EventKind::SendSecret(name) => format!("send secret {name}"),
        EventKind::Eof => "eof".to_owned(),
        EventKind::Resize { columns, rows } => format!("resize {columns}x{rows}"),
        EventKind::Signal(signal) => format!("signal {signal}"),
        EventKind::Expect {
            visible,
            is_met: true,
        } => format!("expect {visible}"),
        EventKind::Expect {
            visible,
            is_met: false,
        } => format!("expect {visible} failed"),
        EventKind::End(end) => end.to_string(),
        EventKind::Output(_)
        | EventKind::Stderr(_)
        | EventKind::Reply(_)
        | EventKind::Send(_)
        | EventKind::Mark(_)
        | EventKind::Input { .. } => unreachable!("has a payload"),
    }
}

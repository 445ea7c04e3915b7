//! Writes a recording as its canonical transcript.

use super::header;
use crate::{
    recording::{Event, EventKind, Recording},
    text,
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
    sink.write_str(&header::write(recording.header()))?;
    sink.write_str("\n")?;
    let mut before = Duration::ZERO;
    let mut out = Vec::new();
    for one in recording.events() {
        out.clear();
        event(one, times, before, &mut out);
        sink.write_str(str::from_utf8(&out).expect("all that is written is text"))?;
        before = one.at;
    }
    Ok(())
}

/// Writes one event; `before` is the instant of the event above it.
fn event(event: &Event, times: Times, before: Duration, out: &mut Vec<u8>) {
    if times == Times::Instants
        || !matches!(event.kind, EventKind::Output(_) | EventKind::Stderr(_))
    {
        out.push(b'@');
        text::write_seconds(event.at, out);
    } else {
        text::write_seconds(event.at.saturating_sub(before), out);
    }
    out.push(b' ');
    match &event.kind {
        EventKind::Output(bytes) => payload(bytes, out),
        EventKind::Stderr(bytes) => {
            out.extend_from_slice(b"stderr ");
            payload(bytes, out);
        }
        EventKind::Send { after, bytes } => {
            if let Some(after) = after {
                out.extend_from_slice(b"after ");
                payload(after, out);
                out.push(b' ');
            }
            out.extend_from_slice(b"send ");
            payload(bytes, out);
        }
        kind => out.extend_from_slice(words(kind).as_bytes()),
    }
    out.push(b'\n');
}

/// Writes a payload where the line stands: its column, in scalars, is every byte of the line but those that continue one.
fn payload(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    let column = out[start..]
        .iter()
        .filter(|byte| **byte & 0xc0 != 0x80)
        .count();
    text::payload(bytes, column, out);
}

/// What happened in one line, without its time; each payload has at most `most` scalars.
pub(super) fn excerpt(kind: &EventKind, most: usize) -> String {
    let quote = |bytes| text::quote(bytes, most);
    match kind {
        EventKind::Output(bytes) => quote(bytes),
        EventKind::Stderr(bytes) => format!("stderr {}", quote(bytes)),
        EventKind::Send { after, bytes } => {
            let after = after
                .as_deref()
                .map(|after| format!("after {} ", quote(after)));
            format!("{}send {}", after.unwrap_or_default(), quote(bytes))
        }
        _ => words(kind),
    }
}

/// What happened where no payload belongs to it.
fn words(kind: &EventKind) -> String {
    match kind {
        EventKind::Eof => "eof".to_owned(),
        EventKind::Resize { columns, rows } => format!("resize {columns}x{rows}"),
        EventKind::Signal(signal) => format!("signal {signal}"),
        EventKind::End(end) => end.to_string(),
        EventKind::Output(_) | EventKind::Stderr(_) | EventKind::Send { .. } => {
            unreachable!("has a payload")
        }
    }
}

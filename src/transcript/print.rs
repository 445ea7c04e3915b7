//! Writes a recording as its canonical transcript.

use super::{header, literal};
use crate::recording::{End, Event, Kind, Recording, Stop};
use std::{fmt, io::Write, time::Duration};

pub(super) fn recording(recording: &Recording) -> String {
    let mut out = header::write(recording.header()).into_bytes();
    out.push(b'\n');
    let mut before = Duration::ZERO;
    for one in recording.events() {
        event(one, before, &mut out);
        before = one.at;
    }
    String::from_utf8(out).expect("all that is written is text")
}

/// Writes one event; `before` is the instant of the event above it.
fn event(event: &Event, before: Duration, out: &mut Vec<u8>) {
    let line = out.len();
    // In scalars: every byte of the line but those that continue one.
    let column = |out: &Vec<u8>| {
        let start = out[line..]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(line, |newline| line + newline + 1);
        out[start..]
            .iter()
            .filter(|byte| **byte & 0xc0 != 0x80)
            .count()
    };
    match &event.kind {
        Kind::Output(bytes) => {
            time(event.at.saturating_sub(before), out);
            out.push(b' ');
            literal::payload(bytes, column(out), out);
        }
        Kind::Stderr(bytes) => {
            time(event.at.saturating_sub(before), out);
            out.extend_from_slice(b" stderr ");
            literal::payload(bytes, column(out), out);
        }
        kind => {
            out.push(b'@');
            time(event.at, out);
            out.push(b' ');
            match kind {
                Kind::Send { after, bytes } => {
                    if let Some(after) = after {
                        out.extend_from_slice(b"after ");
                        literal::payload(after, column(out), out);
                        out.push(b' ');
                    }
                    out.extend_from_slice(b"send ");
                    literal::payload(bytes, column(out), out);
                }
                Kind::Eof => out.extend_from_slice(b"eof"),
                Kind::Resize { columns, rows } => {
                    out.extend_from_slice(format!("resize {columns}x{rows}").as_bytes());
                }
                Kind::Signal(signal) => {
                    out.extend_from_slice(format!("signal {signal}").as_bytes());
                }
                Kind::End(end) => out.extend_from_slice(end.to_string().as_bytes()),
                Kind::Output(_) | Kind::Stderr(_) => unreachable!("written above"),
            }
        }
    }
    out.push(b'\n');
}

/// Writes seconds with at least three decimals, as many more as needed, at most nine.
pub(super) fn time(time: Duration, out: &mut Vec<u8>) {
    let (mut fraction, mut decimals) = (time.subsec_nanos(), 9);
    while decimals > 3 && fraction % 10 == 0 {
        fraction /= 10;
        decimals -= 1;
    }
    // Writing to memory cannot fail.
    let _ = write!(out, "{}.{fraction:0decimals$}", time.as_secs());
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(status) => write!(f, "exit {status}"),
            End::Killed(signal) => write!(f, "killed {signal}"),
            End::Stopped(stop) => write!(f, "stopped {stop}"),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Limit => "limit",
            Stop::VirtualLimit => "virtual-limit",
            Stop::OutputLimit => "output-limit",
            Stop::Waits => "waits",
        })
    }
}

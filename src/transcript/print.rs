//! Writes a recording as its canonical transcript.

use super::{header, literal};
use crate::recording::{End, Event, Kind, Recording, Stop};
use std::{
    fmt::{self, Write},
    time::Duration,
};

pub(super) fn recording(recording: &Recording) -> String {
    let mut out = String::new();
    header::write(recording.header(), &mut out);
    out.push('\n');
    let mut before = Duration::ZERO;
    for one in recording.events() {
        event(one, before, &mut out);
        before = one.at;
    }
    out
}

/// Writes one event; `before` is the instant of the event above it.
fn event(event: &Event, before: Duration, out: &mut String) {
    let line = out.len();
    // The line so far is ASCII but for a trigger's literals, so that bytes are columns there only.
    let column = |out: &String| {
        let start = out[line..]
            .rfind('\n')
            .map_or(line, |newline| line + newline + 1);
        out[start..].chars().count()
    };
    match &event.kind {
        Kind::Output(bytes) => {
            time(event.at - before, out);
            out.push(' ');
            literal::payload(bytes, column(out), out);
        }
        Kind::Stderr(bytes) => {
            time(event.at - before, out);
            out.push_str(" stderr ");
            literal::payload(bytes, column(out), out);
        }
        kind => {
            out.push('@');
            time(event.at, out);
            out.push(' ');
            match kind {
                Kind::Send { after, bytes } => {
                    if let Some(after) = after {
                        out.push_str("after ");
                        literal::payload(after, column(out), out);
                        out.push(' ');
                    }
                    out.push_str("send ");
                    literal::payload(bytes, column(out), out);
                }
                Kind::Eof => out.push_str("eof"),
                Kind::Resize { columns, rows } => *out += &format!("resize {columns}x{rows}"),
                Kind::Signal(signal) => *out += &format!("signal {signal}"),
                Kind::End(end) => *out += &end.to_string(),
                Kind::Output(_) | Kind::Stderr(_) => unreachable!("written above"),
            }
        }
    }
    out.push('\n');
}

/// Writes seconds with at least three decimals, as many more as needed, at most nine.
fn time(time: Duration, out: &mut String) {
    let (mut fraction, mut decimals) = (time.subsec_nanos(), 9);
    while decimals > 3 && fraction % 10 == 0 {
        fraction /= 10;
        decimals -= 1;
    }
    // Writing to a string cannot fail.
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

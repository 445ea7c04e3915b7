//! The views of a recording: their laws, what strangers' files hold, and what hostile streams cannot do.

mod asciicast;
#[cfg(feature = "pictures")]
mod beside_xterm;
mod frames;
mod hostile;
mod notebook;
#[cfg(feature = "pictures")]
mod pictures;
mod screen;
mod svg;

use std::time::Duration;
use stroboscope::recording::{Channel, End, Event, EventKind, Header, Recording};

/// A recording of these events, in milliseconds, with `exit 0` at the last instant.
fn recording(channel: Channel, events: Vec<(u64, EventKind)>) -> Recording {
    let last = events.last().map_or(0, |(at, _)| *at);
    let end = (last, EventKind::End(End::Exit(0)));
    let events = events
        .into_iter()
        .chain([end])
        .map(|(at, kind)| Event::new(Duration::from_millis(at), kind));
    Recording::new(Header::new(channel), events.collect()).unwrap()
}

fn pty(columns: u16, rows: u16) -> Channel {
    Channel::Pty {
        columns,
        rows,
        term: "xterm-256color".to_owned(),
    }
}

fn output(bytes: impl Into<Vec<u8>>) -> EventKind {
    EventKind::Output(bytes.into())
}

/// What is left to see of one write on a terminal of this size.
fn shown(size: (u16, u16), bytes: &str) -> String {
    let recording = recording(pty(size.0, size.1), vec![(0, output(bytes))]);
    stroboscope::view::screen::screen(&recording).to_string()
}

/// A recording in a transcript or in a snapshot's file.
fn parse(text: &str) -> Recording {
    text.parse().unwrap()
}

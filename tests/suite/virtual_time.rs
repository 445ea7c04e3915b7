//! Virtual time, held against what programs do, and against itself.

use crate::requirement::has_virtual_time;
use stroboscope::{
    recording::{Channel, End, Event, Header, Recording, StopReason},
    session::Session,
    text,
    virtual_time::VirtualTime,
};

mod aio;
mod cases;
mod chaos;
mod clock_reads;
mod connections;
mod copies;
mod corners;
mod cpython;
mod fidelity;
mod file_times;
mod fixed;
mod job_control;
mod limits;
mod locks;
mod machine;
mod machine_facts;
mod named_pipes;
mod namespaces;
mod native;
mod neighbours;
mod objects;
mod outside;
mod privileges;
mod programs;
mod random;
mod refusals;
mod regular_files;
mod runs;
mod soak;
mod spinners;
mod subjects;
mod terminal_timer;
mod timers;
mod typing;
mod wake_order;

/// A run in virtual time; none where that cannot be had.
#[track_caller]
fn run(session: &Session) -> Option<Recording> {
    run_by(VirtualTime::default(), session)
}

#[track_caller]
fn run_by(virtual_time: VirtualTime, session: &Session) -> Option<Recording> {
    has_virtual_time().then(|| {
        let recording = session.clone().virtual_time(virtual_time).run();
        let recording = recording.unwrap_or_else(|error| panic!("{error}"));
        // What it would have written is not known.
        let is_cut = recording.end().1 == End::Stopped(StopReason::Limit);
        assert!(!is_cut, "this machine is too slow now: {recording}");
        recording
    })
}

/// The events of a recording as a transcript has them, each with its instant.
fn events(channel: &Channel, events: &[Event]) -> String {
    Recording::new(Header::new(channel.clone()), events.to_vec())
        .unwrap()
        .to_string()
}

/// A recording of events in the notation of a transcript: each in a line, indented in any way, with its instant after an `@`.
fn story(channel: &Channel, lines: &str) -> Recording {
    let kind = match channel {
        Channel::Pty {
            columns,
            rows,
            term,
        } => format!("pty {columns}x{rows} {term}"),
        _ => "pipe".to_owned(),
    };
    let lines = lines.trim().lines();
    let lines: Vec<&str> = lines.map(str::trim_start).collect();
    let text = format!("transcript: 1\nchannel: {kind}\n\n{}\n", lines.join("\n"));
    text.parse()
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A session tells these events, at these instants, and nothing else.
#[track_caller]
fn tells(session: &Session, lines: &str) {
    let Some(recording) = run(session) else {
        return;
    };
    is_story(&recording, lines);
}

/// What happened is these events, and nothing else; and there is no reason why it should vary.
#[track_caller]
fn is_story(recording: &Recording, lines: &str) {
    assert_eq!(recording.header().varies, Vec::<String>::new());
    let channel = &recording.header().channel;
    let told = events(channel, recording.events());
    let expected = events(channel, story(channel, lines).events());
    assert!(told == expected, "it told:\n{told}\nand not:\n{expected}");
}

/// A write, as a line of a story.
fn said(ms: u64, text: &str) -> String {
    let text = text::escape(text.as_bytes(), usize::MAX);
    format!("{} \"{text}\"\n", at(ms))
}

/// An instant, as a story has it.
fn at(ms: u64) -> String {
    format!("@{}.{:03}", ms / 1000, ms % 1000)
}

//! Comparisons: what each sort of difference is called, and the laws of the levels.

mod content;
mod effects;
mod laws;
mod levels;
mod line_diff;
mod size;
mod times;

use std::fmt::Write as _;
use stroboscope::{
    comparison::compare,
    recording::{Level, Recording},
};

/// Compares two recordings on pipes, by the lines of their events.
#[track_caller]
fn check(level: Level, left: &str, right: &str, lines: &[&str]) {
    check_on([PIPE, PIPE], level, left, right, lines);
}

/// Compares two recordings on these channels, by the lines of their events.
#[track_caller]
fn check_on(channels: [&str; 2], level: Level, left: &str, right: &str, lines: &[&str]) {
    let (left, right) = (recording(channels[0], left), recording(channels[1], right));
    let causes: Vec<String> = compare(&left, &right, level)
        .causes()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(causes, lines);
}

const PIPE: &str = "pipe";
const PTY: &str = "pty 80x24 xterm";

/// Reads events with `; ` or line ends between them; they end in `exit 0` unless they have an end.
#[track_caller]
fn recording(channel: &str, events: &str) -> Recording {
    let ends = ["exit", "killed", "stopped"];
    let end = if ends.iter().any(|end| events.contains(end)) {
        ""
    } else {
        "0.000 exit 0\n"
    };
    let lines: Vec<_> = events.split("; ").flat_map(str::lines).collect();
    let text = format!(
        "transcript: 1\nchannel: {channel}\n\n{}\n{end}",
        lines.join("\n")
    );
    // Without events there is no line for them.
    let text = text.replace("\n\n\n", "\n\n");
    text.parse()
        .unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

/// The events of a spinner that stops at three seconds.
fn spinner(interval: u32, dash: &str) -> String {
    let mut events = "0.000 \"a spinner\\r\\n\"\n0.000 \"| thinking!\"\n".to_owned();
    let (mut at, mut frame) = (interval, 1);
    while at < 3_000 {
        let glyph = ["|", "/", dash, "\\\\"][frame % 4];
        writeln!(
            events,
            "@{}.{:03} \"\\b\"*11 \"{glyph} thinking!\"",
            at / 1_000,
            at % 1_000
        )
        .unwrap();
        (at, frame) = (at + interval, frame + 1);
    }
    events + "@3.000 \"\\b\"*11 \" \"*11 \"\\b\"*11 \"Answer: 42\\r\\n\"\n@3.000 exit 0\n"
}

const LEVELS: [Level; 4] = [Level::Exact, Level::Writes, Level::Bytes, Level::Screen];

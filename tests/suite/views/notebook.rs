//! What a notebook keeps of a recording.

use super::{output, parse, recording};
use stroboscope::{
    recording::{Channel, EventKind},
    view::notebook::{Rule, fold, notebook},
};

#[track_caller]
fn keeps(rule: Rule, events: Vec<EventKind>, text: &str) {
    let events = events
        .into_iter()
        .zip(0..)
        .map(|(kind, at)| (at, kind))
        .collect();
    assert_eq!(notebook(&recording(Channel::Pipe, events), rule), text);
}

#[test]
fn each_write_is_a_message() {
    let writes = || vec![output("ab\x08"), output("\x08c\n")];
    keeps(Rule::Rx, writes(), "c\n");
    keeps(Rule::Lab, vec![output("abc\x08"), output("x")], "abx");
}

#[test]
fn a_character_that_two_writes_share_is_shown_whole() {
    keeps(
        Rule::Rx,
        vec![output(b"a\xe2\x82"), output(b"\xacb")],
        "a€b",
    );
    keeps(
        Rule::Rx,
        vec![output(b"a\xff"), output(b"\xe2\x82")],
        "a\u{fffd}\u{fffd}",
    );
}

#[test]
fn only_output_is_kept() {
    keeps(
        Rule::Rx,
        vec![
            output("a"),
            EventKind::Stderr(b"b".to_vec()),
            EventKind::Eof,
        ],
        "a",
    );
}

#[test]
fn what_would_do_something_is_a_picture_of_itself() {
    keeps(
        Rule::Lab,
        vec![output(
            "\x1b[31m\x07\x7f\u{9b}\u{202e}\ta\u{301}\\\"\n\u{301}",
        )],
        "␛[31m␇␡\u{fffd}\u{fffd}␉a\u{301}\\\"\n\u{fffd}",
    );
}

#[test]
fn the_spinner_folds_as_its_bytes_do() {
    let recording = parse(include_str!("../../../snapshots/thread_pipe_3s.snap"));
    let text = String::from_utf8(recording.output()).unwrap();
    let lab = fold(Rule::Lab, &text);
    assert_eq!(notebook(&recording, Rule::Lab), lab);
    assert!(lab.ends_with("Answer: 42\n"), "{lab:?}");
}

//! What a notebook keeps of a recording.

use super::{output, parse, recording};
use stroboscope::{
    recording::{Channel, EventKind},
    view::notebook::{Rule, fold, notebook, outputs},
};

#[track_caller]
fn keeps(rule: Rule, events: Vec<EventKind>, text: &str) {
    let events = events
        .into_iter()
        .zip(0..)
        .map(|(kind, at)| (at, kind))
        .collect();
    let kept = notebook(&recording(Channel::Pipe, events), rule);
    assert_eq!(kept.unwrap(), text);
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
fn each_stream_is_folded_by_itself() {
    let stderr = |bytes: &[u8]| EventKind::Stderr(bytes.to_vec());
    let events = || {
        vec![
            stderr(b" 50%"),
            stderr(b"\r100%\n"),
            output("a\rtrained"),
            EventKind::Eof,
        ]
    };
    keeps(Rule::Lab, events(), "100%\ntrained");
    keeps(Rule::NbConvert, events(), "100%\ntrained");
    let events = vec![
        (0, output("a\n")),
        (1, stderr(b"b")),
        (2, stderr(b"\rc")),
        (3, output("\x08d")),
    ];
    let outputs = outputs(&recording(Channel::Pipe, events), Rule::Lab).unwrap();
    let texts: Vec<_> = outputs
        .iter()
        .map(|output| (output.name, output.text.as_str()))
        .collect();
    assert_eq!(texts, [("stdout", "a\n"), ("stderr", "c"), ("stdout", "d")]);
}

/// Measured on Python's `re.sub(r".*\r(?=[^\n])", "", text)`, which nbconvert 7.16 applies.
#[test]
fn an_export_keeps_what_follows_the_last_return_of_a_line() {
    for (text, kept) in [
        ("a\rb\rc\n", "c\n"),
        ("a\rb\r\n", "b\r\n"),
        ("a\r\r\nb", "\r\nb"),
        ("a\r", "a\r"),
        ("ab\x08\x08c", "ab\x08\x08c"),
        ("x\n\ry", "x\ny"),
        ("a\n\r\nb", "a\n\r\nb"),
    ] {
        assert_eq!(fold(Rule::NbConvert, text).unwrap(), kept, "{text:?}");
    }
}

#[test]
fn patterns_have_one_budget_for_all_outputs() {
    let text = format!("{}\rx$&\n", "a".repeat(600_000));
    assert_eq!(fold(Rule::Rx, &text).unwrap().len(), 600_002);
    let events = vec![
        (0, output(text.as_bytes())),
        (1, EventKind::Stderr(text.into_bytes())),
    ];
    let both = recording(Channel::Pipe, events);
    assert!(outputs(&both, Rule::Rx).is_err());
    assert!(outputs(&both, Rule::Lab).is_ok());
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
    let lab = fold(Rule::Lab, &text).unwrap();
    assert_eq!(notebook(&recording, Rule::Lab).unwrap(), lab);
    assert!(lab.ends_with("Answer: 42\n"), "{lab:?}");
}

//! Asciicasts: written and read back, and what strangers' files hold.

mod strangers;

use super::{output, parse, pty, recording};
use crate::{arbitrary, bounded::Run, effort::cases};
use proptest::prelude::*;
use std::{ffi::OsString, process::Command, time::Duration};
use stroboscope::{
    recording::{Channel, End, Event, EventKind, Header, Input, Recording, Signal},
    transcript::DEFAULT_LIMIT,
    view::{
        asciicast::{Fidelity, is_asciicast, parse as read, write},
        screen::screen,
    },
};

/// The nearest recording that the format can hold.
fn held(recording: &Recording) -> Recording {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into_bytes();
    let word = |word: &OsString| OsString::from(word.to_string_lossy().into_owned());
    let mut header = recording.header().clone();
    header.command = header.command.iter().map(word).collect();
    for (name, value) in &mut header.env {
        (*name, *value) = (word(name), word(value));
    }
    if header.channel == Channel::Pipe {
        header.channel = pty(80, 24);
    }
    let events = recording.events().iter().map(|event| {
        let kind = match &event.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) => EventKind::Output(text(bytes)),
            EventKind::Send(bytes) => EventKind::Send(text(bytes)),
            EventKind::Resize { columns, rows } => EventKind::Resize {
                columns: *columns,
                rows: *rows,
            },
            EventKind::Mark(label) => EventKind::Mark(label.clone()),
            EventKind::End(End::Exit(status)) => EventKind::End(End::Exit(*status)),
            EventKind::End(_) => EventKind::End(End::Exit(1)),
            _ => output("!"),
        };
        Event::new(event.at, kind)
    });
    Recording::new(header, events.collect()).unwrap()
}

/// Whether it may have bytes beyond ASCII that are characters of a set, and not parts of UTF-8.
fn has_bytes_of_a_set(recording: &Recording) -> bool {
    let output = recording.output();
    let asks = [
        "\x1b~", "\x1b}", "\x1b|", "\x1b*", "\x1b+", "\x1b-", "\x1b.", "\x1b/", "\x1b)", "?42h",
    ];
    let asks = |text: &str| asks.iter().any(|ask| text.contains(ask));
    str::from_utf8(&output).is_err() && asks(&String::from_utf8_lossy(&output))
}

/// The recording as if its input had waited for nothing.
fn at_once(recording: &Recording) -> Recording {
    let events = recording.events().iter().cloned();
    let events = events.map(|event| event.after(None));
    Recording::new(recording.header().clone(), events.collect()).unwrap()
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn what_is_written_reads_back_the_same(recording in arbitrary::recording(8)) {
        let recording = held(&recording);
        let text = write(&recording, Fidelity::Exact).unwrap();
        prop_assert!(is_asciicast(&text));
        prop_assert!(recording.same(&read(&text, DEFAULT_LIMIT).unwrap()), "{}", text);
        prop_assert_eq!(&text, &write(&recording, Fidelity::Lossy).unwrap());
    }

    #[test]
    fn a_lossy_one_shows_the_same(recording in arbitrary::shown(8)) {
        prop_assume!(!has_bytes_of_a_set(&recording));
        let text = write(&recording, Fidelity::Lossy).unwrap();
        prop_assert_eq!(screen(&read(&text, DEFAULT_LIMIT).unwrap()), screen(&recording));
    }

    #[test]
    fn what_was_written_exactly_holds_everything_but_waits(recording in arbitrary::recording(3)) {
        if let Ok(text) = write(&recording, Fidelity::Exact) {
            let at_once = at_once(&recording);
            prop_assert!(at_once.same(&read(&text, DEFAULT_LIMIT).unwrap()), "{}", text);
        }
    }
}

#[track_caller]
fn cannot_hold(kind: EventKind, message: &str, lossy: &str) {
    let end = (200, EventKind::End(End::Exit(0)));
    let mut events = vec![(0, output("a")), (100, kind)];
    if !matches!(events[1].1, EventKind::End(_)) {
        events.push(end);
    }
    let events = events
        .into_iter()
        .map(|(at, kind)| Event::new(Duration::from_millis(at), kind));
    let recording = Recording::new(Header::new(pty(80, 24)), events.collect()).unwrap();
    assert_eq!(
        write(&recording, Fidelity::Exact).unwrap_err().to_string(),
        message
    );
    let text = write(&recording, Fidelity::Lossy).unwrap();
    let body = text.split_once("[0.000,\"o\",\"a\"]\n").unwrap().1;
    assert_eq!(body, lossy);
}

#[test]
fn what_input_waited_for_is_left_out() {
    let text = "transcript: 1\nchannel: pty 9x3 xterm\n\n0.000 \"a\"\n@0.100 after \"a\" send \"b\"\n\
        @0.200 after screen \"a\" 0.100 resize 8x3\n@0.200 exit 0\n";
    let written = write(&parse(text), Fidelity::Exact).unwrap();
    let events =
        "[0.000,\"o\",\"a\"]\n[0.100,\"i\",\"b\"]\n[0.100,\"r\",\"8x3\"]\n[0.000,\"x\",\"0\"]\n";
    assert!(written.ends_with(events), "{written}");
}

#[test]
fn what_the_format_cannot_hold_is_named() {
    let end = "[0.200,\"x\",\"0\"]\n";
    cannot_hold(
        EventKind::Eof,
        "an asciicast has no end of input: event 2, at 0.100 s",
        end,
    );
    cannot_hold(
        EventKind::Signal(Signal::TERM),
        "an asciicast has no signals: event 2, at 0.100 s",
        end,
    );
    cannot_hold(
        EventKind::Reply(b"b".to_vec()),
        "an asciicast has no answers of the terminal: event 2, at 0.100 s",
        "[0.100,\"i\",\"b\"]\n[0.100,\"x\",\"0\"]\n",
    );
    cannot_hold(
        EventKind::Input {
            input: Box::new(Input::Focus(true)),
            bytes: b"b".to_vec(),
        },
        "an asciicast has no input by name: event 2, at 0.100 s",
        "[0.100,\"i\",\"b\"]\n[0.100,\"x\",\"0\"]\n",
    );
    cannot_hold(
        output(b"b\xff\xe2"),
        "an asciicast has no bytes that are not UTF-8: event 2, at 0.100 s",
        "[0.100,\"o\",\"b\u{fffd}\"]\n[0.100,\"o\",\"\u{fffd}\"]\n[0.000,\"x\",\"0\"]\n",
    );
    cannot_hold(
        EventKind::End(End::Killed(Signal::INT)),
        "an asciicast has no end but an exit status: event 2, at 0.100 s",
        "[0.100,\"x\",\"130\"]\n",
    );
    cannot_hold(
        EventKind::End(End::Stopped(stroboscope::recording::StopReason::Limit)),
        "an asciicast has no end but an exit status: event 2, at 0.100 s",
        "",
    );
}

#[test]
fn a_cut_character_comes_with_the_later_write() {
    let recording = recording(
        pty(80, 24),
        vec![(1, output(b"a\xe2\x82")), (3, output(b"\xac"))],
    );
    assert!(write(&recording, Fidelity::Exact).is_err());
    let text = write(&recording, Fidelity::Lossy).unwrap();
    assert!(
        text.contains("[0.001,\"o\",\"a\"]\n[0.002,\"o\",\"€\"]\n"),
        "{text}"
    );
}

#[test]
fn a_pipe_is_held_only_as_a_terminal() {
    let events = vec![(0, output("a\nb")), (1, EventKind::Stderr(b"c\n".to_vec()))];
    let recording = recording(Channel::Pipe, events);
    let error = write(&recording, Fidelity::Exact).unwrap_err().to_string();
    assert_eq!(
        error,
        "an asciicast is of a terminal, and this recording's channel is a pipe"
    );
    let text = write(&recording, Fidelity::Lossy).unwrap();
    let lines = "[0.000,\"o\",\"a\\r\\nb\"]\n[0.001,\"o\",\"c\\r\\n\"]\n[0.000,\"x\",\"0\"]\n";
    assert_eq!(text.split_once('\n').unwrap().1, lines);
}

#[test]
fn the_header_holds_command_environment_and_date() {
    let text = "transcript: 1\ncommand: echo \"it's\"\nenv: A=1\nenv: B=2\nenv: A=3\nchannel: pty 80x24 xterm\ndate: 2017-09-03T19:35:15Z\n\n@0.000 exit 0\n";
    let header = r#"{"version":3,"term":{"cols":80,"rows":24,"type":"xterm"},"timestamp":1504467315,"command":"echo 'it'\\''s'","env":{"B":"2","A":"3"}}"#;
    let written = write(&parse(text), Fidelity::Exact).unwrap();
    assert_eq!(written.lines().next(), Some(header));
}

#[test]
fn asciinema_plays_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spinner.cast");
    let recording = parse(include_str!("../../../snapshots/thread_pty_3s.snap"));
    std::fs::write(&path, write(&recording, Fidelity::Exact).unwrap()).unwrap();
    let version = Command::new("asciinema").arg("--version").try_run();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version
        .as_ref()
        .is_ok_and(|version| version.starts_with("asciinema 3"))
    {
        eprintln!("skipped: there is no asciinema 3 ({version:?})");
        return;
    }
    let back = folder.path().join("back.cast");
    let converted = Command::new("asciinema")
        .args(["convert", "--quiet", "--output-format", "asciicast-v3"])
        .args([&path, &back])
        .run_tool();
    assert!(converted.status.success());
    let back = read(&std::fs::read_to_string(back).unwrap(), DEFAULT_LIMIT).unwrap();
    assert!(back.same(&recording), "{back}");
}

//! `strobe play` on a terminal of its own, in virtual time, with scripts by key names: what strobe tests of others, it tests of
//! itself.

use crate::{requirement::has_virtual_time, workshop::Workshop};
use std::time::Duration;
use stroboscope::{
    Recording, Session,
    recording::End,
    terminal::{Mode, Modes},
    view::{
        frames::{Frame, frames},
        screen::still,
    },
};

const SLOW: &str = "transcript: 1\nchannel: pty 40x5 xterm\n\n\
    0.000 \"first\"\n1.000 \"\\r\\nsecond\"\n1.500 \"\\r\\nthird\"\n@4.000 exit 0\n";
const OTHER: &str = "transcript: 1\nchannel: pty 40x5 xterm\n\n\
    0.000 \"first\"\n1.000 \"\\r\\nsecond\"\n1.500 \"\\r\\nThird\"\n@4.000 exit 0\n";

/// What a session of strobe shows, in virtual time; `None` where that is unavailable. Its script must quit the program.
#[track_caller]
pub fn session(
    shop: &Workshop,
    arguments: &[&str],
    size: (u16, u16),
    script: &str,
) -> Option<Recording> {
    if !has_virtual_time() {
        return None;
    }
    let script = script
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {script}"));
    let strobe = Session::cargo_bin("strobe")
        .unwrap()
        .args(arguments.iter().copied());
    let strobe = strobe
        .current_dir(shop.path("."))
        .pty(size.0, size.1)
        .script(script);
    Some(strobe.run().unwrap_or_else(|error| panic!("{error}")))
}

fn play(
    files: &[(&str, &str)],
    options: &[&str],
    size: (u16, u16),
    script: &str,
) -> Option<Recording> {
    let shop = Workshop::new();
    for (name, text) in files {
        shop.write(name, text);
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    session(
        &shop,
        &[&["play"], &names[..], options].concat(),
        size,
        script,
    )
}

/// The terminal is as it was.
#[track_caller]
pub fn is_restored(recording: &Recording) {
    let still = still(recording);
    assert!(!still.modes.contains(Mode::AlternateScreen), "{still}");
    assert!(
        still.cursor.visible && still.modes == Modes::default(),
        "{still}"
    );
}

/// The first frame that shows a text.
#[track_caller]
fn first_with<'a>(frames: &'a [Frame], text: &str) -> &'a Frame {
    let shows = |frame: &&Frame| frame.screen.to_string().contains(text);
    frames
        .iter()
        .find(shows)
        .unwrap_or_else(|| panic!("no frame has {text}: {frames:#?}"))
}

/// Clock reads take some microseconds, in virtual time too.
fn is_about(instant: Duration, milliseconds: u64) -> bool {
    instant.abs_diff(Duration::from_millis(milliseconds)) <= Duration::from_millis(2)
}

#[test]
fn a_recording_is_played_in_recorded_time() {
    let script = "after screen \"end 4.000 of 4.000\" 0.100 press q";
    for (options, scale) in [
        (&[][..], 4),
        (&["--speed", "4"], 1),
        (&["--speed", "0.5"], 8),
    ] {
        let Some(recording) = play(&[("a.strobe", SLOW)], options, (80, 6), script) else {
            return;
        };
        assert_eq!(recording.end().1, End::Exit(0));
        let frames = frames(&recording);
        for (text, at) in [("second", 1000), ("third", 2500), ("end 4.000", 4000)] {
            let from = first_with(&frames, text).from;
            assert!(
                is_about(from, at * scale / 4),
                "{text} at {from:?}, {options:?}"
            );
        }
        is_restored(&recording);
    }
}

#[test]
fn the_last_line_has_the_instant_the_event_and_its_bytes() {
    let line = r#"paused 1.000 of 4.000 · event 2: \"\\r\\n\" \"second\" · ? keys"#;
    let script = format!(
        "after screen \"second\" press Space\nafter screen \"paused\" expect screen \"{line}\"\npress q"
    );
    play(&[("a.strobe", SLOW)], &[], (80, 6), &script);
}

#[test]
fn the_cursor_is_drawn_and_is_a_difference() {
    let prompt = |motion: &str| {
        format!(
            "transcript: 1\nchannel: pty 40x5 xterm\n\n0.000 \"name: \"\n1.000 \"{motion}\"\n@2.000 exit 0\n"
        )
    };
    let (old, new) = (prompt(r"\e[4D"), prompt(r"\e[4D\e[6 q\r\n"));
    let script = "after screen \"end 2.000\" 0.100 press q";
    let Some(recording) = play(&[("a.strobe", &old)], &[], (80, 6), script) else {
        return;
    };
    let cursors = |frame: &Frame| {
        let row = frame.screen.rows()[0].cells();
        row.filter(|cell| cell.style.inverse)
            .map(|cell| (cell.column, cell.text.to_owned()))
            .collect::<Vec<_>>()
    };
    let frames = frames(&recording);
    let at_first = cursors(first_with(&frames, "of 2.000"));
    assert_eq!(at_first, [(6, " ".to_owned())]);
    let at_last = cursors(first_with(&frames, "end 2.000"));
    assert_eq!(at_last, [(2, "m".to_owned())]);
    // The text is the same throughout.
    play(
        &[("a.strobe", &old), ("b.strobe", &new)],
        &[],
        (80, 6),
        "0.100 press d\nafter screen \"paused 1.000\" 0.100 press d\n\
         after screen \"no difference after this\" press q",
    );
}

#[test]
fn keys_move_in_the_recording() {
    let script = "press Space
        after screen \"paused 0.000\" press .
        after screen \"paused 1.000\" press .
        after screen \"paused 2.500\" press ,
        after screen \"paused 1.000\" press Right
        after screen \"paused 2.000\" press Left*2
        after screen \"paused 0.000\" press End
        after screen \"end 4.000\" press Home
        after screen \"paused 0.000\" type \"++-\"
        after screen \"x2\" press ?
        after screen \"half as fast\" press ?
        after screen \"first\" press l
        after screen \"loop\" press d
        after screen \"that takes two files\" press Escape";
    let script = script.replace("\n        ", "\n");
    if let Some(recording) = play(&[("a.strobe", SLOW)], &[], (100, 16), &script) {
        assert_eq!(recording.end().1, End::Exit(0));
        is_restored(&recording);
    }
}

#[test]
fn a_part_is_played_again_and_again_and_waits_are_cut() {
    let options = [
        "--from",
        "900ms",
        "--to",
        "3s",
        "--idle-limit",
        "200ms",
        "--loop",
    ];
    let script = "after screen \"third\" expect screen \"playing 2.500 of 3.000\"\n@2.000 press q";
    let Some(recording) = play(&[("a.strobe", SLOW)], &options, (80, 6), script) else {
        return;
    };
    // 0.1 s to the second write, 0.2 s to the third, 0.2 s to the end.
    let frames = frames(&recording);
    let starts: Vec<Duration> = frames
        .iter()
        .filter(|frame| frame.screen.to_string().contains("playing 0.900"))
        .map(|frame| frame.from)
        .collect();
    assert!(starts.len() >= 3, "{starts:?}");
    for (number, start) in starts.iter().enumerate() {
        let rest = start.as_millis() % 500;
        // Each start is drawn at the least interval after the end.
        assert!(rest <= 15 * (number as u128 + 1), "{starts:?}");
    }
}

#[test]
fn two_recordings_are_shown_side_by_side_or_flicker() {
    let script = "press d
        after screen \"paused 2.500\" expect screen \"old: a.strobe\"
        expect screen /^third +│ Third/
        press f
        after screen \"new: b.strobe\" expect screen /^Third/
        after screen \"old: a.strobe\" expect screen /^third/
        press f
        after screen \"│\" press d
        after screen \"no difference after this\" press q";
    let script = script.replace("\n        ", "\n");
    let files = [("a.strobe", SLOW), ("b.strobe", OTHER)];
    if let Some(recording) = play(&files, &[], (100, 8), &script) {
        assert_eq!(recording.end().1, End::Exit(0));
        // What differs is marked.
        assert!(
            recording
                .output()
                .windows(8)
                .any(|bytes| bytes == b"\x1b[30;43m")
        );
    }
}

#[test]
fn what_does_not_fit_is_cropped_and_said_so() {
    let wide = "transcript: 1\nchannel: pty 200x9 xterm\n\n0.000 \"x\"*150 \"end\\r\\n\" \"below\\r\\n\" \"last\"\n@0.000 exit 0\n";
    let script = "after screen \"columns 1 to 100 of 153, rows 1 to 2 of 3\" press Down
        after screen \"rows 2 to 3 of 3\" expect screen /^last$/
        press Up
        press ]*9
        after screen \"columns 54 to 153 of 153\" expect screen /xend$/
        press q";
    let script = script.replace("\n        ", "\n");
    if let Some(recording) = play(&[("a.strobe", wide)], &[], (100, 3), &script) {
        assert_eq!(recording.end().1, End::Exit(0));
    }
}

#[test]
fn a_terminal_that_changes_its_size_is_drawn_anew() {
    let script = "press End\nafter screen \"end\" resize 30x4\nafter quiet resize 60x9\nafter quiet expect screen /^third$/\npress q";
    if let Some(recording) = play(&[("a.strobe", SLOW)], &[], (80, 6), script) {
        assert_eq!(recording.end().1, End::Exit(0));
    }
}

#[test]
fn the_terminal_is_restored_when_a_signal_ends_it() {
    for (signal, name) in [("TERM", "killed TERM"), ("HUP", "killed HUP")] {
        let script = format!("after screen \"second\" signal {signal}");
        let Some(recording) = play(&[("a.strobe", SLOW)], &[], (80, 6), &script) else {
            return;
        };
        assert_eq!(recording.end().1.to_string(), name);
        is_restored(&recording);
    }
}

/// The settings of the terminal are as before, whatever ends it.
#[test]
fn the_modes_of_the_line_discipline_are_restored() {
    if !has_virtual_time() {
        return;
    }
    let shop = Workshop::new();
    shop.write("a.strobe", SLOW);
    let strobe = env!("CARGO_BIN_EXE_strobe");
    for script in [
        "after screen \"second\" press q",
        "after screen \"second\" press C-c",
    ] {
        let command = format!("stty -g; {strobe} play a.strobe; stty -g");
        let shell = Session::new("sh")
            .args(["-c", &command])
            .pty(200, 24)
            .current_dir(shop.path("."));
        let recording = shell.script(script.parse().unwrap()).run().unwrap();
        let text = stroboscope::view::screen(&recording).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (2, lines[1]), "{text}");
    }
}

/// A recording may hold anything; only our own sequences reach the terminal.
#[test]
fn a_hostile_recording_is_played_inert() {
    let hostile = "transcript: 1\nchannel: pty 40x5 xterm\n\n\
        0.000 \"\\e]0;pwned\\x07\\e[?1000h\\e[5ih\\ea\\u{202e}i\\e[6n\\u{9d}0;x\\x07\"\n@1.000 exit 0\n";
    let Some(recording) = play(
        &[("a.strobe", hostile)],
        &[],
        (80, 6),
        "after screen \"end\" press q",
    ) else {
        return;
    };
    let output = recording.output();
    let text = str::from_utf8(&output).unwrap();
    for forbidden in [
        "\x1b]",
        "\u{202e}",
        "\u{9d}",
        "\x07",
        "\x1b[?1000h",
        "\x1b[6n",
        "\x1b[5i",
    ] {
        assert!(!text.contains(forbidden), "{forbidden:?}: {text:?}");
    }
    is_restored(&recording);
}

#[test]
fn without_a_terminal_nothing_is_played() {
    let shop = Workshop::new();
    shop.write("a.strobe", SLOW);
    shop.refuses(
        &["play", "a.strobe"],
        "play needs a terminal; `strobe show --as frames` prints what would be shown",
    );
    shop.refuses(
        &["play", "b.strobe"],
        "b.strobe: No such file or directory (os error 2)",
    );
}

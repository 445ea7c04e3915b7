//! Files that others wrote: both versions, and what is wrong with them.

use crate::effort::cases;
use proptest::prelude::*;
use stroboscope::{
    transcript::DEFAULT_LIMIT,
    view::asciicast::{
        AsciicastError, Fidelity, Version, is_asciicast, parse as read, write_version,
    },
};

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_by_an_error(
        header in r#"\{"version":[1234],("term":\{"cols":[0-9]{1,6},"rows":9\}|"width":8,"height":9),"env":\{"=?[A-Z]?":"x"\}\}"#,
        lines in proptest::collection::vec(r#"\[-?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,22})?,"[oirmxz]?",("[0-9x]{0,9}"|\[\[|null)\]|#?|.*"#, 0..6),
    ) {
        let text = format!("{header}\n{}", lines.join("\n"));
        if let Err(error) = read(&text, 20) {
            prop_assert!((1..=lines.len() + 1).contains(&error.line));
        }
    }
}

const V2: &str = r#"{"version": 2, "width": 90, "height": 30, "timestamp": 1504467315, "title": "Demo", "command": "ls -l", "env": {"TERM": "screen", "SHELL": "/bin/zsh"}}
[0.248848, "o", "\u001b[1;31mHello\r\n"]
[1.001376, "o", ""]
[1.5, "m", "chapter"]
[2.0, "i", "q"]
[2.0, "r", "80x24"]
[2.5, "z", {"any": "thing"}]
[3.25, "o", "Bye!"]
"#;

const V3: &str = r##"{"version": 3, "term": {"cols": 90, "rows": 30, "type": "screen", "theme": {"fg": "#d0d0d0"}}, "timestamp": 1504467315, "title": "Demo", "command": "ls -l", "env": {"SHELL": "/bin/zsh"}}
# event stream follows the header
[0.248848, "o", "\u001b[1;31mHello\r\n"]
[0.752528, "o", ""]

[0.498624, "m", "chapter"]
[0.5, "i", "q"]
[0, "r", "80x24"]
[0.5, "z", null]
# and so it ends
[0.75, "o", "Bye!"]
[1e-1, "x", "3"]
"##;

const FROM_BOTH: &str = r#"
0.248848 "\e[1;31mHello\r\n"
@1.500 mark "chapter"
@2.000 send "q"
@2.000 resize 80x24
1.250 "Bye!"
"#;

#[track_caller]
fn reads(text: &str, transcript: &str) {
    assert_eq!(read(text, DEFAULT_LIMIT).unwrap().to_string(), transcript);
}

#[test]
fn version_2_counts_from_the_start() {
    let header = "transcript: 1\ncommand: ls -l\nenv: SHELL=/bin/zsh\nchannel: pty 90x30 screen\ndate: 2017-09-03T19:35:15Z\n";
    let notes = "note: Demo\nnote: the asciicast does not say how the run ended\n";
    reads(V2, &format!("{header}{notes}{FROM_BOTH}@3.250 exit 0\n"));
}

#[test]
fn version_3_counts_from_the_event_above() {
    let header = "transcript: 1\ncommand: ls -l\nenv: SHELL=/bin/zsh\nchannel: pty 90x30 screen\ndate: 2017-09-03T19:35:15Z\n";
    reads(
        V3,
        &format!(
            "{header}note: Demo\nnote: the asciicast's theme: fg #d0d0d0\n{FROM_BOTH}@3.350 exit 3\n"
        ),
    );
}

#[test]
fn times_are_read_by_their_digits() {
    let header = r#"{"version":3,"term":{"cols":1,"rows":1}}"#;
    reads(
        &format!(
            "{header}\n[9007199254740993.000000001,\"o\",\"a\"]\n[0.1,\"o\",\"b\"]\n[0.2,\"o\",\"c\"]\n[0.0000000019,\"x\",\"0\"]\n"
        ),
        "transcript: 1\nchannel: pty 1x1 \"\"\n\n9007199254740993.000000001 \"a\"\n0.100 \"b\"\n0.200 \"c\"\n@9007199254740993.300000002 exit 0\n",
    );
}

#[test]
fn lines_may_end_as_windows_has_them() {
    reads(
        "{\"version\":2,\"width\":1,\"height\":1}\r\n[1,\"o\",\"a\"]\r\n",
        "transcript: 1\nchannel: pty 1x1 \"\"\nnote: the asciicast does not say how the run ended\n\n1.000 \"a\"\n@1.000 exit 0\n",
    );
}

#[track_caller]
fn refuses(header: &str, lines: &str, message: &str) {
    let error: AsciicastError = read(&format!("{header}\n{lines}\n"), 16).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn an_invalid_asciicast_is_refused_with_its_line() {
    let header = r#"{"version":3,"term":{"cols":80,"rows":24}}"#;
    let cases = [
        (
            "[1e30,\"o\",\"b\"]",
            "line 2: this instant is too late to count",
        ),
        (
            "[18446744073709551615,\"o\",\"b\"]\n[1,\"o\",\"b\"]",
            "line 3: this instant is too late to count",
        ),
        (
            "[\"0.1\",\"o\",\"b\"]",
            "line 2: expected an event, such as `[0.1, \"o\", \"text\"]`: the time must be a number",
        ),
        (
            "# x\n\n[0.1,\"o\",7]",
            "line 4: expected an event, such as `[0.1, \"o\", \"text\"]`: the data must be a string",
        ),
        (
            "[0.1,\"r\",\"80\"]",
            "line 2: a size is COLUMNSxROWS, such as `80x24`, each at most 65535",
        ),
        (
            "[0.1,\"r\",\"80x65536\"]",
            "line 2: a size is COLUMNSxROWS, such as `80x24`, each at most 65535",
        ),
        (
            "[0.1,\"x\",\"a\"]",
            "line 2: an exit status is a number from 0 to 255",
        ),
        (
            "[0,\"o\",\"12345678\"]\n[0,\"i\",\"123456789\"]",
            "line 3: the events hold more than the limit of 16 bytes",
        ),
    ];
    for (lines, message) in cases {
        refuses(header, lines, message);
    }
}

#[test]
fn what_no_json_is_is_refused_with_its_column() {
    let header = r#"{"version":3,"term":{"cols":80,"rows":24}}"#;
    let event = "line 2: expected an event, such as `[0.1, \"o\", \"text\"]`: ";
    refuses(
        header,
        "[0.1,\"o\"]",
        &format!("{event}invalid length 2, expected a tuple of size 3 (column 9)"),
    );
    refuses(
        header,
        "[0.1,\"o\",\"a\"",
        &format!("{event}EOF while parsing a list (column 12)"),
    );
    refuses(
        header,
        "[0.1,\"o\",\"\\ud800\"]",
        &format!("{event}unexpected end of hex escape (column 17)"),
    );
    refuses(
        header,
        "[01,\"o\",\"a\"]",
        &format!("{event}invalid number (column 3)"),
    );
}

#[test]
fn a_header_says_what_is_wrong_with_it() {
    let header = "line 1: this is no header of an asciicast: ";
    refuses(
        "{",
        "",
        &format!("{header}EOF while parsing an object (column 1)"),
    );
    refuses("{}", "", &format!("{header}there is no `version`"));
    refuses(
        "{\"version\":3}",
        "",
        &format!("{header}`term` must be an object"),
    );
    refuses(
        r#"{"version":2,"width":65536,"height":1}"#,
        "",
        &format!("{header}`width` must be a number up to 65535"),
    );
    refuses(
        "{\"version\":4}",
        "",
        "line 1: this is asciicast version 4; versions 1 to 3 can be read, and `asciinema convert` makes them",
    );
    refuses(
        r#"{"version":2,"width":1,"height":1,"env":{"A=B":"c"}}"#,
        "",
        "line 1: `A=B` is no name for a variable of the environment",
    );
}

#[test]
fn a_transcript_is_refused_as_an_asciicast() {
    assert!(is_asciicast(V2) && is_asciicast(V3));
    let transcript = read(V3, DEFAULT_LIMIT).unwrap().to_string();
    assert!(
        !is_asciicast(&transcript) && !is_asciicast("---\nsource: x\n---\n") && !is_asciicast("")
    );
}

const SMALL: &str = "transcript: 1\nchannel: pty 40x5 \"\"\n";
const NO_STATUS: &str = "note: the asciicast does not say how the run ended\n";

#[test]
fn version_1_is_one_object_with_gaps() {
    let object = r#"{"version": 1, "width": 40, "height": 5, "duration": 0.6, "command": "/bin/sh", "env": {"TERM": "xterm"},
        "stdout": [[0.1, "hello\r\n"], [0.50000000000000001, "world\r\n"]]}"#;
    let events = "0.100 \"hello\\r\\n\"\n0.500 \"world\\r\\n\"\n@0.600 exit 0\n";
    reads(
        object,
        &format!("transcript: 1\ncommand: /bin/sh\nchannel: pty 40x5 xterm\n{NO_STATUS}\n{events}"),
    );
    refuses(
        r#"{"version": 1, "width": 40, "height": 5, "stdout": [[0.1]]}"#,
        "",
        "line 1: this is no header of an asciicast: invalid length 1, expected a tuple of size 2 at line 1 column 6",
    );
}

#[test]
fn a_time_that_steps_back_is_held() {
    let events = "0.500 \"copying \"\n0.000 \"a file\"\n0.400 \"done\"\n@0.900 exit 0\n";
    let held = "note: the asciicast's time stepped back 1 time, and was held\n";
    reads(
        "{\"version\":2,\"width\":40,\"height\":5}\n[0.5,\"o\",\"copying \"]\n[0.499871,\"o\",\"a file\"]\n[0.9,\"o\",\"done\"]\n",
        &format!("{SMALL}{held}{NO_STATUS}\n{events}"),
    );
    reads(
        "{\"version\":3,\"term\":{\"cols\":40,\"rows\":5}}\n[0.5,\"o\",\"copying \"]\n[-0.1,\"o\",\"a file\"]\n[0.4,\"o\",\"done\"]\n",
        &format!("{SMALL}{held}{NO_STATUS}\n{events}"),
    );
}

#[test]
fn a_last_line_that_was_cut_off_is_dropped() {
    let torn = "note: the asciicast's last line was cut off\n";
    reads(
        "{\"version\":2,\"width\":40,\"height\":5}\n[0.5,\"o\",\"a\"]\n[0.6,\"o\",\"b",
        &format!("{SMALL}{torn}{NO_STATUS}\n0.500 \"a\"\n@0.500 exit 0\n"),
    );
    refuses(
        r#"{"version":2,"width":40,"height":5}"#,
        "[0.6,\"o\",\"b",
        "line 2: expected an event, such as `[0.1, \"o\", \"text\"]`: EOF while parsing a string (column 11)",
    );
}

#[test]
fn markers_come_back_where_they_were() {
    for (text, version) in [(V2, Version::Two), (V3, Version::Three)] {
        let recording = read(text, DEFAULT_LIMIT).unwrap();
        let written = write_version(&recording, version, Fidelity::Lossy).unwrap();
        let marker = match version {
            Version::Two => "[1.500,\"m\",\"chapter\"]",
            _ => "[1.251152,\"m\",\"chapter\"]",
        };
        assert!(written.contains(marker), "{written}");
        let again = read(&written, DEFAULT_LIMIT).unwrap();
        assert_eq!(again.events(), recording.events());
    }
}

#[test]
fn a_marker_after_the_exit_belongs_to_it() {
    let note = "note: the asciicast had 1 marker after the exit status, held at it\n";
    reads(
        "{\"version\":3,\"term\":{\"cols\":40,\"rows\":5}}\n[0.5,\"m\",\"\"]\n[0.5,\"x\",\"0\"]\n[1,\"m\",\"late\"]\n",
        &format!("{SMALL}{note}\n@0.500 mark \"\"\n@1.000 mark \"late\"\n@1.000 exit 0\n"),
    );
}

#[test]
fn events_after_the_exit_are_before_it() {
    let header = "{\"version\":3,\"term\":{\"cols\":40,\"rows\":5}}\n";
    let note = "note: the asciicast had 1 event after the exit status, which was held until then\n";
    reads(
        &format!("{header}[0.5,\"x\",\"3\"]\n[0.5,\"o\",\"a\"]\n"),
        &format!("{SMALL}{note}\n1.000 \"a\"\n@1.000 exit 3\n"),
    );
    let note = "note: the asciicast's exit status -1 was taken for 255\n";
    reads(
        &format!("{header}[0.5,\"x\",\"-1\"]\n"),
        &format!("{SMALL}{note}\n@0.500 exit 255\n"),
    );
}

#[test]
fn what_is_for_players_alone_is_kept_in_notes_and_written_back() {
    let theme = r##""theme":{"fg":"#fff","bg":"#000000","palette":"#111:#222"}"##;
    let three = format!(
        "{{\"version\":3,\"term\":{{\"cols\":40,\"rows\":5,\"type\":\"\",{theme}}},\"idle_time_limit\":2.5}}\n[0.500,\"o\",\"a\"]\n"
    );
    let two = format!(
        "{{\"version\":2,\"width\":40,\"height\":5,\"idle_time_limit\":2.5,\"env\":{{\"TERM\":\"\"}},{theme}}}\n[0.500,\"o\",\"a\"]\n"
    );
    let notes = "note: the asciicast's theme: fg #fff, bg #000000, palette #111:#222\nnote: the asciicast's idle limit: 2.5 s\n";
    let transcript = format!("{SMALL}{notes}{NO_STATUS}\n0.500 \"a\"\n@0.500 exit 0\n");
    for (version, text) in [(Version::Three, three), (Version::Two, two)] {
        reads(&text, &transcript);
        // An end that it does not have is not made up.
        let written = write_version(&transcript.parse().unwrap(), version, Fidelity::Exact);
        assert_eq!(written.unwrap(), text);
    }
}

#[test]
fn version_2_is_written_with_instants_and_without_a_status() {
    let transcript = "transcript: 1\nenv: A=1\nchannel: pty 9x3 xterm\n\n0.100 \"a\"\n0.250 \"b\"\n@0.500 exit 0\n";
    let written =
        write_version(&transcript.parse().unwrap(), Version::Two, Fidelity::Exact).unwrap();
    assert_eq!(
        written,
        "{\"version\":2,\"width\":9,\"height\":3,\"env\":{\"TERM\":\"xterm\",\"A\":\"1\"}}\n[0.100,\"o\",\"a\"]\n[0.350,\"o\",\"b\"]\n"
    );
    let failed = transcript.replace("exit 0", "exit 3").parse().unwrap();
    let error = write_version(&failed, Version::Two, Fidelity::Exact).unwrap_err();
    assert_eq!(
        error.to_string(),
        "an asciicast has no exit status, in version 2: event 3, at 0.500 s"
    );
}

//! Files that others wrote: both versions, and what is wrong with them.

use crate::effort::cases;
use proptest::prelude::*;
use stroboscope::{
    transcript::DEFAULT_LIMIT,
    view::asciicast::{AsciicastError, is_asciicast, parse as read},
};

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_by_an_error(
        header in r#"\{"version":[123],("term":\{"cols":[0-9]{1,6},"rows":9\}|"width":8,"height":9),"env":\{"=?[A-Z]?":"x"\}\}"#,
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
        &format!("{header}note: Demo\n{FROM_BOTH}@3.350 exit 3\n"),
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
            "[0.1,\"o\",\"a\"]\n[-0.1,\"o\",\"b\"]",
            "line 3: time goes backwards here",
        ),
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
            "[0.1,\"x\",\"256\"]",
            "line 2: an exit status is a number from 0 to 255",
        ),
        (
            "[0.1,\"x\",\"0\"]\n[0.1,\"o\",\"b\"]",
            "line 3: event 1 comes after the end",
        ),
        (
            "[0,\"o\",\"12345678\"]\n[0,\"i\",\"123456789\"]",
            "line 3: the events hold more than the limit of 16 bytes",
        ),
    ];
    for (lines, message) in cases {
        refuses(header, lines, message);
    }
    let lines = "[2.5,\"o\",\"a\"]\n[2.4,\"m\",\"\"]";
    refuses(
        r#"{"version":2,"width":80,"height":24}"#,
        lines,
        "line 3: time goes backwards here",
    );
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
        "{\"version\":1}",
        "",
        "line 1: this is asciicast version 1; versions 2 and 3 can be read, and `asciinema convert` makes them",
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

//! What each level sees, and how it calls it.

use super::{LEVELS, PIPE, PTY, check, check_on, spinner};
use stroboscope::recording::Level;

#[test]
fn recordings_with_other_headers_are_the_same() {
    check_on(
        ["pipe\nnote: one", "pipe"],
        Level::Exact,
        r#"0.000 "a""#,
        r#"0.000 "a""#,
        &[],
    );
}

#[test]
fn another_cost_law_of_the_virtual_clock_is_named_beside_a_difference() {
    let headers = ["pipe\nclock: virtual us", "pipe\nclock: virtual 2 us"];
    let (one, other) = (r#"0.001 "a""#, r#"0.002 "a""#);
    let law = "the virtual clock's cost law 1 became 2: instants may differ by that alone";
    check_on(headers, Level::Exact, one, one, &[]);
    check_on(
        headers,
        Level::Exact,
        one,
        other,
        &["from event 1 on: 0.001 later", law],
    );
}

#[test]
fn other_boundaries_and_another_order_of_streams_are_no_other_bytes() {
    for level in [Level::Bytes, Level::Screen] {
        check(
            level,
            r#"0.000 "ab"; 0.000 stderr "x""#,
            r#"0.000 stderr "x"; 0.000 "a"; 0.100 "b""#,
            &[],
        );
    }
}

#[test]
fn what_was_done_to_the_program_is_named() {
    for level in [Level::Exact, Level::Writes, Level::Bytes] {
        check_on(
            [PTY, PTY],
            level,
            "@0.000 resize 100x30",
            "@0.000 resize 90x30",
            &["event 1 at 0.000: resize 100x30 became resize 90x30"],
        );
        check(
            level,
            "@0.000 eof",
            "@0.000 signal TERM",
            &["event 1 at 0.000: eof became signal TERM"],
        );
        check(
            level,
            r#"0.100 "a""#,
            r#"0.100 "a"; @0.100 signal 64"#,
            &["1 event only in the second: event 2 at 0.100 signal 64"],
        );
    }
}

#[test]
fn marks_are_compared_where_events_are() {
    for level in LEVELS {
        let lines: &[&str] = match level {
            Level::Exact | Level::Writes => {
                &["1 event only in the second: event 2 at 0.100 mark \"b\""]
            }
            _ => &[],
        };
        check(
            level,
            r#"0.100 "a""#,
            r#"0.100 "a"; @0.100 mark "b""#,
            lines,
        );
    }
    check(
        Level::Exact,
        r#"@0.100 mark "a""#,
        r#"@0.100 mark "b""#,
        &["event 1 at 0.100: mark \"a\" became mark \"b\""],
    );
}

#[test]
fn the_end_is_compared_at_every_level() {
    for level in LEVELS {
        check(
            level,
            "@0.100 exit 0",
            "@0.100 killed INT",
            &["exit 0 became killed INT"],
        );
        check(
            level,
            "@0.100 stopped limit",
            "@0.100 exit 3",
            &["stopped limit became exit 3"],
        );
    }
}

#[test]
fn the_channel_is_compared_at_every_level() {
    for level in LEVELS {
        check_on(
            [PTY, "pty 100x30 xterm"],
            level,
            "",
            "",
            &["pty 80x24 became pty 100x30"],
        );
        check_on(
            [PTY, "pty 80x24 dumb"],
            level,
            "",
            "",
            &["pty 80x24 xterm became pty 80x24 dumb"],
        );
        check_on([PTY, PIPE], level, "", "", &["pty 80x24 became pipe"]);
    }
}

#[test]
fn the_first_byte_that_differs_is_named_in_its_context() {
    check_on(
        [PTY, PTY],
        Level::Bytes,
        &spinner(100, "-"),
        &spinner(100, "~"),
        &[
            r#"output byte 56 in row 2 after "!" "\b"*11: "- thinking!" "\b"*11 "… became "~ thinking!" "\b"*11 "…"#,
        ],
    );
}

#[test]
fn each_stream_has_its_own_first_difference() {
    check(
        Level::Bytes,
        r#"0.000 "a"; 0.000 stderr "long"; @0.000 send "y"; @0.000 send "es""#,
        r#"0.000 "b"; 0.000 stderr "longer"; @0.000 send "ye""#,
        &[
            r#"stdout byte 1: "a" became "b""#,
            r#"stderr byte 5 after "long": 2 bytes more, "er""#,
            r#"input byte 3 after "ye": 1 byte fewer, "s""#,
        ],
    );
}

#[test]
fn a_byte_inside_a_character_shows_the_character() {
    check(
        Level::Bytes,
        r#"0.000 "xé""#,
        r#"0.000 "xè""#,
        &[r#"stdout byte 2 after "x": "é" became "è""#],
    );
}

#[test]
fn rows_that_differ_are_named() {
    check_on(
        [PTY, PTY],
        Level::Screen,
        r#"0.000 "a\r\nb\r\nc""#,
        r#"0.000 "a\r\nx\r\nc\e[7H\u{202e}!""#,
        &[
            r#"row 2: "b" became "x""#,
            r#"row 7: "!" is new"#,
            "cursor 2,3 became cursor 2,7",
        ],
    );
}

#[test]
fn many_rows_that_differ_are_counted() {
    check(
        Level::Screen,
        r#"0.000 "a\nb\nc\nd\ne\nf""#,
        r#"0.000 "1\n2\n3\n4\n5\n6""#,
        &[
            r#"row 1: "a" became "1""#,
            r#"row 2: "b" became "2""#,
            r#"row 3: "c" became "3""#,
            r#"row 4: "d" became "4""#,
            "2 other rows changed, first row 5",
        ],
    );
}

#[test]
fn erased_text_is_ignored_at_the_level_of_the_screen() {
    check_on(
        [PTY, PTY],
        Level::Screen,
        r#"0.000 "x\b""#,
        r#"0.500 "abc\b\b\bx  \b\b\b"; @0.600 eof"#,
        &[],
    );
}

/// The verdict at the level of the screen for two streams on a terminal of 9x3.
#[track_caller]
fn leaves(left: &str, right: &str, lines: &[&str]) {
    let events = [left, right].map(|payload| format!("0.000 \"{payload}\""));
    check_on(
        ["pty 9x3 xterm"; 2],
        Level::Screen,
        &events[0],
        &events[1],
        lines,
    );
}

#[test]
fn what_is_left_beside_the_rows_is_named() {
    leaves(r"a\e[?25l", "a", &["cursor 2,1 hidden became cursor 2,1"]);
    leaves(
        r"a\e[3 q\b",
        "a",
        &["cursor 1,1 blinking underline became cursor 2,1"],
    );
    leaves(
        "a",
        r"a\e[?7l\e[?1000;2004h",
        &["modes as at first became 7 off, 1000, 2004 on"],
    );
    leaves(
        r"\e]2;x\x07",
        r"\x07\e]2;\x07\x07",
        &[r#"title "x" became """#, "0 bells became 2"],
    );
    leaves(r"a\e[?1049h\ra", "a", &["modes 1049 on became as at first"]);
    leaves("a", r"\e[8ma", &[r#"row 1: "a" is gone"#]);
    leaves(r"\e[8ma", r"\e[8mb", &[]);
    leaves("a", r"\e[9ma", &["row 1: strike of 1 cell"]);
    leaves(
        r"\e[31maa\r\nbb\r\n\e[mc",
        r"\e[32maa\r\nbb\r\n\e[mc",
        &["rows 1 to 2: color of 4 cells"],
    );
    leaves(
        "a",
        r"a\u{200d}",
        &[r#"row 1: "a" with other invisible characters"#],
    );
}

#[test]
fn the_last_alternate_screen_and_the_rows_above_are_compared() {
    leaves(
        r"\e[?1049hone\e[?1049l",
        r"\e[?1049htwo\e[?1049l",
        &[r#"alternate row 1: "one" became "two""#],
    );
    leaves(
        r"\e[?1049hone\e[?1049l",
        r"\e[m",
        &["no alternate screen was left"],
    );
    leaves(
        r"a\r\nb\r\nc\r\nd",
        r"x\r\nb\r\nc\r\nd",
        &[r#"1 row above the screen: "a" became "x""#],
    );
    leaves(
        r"a\r\nb\r\nc\r\nd",
        r"b\r\nc\r\nd",
        &["1 row above the screen became 0"],
    );
}

#[test]
fn frames_are_compared_with_their_instants_and_not_by_bytes() {
    let by_frames = |left, right, lines: &[&str]| {
        check_on(["pty 9x3 xterm"; 2], Level::Frames, left, right, lines);
    };
    let first = r#"0.000 "one"; 0.100 "\r\e[K" "two"; 0.100 "\r\e[K" "three""#;
    let behind = r#"0.000 "one"; 0.100 "\r" "two\e[K"; 0.100 "\r" "three\e[K""#;
    let torn = r#"0.000 "one"; 0.100 "\r" "twoe"; 0.100 "\r" "three\e[K""#;
    let late = r#"0.000 "one"; 0.150 "\r" "two\e[K"; 0.050 "\r" "three\e[K""#;
    by_frames(first, behind, &[]);
    by_frames(
        first,
        torn,
        &[r#"from 0.100 to 0.200: row 1: "two" became "twoe""#],
    );
    by_frames(first, late, &["frame 2 at 0.100 became 0.150"]);
    by_frames(
        first,
        &format!(r#"{first}; 0.000 "\e[?25l""#),
        &["cursor 6,1 became cursor 6,1 hidden"],
    );
}

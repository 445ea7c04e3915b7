//! How differences of bytes, write boundaries and order are called.

use super::{PTY, check, check_on, spinner};
use stroboscope::recording::Level;

#[test]
fn another_glyph_is_one_line_for_all_frames_that_have_it() {
    check_on(
        [PTY, PTY],
        Level::Exact,
        &spinner(100, "-"),
        &spinner(100, "~"),
        &[r#"7 writes: row 2: "-" became "~""#],
    );
}

#[test]
fn another_message_is_one_line_for_each_place_of_a_frame() {
    let renamed = spinner(100, "-")
        .replace("thinking", "busy")
        .replace("*11 \"", "*7 \"")
        .replace("*11 ", "*7 ");
    check_on(
        [PTY, PTY],
        Level::Writes,
        &spinner(100, "-"),
        &renamed,
        &[
            r#"30 writes: row 2: "thinking" became "busy""#,
            r#"event 32 at 3.000: byte 1 "\b"*11 " "*11 "\b"*11 became "\b\b\b\b\b\b\b       \b\b\b\b\b\b\b""#,
        ],
    );
}

#[test]
fn events_of_one_side_are_counted_and_the_first_is_shown() {
    check(
        Level::Writes,
        r#"0.000 "a"; 0.100 stderr "x"; 0.100 stderr "y"; 0.000 "b""#,
        r#"0.000 "a"; 0.000 "b""#,
        &[r#"2 events only in the first: first event 2 at 0.100 stderr "x""#],
    );
}

#[test]
fn events_that_changed_places_are_one_cause() {
    check(
        Level::Writes,
        r#"0.000 "a"; @0.000 send "x"; 0.000 "b""#,
        r#"0.000 "a"; 0.000 "b"; @0.000 send "x""#,
        &[r#"1 event in another order: first event 3 at 0.000 "b""#],
    );
}

#[test]
fn one_write_that_changed_is_named_with_its_place() {
    check(
        Level::Exact,
        r#"0.100 "one two three"; 0.100 "b""#,
        r#"0.100 "one 2 three"; 0.100 "b""#,
        &[r#"event 1 at 0.100: byte 5 "two" became "2""#],
    );
}

#[test]
fn a_write_that_changed_entirely_is_reported_without_a_byte_position() {
    check(
        Level::Writes,
        r#"0.100 "hello""#,
        r#"0.100 "goodbye""#,
        &[r#"event 1 at 0.100: "hello" became "goodbye""#],
    );
}

#[test]
fn words_that_came_or_went_are_named() {
    check(
        Level::Writes,
        r#"0.100 "a b""#,
        r#"0.100 "a b!""#,
        &[r#"event 1 at 0.100: byte 4 "!" is new"#],
    );
    check(
        Level::Writes,
        r#"0.100 "a b!""#,
        r#"0.100 "a b""#,
        &[r#"event 1 at 0.100: byte 4 "!" is gone"#],
    );
}

#[test]
fn a_write_that_changed_in_many_places_is_one_change() {
    check(
        Level::Writes,
        r#"0.100 "<a b c d e>""#,
        r#"0.100 "<1 2 3 4 5>""#,
        &[r#"event 1 at 0.100: byte 2 "a b c d e" became "1 2 3 4 5""#],
    );
}

#[test]
fn a_colour_changes_as_a_whole() {
    check(
        Level::Writes,
        r#"0.100 "\e[31mred""#,
        r#"0.100 "\e[32mred""#,
        &[r#"event 1 at 0.100: byte 1 "\e[31m" became "\e[32m""#],
    );
}

#[test]
fn events_that_changed_pair_with_what_is_like_them() {
    check(
        Level::Writes,
        r#"0.000 "loading one"; 0.000 "loading two""#,
        r#"0.000 "hello"; 0.000 "loading 1"; 0.000 "loading 2""#,
        &[
            r#"event 1 at 0.000: byte 9 "one" became "1""#,
            r#"event 2 at 0.000: byte 9 "two" became "2""#,
            r#"1 event only in the second: event 1 at 0.000 "hello""#,
        ],
    );
}

#[test]
fn writes_cut_otherwise_have_the_same_bytes() {
    check(
        Level::Exact,
        r#"0.000 "abc"; 0.100 "def""#,
        r#"0.000 "ab"; 0.100 "cdef""#,
        &["same bytes, other write boundaries"],
    );
}

#[test]
fn one_write_cut_otherwise_is_named_with_its_place() {
    check(
        Level::Exact,
        r#"0.000 "a"; 0.100 "bc"; 0.100 "d""#,
        r#"0.000 "a"; 0.100 "b"; 0.000 "c"; 0.100 "d""#,
        &["event 2 at 0.100: same bytes, other write boundaries"],
    );
}

#[test]
fn neighbours_cut_otherwise_are_one_place() {
    check(
        Level::Writes,
        r#"0.000 "x"; 0.100 "ab"; 0.000 "c"; 0.000 "de"; 0.000 "f""#,
        r#"0.000 "x"; 0.100 "a"; 0.000 "bc"; 0.000 "d"; 0.000 "ef""#,
        &["event 2 at 0.100: same bytes, other write boundaries"],
    );
}

#[test]
fn writes_cut_otherwise_in_several_places_are_counted() {
    check(
        Level::Writes,
        r#"0.000 "ab"; @0.000 eof; 0.000 "new"; @0.000 signal HUP; 0.000 "cd""#,
        r#"0.000 "a"; 0.000 "b"; @0.000 eof; 0.000 "old"; @0.000 signal HUP; 0.000 "c"; 0.000 "d""#,
        &[
            r#"event 3 at 0.000: "new" became "old""#,
            "same bytes, other write boundaries, 2 times",
        ],
    );
}

#[test]
fn a_flush_that_comes_earlier_is_one_cause() {
    let early: Vec<_> = spinner(100, "-")
        .lines()
        .map(|line| {
            line.replacen(r#" "\b"*11"#, "", 1)
                .replace(r#"thinking!""#, r#"thinking!" "\b"*11"#)
        })
        .collect();
    let early = early.join("\n");
    check_on(
        [PTY, PTY],
        Level::Writes,
        &spinner(100, "-"),
        &early,
        &["event 2 at 0.000: same bytes, other write boundaries"],
    );
}

#[test]
fn another_stream_is_named_once() {
    check(
        Level::Writes,
        r#"0.000 "a"; 0.000 "b"; 0.000 "c""#,
        r#"0.000 stderr "a"; 0.000 stderr "b"; 0.000 stderr "c""#,
        &["3 writes: stdout became stderr"],
    );
    check(
        Level::Writes,
        r#"0.000 stderr "a""#,
        r#"0.000 "a""#,
        &["event 1 at 0.000: stderr became stdout"],
    );
}

#[test]
fn input_that_changed_is_named() {
    check(
        Level::Exact,
        r#"@0.000 send "yes""#,
        r#"@0.000 send "no""#,
        &[r#"event 1 at 0.000: "yes" became "no""#],
    );
    check(
        Level::Exact,
        r#"@0.000 after "?" send "yes"; @0.000 after "?" send "yes""#,
        r#"@0.000 send "yes"; @0.000 send "yes""#,
        &[r#"2 inputs: after "?" became no wait"#],
    );
}

#[test]
fn what_programs_wrote_cannot_leave_the_verdict() {
    check(
        Level::Writes,
        r#"0.000 "\e[2J\e]0;t\x07\xff""#,
        r#"0.000 "\u{202e}\x00""#,
        &[r#"event 1 at 0.000: "\e[2J\e]0;t\x07\xff" became "\u{202e}\x00""#],
    );
}

#[test]
fn long_payloads_are_cut() {
    let long: String = ('a'..='z').chain('A'..='Z').collect();
    check(
        Level::Writes,
        &format!("0.000 \"{long}\""),
        r#"0.000 "x"*99"#,
        &[r#"event 1 at 0.000: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL… became "x"*99"#],
    );
}

#[test]
fn changes_that_are_all_different_are_counted() {
    let events = |words: &str| {
        words
            .split(' ')
            .map(|word| format!("0.100 \"a {word} z\"\n"))
            .collect::<String>()
    };
    check(
        Level::Writes,
        &events("1 2 3 4 5 6"),
        &events("A B C D E F"),
        &[r#"6 changes, first event 1 at 0.100: byte 3 "1" became "A""#],
    );
}

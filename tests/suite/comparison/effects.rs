//! What changed writes do, named by the state of the terminal.

use super::{PTY, check_on};
use stroboscope::recording::Level;

#[track_caller]
fn does(left: &str, right: &str, lines: &[&str]) {
    check_on([PTY, PTY], Level::Writes, left, right, lines);
}

/// A full screen that is drawn anew: a line with a number, and rows of a frame.
fn frames(count: usize, color: u8, title: &str) -> String {
    let frame = |number: usize| {
        let rows: String = (2..=20)
            .map(|row| {
                format!(
                    "\\e[{row};1H\\e[3{color}m{row:4} {:40}\\e[m",
                    "x".repeat(row)
                )
            })
            .collect();
        format!("0.100 \"\\e[H┌─ {title} {number:3} ─┐{rows}\"")
    };
    (0..count).map(frame).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_word_of_full_screens_is_named_by_its_row() {
    does(
        &frames(14, 2, "CPU"),
        &frames(14, 2, "Cpu"),
        &[r#"14 writes: row 1: "CPU" became "Cpu""#],
    );
}

#[test]
fn another_color_of_full_screens_is_named_by_its_cells() {
    // A blank has no color: 19 numbers, and a run of 2 to 20 letters.
    let digits = 8 + 11 * 2;
    let letters: usize = (2..=20).sum();
    does(
        &frames(120, 2, "CPU"),
        &frames(120, 6, "CPU"),
        &[&format!("120 writes: color of {} cells", digits + letters)],
    );
}

#[test]
fn looks_are_named_by_their_attributes() {
    for (old, new, what) in [
        ("\\e[31m", "\\e[32m", "color of 6 cells"),
        ("\\e[41m", "\\e[42m", "background of 6 cells"),
        ("\\e[1m", "\\e[2m", "bold and dim of 6 cells"),
        ("\\e[1;31m", "\\e[4;32m", "style of 6 cells"),
        ("\\e]8;;a\\x07", "\\e]8;;b\\x07", "link of 6 cells"),
    ] {
        let write = |look| format!("0.100 \"\\e[3;1H{look}letter\\e[m\\e]8;;\\x07\"");
        let line = format!("event 1 at 0.100: row 3: {what}");
        does(&write(old), &write(new), &[&line]);
    }
}

#[test]
fn what_a_sequence_does_beside_the_rows_is_named() {
    for (old, new, what) in [
        (
            "\\e[?25l",
            "\\e[?25h",
            "cursor 1,1 hidden became cursor 1,1",
        ),
        ("\\e[?2004h", "", "modes 2004 on became as at first"),
        (
            "\\e]0;one\\x07",
            "\\e]0;two\\x07",
            "title \"one\" became \"two\"",
        ),
        ("\\x07", "\\x07\\x07", "1 bell became 2"),
        ("\\e[5;9H", "\\e[6;9H", "cursor 9,5 became cursor 9,6"),
        ("\\e[31m", "\\e[32m", "color of what follows"),
    ] {
        let line = format!("event 1 at 0.100: {what}");
        does(
            &format!("0.100 \"{old}\""),
            &format!("0.100 \"{new} \\b\""),
            &[&line],
        );
    }
}

#[test]
fn sequences_that_do_the_same_are_said_to() {
    does(
        r#"0.100 "\e[0;31ma\e[0m""#,
        r#"0.100 "\e[m\e[31ma\e[m""#,
        &[
            r#"event 1 at 0.100: byte 1 "\e[0;31m" became "\e[m\e[31m", and the screen is the same"#,
            r#"event 1 at 0.100: byte 9 "\e[0m" became "\e[m", and the screen is the same"#,
        ],
    );
}

#[test]
fn a_difference_is_told_where_it_is_drawn_and_not_ever_after() {
    does(
        r#"0.100 "CPU\r\n"; 0.100 "1\r\n"; 0.100 "\e[31m2""#,
        r#"0.100 "Cpu\r\n"; 0.100 "1\r\n"; 0.100 "\e[32m2""#,
        &[
            r#"event 1 at 0.100: row 1: "CPU" became "Cpu""#,
            "event 3 at 0.300: row 3: color of 1 cell",
        ],
    );
}

#[test]
fn lines_that_scroll_are_told_as_they_are_written() {
    let log = |word: &str| -> String {
        (0..40)
            .map(|line| format!("0.100 \"\\e[1m{line}\\e[m a {word} b\\r\\n\"\n"))
            .collect()
    };
    does(
        &log("good"),
        &log("bad"),
        &[r#"40 writes: "good" became "bad""#],
    );
}

#[test]
fn many_rows_are_counted_and_the_first_is_shown() {
    let table = |rows: [&str; 6]| {
        let rows: Vec<String> = rows
            .iter()
            .map(|row| format!("\\e[2K{row} of it\\r\\n"))
            .collect();
        format!("0.100 \"{}\"", rows.concat())
    };
    does(
        &table(["a", "b", "c", "d", "e", "f"]),
        &table(["a", "1", "2", "3", "4", "f"]),
        &[r#"event 1 at 0.100: 4 rows changed, first row 2: "b" became "1""#],
    );
}

#[test]
fn no_sequence_is_cut_in_two() {
    check_on(
        [PTY, PTY],
        Level::Bytes,
        r#"0.100 "ab\e[38;2;11;22;33mc""#,
        r#"0.100 "ab\e[38;2;11;22;34mc""#,
        &[r#"output byte 3 in row 1 after "ab": "\e[38;2;11;22;33mc" became "\e[38;2;11;22;34mc""#],
    );
    check_on(
        [PTY, PTY],
        Level::Bytes,
        r#"0.100 "ab\e[38;2;11;22;33mc\e[38;2;255;255;255;48;2;1;2;3md""#,
        r#"0.100 "ab\e[38;2;11;22;33mC\e[38;2;255;255;255;48;2;1;2;3md""#,
        &[r#"output byte 19 in row 1 after "\e[38;2;11;22;33m": "c… became "C…"#],
    );
}

#[test]
fn how_a_program_ended_comes_first() {
    check_on(
        [PTY, PTY],
        Level::Exact,
        "0.100 \"ok\"\n@0.200 exit 0",
        "0.100 \"Error\"\n@0.100 exit 1",
        &[
            "exit 0 became exit 1",
            "event 1 at 0.100: row 1: \"ok\" became \"Error\"",
            "event 2 at 0.200: 0.100 earlier",
        ],
    );
}

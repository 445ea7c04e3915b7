//! What is left to see.

use super::{output, parse, pty, recording, shown};
use std::time::Duration;
use stroboscope::{
    recording::{Channel, EventKind, Recording},
    view::screen::{Color, MAX_COLUMNS, MAX_ROWS, Style, at, screen},
};

#[track_caller]
fn shows(size: (u16, u16), bytes: &str, rows: &str) {
    assert_eq!(shown(size, bytes), rows);
}

#[track_caller]
fn shows_at(recording: &Recording, ms: u64, rows: &str) {
    let instant = Duration::from_millis(ms);
    assert_eq!(at(recording, instant).to_string(), rows);
}

#[track_caller]
fn has_size(recording: &Recording, size: (u16, u16)) {
    assert_eq!(screen(recording).size(), size);
}

#[track_caller]
fn looks(sequence: &str, change: impl FnOnce(&mut Style)) {
    let mut style = Style::default();
    change(&mut style);
    let bytes = format!("{sequence}x");
    let screen = screen(&recording(pty(9, 9), vec![(0, output(bytes))]));
    assert_eq!(screen.rows()[0].cells().next().unwrap().style, style);
}

fn resize(columns: u16, rows: u16) -> EventKind {
    EventKind::Resize { columns, rows }
}

#[test]
fn blanks_and_blank_rows_at_the_end_are_left_out() {
    shows((9, 9), "  a b  \r\n\r\nc \r\n \r\n", "  a b\n\nc\n");
    shows((9, 9), " \x1b[5;5H ", "");
}

#[test]
fn a_status_is_drawn_over_itself() {
    shows(
        (80, 24),
        "| thinking!\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08/",
        "/ thinking!\n",
    );
    shows((80, 24), "50%\r\x1b[K100%", "100%\n");
}

#[test]
fn a_backspace_after_the_last_column_moves_back_from_that_column() {
    shows((5, 2), "ABCDE\x08X", "ABCXE\n");
    shows((5, 2), "ABCDE\x08\x08\x08\x08\x08\x08X", "XBCDE\n");
    shows((5, 2), "ABC中\x08\x08X", "ABX中\n");
    shows((5, 2), "ABCDEF\x08X", "ABCDE\nX\n");
}

#[test]
fn wide_characters_take_two_columns() {
    shows((5, 3), "中文字", "中文\n字\n");
    let screen = screen(&recording(pty(9, 9), vec![(0, output("a中e\u{301}"))]));
    let cells: Vec<(&str, usize, usize)> = screen.rows()[0]
        .cells()
        .map(|cell| (cell.text, cell.column, cell.columns))
        .collect();
    assert_eq!(cells, [("a", 0, 1), ("中", 1, 2), ("e\u{301}", 3, 1)]);
}

#[test]
fn no_character_is_widened_past_the_last_column() {
    shows((4, 2), "abc1\u{fe0f}d", "abc1\nd\n");
}

#[test]
fn an_instant_shows_what_happened_up_to_it_and_at_it() {
    let events = vec![
        (1, output("a")),
        (3, output("b")),
        (3, output("c")),
        (4, output("d")),
    ];
    let recording = recording(pty(80, 24), events);
    shows_at(&recording, 0, "");
    shows_at(&recording, 2, "a\n");
    shows_at(&recording, 3, "abc\n");
    shows_at(&recording, 9, "abcd\n");
}

#[test]
fn a_pipe_is_shown_with_its_line_ends_and_stderr() {
    let events = vec![
        (0, output("a\nb")),
        (1, EventKind::Stderr(b"oops\n".to_vec())),
        (2, output("c\r\nd")),
    ];
    let recording = recording(Channel::Pipe, events);
    shows_at(&recording, 9, "a\nboops\nc\nd\n");
    has_size(&recording, (80, 24));
}

#[test]
fn a_terminal_does_not_return_by_itself() {
    shows((9, 9), "a\nb", "a\n b\n");
}

#[test]
fn an_unknown_terminal_size_is_80x24() {
    has_size(&recording(pty(0, 0), vec![]), (80, 24));
    has_size(&recording(pty(100, 0), vec![]), (100, 24));
}

#[test]
fn absurd_sizes_are_brought_within_limits() {
    has_size(
        &recording(pty(65535, 65535), vec![]),
        (MAX_COLUMNS, MAX_ROWS),
    );
    let events = vec![(0, resize(65535, 65535)), (0, output("中"))];
    has_size(&recording(pty(1, 1), events), (MAX_COLUMNS, MAX_ROWS));
    shows((1, 1), "中", "中\n");
}

#[test]
fn a_new_size_keeps_what_still_fits() {
    let events = vec![
        (0, output("one\r\ntwo\r\nthree")),
        (1, resize(4, 2)),
        (2, resize(9, 3)),
        (3, output("!")),
    ];
    let recording = recording(pty(9, 3), events);
    shows_at(&recording, 1, "two\nthre\n");
    shows_at(&recording, 2, "one\ntwo\nthre\n");
    has_size(&recording, (9, 3));
}

#[test]
fn colors_and_attributes_are_kept() {
    looks("\x1b[31m", |style| {
        style.foreground = Color::Indexed(1);
    });
    looks("\x1b[97;104m", |style| {
        style.foreground = Color::Indexed(15);
        style.background = Color::Indexed(12);
    });
    looks("\x1b[38;5;208m", |style| {
        style.foreground = Color::Indexed(208);
    });
    looks("\x1b[48;2;1;2;3m", |style| {
        style.background = Color::Rgb(1, 2, 3);
    });
    looks("\x1b[1;3m", |style| {
        style.bold = true;
        style.italic = true;
    });
    looks("\x1b[2;4;7m", |style| {
        style.dim = true;
        style.underline = true;
        style.inverse = true;
    });
    looks("\x1b[1;31;4m\x1b[m", |_| {});
}

#[test]
fn the_spinner_leaves_its_answer() {
    let text = include_str!("../../../snapshots/thread_pty_3s.snap");
    let rows = "spinner object: <Thread(Thread-1 (spin), initial)>\nAnswer: 42\n";
    shows_at(&parse(text), 3000, rows);
    shows_at(
        &parse(text),
        2999,
        &rows.replace("Answer: 42", "/ thinking!"),
    );
}

//! What is left to see.

use super::{output, parse, pty, recording, shown};
use std::time::Duration;
use stroboscope::{
    recording::{Channel, EventKind, Recording},
    view::screen::{Color, MAX_COLUMNS, MAX_ROWS, Style, Underline, at, screen, still, still_at},
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
        style.underline = Underline::Single;
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

/// What is not in the rows, of a write on a terminal of 9x3.
#[track_caller]
fn tells(stream: &str, line: &str) {
    let recording = recording(pty(9, 3), vec![(0, output(stream))]);
    assert_eq!(still(&recording).to_string(), line);
}

#[test]
fn what_is_not_in_the_rows_is_told_in_a_line() {
    tells("ab", "cursor 3,1");
    tells("012345678", "cursor 9,1 after a full row");
    tells("\x1b[2;3H\x1b[?25l\x1b[6 q", "cursor 3,2 bar hidden");
    tells(
        "\x1b[?7l\x1b[?1000;2004h\x1b[4h\x1b]0;a \u{202e}b\x07\x07",
        "cursor 1,1 · modes 7 off, 1000, 2004, ansi 4 on · title \"a \\u{202e}b\" · 1 bell",
    );
    tells(
        "a\u{ad}\u{e0b0}e\u{301}\u{200d}",
        "cursor 5,1 · U+00AD at 2,1, U+200D at 4,1",
    );
}

#[test]
fn what_is_concealed_is_shown_by_no_view() {
    let recording = recording(
        pty(30, 3),
        vec![(0, output("password: \x1b[8mhunter2\x1b[m ok"))],
    );
    assert_eq!(screen(&recording).to_string(), "password:         ok\n");
    assert!(!stroboscope::view::frames::text(&recording).contains("hunter2"));
    assert!(!stroboscope::view::svg(&recording).contains("hunter2"));
    let cell = screen(&recording).rows()[0]
        .cells()
        .nth(10)
        .map(|cell| (cell.text.to_owned(), cell.columns));
    assert_eq!(cell, Some((" ".to_owned(), 1)));
}

#[test]
fn erased_places_take_the_background_alone() {
    for (stream, text) in [
        ("\x1b[7mtitle\x1b[K", "title"),
        ("\x1b[4mtitle\x1b[2X", "title"),
    ] {
        let screen = screen(&recording(pty(30, 3), vec![(0, output(stream))]));
        assert_eq!(screen.rows()[0].columns(), text.len());
    }
    let screen = screen(&recording(
        pty(9, 3),
        vec![(0, output("\x1b[41ma\x1b[K\r\n\x1b[2Mb"))],
    ));
    assert_eq!(screen.rows()[0].columns(), 9);
}

#[test]
fn what_scrolled_away_is_kept_in_a_still() {
    let recording = recording(
        pty(9, 2),
        vec![(
            0,
            output("a\r\nb\r\nc\r\n\x1b[?1049hx\r\ny\r\nz\x1b[?1049ld"),
        )],
    );
    let still = still(&recording);
    let rows: Vec<String> = still.scrollback.iter().map(ToString::to_string).collect();
    assert_eq!(
        (rows, still.screen.to_string()),
        (vec!["a".to_owned(), "b".to_owned()], "c\nd\n".to_owned())
    );
    assert_eq!(
        still.alternate.map(|screen| screen.to_string()),
        Some("y\nz\n".to_owned())
    );
}

#[test]
fn an_alternate_screen_that_was_erased_is_kept_as_it_was_before() {
    let events = vec![
        (0, output("\x1b[?1049hmenu")),
        (5, output("\x1b[2J")),
        (5, output("\x1b[?1049l")),
    ];
    let recording = recording(pty(9, 2), events);
    let text =
        |still: Option<stroboscope::view::screen::Screen>| still.map(|screen| screen.to_string());
    assert_eq!(text(still(&recording).alternate), Some("menu\n".to_owned()));
    assert_eq!(text(still_at(&recording, Duration::ZERO).alternate), None);
}

#[test]
fn colors_that_are_set_are_those_that_are_seen() {
    looks("\x1b]4;1;#010203\x07\x1b[31m", |style| {
        style.foreground = Color::Rgb(1, 2, 3);
    });
    looks("\x1b]4;1;#010203\x07\x1b[31m\x1b]104\x07", |style| {
        style.foreground = Color::Indexed(1);
    });
    looks("\x1b[?5h", |style| {
        style.reversed = true;
    });
    looks("\x1b]11;#ffffff\x07", |style| {
        style.background = Color::Rgb(0xff, 0xff, 0xff);
    });
}

#[test]
fn every_look_of_a_character_is_kept() {
    looks("\x1b[5;9;53m", |style| {
        style.blink = true;
        style.strike = true;
        style.overline = true;
    });
    looks("\x1b[4:3;58:2::1:2:3m", |style| {
        style.underline = Underline::Curly;
        style.underline_color = Color::Rgb(1, 2, 3);
    });
    looks("\x1b[1;58;2;1;2;3;21m", |style| {
        style.bold = true;
        style.underline = Underline::Double;
        style.underline_color = Color::Rgb(1, 2, 3);
    });
    looks("\x1b[38:2::255:165:0;48:2:0:0:128;4;4:0m", |style| {
        style.foreground = Color::Rgb(255, 165, 0);
        style.background = Color::Rgb(0, 0, 128);
    });
    looks("\x1b[38:5:208m", |style| {
        style.foreground = Color::Indexed(208);
    });
}

#[test]
fn a_link_is_an_address_and_nothing_else() {
    let stream = "\x1b]8;id=1;https://example.org/\x07ab\x1b]8;;\x07c";
    let recording = recording(pty(9, 3), vec![(0, output(stream))]);
    let screen = screen(&recording);
    let links: Vec<_> = screen.rows()[0].cells().map(|cell| cell.link).collect();
    assert_eq!(
        links,
        [
            Some("https://example.org/"),
            Some("https://example.org/"),
            None
        ]
    );
    assert!(!stroboscope::view::svg(&recording).contains("href=\"http"));
}

//! What the terminal answers: the table of `docs/terminal.md`, and what changes an answer.

use super::fed;
use crate::capture::repository_file;

/// The bytes of a cell of the table: `\e`, `\a` and `\\` are escapes, and `\|` is a bar.
fn bytes(cell: &str) -> Vec<u8> {
    let text = cell.trim().trim_matches('`').replace("\\|", "|");
    let text = text.replace("\\\\", "\\\0").replace("\\e", "\x1b");
    text.replace("\\a", "\x07").replace('\0', "").into_bytes()
}

/// What a terminal answers to a stream, joined.
fn answers(stream: &[u8]) -> Vec<u8> {
    let replies = fed((80, 24), stream).take_replies();
    replies.into_iter().flat_map(|reply| reply.bytes).collect()
}

#[track_caller]
fn answer(stream: &str, expected: &str) {
    let answers = answers(stream.as_bytes());
    assert_eq!(
        answers.escape_ascii().to_string(),
        expected.as_bytes().escape_ascii().to_string()
    );
}

#[test]
fn each_row_of_the_documented_table_is_true() {
    let page = repository_file("docs/terminal.md").replace("\\|", "\u{1}");
    let rows: Vec<[String; 3]> = page
        .lines()
        .filter_map(|line| {
            let cells = line.strip_prefix('|')?.strip_suffix('|')?;
            let cells: Vec<String> = cells
                .split('|')
                .map(|cell| cell.replace('\u{1}', "|"))
                .collect();
            cells
                .try_into()
                .ok()
                .filter(|cells: &[String; 3]| cells[1].contains('`'))
        })
        .collect();
    assert!(rows.len() > 30, "{rows:?}");
    for [name, question, expected] in rows {
        let (question, expected) = (bytes(&question), bytes(&expected));
        let mut terminal = fed((80, 24), &question);
        let replies = terminal.take_replies();
        assert_eq!(replies.len(), 1, "{name}");
        assert_eq!(
            replies[0].bytes.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "{name}"
        );
        assert_eq!(
            (terminal.unknown().count(), terminal.unanswered().count()),
            (0, 0),
            "{name}"
        );
    }
}

#[test]
fn an_answer_is_of_the_state_at_the_end_of_its_question() {
    answer(
        "ab\x1b[6ncd\r\n\x1b[6n\x1b[?25l\x1b[?25$p",
        "\x1b[1;3R\x1b[2;1R\x1b[?25;2$y",
    );
    answer("\x1b[3;10r\x1b[?6h\x1b[2;5H\x1b[6n", "\x1b[2;5R");
    answer(
        "\x1b[1;38;5;208;4:3m\x1bP$qm\x1b\\",
        "\x1bP1$r0;1;4:3;38:5:208m\x1b\\",
    );
    answer(
        "\x1b]11;#fff\x07\x1b]11;?\x07\x1b]111\x07\x1b]11;?\x07",
        "\x1b]11;rgb:f0f0/f0f0/f0f0\x07\x1b]11;rgb:1515/1919/1e1e\x07",
    );
    answer(
        "\x1b]4;1;rgb:1/2/3;1;?\x1b\\",
        "\x1b]4;1;rgb:1111/2222/3333\x1b\\",
    );
}

#[test]
fn colors_have_names_and_are_reset_as_in_xterm() {
    let asked = "\x1b]4;1;?\x07\x1b]10;?\x07";
    let (red, light_blue) = ("rgb:ffff/0000/0000", "rgb:adad/d8d8/e6e6");
    let told = |one: &str, text: &str| format!("\x1b]4;1;{one}\x07\x1b]10;{text}\x07");
    let set = "\x1b]4;1;red\x07\x1b]10;Light Blue\x07";
    answer(&format!("{set}{asked}"), &told(red, light_blue));
    // A reset of either kind resets the palette, and neither resets the default colors.
    for reset in ["\x1bc", "\x1b[!p"] {
        let told = told("rgb:cccc/3333/3333", light_blue);
        answer(&format!("{set}{reset}{asked}"), &told);
    }
}

#[test]
fn to_reset_one_form_of_mouse_reports_leaves_another_one() {
    answer("\x1b[?1006h\x1b[?1015l\x1b[?1006$p", "\x1b[?1006;1$y");
    answer("\x1b[?1006h\x1b[?1015h\x1b[?1006$p", "\x1b[?1006;2$y");
    answer("\x1b[?1002h\x1b[?1000l\x1b[?1002$p", "\x1b[?1002;2$y");
}

#[test]
fn a_cursor_behind_a_full_row_is_on_the_last_column() {
    answer(&format!("{}\x1b[6n", "x".repeat(80)), "\x1b[1;80R");
}

#[test]
fn the_flags_of_a_keyboard_are_pushed_set_and_popped_on_each_screen() {
    answer(
        "\x1b[>5u\x1b[?u\x1b[=2;2u\x1b[?u\x1b[=1;3u\x1b[?u",
        "\x1b[?5u\x1b[?7u\x1b[?6u",
    );
    answer(
        "\x1b[>1u\x1b[?1049h\x1b[?u\x1b[>9u\x1b[?u\x1b[?1049l\x1b[?u\x1b[<u\x1b[?u",
        "\x1b[?0u\x1b[?9u\x1b[?1u\x1b[?0u",
    );
    answer("\x1b[>4;2m\x1b[?4m\x1b[>4m\x1b[?4m", "\x1b[>4;2m\x1b[>4;0m");
    answer("\x1b[>4;2m\x1b[!p\x1b[?4m", "\x1b[>4;0m");
}

#[test]
fn no_answer_holds_what_the_program_wrote() {
    let stream = "\x1b]2;secret\x07\x1b]52;c;c2VjcmV0\x07secret\x1b[21t\x1b[20t\x1b]52;c;?\x07\x1b[1;1;1;1;1;6*y\
        \x1bP$qsecret\x1b\\\x1bP+q736563726574\x1b\\\x05";
    answer(stream, "\x1bP0$r\x1b\\\x1bP0+r\x1b\\");
    let terminal = fed((80, 24), stream.as_bytes());
    let unanswered: Vec<(&str, u64)> = terminal.unanswered().collect();
    assert_eq!(
        unanswered,
        [
            ("CSI 1 ; 1 ; 1 ; 1 ; 1 ; 6 * y", 1),
            ("CSI 20 t", 1),
            ("CSI 21 t", 1),
            ("OSC 52 ; ?", 1)
        ]
    );
}

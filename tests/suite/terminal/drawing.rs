//! What sequences draw, one small case for each kind. The expected screens were read off xterm 379.

use super::fed;
use stroboscope::terminal::{Color, Underline};

/// The rows of a terminal after a stream, and its cursor.
#[track_caller]
fn draws(size: (u16, u16), stream: &str, rows: &[&str], cursor: (u16, u16)) {
    draws_bytes(size, stream.as_bytes(), rows, cursor);
}

#[track_caller]
fn draws_bytes(size: (u16, u16), stream: &[u8], rows: &[&str], cursor: (u16, u16)) {
    let terminal = fed(size, stream);
    let mut text = terminal.visible_text();
    let last = text.iter().rposition(|row| !row.is_empty());
    text.truncate(last.map_or(0, |last| last + 1));
    let place = terminal.cursor();
    assert_eq!(
        (text, (place.row, place.column)),
        (rows.iter().map(ToString::to_string).collect(), cursor)
    );
    let unknown: Vec<_> = terminal.unknown().collect();
    assert_eq!(unknown, []);
}

const FULL: &str = "xxxxxxxxxxxxxxxxxxxx";

#[test]
fn a_full_row_waits_for_the_next_character() {
    draws((20, 4), &format!("{FULL}b"), &[FULL, "b"], (1, 1));
    draws((20, 4), &format!("{FULL}\tb"), &[FULL, "b"], (1, 1));
    let tab = format!("\x1b[?41h{FULL}\tb");
    draws((20, 4), &tab, &[FULL, "        b"], (1, 9));
    draws(
        (20, 4),
        &format!("{FULL}\x1b7\r\n\x1b8b"),
        &[FULL, "b"],
        (1, 1),
    );
    draws(
        (20, 4),
        &format!("{FULL}\nb"),
        &[FULL, "                   b"],
        (1, 19),
    );
    for end in ["\x1b[K", "\x1b[X", "\x1b[P"] {
        draws(
            (20, 4),
            &format!("{FULL}{end}b"),
            &["xxxxxxxxxxxxxxxxxxxb"],
            (0, 19),
        );
    }
    draws(
        (20, 4),
        &format!("first\r\n{FULL}\x1b[AX"),
        &["first              X", FULL],
        (0, 19),
    );
    draws(
        (20, 4),
        &format!("first\r\n{FULL}\x1bMX"),
        &["first              X", FULL],
        (0, 19),
    );
    draws(
        (20, 3),
        "01234567890123456789\x1b[DX",
        &["012345678901234567X9"],
        (0, 19),
    );
}

#[test]
fn without_wrapping_the_last_column_is_written_over() {
    draws((10, 3), "\x1b[?7l0123456789abc", &["012345678c"], (0, 9));
    draws(
        (10, 3),
        "\x1b[?7l0123456789abc\x1b[K",
        &["012345678"],
        (0, 9),
    );
    draws((5, 3), "\x1b[?7labcd中x", &["abcdx"], (0, 4));
}

#[test]
fn the_cursor_is_saved_with_what_belongs_to_it() {
    draws(
        (40, 4),
        "task: \x1b[s10%\x1b[u55%\x1b[u100%",
        &["task: 100%"],
        (0, 10),
    );
    draws(
        (20, 3),
        "ab\x1b[?69hc\x1b[?69l\x1b[sd\x1b[ue",
        &["abce"],
        (0, 4),
    );
    draws(
        (20, 6),
        "\x1b[2;5r\x1b[?6h\x1b[2;2H\x1b7\x1b[?6l\x1b[H\x1b8x",
        &["", "", " x"],
        (2, 2),
    );
    draws(
        (20, 4),
        "ab\x1b[?1049hcd\x1b[?1049hef\x1b[?1049lg",
        &["abg"],
        (0, 3),
    );
    draws((20, 4), "ab\x1b[?1048hcd\x1b[?1048lx", &["abxd"], (0, 3));
}

#[test]
fn character_sets_are_designated_and_shifted_to() {
    draws((20, 3), "\x1b(0lqk\x1b(Bl", &["┌─┐l"], (0, 4));
    draws((20, 3), "\x1b)0a\x0eqx\x0fq", &["a─│q"], (0, 4));
    draws((20, 3), "\x1b*0\x1bNqq", &["─q"], (0, 2));
    draws((20, 3), "\x1b*0─\x1b[b", &["␉"], (0, 1));
    draws((20, 3), "\x1b[?42h\x1b(A#a\x1b(B#", &["£a#"], (0, 3));
    draws((20, 3), "\x1b(0l\x1bcl", &["l"], (0, 1));
}

#[test]
fn characters_are_inserted_and_repeated() {
    draws(
        (30, 3),
        "world\r\x1b[4hhello \x1b[4l",
        &["hello world"],
        (0, 6),
    );
    draws((10, 3), "0123456789\r\x1b[4hab", &["ab01234567"], (0, 2));
    draws((10, 3), "\x1b[4hab\x1b[1;1H中", &["中ab"], (0, 2));
    draws((20, 3), "x\x1b[2b\x1b[3b", &["xxx"], (0, 3));
    draws((20, 3), "x\r\n\x1b[3b<", &["x", "<"], (1, 1));
    draws((20, 3), "x\x1b[31m\x1b[3b", &["x"], (0, 1));
    draws((20, 3), "x\x7f\x1b[3b", &["x"], (0, 1));
    draws((20, 3), "x\x1b]0;t\x07\x1b[3b", &["x"], (0, 1));
    // Beside the margins nothing makes space.
    let margins = "\x1b[?69h\x1b[5;10s\x1b[4habc";
    draws((20, 3), &format!("{margins}\x1b[Hx"), &["xbc"], (0, 1));
}

#[test]
fn tabs_stop_where_they_are_set() {
    draws(
        (40, 3),
        "\x1b[3g\x1b[1;5H\x1bH\x1b[1;9H\x1bH\ra\tb\tc",
        &["a   b   c"],
        (0, 9),
    );
    draws(
        (40, 3),
        "\x1b[1;9H\x1b[g\ra\tb",
        &["a               b"],
        (0, 17),
    );
    draws((20, 3), "\x1b[2Ix", &["                x"], (0, 17));
    draws((20, 3), "\x1b[1;18H\x1b[2Zx", &["        x"], (0, 9));
    draws((10, 3), "\x1b[1;9H\tx", &["         x"], (0, 9));
    // A tab back does not end the waiting after a full row either.
    draws((20, 3), &format!("{FULL}\x1b[Zb"), &[FULL, "b"], (1, 1));
}

#[test]
fn lines_of_double_width_have_half_as_many_characters() {
    let double = |stream: &str, rows: &[&str], cursor| draws((40, 4), stream, rows, cursor);
    double(
        "\x1b#6abcdefghijklmnopqrstuvwxyz",
        &["abcdefghijklmnopqrst", "uvwxyz"],
        (1, 6),
    );
    draws(
        (41, 4),
        "\x1b#6abcdefghijklmnopqrstuvwxyz",
        &["abcdefghijklmnopqrstu", "vwxyz"],
        (1, 5),
    );
    // The cursor stays beyond them, where it does not write.
    double("\x1b[1;31H\x1b#6ab", &[], (0, 20));
    double("\x1b[1;40H\x1b#6", &[], (0, 20));
    double("\x1b[1;20H\x1b#6ab", &["                   a", "b"], (1, 1));
    double(
        "\x1b[1;31H\x1b#6\x1b[Da",
        &["                   a"],
        (0, 19),
    );
    double("\x1b#6\x1b[1;40Hx", &[], (0, 39));
    double("\x1b[2;1H\x1b#6\x1b[1;30H\x1b[Bx", &[], (1, 29));
    double("\x1b#6\x1b[40Cx", &["                   x"], (0, 19));
    double("\x1b[?7l\x1b[1;31H\x1b#6a", &[], (0, 20));
    // Erasing the rows makes them single again, and so do left and right margins.
    let twenty = "abcdefghijklmnopqrst";
    draws(
        (20, 3),
        &format!("\x1b#6a\x1b[H\x1b[J{twenty}"),
        &[twenty],
        (0, 19),
    );
    draws(
        (20, 3),
        &format!("\x1b#6\x1b[?69h{twenty}"),
        &[twenty],
        (0, 19),
    );
    let kept = &["abcdefghij", "klmnopqrst"];
    draws(
        (20, 3),
        &format!("\x1b#6\x1b[2K\x1b[1;1;3;20$z{twenty}"),
        kept,
        (1, 10),
    );
    // What is beyond them is kept.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    double(
        &format!("{alphabet}\r\x1b#6\x1b[2@"),
        &["  ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
        (0, 0),
    );
    double(
        &format!("{alphabet}\r\x1b#6\x1b[2P"),
        &["CDEFGHIJKLMNOPQRSTUVWXYZ"],
        (0, 0),
    );
}

#[test]
fn a_rectangle_is_filled_with_the_character_whatever_the_set() {
    draws((20, 4), "\x1b(0\x1b[120;1;1;2;3$x", &["xxx", "xxx"], (0, 0));
    // With the origin at the margins nothing is copied out of them.
    draws(
        (20, 6),
        "\x1b[;2r\x1b[?6h\x1b[42;;;;3$x\x1b[;;;;1;2;;1$v",
        &["***", "***"],
        (0, 0),
    );
}

#[test]
fn margins_hold_what_scrolls_and_what_is_inserted() {
    let page = "0123456789\r\n1123456789\r\n2123456789\r\n3123456789\r\n4123456789";
    let margins = "\x1b[?69h\x1b[3;6s";
    // To set the mode again keeps them.
    draws(
        (40, 4),
        "\x1b[?69h\x1b[4;18s\x1b[?69h\x1b[2;7Hab\x1bEc",
        &["", "      ab", "   c"],
        (2, 4),
    );
    draws(
        (10, 5),
        &format!("{page}{margins}\x1b[5;4H\n"),
        &[
            "0123456789",
            "1123456789",
            "2123456789",
            "3123456789",
            "41    6789",
        ],
        (4, 3),
    );
    draws(
        (10, 5),
        &format!("{page}{margins}\x1b[2;4H\x1b[L"),
        &[
            "0123456789",
            "11    6789",
            "2123456789",
            "3123456789",
            "4123456789",
        ],
        (1, 2),
    );
    draws(
        (10, 5),
        &format!("{margins}\x1b[1;3Habcdefghij"),
        &["  abcd", "  efgh", "  ij"],
        (2, 4),
    );
    draws(
        (10, 5),
        &format!("{margins}\x1b[1;5Hx\ry\x1b[1;2H\rz"),
        &["z y x"],
        (0, 1),
    );
    draws(
        (10, 4),
        "a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[S",
        &["a", "c", "", "d"],
        (0, 0),
    );
    draws(
        (10, 3),
        "0123456789\x1b[1;4H\x1b[2'}",
        &["012  34567"],
        (0, 3),
    );
    draws((10, 3), "0123456789\x1b[2 @", &["23456789"], (0, 9));
    draws((10, 3), "0123456789\x1b[2 A", &["  01234567"], (0, 9));
    draws((10, 3), "0123456789\r\x1b6x", &["x012345678"], (0, 1));
}

#[test]
fn lines_are_inserted_and_deleted_at_the_left_margin() {
    draws(
        (20, 9),
        "\x1b[3;4Hfoobar\x1b[3D\x1b[L",
        &["", "", "", "   foobar"],
        (2, 0),
    );
    draws((20, 9), "\x1b[3;4Hfoobar\x1b[3D\x1b[M", &[], (2, 0));
}

#[test]
fn sets_of_other_characters_are_designated() {
    // Without national sets, A is the upper half of Latin-1, as a set of 94 characters too.
    draws((20, 3), "\x1b(A#ai\x1b(B#", &["£áé#"], (0, 4));
    draws((20, 3), "\x1b-A\x0ei\x0fi", &["éi"], (0, 2));
    draws((20, 3), "\x1b(>abc!\x1b(<%i", &["αβχ⎷¥é"], (0, 6));
    draws((20, 3), "\x1b(K[{~", &["[{~"], (0, 3));
    draws((20, 3), "\x1b[?42h\x1b(K[{~\x1b(%6[", &["ÄäßÃ"], (0, 4));
}

#[test]
fn bytes_beyond_ascii_are_of_the_set_that_is_shifted_to() {
    draws_bytes((20, 3), b"\x1b~\x1b)0\xe1a\xf1", &["▒a─"], (0, 3));
    draws_bytes((20, 3), b"\x1b+0\x1b|\xe1", &["▒"], (0, 1));
    // G2 is there at first.
    draws_bytes((20, 3), b"\x1b*0\xe1\x9bq\x1b*B\xc3\xa9", &["▒qé"], (0, 3));
    draws_bytes((20, 3), b"\x1b[?42h\xe9\x1b[?42l\xc3\xa9", &["éé"], (0, 2));
}

#[test]
fn what_is_protected_stays() {
    draws((10, 3), "\x1b[1\"qab\x1b[0\"qcd\x1b[?2K", &["ab"], (0, 4));
    draws((10, 3), "\x1b[1\"qab\x1b[0\"qcd\x1b[2K", &[], (0, 4));
    draws((10, 3), "\x1bVab\x1bWcd\x1b[1\"q\x1b[?K", &["abcd"], (0, 4));
    // What was asked for last decides, and a reset ends it.
    draws((10, 3), "\x1bVab\x1bWcd\x1b[2K", &["ab"], (0, 4));
    draws((10, 3), "\x1bVab\x1b[0\"qcd\x1b[2K", &[], (0, 4));
    draws((10, 3), "\x1b[1\"qab\x1b[!pcd\x1b[?2K", &[], (0, 4));
    // Rectangles know of DECSCA alone.
    let rectangle = "\x1b[1;1;1;3${";
    draws(
        (10, 3),
        &format!("\x1bVab\x1bWcd{rectangle}"),
        &["   d"],
        (0, 4),
    );
    draws(
        (10, 3),
        &format!("\x1b[1\"qab\x1b[0\"qcd{rectangle}"),
        &["ab d"],
        (0, 4),
    );
    // What was protected is so when it is erased, too.
    draws((9, 3), "\x1bVa\x1bWb\x1b[${\x1b[41m\x1b[2K", &[], (0, 2));
    let erased = fed((9, 3), b"\x1bVa\x1bWb\x1b[${\x1b[41m\x1b[2K");
    assert_eq!(erased.style(0, 0).background, Color::Default);
    assert_eq!(erased.style(0, 1).background, Color::Indexed(1));
    // Where all is protected, the cursor still waits after a full row.
    draws((4, 3), "\x1bVabcd\x1b[?1Ke", &["abcd", "e"], (1, 1));
    draws((4, 3), "\x1bVabcd\x1b[?Ke", &["abce"], (0, 3));
    // Erasing all where nothing is protected ends it.
    draws((9, 3), "\x1b[1\"q\x1b[?2Jab\x1b[?1K", &[], (0, 2));
    draws((9, 3), "\x1b[1\"qab\x1b[?2Jc\x1b[?1K", &["abc"], (0, 3));
}

#[test]
fn a_rectangle_without_a_start_begins_where_xterm_begins_it() {
    let margins = "\x1b[2;3r\x1b[?69h\x1b[2;9s\x1b[?6h";
    draws(
        (20, 4),
        &format!("{margins}abcdefgh\x1b[42$x"),
        &["", " abcdefgh", "  *******"],
        (1, 8),
    );
    draws(
        (20, 4),
        &format!("{margins}abcdefgh\x1b[1;1$z"),
        &[],
        (1, 8),
    );
}

#[test]
fn erased_places_look_as_the_kind_of_erasure_leaves_them() {
    let style = |stream: &str, column| {
        let style = fed((10, 3), stream.as_bytes()).style(0, column);
        (style.background, style.underline)
    };
    let (red, green) = (Color::Indexed(1), Color::Indexed(2));
    let erased = |with: &str| format!("\x1b[4;41mabc\x1b[24;42m{with}");
    for with in [
        "\x1b[2K",
        "\x1b[?2K",
        "\x1b[1;1;1;3$z",
        "\x1b[3D\x1b[3X",
        "\x1b[1J",
    ] {
        assert_eq!(style(&erased(with), 1), (green, Underline::None), "{with}");
    }
    assert_eq!(
        style(&erased("\x1b[1;1;1;3${"), 1),
        (red, Underline::Single)
    );
    let filled = "\x1b[4;41mabc\x1b[0;1;1;1;3$x";
    assert_eq!(style(filled, 1), (red, Underline::Single));
    let aligned = style("\x1b[3;4;41m\x1b#8a", 0);
    assert_eq!(aligned, (red, Underline::None));
}

#[test]
fn the_alternate_screen_shares_the_cursor() {
    draws((20, 4), "abc\r\nde\x1b[?1049hfoo", &["", "  foo"], (1, 5));
    draws(
        (20, 4),
        "ab\x1b[?47hcd\x1b[?47le\x1b[?47h",
        &["  cd"],
        (0, 5),
    );
    draws(
        (20, 4),
        "ab\x1b[?1047hcd\x1b[?1047le\x1b[?1047h",
        &[],
        (0, 5),
    );
    draws((20, 4), "a\x1b[?1049hb\x1bcd", &["d"], (0, 1));
    draws((20, 4), "\x1b[?1049hab\x1b[?1049hcd", &["  cd"], (0, 4));
    draws((4, 2), "abcd\x1b[?1049hx", &["   x"], (0, 3));
    draws((4, 3), "\x1b[?1047habcd\x1b[?1047lx", &["   x"], (0, 3));
    draws((4, 3), "\x1b[?1047hab\x1bc\x1b[?1047h", &["ab"], (0, 0));
}

#[test]
fn moves_of_every_kind_end_where_they_should() {
    draws((10, 4), "ab\x1bEc", &["ab", "c"], (1, 1));
    draws((10, 4), "ab\x1bDc", &["ab", "  c"], (1, 3));
    draws((10, 4), "ab\x1b[Ec\x1b[Fd", &["db", "c"], (0, 1));
    draws((10, 4), "\x1b[2a\x1b[2ex", &["", "", "  x"], (2, 3));
    draws((10, 4), "a\x0bb\x0cc", &["a", " b", "  c"], (2, 3));
    draws((10, 3), "\x1b[20hab\nc", &["ab", "c"], (1, 1));
    draws(
        (5, 3),
        "\x1b[?45habcdef\x08\x08\x08x",
        &["abcxe", "f"],
        (0, 4),
    );
    draws(
        (10, 4),
        "\x1b[?45h\x1b[5Dx",
        &["", "", "", "         x"],
        (3, 9),
    );
    draws(
        (10, 4),
        "\x1b[?69h\x1b[3;6s\x1b[?6h\x1b[9ax",
        &["     x"],
        (0, 5),
    );
    draws((10, 5), "\x1b[?6h\x1b7\x1b[3;5r\x1b8x", &["x"], (0, 1));
}

#[test]
fn a_mode_that_was_not_saved_is_restored_to_what_it_was_at_first() {
    draws((4, 2), "\x1b[?7l\x1b[?7rabcdef", &["abcd", "ef"], (1, 2));
    draws(
        (4, 2),
        "\x1b[?7l\x1b[?7s\x1b[?7h\x1b[?7rabcdef",
        &["abcf"],
        (0, 3),
    );
    // A screen is restored as by mode 47: the cursor stays.
    draws((20, 3), "ab\x1b[?1049rc", &["abc"], (0, 3));
    draws(
        (20, 3),
        "\x1b7ab\x1b[?1049s\x1b[?1049hcd\x1b[?1049re",
        &["ab  e"],
        (0, 5),
    );
    // As in xterm this one is saved as if it were set.
    draws(
        (20, 3),
        "ab\x1b[?69s\x1b[?69r\x1b[3;6s\x1b[1;3Hwrapped",
        &["abwrap", "  ped"],
        (1, 5),
    );
    draws((4, 3), "a\x1b[0Tb\x1b[Tc", &["  c", "ab"], (0, 3));
}

#[test]
fn a_reset_keeps_what_is_written_or_not() {
    draws(
        (20, 3),
        "\x1b(0\x1b[2;3r\x1b[3;4Hab\x1b[!pl\nx",
        &["", "   ▒␉l", "      x"],
        (2, 7),
    );
    draws(
        (20, 4),
        "ab\r\nab\x1b#8",
        &["EEEEEEEEEEEEEEEEEEEE"; 4],
        (0, 0),
    );
}

#[test]
fn halves_of_wide_characters_are_erased() {
    draws((10, 4), "中中中\x1b[1;4Hx", &["中 x中"], (0, 4));
    draws((10, 4), "中中中\x1b[1;4H\x1b[X", &["中  中"], (0, 3));
    draws((10, 4), "中中中\x1b[1;2H\x1b[P", &[" 中中"], (0, 1));
    draws((10, 4), "中中中\x1b[1;4H\x1b[K", &["中"], (0, 3));
    draws((10, 4), "中中中\x1b[1;3H\x1b[1K", &["    中"], (0, 2));
    draws((5, 3), "abcd中x", &["abcd", "中x"], (1, 3));
}

#[test]
fn each_character_has_its_own_width() {
    draws(
        (20, 2),
        "a\u{2764}\u{fe0f}b",
        &["a\u{2764}\u{fe0f}b"],
        (0, 3),
    );
    draws((20, 2), "a\u{ad}b", &["a\u{ad}b"], (0, 3));
    draws(
        (20, 2),
        "👨\u{200d}👩\u{200d}👧b",
        &["👨\u{200d}👩\u{200d}👧b"],
        (0, 7),
    );
    draws(
        (20, 2),
        "\u{1f1e6}\u{1f1f9}\u{e000}",
        &["\u{1f1e6}\u{1f1f9}\u{e000}"],
        (0, 3),
    );
}

#[test]
fn bytes_that_are_no_characters_are_replaced_one_for_one() {
    draws_bytes((20, 3), b"caf\xe9 ok|", &["caf\u{fffd} ok|"], (0, 8));
    draws_bytes((20, 3), b"\xff\xfe|", &["\u{fffd}\u{fffd}|"], (0, 3));
    draws_bytes((20, 3), b"cut \xe4\xb8|", &["cut \u{fffd}|"], (0, 6));
    draws_bytes(
        (20, 3),
        b"\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80|",
        &["\u{fffd}\u{fffd}\u{fffd}|"],
        (0, 4),
    );
}

#[test]
fn sequences_end_where_they_end() {
    draws((20, 3), "a\x1b]0;tit\x1b[2Cb\x07c", &["a  bc"], (0, 5));
    draws((20, 3), "a\x1b]0;tit\x18b\x07c", &["abc"], (0, 3));
    draws((20, 3), "a\x1b[3é4Cx", &["a4Cx"], (0, 4));
    draws((20, 3), "a\x1b[3?4Cx", &["ax"], (0, 2));
    draws((20, 3), "abcdef\x1b[3\rCx", &["abcxef"], (0, 4));
    draws((20, 3), "a\x7fb\0c\x05d\u{9b}3Ce", &["abcd3Ce"], (0, 7));
}

#[test]
fn a_resize_ends_the_origin_at_margins_that_it_ends() {
    let placed = |size: (u16, u16)| {
        let mut terminal = fed((20, 6), b"\x1b[2;4r\x1b[?6h");
        terminal.resize(size.0, size.1);
        terminal.feed(b"\x1b[2;4r\x1b[1;1Hx");
        let rows = terminal.visible_text();
        rows.iter().position(|row| row == "x")
    };
    assert_eq!(placed((20, 7)), Some(0));
    assert_eq!(placed((21, 6)), Some(0));
    assert_eq!(placed((20, 6)), Some(1));
}

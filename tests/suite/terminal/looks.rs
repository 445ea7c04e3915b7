//! How what is drawn looks, one small case for each kind. The expected looks were read off xterm 379 (XTREPORTSGR).

use super::fed;
use stroboscope::terminal::{Color, CursorShape, Style, Underline};

const RED: Color = Color::Indexed(1);
const BLUE: Color = Color::Indexed(4);

/// How a column of the first row looks after a stream.
fn look(stream: &str, column: u16) -> Style {
    fed((20, 4), stream.as_bytes()).style(0, column)
}

/// A style that differs from another one.
fn with(mut style: Style, change: impl FnOnce(&mut Style)) -> Style {
    change(&mut style);
    style
}

fn colors(stream: &str, column: u16) -> (Color, Color) {
    let style = look(stream, column);
    (style.foreground, style.background)
}

#[test]
fn a_color_is_written_with_semicolons_with_colons_and_with_both() {
    let green = Color::Rgb(0, 255, 0);
    for (sequence, color) in [
        ("38;5;9", Color::Indexed(9)),
        ("38:5:9", Color::Indexed(9)),
        ("38;5:9", Color::Indexed(9)),
        ("38;2;0;255;0", green),
        ("38:2:0:255:0", green),
        ("38:2::0:255:0", green),
        ("38;2:0:255:0", green),
        ("38;2:0:0:255:0", green),
        ("38;5", Color::Default),
        ("38;5;", Color::Default),
        ("38;5;256", Color::Default),
        ("38:5:", Color::Indexed(0)),
    ] {
        let style = look(&format!("\x1b[{sequence}mA"), 0);
        let expected = with(Style::default(), |style| style.foreground = color);
        assert_eq!(style, expected, "{sequence}");
    }
    // What follows is no part of it.
    assert!(look("\x1b[38;2:0:255:0;1mA", 0).bold);
    assert!(look("\x1b[38;5;;1mA", 0).bold);
    assert!(!look("\x1b[38;2;5:9mA", 0).strike);
}

#[test]
fn two_lines_below_stay_two_when_one_is_asked_for() {
    assert_eq!(look("\x1b[21;4mA", 0).underline, Underline::Double);
    assert_eq!(look("\x1b[4;21mA", 0).underline, Underline::Double);
    assert_eq!(look("\x1b[21;4;24mA", 0).underline, Underline::None);
    assert_eq!(look("\x1b[21;4:1mA", 0).underline, Underline::Single);
}

#[test]
fn a_rectangle_is_filled_with_the_colors_of_the_pen_if_it_has_some() {
    for (last, underline) in [("$z", Underline::None), ("$x", Underline::None)] {
        let first = if last == "$x" { "42;" } else { "" };
        let fill = format!("\x1b[{first}1;1;1;5{last}");
        // Without colors each place keeps those that it has.
        let kept = format!("\x1b[31;44mred\x1b[m{fill}");
        assert_eq!(colors(&kept, 1), (RED, BLUE), "{last}");
        assert_eq!(colors(&kept, 4), (Color::Default, Color::Default), "{last}");
        let taken = format!("\x1b[44mred\x1b[0;31m{fill}");
        assert_eq!(colors(&taken, 1), (RED, Color::Default), "{last}");
        assert_eq!(look(&taken, 1).underline, underline);
        let lined = look(&format!("abc\x1b[4;9m{fill}"), 1);
        assert_eq!((lined.underline, lined.strike), (Underline::Single, true));
    }
}

#[test]
fn attributes_of_a_rectangle_change_and_nothing_else() {
    let styled = |attributes: &str| {
        let stream = format!("\x1b[1;2;7;9;21;31;44mabc\x1b[m\x1b[1;1;1;3;{attributes}$r");
        look(&stream, 1)
    };
    let before = look("\x1b[1;2;7;9;21;31;44mabc", 1);
    let reset = with(before, |style| (style.bold, style.inverse) = (false, false));
    assert_eq!(styled("0"), reset);
    assert_eq!(styled("42;35;22"), with(before, |style| style.bold = false));
    assert_eq!(styled("4"), before);
    // Reversed, an attribute as often as it is named.
    let reversed = look("\x1b[1;21;9mabc\x1b[1;1;1;3;1;4;7;7;31$t", 1);
    let expected = with(look("\x1b[1;21;9mabc", 1), |style| style.bold = false);
    assert_eq!(reversed, expected);
    let lined = look("abc\x1b[1;1;1;3;4$t", 1).underline;
    assert_eq!(lined, Underline::Single);
}

#[test]
fn the_other_half_of_a_wide_character_takes_the_background_too() {
    for stream in [
        "日本\x1b[44m\x1b[1;2He",
        "日本\x1b[44m\x1b[1;2H語",
        "日本\x1b[44m\x1b[1;2H\x1b[K",
        "日本\x1b[44m\x1b[1;2H\x1b[X",
        "日本\x1b[44m\x1b[1;2H\x1b[P",
        "日本\x1b[44m\x1b[1;2H\x1b[@",
    ] {
        assert_eq!(look(stream, 0).background, BLUE, "{stream:?}");
    }
    assert_eq!(look("日本\x1b[44m\x1b[1;1He", 1).background, BLUE);
    assert_eq!(look("日本\x1b[44m\x1b[1;1H\x1b[X", 1).background, BLUE);
    let rectangle = "\x1b[41m日本語\x1b[44m\x1b[1;2;1;4$z";
    assert_eq!(look(rectangle, 0).background, RED);
}

#[test]
fn a_soft_reset_leaves_on_what_the_vt220_did_not_have() {
    for reset in ["\x1b[!p", "\x1b[64;1\"p"] {
        let style = look(&format!("\x1b[1;2;3;5;7;9;21;31;44m{reset}A"), 0);
        let expected = with(Style::default(), |style| {
            (style.dim, style.strike, style.underline) = (true, true, Underline::Double);
        });
        assert_eq!(style, expected, "{reset:?}");
    }
    assert_eq!(look("\x1b[4m\x1b[!pA", 0), Style::default());
}

#[test]
fn to_set_or_end_inverse_brings_back_the_background_that_was_asked_for() {
    for restored in ["\x1b7\x1b[44m\x1b8", "\x1b[?1049h\x1b[44m\x1b[?1049l"] {
        for (sequence, background) in [
            ("", Color::Default),
            ("1", Color::Default),
            ("7", BLUE),
            ("27", BLUE),
            ("0;7", Color::Default),
            ("41;7", RED),
            ("49;27", Color::Default),
        ] {
            let sgr = if sequence.is_empty() {
                String::new()
            } else {
                format!("\x1b[{sequence}m")
            };
            let style = look(&format!("{restored}{sgr}A"), 0);
            assert_eq!(style.background, background, "{restored:?} {sequence}");
        }
    }
    assert_eq!(
        look("\x1b7\x1b[44m\x1b8\x1b[!p\x1b[7mA", 0).background,
        Color::Default
    );
}

#[test]
fn resets_end_what_they_end_in_xterm() {
    let shape = |stream: &str| fed((20, 4), stream.as_bytes()).cursor().shape;
    for reset in ["\x1b[!p", "\x1bc", "\x1b[64;1\"p"] {
        let stream = format!("\x1b[4 q{reset}");
        assert_eq!(shape(&stream), CursorShape::Default, "{reset:?}");
    }
    let modes = |stream: &str| fed((20, 4), stream.as_bytes()).modes().to_string();
    let set = "\x1b[?12;40;41;1007;1000h";
    assert_eq!(modes(&format!("{set}\x1bc")), "40, 41, 1007 on");
    let soft = modes(&format!("{set}\x1b[!p"));
    assert_eq!(soft, "40, 41, 1000, 1007 on");
}

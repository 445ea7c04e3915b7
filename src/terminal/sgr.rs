//! Select graphic rendition.

use super::{
    cell::{Color, Style, Underline},
    parser::{Parameter, Sequence},
};

/// Changes a style; returns whether all was known.
///
/// As in xterm the background that was asked for last, here or before, comes back when inverse is set or reset, also where
/// another one was restored with the cursor.
pub(super) fn apply(sequence: &Sequence, style: &mut Style, asked: &mut Color) -> bool {
    let mut rest = sequence.parameters.as_slice();
    if rest.is_empty() {
        *style = Style::default();
        *asked = Color::Default;
    }
    let mut known = true;
    while let Some((first, after)) = rest.split_first() {
        let subs = after.iter().take_while(|parameter| parameter.colon).count();
        let (subs, after) = after.split_at(subs);
        let number = first.value.unwrap_or(0);
        let (is_known, taken) = one(number, subs, after, style);
        match number {
            0 | 40..=49 | 100..=107 => *asked = style.background,
            7 | 27 => style.background = *asked,
            _ => {}
        }
        known &= is_known;
        // What belongs to a parameter that was taken is none of its own.
        let rest_of_it = after[taken..]
            .iter()
            .take_while(|parameter| parameter.colon);
        rest = &after[taken + rest_of_it.count()..];
    }
    known
}

/// Carries out one parameter; returns whether it is known, and how many of those after it belong to it.
fn one(number: u16, subs: &[Parameter], after: &[Parameter], style: &mut Style) -> (bool, usize) {
    if !subs.is_empty() && !matches!(number, 4 | 38 | 48 | 58) {
        return (false, 0);
    }
    match number {
        0 => *style = Style::default(),
        1 => style.bold = true,
        2 => style.dim = true,
        3 => style.italic = true,
        4 => match subs.first().map(|sub| sub.value.unwrap_or(0)) {
            // Two lines stay two, as in xterm.
            None if style.underline == Underline::Double => {}
            None | Some(1) => style.underline = Underline::Single,
            Some(0) => style.underline = Underline::None,
            Some(2) => style.underline = Underline::Double,
            Some(3) => style.underline = Underline::Curly,
            Some(4) => style.underline = Underline::Dotted,
            Some(5) => style.underline = Underline::Dashed,
            Some(_) => return (false, 0),
        },
        5 | 6 => style.blink = true,
        7 => style.inverse = true,
        8 => style.conceal = true,
        9 => style.strike = true,
        // Fonts.
        10..=20 => return (number == 10, 0),
        21 => style.underline = Underline::Double,
        22 => (style.bold, style.dim) = (false, false),
        23 => style.italic = false,
        24 => style.underline = Underline::None,
        25 => style.blink = false,
        27 => style.inverse = false,
        28 => style.conceal = false,
        29 => style.strike = false,
        30..=37 => (style.foreground, style.brightens) = (named(number - 30), true),
        39 => (style.foreground, style.brightens) = (Color::Default, false),
        40..=47 => style.background = named(number - 40),
        49 => style.background = Color::Default,
        53 => style.overline = true,
        55 => style.overline = false,
        59 => style.underline_color = Color::Default,
        90..=97 => (style.foreground, style.brightens) = (named(number - 90 + 8), false),
        100..=107 => style.background = named(number - 100 + 8),
        38 | 48 | 58 => {
            let (color, taken) = if subs.is_empty() {
                with_semicolons(after)
            } else {
                (with_colons(subs), 0)
            };
            if let Some(color) = color {
                match number {
                    38 => (style.foreground, style.brightens) = (color, false),
                    48 => style.background = color,
                    _ => style.underline_color = color,
                }
            }
            return (color.is_some(), taken);
        }
        _ => return (false, 0),
    }
    (true, 0)
}

fn named(number: u16) -> Color {
    Color::Indexed(u8::try_from(number).unwrap_or(0))
}

fn part(parameter: Option<&Parameter>) -> Option<u8> {
    u8::try_from(parameter?.value.unwrap_or(0)).ok()
}

/// `5;N` or `2;R;G;B`, or either with colons, and how many parameters that takes.
fn with_semicolons(after: &[Parameter]) -> (Option<Color>, usize) {
    let has_colon = |parameter: &Parameter| parameter.colon;
    if after.get(1).is_some_and(has_colon) {
        let subs = 1 + after[1..].iter().take_while(|sub| sub.colon).count();
        return (with_colons(&after[..subs]), subs);
    }
    let parts = after.iter().position(has_colon).unwrap_or(after.len());
    let after = &after[..parts];
    // What is left out is no part of a color here, and 0 with colons, as in xterm.
    let is_whole = |parts: usize| {
        let mut parts = after.iter().skip(1).take(parts);
        parts.all(|parameter| parameter.value.is_some())
    };
    match after.first().map(|first| first.value.unwrap_or(0)) {
        Some(5) if !is_whole(1) => (None, after.len().min(2)),
        Some(2) if !is_whole(3) => (None, after.len().min(4)),
        Some(5) => (part(after.get(1)).map(Color::Indexed), after.len().min(2)),
        Some(2) => (rgb(after.get(1..)), after.len().min(4)),
        _ => (None, after.len().min(1)),
    }
}

/// `5:N`, `2:R:G:B` or, with a color space, `2:S:R:G:B`.
fn with_colons(subs: &[Parameter]) -> Option<Color> {
    match subs.first()?.value? {
        5 => part(subs.get(1)).map(Color::Indexed),
        2 if subs.len() > 4 => rgb(subs.get(2..)),
        2 => rgb(subs.get(1..)),
        _ => None,
    }
}

fn rgb(parts: Option<&[Parameter]>) -> Option<Color> {
    let parts = parts?;
    Some(Color::Rgb(
        part(parts.first())?,
        part(parts.get(1))?,
        part(parts.get(2))?,
    ))
}

/// The parameters that set a style, after one that resets it, as xterm reports them (DECRQSS).
pub(super) fn report(style: Style) -> String {
    let mut numbers = vec!["0".to_owned()];
    let mut add = |set: bool, number: &str| {
        if set {
            numbers.push(number.to_owned());
        }
    };
    add(style.bold, "1");
    add(style.dim, "2");
    add(style.italic, "3");
    match style.underline {
        Underline::None => {}
        Underline::Single => add(true, "4"),
        Underline::Double => add(true, "4:2"),
        Underline::Curly => add(true, "4:3"),
        Underline::Dotted => add(true, "4:4"),
        Underline::Dashed => add(true, "4:5"),
    }
    add(style.blink, "5");
    add(style.inverse, "7");
    add(style.conceal, "8");
    add(style.strike, "9");
    add(style.overline, "53");
    for (color, base, bright, extended) in [
        (style.foreground, 30, 90, 38),
        (style.background, 40, 100, 48),
        (style.underline_color, 0, 0, 58),
    ] {
        match color {
            Color::Default => {}
            Color::Indexed(number @ 0..8) if base > 0 => {
                add(true, &(base + u16::from(number)).to_string());
            }
            Color::Indexed(number @ 8..16) if base > 0 => {
                add(true, &(bright + u16::from(number) - 8).to_string());
            }
            Color::Indexed(number) => add(true, &format!("{extended}:5:{number}")),
            Color::Rgb(red, green, blue) => {
                add(true, &format!("{extended}:2::{red}:{green}:{blue}"));
            }
        }
    }
    numbers.join(";")
}

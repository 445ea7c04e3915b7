//! Draws screens from their cells, one or two side by side, with what differs marked. Whatever a program wrote, what is drawn
//! is inert: its characters as themselves, and colors by sequences of our own.

use std::{fmt::Write as _, time::Duration};
use stroboscope::{
    terminal::{Color, Style, Underline},
    view::screen::{Row, Screen},
};
use unicode_width::UnicodeWidthChar;

/// How something is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// With the colors of the program; what differs is black on yellow.
    Color,
    /// With attributes alone; what differs is reversed.
    Plain,
    /// As text without escape sequences; a line below has a `^` for each column that differs.
    Text,
}

impl Look {
    /// How screens are drawn on the person's terminal: without colors if `NO_COLOR` is set.
    pub fn of_terminal() -> Look {
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            Look::Plain
        } else {
            Look::Color
        }
    }
}

/// The part of a screen that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub column: usize,
    pub row: usize,
    pub columns: usize,
    pub rows: usize,
    /// Whether it begins at the left edge of a terminal, whose cursor can be put where a character ends: a terminal may take
    /// another number of columns for it.
    pub is_at_edge: bool,
}

impl Window {
    /// The part of this size that shows the first difference of two screens.
    pub fn of(left: &Screen, right: &Screen, columns: usize, rows: usize) -> Window {
        let (all_columns, all_rows) = used(left).max_of(used(right));
        let first = (0..all_rows).find_map(|row| {
            let changed = changed(line(left, row), line(right, row));
            let column = changed.iter().position(|is_changed| *is_changed)?;
            Some((column, row))
        });
        let (column, row) = first.unwrap_or_default();
        let start = |first: usize, shown: usize, all: usize| {
            if first < shown {
                0
            } else {
                first
                    .saturating_sub(shown / 3)
                    .min(all.saturating_sub(shown))
            }
        };
        Window {
            column: start(column, columns, all_columns),
            row: start(row, rows, all_rows),
            columns,
            rows,
            is_at_edge: false,
        }
    }

    /// The same at the left edge of a terminal.
    pub fn at_edge(self) -> Window {
        Window {
            is_at_edge: true,
            ..self
        }
    }

    /// What of a screen it does not show, in words: `columns 1 to 60 of 80, rows 1 to 20 of 24`; nothing if it shows all.
    pub fn cropped(&self, columns: usize, rows: usize) -> String {
        let part = |what: &str, first: usize, shown: usize, all: usize| {
            let last = (first + shown).min(all);
            (first > 0 || last < all).then(|| format!("{what} {} to {last} of {all}", first + 1))
        };
        let parts = [
            part("columns", self.column, self.columns, columns),
            part("rows", self.row, self.rows, rows),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A size in columns and rows, of which the greater can be taken in each direction.
trait MaxOf {
    fn max_of(self, other: Self) -> Self;
}

impl MaxOf for (usize, usize) {
    fn max_of(self, other: Self) -> Self {
        (self.0.max(other.0), self.1.max(other.1))
    }
}

/// How many columns and rows of a screen are not blank.
pub fn used(screen: &Screen) -> (usize, usize) {
    let columns = screen.rows().iter().map(|row| row.columns()).max();
    (columns.unwrap_or(0), screen.rows().len())
}

/// How many columns and rows of two screens are not blank.
pub fn used_of_both(left: &Screen, right: &Screen) -> (usize, usize) {
    used(left).max_of(used(right))
}

/// One screen, a line for each row of the window.
pub fn one(screen: &Screen, window: Window, look: Look) -> Vec<String> {
    let rows = window.row..window.row + window.rows;
    rows.map(|row| part(line(screen, row), &[], window, 0, look))
        .collect()
}

/// Two screens side by side, without marks.
pub fn two_unmarked(left: &Screen, right: &Screen, window: Window, look: Look) -> Vec<String> {
    let at = window.columns + SEPARATOR_COLUMNS;
    let rows = window.row..window.row + window.rows;
    let lines = rows.map(|row| {
        let old = part(line(left, row), &[], window, 0, look);
        let new = part(line(right, row), &[], window, at, look);
        format!("{old}{SEPARATOR}{new}")
    });
    lines.collect()
}

/// Two screens side by side, what differs marked, a line for each row of the window; without escape sequences one more for
/// each that differs.
pub fn two(left: &Screen, right: &Screen, window: Window, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for row in window.row..window.row + window.rows {
        let (old, new) = (line(left, row), line(right, row));
        let changed = changed(old, new);
        lines.push(format!(
            "{}{SEPARATOR}{}",
            part(old, &changed, window, 0, look),
            part(
                new,
                &changed,
                window,
                window.columns + SEPARATOR_COLUMNS,
                look
            )
        ));
        if look == Look::Text && changed.contains(&true) {
            let mark = |column: usize| {
                if changed.get(column) == Some(&true) {
                    '^'
                } else {
                    ' '
                }
            };
            let marks: String = (window.column..window.column + window.columns)
                .map(mark)
                .collect();
            lines.push(format!("{marks}{SEPARATOR}{marks}"));
        }
    }
    lines
}

/// Plain text in exactly so many columns, cut at its end.
pub fn text_line(text: &str, columns: usize) -> String {
    let width = |character: char| character.width().unwrap_or(0);
    let all: usize = text.chars().map(width).sum();
    if all <= columns {
        return format!("{text}{}", " ".repeat(columns - all));
    }
    let (mut line, mut left) = (String::new(), columns.saturating_sub(1));
    for character in text.chars() {
        let Some(rest) = left.checked_sub(width(character)) else {
            break;
        };
        line.push(character);
        left = rest;
    }
    format!("{line}…{}", " ".repeat(left))
}

/// An instant in seconds.
pub fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

/// What stands between two screens, and how many columns it takes.
pub const SEPARATOR: &str = " │ ";
pub const SEPARATOR_COLUMNS: usize = 3;

fn line(screen: &Screen, row: usize) -> Option<&Row> {
    screen.rows().get(row).map(AsRef::as_ref)
}

/// Which columns of two rows differ.
fn changed(left: Option<&Row>, right: Option<&Row>) -> Vec<bool> {
    let columns = |row: Option<&Row>| {
        let mut columns = Vec::new();
        for cell in row.iter().flat_map(|row| row.cells()) {
            // The second column of a wide cell is its own.
            (0..cell.columns).for_each(|column| {
                columns.push((
                    cell.text.to_owned(),
                    cell.style,
                    cell.link.map(str::to_owned),
                    column,
                ));
            });
        }
        columns
    };
    let (left, right) = (columns(left), columns(right));
    let all = left.len().max(right.len());
    let blank = (" ".to_owned(), Style::default(), None, 0);
    (0..all)
        .map(|column| left.get(column).unwrap_or(&blank) != right.get(column).unwrap_or(&blank))
        .collect()
}

/// The columns of a row that the window shows, as wide as it, drawn from a column of the terminal on.
fn part(row: Option<&Row>, marks: &[bool], window: Window, at: usize, look: Look) -> String {
    let (start, end) = (window.column, window.column + window.columns);
    let mut text = String::new();
    let mut pen = Pen {
        look,
        current: String::new(),
    };
    let mut column = start;
    let is_marked = |column: usize| marks.get(column) == Some(&true);
    for cell in row.iter().flat_map(|row| row.cells()) {
        let after = cell.column + cell.columns;
        if after <= start || cell.column >= end {
            continue;
        }
        pen.set(cell.style, is_marked(cell.column), &mut text);
        if cell.column < start || after > end {
            // Half of a wide character.
            text.extend(std::iter::repeat_n(
                ' ',
                after.min(end) - cell.column.max(start),
            ));
        } else {
            let drawn = cell.printed();
            text += &drawn;
            if window.is_at_edge && !drawn.is_ascii() {
                let _ = write!(text, "\x1b[{}G", at + after - start + 1);
            }
        }
        column = after.min(end);
    }
    for column in column..end {
        pen.set(Style::default(), is_marked(column), &mut text);
        text.push(' ');
    }
    pen.set(Style::default(), false, &mut text);
    text
}

/// What characters are drawn with.
struct Pen {
    look: Look,
    current: String,
}

impl Pen {
    fn set(&mut self, style: Style, is_marked: bool, text: &mut String) {
        let wanted = match (self.look, is_marked) {
            (Look::Text, _) => return,
            (Look::Color, true) => "30;43".to_owned(),
            (Look::Plain, true) => "7".to_owned(),
            (look, false) => sgr(style, look == Look::Color),
        };
        if wanted != self.current {
            let _ = write!(text, "\x1b[0m");
            if !wanted.is_empty() {
                let _ = write!(text, "\x1b[{wanted}m");
            }
            self.current = wanted;
        }
    }
}

/// The parameters that give a style (ECMA-48, 8.3.117); nothing blinks.
fn sgr(style: Style, with_color: bool) -> String {
    let style = style.on_usual_screen();
    let mut parameters: Vec<String> = Vec::new();
    for (is_set, parameter) in [
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline != Underline::None, "4"),
        (style.inverse, "7"),
        (style.strike, "9"),
    ] {
        if is_set {
            parameters.push(parameter.to_owned());
        }
    }
    if with_color {
        for (color, base) in [(style.foreground, 30), (style.background, 40)] {
            match color {
                Color::Indexed(index @ 0..=7) => {
                    parameters.push((base + u16::from(index)).to_string());
                }
                Color::Indexed(index @ 8..=15) => {
                    parameters.push((base + 52 + u16::from(index)).to_string());
                }
                Color::Indexed(index) => parameters.push(format!("{};5;{index}", base + 8)),
                Color::Rgb(red, green, blue) => {
                    parameters.push(format!("{};2;{red};{green};{blue}", base + 8));
                }
                _ => {}
            }
        }
    }
    parameters.join(";")
}

#[cfg(test)]
mod tests {
    use super::{Look, Window, one, two};
    use stroboscope::{Recording, view};

    fn screen(text: &str) -> view::screen::Screen {
        let text =
            format!("transcript: 1\nchannel: pty 20x4 xterm\n\n0.000 \"{text}\"\n@0.000 exit 0\n");
        view::screen(&text.parse::<Recording>().unwrap())
    }

    fn window(column: usize, row: usize, columns: usize, rows: usize) -> Window {
        Window {
            column,
            row,
            columns,
            rows,
            is_at_edge: false,
        }
    }

    #[test]
    fn what_differs_is_marked_on_both_sides() {
        let (left, right) = (screen("ab\\r\\nsame"), screen("aBc\\r\\nsame"));
        assert_eq!(
            two(&left, &right, window(0, 0, 5, 2), Look::Text),
            ["ab    │ aBc  ", " ^^   │  ^^  ", "same  │ same "]
        );
        let plain = two(&left, &right, window(0, 0, 3, 1), Look::Plain);
        assert_eq!(
            plain,
            ["a\x1b[0m\x1b[7mb \x1b[0m │ a\x1b[0m\x1b[7mBc\x1b[0m"]
        );
    }

    #[test]
    fn only_our_own_sequences_are_drawn() {
        let hostile = screen("\\e[1;31mred\\e]0;title\\x07\\u{202e}\\u{9b}2J");
        let drawn = one(&hostile, window(0, 0, 9, 1), Look::Color).concat();
        assert!(drawn.starts_with("\x1b[0m\x1b[1;31mred"), "{drawn:?}");
        let without = drawn.replace("\x1b[0m", "").replace("\x1b[1;31m", "");
        assert!(
            without.chars().all(|character| !character.is_control()),
            "{without:?}"
        );
        assert!(!drawn.contains('\u{202e}'));
    }

    #[test]
    fn a_wide_character_that_is_cut_is_blank() {
        let wide = screen("\u{4e00}\u{4e01}x");
        assert_eq!(one(&wide, window(1, 0, 3, 1), Look::Text), [" \u{4e01}"]);
        assert_eq!(one(&wide, window(0, 0, 3, 1), Look::Text), ["\u{4e00} "]);
        assert_eq!(
            one(&wide, window(0, 0, 5, 1).at_edge(), Look::Plain),
            ["\u{4e00}\x1b[3G\u{4e01}\x1b[5Gx"]
        );
    }

    #[test]
    fn a_window_shows_the_first_difference_and_says_what_it_does_not_show() {
        let (left, right) = (screen("0123456789abcdef"), screen("0123456789abcdEf"));
        let part = Window::of(&left, &right, 6, 2);
        assert!(part.column <= 14 && 14 < part.column + 6, "{part:?}");
        assert_eq!(
            part.cropped(16, 1),
            format!("columns {} to 16 of 16", part.column + 1)
        );
        assert_eq!(Window::of(&left, &right, 20, 4).cropped(16, 1), "");
    }
}

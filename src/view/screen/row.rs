//! One row of a screen: its cells with their styles, and its text.

use crate::text;
use std::fmt;

/// One row of a screen, without blanks at its end; `Display` writes its text, inert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    /// The text of all cells.
    text: String,
    cells: Vec<Slot>,
}

/// Where a cell's text ends, and its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Slot {
    end: usize,
    wide: bool,
    style: Style,
}

/// A character of a row with its combining marks, in one column or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell<'a> {
    /// The character and its marks as they came; a space if nothing was written.
    pub text: &'a str,
    /// Its first column, from 0.
    pub column: usize,
    /// How many columns it takes, 1 or 2.
    pub columns: usize,
    /// Its style.
    pub style: Style,
}

/// The style of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of its own"
)]
#[non_exhaustive]
pub struct Style {
    /// The color of the character.
    pub foreground: Color,
    /// The color of the background.
    pub background: Color,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// With both colors exchanged.
    pub inverse: bool,
}

/// A color as a terminal knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Color {
    /// The terminal's default.
    #[default]
    Default,
    /// An entry of the palette of 256, whose first 16 are the named colors.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl Row {
    /// Whether nothing is visible in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    /// Its cells from the left, up to the last one that is not blank.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let (mut start, mut column) = (0, 0);
        self.cells.iter().map(move |slot| {
            let cell = Cell {
                text: &self.text[start..slot.end],
                column,
                columns: if slot.wide { 2 } else { 1 },
                style: slot.style,
            };
            start = slot.end;
            column += cell.columns;
            cell
        })
    }

    /// How many columns its cells take.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.cells().map(|cell| cell.columns).sum()
    }

    /// Clears it, so that it can be filled again.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
    }

    /// Appends a cell; an empty text is a blank.
    pub(super) fn push(&mut self, text: &str, wide: bool, style: Style) {
        let text = if text.is_empty() { " " } else { text };
        self.text.push_str(text);
        self.cells.push(Slot {
            end: self.text.len(),
            wide,
            style: if text == " " {
                style.of_a_blank()
            } else {
                style
            },
        });
    }

    /// Removes the blanks at its end.
    pub(super) fn trim(&mut self) {
        while let Some(last) = self.cells.last()
            && last.style == Style::default()
        {
            let start = self.cells.iter().rev().nth(1).map_or(0, |slot| slot.end);
            if &self.text[start..] != " " {
                break;
            }
            self.text.truncate(start);
            self.cells.pop();
        }
    }
}

impl Cell<'_> {
    /// Writes the characters of a cell that a transcript shows as themselves.
    ///
    /// White space becomes spaces, and other invisible characters U+FFFD, both across the cell's columns; invisible
    /// characters without a column are omitted. `after` says whether a character precedes it in the line.
    pub(crate) fn write_inert(&self, after: bool, out: &mut String) {
        let mut shown = after;
        for (index, character) in self.text.chars().enumerate() {
            if text::shows(character, shown) {
                out.push(character);
            } else if index > 0 {
                continue;
            } else if character.is_whitespace() || character == '\u{2800}' {
                out.extend(std::iter::repeat_n(' ', self.columns));
            } else {
                out.push(char::REPLACEMENT_CHARACTER);
                out.extend(std::iter::repeat_n(' ', self.columns - 1));
            }
            shown = true;
        }
    }
}

impl Style {
    /// What is visible of the style where there is no character.
    fn of_a_blank(self) -> Style {
        if self.underline || self.inverse {
            return self;
        }
        Style {
            background: self.background,
            ..Style::default()
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        for cell in self.cells() {
            cell.write_inert(!line.is_empty(), &mut line);
        }
        f.write_str(line.trim_end_matches(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::{Color, Row, Style};

    #[track_caller]
    fn shows(cells: &[(&str, bool)], text: &str) {
        let mut row = Row::default();
        for (text, wide) in cells {
            row.push(text, *wide, Style::default());
        }
        row.trim();
        assert_eq!(row.to_string(), text);
    }

    #[test]
    fn trailing_blanks_are_omitted() {
        shows(
            &[("", false), ("a", false), (" ", false), ("", false)],
            " a",
        );
    }

    #[test]
    fn invisible_characters_become_blanks_or_are_replaced_or_omitted() {
        shows(
            &[
                ("\u{a0}", false),
                ("\u{3000}", true),
                ("\u{e0b0}", false),
                ("a\u{202e}\u{301}", false),
            ],
            "   \u{fffd}a\u{301}",
        );
    }

    #[test]
    fn a_combining_mark_at_the_start_of_a_row_is_replaced() {
        shows(&[("\u{903}", false), ("b", false)], "\u{fffd}b");
        shows(&[("a", false), ("\u{903}", false)], "a\u{903}");
    }

    #[test]
    fn blanks_are_kept_only_if_their_style_is_visible() {
        let mut row = Row::default();
        let style = Style {
            foreground: Color::Indexed(1),
            bold: true,
            ..Style::default()
        };
        row.push("", false, style);
        row.trim();
        assert!(row.is_blank());
        let style = Style {
            background: Color::Indexed(1),
            ..style
        };
        row.push("", false, style);
        row.trim();
        assert_eq!((row.columns(), row.to_string().as_str()), (1, ""));
    }
}

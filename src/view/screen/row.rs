//! One row of a screen: its cells with their styles, and its text.

use crate::{
    terminal::{Style, Underline},
    text,
};
use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// One row of a screen, without blanks at its end; `Display` writes its text, inert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The text of all cells.
    text: String,
    cells: Vec<Slot>,
    /// The addresses of hyperlinks, in the order of their first cells.
    links: Vec<Arc<str>>,
}

/// Where a cell's text ends, and its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Slot {
    end: u32,
    wide: bool,
    /// The number of its hyperlink from 1, or 0.
    link: u16,
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
    /// The address that it links to.
    pub link: Option<&'a str>,
}

/// By the text alone: rows that differ in their styles only are few, and styles are much to hash.
impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Row {
    /// A blank row with space for so many cells.
    pub(super) fn with_capacity(cells: usize) -> Row {
        Row {
            text: String::with_capacity(cells),
            cells: Vec::with_capacity(cells),
            links: Vec::new(),
        }
    }

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
                text: &self.text[start..slot.end as usize],
                column,
                columns: if slot.wide { 2 } else { 1 },
                style: slot.style,
                link: slot.link(&self.links),
            };
            start = slot.end as usize;
            column += cell.columns;
            cell
        })
    }

    /// How many columns its cells take.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.cells().map(|cell| cell.columns).sum()
    }

    /// Appends a cell; a blank is a space.
    pub(super) fn push(&mut self, text: &str, wide: bool, style: Style, link: Option<&Arc<str>>) {
        self.text.push_str(text);
        let link = link.map_or(0, |link| self.number(link));
        self.cells.push(Slot {
            end: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            wide,
            link,
            style: if text == " " {
                of_a_blank(style)
            } else {
                style
            },
        });
    }

    /// The number of a hyperlink.
    fn number(&mut self, link: &Arc<str>) -> u16 {
        let known = self.links.iter().rposition(|known| known == link);
        let index = known.unwrap_or_else(|| {
            self.links.push(Arc::clone(link));
            self.links.len() - 1
        });
        u16::try_from(index + 1).unwrap_or(0)
    }

    /// Gives the cell in a column another style.
    pub(super) fn restyle(&mut self, column: usize, style: impl FnOnce(Style) -> Style) {
        let at = self
            .cells()
            .position(|cell| (cell.column..cell.column + cell.columns).contains(&column));
        if let Some(slot) = at.and_then(|at| self.cells.get_mut(at)) {
            slot.style = style(slot.style);
        }
    }

    /// Removes the blanks at its end.
    pub(super) fn trim(&mut self) {
        while let Some(last) = self.cells.last()
            && last.style == Style::default()
            && last.link == 0
        {
            let start = self
                .cells
                .iter()
                .rev()
                .nth(1)
                .map_or(0, |slot| slot.end as usize);
            if &self.text[start..] != " " {
                break;
            }
            self.text.truncate(start);
            self.cells.pop();
        }
    }
}

impl Slot {
    fn link(self, links: &[Arc<str>]) -> Option<&str> {
        links
            .get(usize::from(self.link.checked_sub(1)?))
            .map(AsRef::as_ref)
    }
}

impl Cell<'_> {
    /// Returns what is printed of it, inert, in as many columns as it takes.
    #[must_use]
    pub fn printed(&self) -> String {
        let mut text = String::new();
        self.write_inert(false, &mut text);
        text
    }

    /// Writes the characters of a cell that print as themselves: those that a transcript shows, and private ones, icons.
    ///
    /// White space becomes spaces, a soft hyphen the hyphen that a terminal draws, and other invisible characters U+FFFD,
    /// all across the cell's columns; invisible characters without a column are omitted. `after` says whether a character
    /// precedes it in the line.
    pub(crate) fn write_inert(&self, after: bool, out: &mut String) {
        let mut shown = after;
        for (index, character) in self.text.chars().enumerate() {
            if prints(character, shown) {
                out.push(character);
            } else if index > 0 {
                continue;
            } else if character.is_whitespace() || character == '\u{2800}' {
                out.extend(std::iter::repeat_n(' ', self.columns));
            } else {
                out.push(if character == SOFT_HYPHEN {
                    '-'
                } else {
                    char::REPLACEMENT_CHARACTER
                });
                out.extend(std::iter::repeat_n(' ', self.columns - 1));
            }
            shown = true;
        }
    }

    /// Its characters that [`Cell::write_inert`] leaves out or replaces, but for white space.
    pub(super) fn unseen(&self) -> impl Iterator<Item = char> {
        let characters = self.text.chars();
        characters.filter(|character| {
            let is_blank = character.is_whitespace() || *character == '\u{2800}';
            !is_blank && !prints(*character, true)
        })
    }
}

/// The hyphen that is drawn where it is; some terminals draw none.
const SOFT_HYPHEN: char = '\u{ad}';

/// Whether a character prints as itself, after another one or not.
pub(crate) fn prints(character: char, after: bool) -> bool {
    text::shows(character, after) || is_private(character)
}

/// Whether a character is one of those without a meaning of their own, most of which fonts use for icons.
fn is_private(character: char) -> bool {
    matches!(
        character,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}'
    )
}

/// What is visible of a style where there is no character.
fn of_a_blank(style: Style) -> Style {
    if style.underline != Underline::None || style.inverse || style.strike || style.overline {
        return style;
    }
    Style {
        background: style.background,
        reversed: style.reversed,
        ..Style::default()
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
    use super::Row;
    use crate::terminal::{Color, Style};

    #[track_caller]
    fn shows(cells: &[(&str, bool)], text: &str) {
        let mut row = Row::default();
        for (text, wide) in cells {
            row.push(text, *wide, Style::default(), None);
        }
        row.trim();
        assert_eq!(row.to_string(), text);
    }

    #[test]
    fn trailing_blanks_are_omitted() {
        shows(
            &[(" ", false), ("a", false), (" ", false), (" ", false)],
            " a",
        );
    }

    #[test]
    fn invisible_characters_become_blanks_or_are_replaced_or_omitted() {
        shows(
            &[
                ("\u{a0}", false),
                ("\u{3000}", true),
                ("\u{200e}", false),
                ("\u{e0b0}", false),
                ("\u{ad}", false),
                ("a\u{202e}\u{301}", false),
            ],
            "   \u{fffd}\u{e0b0}-a\u{301}",
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
        row.push(" ", false, style, None);
        row.trim();
        assert!(row.is_blank());
        let style = Style {
            background: Color::Indexed(1),
            ..style
        };
        row.push(" ", false, style, None);
        row.trim();
        assert_eq!((row.columns(), row.to_string().as_str()), (1, ""));
    }
}

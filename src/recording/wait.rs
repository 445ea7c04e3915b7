//! The conditions that a step of a script waits for, and those that it checks on the screen.

use super::Position;
use crate::text;
use regex_lite::Regex;
use std::{fmt, time::Duration};

/// What has to be seen before something is done to the program: `after screen "Name?" 0.300`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct After {
    /// What has to be seen.
    pub wait: Wait,
    /// How much time passes from then on.
    pub delay: Duration,
}

/// What can be waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// These bytes, written after the previous match; never empty.
    Bytes(Vec<u8>),
    /// Something that is visible, and may be so already.
    Visible(Visible),
    /// That nothing happens: in virtual time every thread of the program waits, in real time nothing is written for as
    /// long as the delay says.
    Quiet,
}

/// What can be seen on a screen at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visible {
    /// A text, anywhere or in one row.
    Screen {
        /// The only row, from 1, in which it is looked for.
        row: Option<u16>,
        /// The text.
        text: ScreenText,
    },
    /// The cursor in this place.
    Cursor(Position),
}

/// A text on a screen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScreenText(Pattern);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pattern {
    /// This text.
    Text(String),
    /// What this regular expression matches.
    Regex(String),
}

impl After {
    /// What it waits for in one line; bytes and text have at most `most` scalars.
    pub(crate) fn excerpt(&self, most: usize) -> String {
        let wait = match &self.wait {
            Wait::Bytes(bytes) => text::quote(bytes, most),
            Wait::Visible(visible) => text::cut(&visible.to_string(), most),
            Wait::Quiet => "quiet".to_owned(),
        };
        if self.delay.is_zero() {
            format!("after {wait}")
        } else {
            format!("after {wait} {}", text::seconds(self.delay))
        }
    }

    /// Waits for this, and no longer.
    #[must_use]
    pub fn new(wait: Wait) -> After {
        After {
            wait,
            delay: Duration::ZERO,
        }
    }
}

impl ScreenText {
    /// The text itself, which is not empty.
    #[must_use]
    pub fn new(text: impl Into<String>) -> ScreenText {
        ScreenText(Pattern::Text(text.into()))
    }

    /// Whatever a regular expression matches.
    ///
    /// # Errors
    /// Why it is none, or that it holds something that is not printable.
    pub fn regex(expression: &str) -> Result<ScreenText, String> {
        if !text::is_line(&format!("/{expression}/")) || expression.is_empty() {
            return Err("a regular expression is one line of printable text".to_owned());
        }
        let expression = with_slashes(expression, "/");
        Regex::new(&expression).map_err(|error| error.to_string())?;
        Ok(ScreenText(Pattern::Regex(expression)))
    }

    /// Whether it is in a row, or, if it has line ends, in all of them. The rows have no blanks at their ends: there
    /// a screen is blank.
    fn is_in(&self, rows: &[String]) -> bool {
        match &self.0 {
            Pattern::Text(text) if text.contains('\n') => {
                let lines: Vec<&str> = text
                    .split('\n')
                    .map(|line| line.trim_end_matches(' '))
                    .collect();
                rows.join("\n").contains(&lines.join("\n"))
            }
            Pattern::Text(text) => {
                let before_blanks = text.trim_end_matches(' ');
                let is_at_end =
                    |row: &str| before_blanks.len() < text.len() && row.ends_with(before_blanks);
                rows.iter()
                    .any(|row| row.contains(text.as_str()) || is_at_end(row))
            }
            // The constructor has compiled it. A row may end in a blank, as a prompt does.
            Pattern::Regex(expression) => Regex::new(expression).is_ok_and(|regex| {
                let matches =
                    |row: &String| regex.is_match(row) || regex.is_match(&format!("{row} "));
                rows.iter().any(matches)
            }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.0, Pattern::Text(text) if text.is_empty())
    }
}

impl Visible {
    /// Whether it can be seen on a screen with these rows and this cursor.
    pub(crate) fn is_seen(&self, rows: &[String], cursor: Position) -> bool {
        match self {
            Visible::Cursor(position) => *position == cursor,
            Visible::Screen { row: None, text } => text.is_in(rows),
            Visible::Screen {
                row: Some(row),
                text,
            } => {
                // A row below the last one that is not blank is blank.
                let row = usize::from(*row).checked_sub(1);
                row.and_then(|row| rows.get(row..=row))
                    .is_some_and(|row| text.is_in(row))
            }
        }
    }
}

impl fmt::Display for ScreenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::Text(text) => f.write_str(&text::one_line(text.as_bytes())),
            Pattern::Regex(expression) => write!(f, "/{}/", with_slashes(expression, "\\/")),
        }
    }
}

impl fmt::Display for Visible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Visible::Screen { row: None, text } => write!(f, "screen {text}"),
            Visible::Screen {
                row: Some(row),
                text,
            } => write!(f, "screen row {row} {text}"),
            Visible::Cursor(position) => write!(f, "cursor {position}"),
        }
    }
}

/// Writes it as a script does, in one line.
impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("after ")?;
        match &self.wait {
            Wait::Bytes(bytes) => f.write_str(&text::one_line(bytes))?,
            Wait::Visible(visible) => write!(f, "{visible}")?,
            Wait::Quiet => f.write_str("quiet")?,
        }
        if self.delay.is_zero() {
            return Ok(());
        }
        write!(f, " {}", text::seconds(self.delay))
    }
}

/// A regular expression with every slash in it, escaped or not, written like this.
pub(super) fn with_slashes(expression: &str, slash: &str) -> String {
    let mut written = String::new();
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('/', _) => written.push_str(slash),
            ('\\', Some('/')) => {
                written.push_str(slash);
                characters.next();
            }
            ('\\', Some(escaped)) => {
                written.extend(['\\', escaped]);
                characters.next();
            }
            _ => written.push(character),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{Position, ScreenText, Visible};

    fn rows() -> Vec<String> {
        ["Name?", "", "  a/b done"].map(str::to_owned).into()
    }

    #[track_caller]
    fn is_seen(visible: &Visible, expected: bool) {
        let cursor = Position { column: 7, row: 1 };
        assert_eq!(visible.is_seen(&rows(), cursor), expected, "{visible}");
    }

    fn screen(row: Option<u16>, text: ScreenText) -> Visible {
        Visible::Screen { row, text }
    }

    #[test]
    fn a_text_is_looked_for_anywhere_or_in_one_row() {
        is_seen(&screen(None, ScreenText::new("done")), true);
        is_seen(&screen(Some(3), ScreenText::new("done")), true);
        for row in [0, 1, 2, 4, 999] {
            is_seen(&screen(Some(row), ScreenText::new("done")), false);
        }
        is_seen(&screen(None, ScreenText::new("?\n\n  a")), true);
        is_seen(&screen(None, ScreenText::new("? a")), false);
        is_seen(&screen(None, ScreenText::new("Name? ")), true);
        is_seen(&screen(None, ScreenText::new("Name ")), false);
        is_seen(&screen(None, ScreenText::new("Name? \n \n  a/b")), true);
    }

    #[test]
    fn a_regular_expression_matches_within_a_row() {
        is_seen(&screen(None, ScreenText::regex("^ +a/b").unwrap()), true);
        is_seen(&screen(None, ScreenText::regex("^done$").unwrap()), false);
        is_seen(&screen(Some(1), ScreenText::regex(r"\?$").unwrap()), true);
        is_seen(
            &screen(None, ScreenText::regex(r"^Name\? $").unwrap()),
            true,
        );
        is_seen(&screen(None, ScreenText::regex(r"^Name\?$").unwrap()), true);
        is_seen(&screen(None, ScreenText::regex(r"^Name $").unwrap()), false);
        assert!(ScreenText::regex("(").is_err() && ScreenText::regex("").is_err());
    }

    #[test]
    fn a_cursor_is_counted_from_1() {
        is_seen(&Visible::Cursor(Position { column: 7, row: 1 }), true);
        is_seen(&Visible::Cursor(Position { column: 1, row: 7 }), false);
    }

    #[test]
    fn a_slash_in_an_expression_is_escaped_once() {
        let regex = |expression| ScreenText::regex(expression).unwrap().to_string();
        assert_eq!(regex("a/b"), r"/a\/b/");
        assert_eq!(regex(r"a\/b"), r"/a\/b/");
        assert_eq!(regex(r"\\/"), r"/\\\//");
    }
}

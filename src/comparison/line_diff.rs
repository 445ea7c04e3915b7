//! Compares two transcripts line by line.

use super::by_name;
use crate::{
    recording::{Level, Recording},
    text,
    view::{frames, screen::still},
};
use anstyle::{AnsiColor, Style};
use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};
use std::fmt::{self, Write as _};

/// How many equal lines surround a difference.
const CONTEXT: usize = 3;

/// A unified diff of two transcripts; empty if they are the same.
///
/// `Display` is its text, which is as safe to print as a transcript.
///
/// ```
/// let diff = stroboscope::comparison::text_diff("a\nb\n", "a\nc\n");
/// assert_eq!(diff.to_string(), "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineDiff {
    /// The places that differ, each with the lines around it.
    pub hunks: Vec<Hunk>,
}

/// Adjacent lines of both transcripts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hunk {
    /// How many lines of the first transcript precede it.
    pub left: usize,
    /// How many lines of the second transcript precede it.
    pub right: usize,
    /// The lines; in a difference, those of the first transcript come first.
    pub lines: Vec<Line>,
}

/// A line of one transcript or of both, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// It is in both.
    Same(String),
    /// It is in the first only.
    Removed(String),
    /// It is in the second only.
    Added(String),
}

/// Compares the transcripts of two recordings line by line, including their headers, as seen at a level: what the level
/// ignores is not a difference. At [`Level::Frames`] it compares the [frames](crate::view::frames::text), at
/// [`Level::Screen`] what a terminal shows and keeps at the end.
#[must_use]
pub fn line_diff(left: &Recording, right: &Recording, level: Level) -> LineDiff {
    let (left, right) = by_name(left, right);
    if level == Level::Frames {
        return diff(
            &frames::without_marks(&left),
            &frames::without_marks(&right),
        );
    }
    let seen = |recording: &Recording| match level {
        Level::Exact => recording.to_string(),
        Level::Screen => screen(recording),
        _ => recording.at_level(level).to_string(),
    };
    diff(&seen(&left), &seen(&right))
}

/// The rows above the final screen, its own, what is not in them, and how the run ended.
fn screen(recording: &Recording) -> String {
    let still = still(recording);
    let above = still.scrollback.iter().map(|row| format!("{row}\n"));
    let (_, end) = recording.end();
    format!(
        "{}{}{still}\n{end}\n",
        above.collect::<String>(),
        still.screen
    )
}

/// Compares any two texts line by line; unprintable characters are escaped.
#[must_use]
pub fn text_diff(left: &str, right: &str) -> LineDiff {
    diff(&inert(left), &inert(right))
}

/// A text in which everything is escaped except line ends and what a transcript shows as itself.
fn inert(text: &str) -> String {
    let line = |line: &str| {
        let mut shown = false;
        let mut inert = String::new();
        for character in line.chars() {
            shown = text::shows(character, shown);
            if shown {
                inert.push(character);
            } else {
                inert += &text::escape(character.encode_utf8(&mut [0; 4]).as_bytes(), usize::MAX);
            }
        }
        inert
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn diff(left: &str, right: &str) -> LineDiff {
    let (old, new): (Vec<_>, Vec<_>) = (left.lines().collect(), right.lines().collect());
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    let hunks = group_diff_ops(operations, CONTEXT)
        .into_iter()
        .filter_map(|operations| {
            let first = operations.first()?;
            let (left, right) = (first.old_range().start, first.new_range().start);
            let mut lines = Vec::new();
            for operation in operations {
                let (old, new) = (&old[operation.old_range()], &new[operation.new_range()]);
                if operation.tag() == DiffTag::Equal {
                    lines.extend(old.iter().map(|line| Line::Same((*line).to_owned())));
                } else {
                    lines.extend(old.iter().map(|line| Line::Removed((*line).to_owned())));
                    lines.extend(new.iter().map(|line| Line::Added((*line).to_owned())));
                }
            }
            Some(Hunk { left, right, lines })
        })
        .collect();
    LineDiff { hunks }
}

impl LineDiff {
    /// Its text, with or without colors.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        if color {
            self.colored()
        } else {
            self.to_string()
        }
    }

    /// Its text with colors, as escape sequences.
    #[must_use]
    pub fn colored(&self) -> String {
        let mut text = String::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut text, |line, style, text| {
            if style.is_plain() {
                writeln!(text, "{line}")
            } else {
                writeln!(text, "{style}{line}{style:#}")
            }
        });
        text
    }

    fn write<W: fmt::Write>(
        &self,
        out: &mut W,
        write: impl Fn(&str, Style, &mut W) -> fmt::Result,
    ) -> fmt::Result {
        for hunk in &self.hunks {
            write(&hunk.title(), AnsiColor::Cyan.on_default(), out)?;
            for line in &hunk.lines {
                let style = match line {
                    Line::Same(_) => Style::new(),
                    Line::Removed(_) => AnsiColor::Red.on_default(),
                    Line::Added(_) => AnsiColor::Green.on_default(),
                };
                write(&line.to_string(), style, out)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for LineDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |line, _, f| writeln!(f, "{line}"))
    }
}

impl Hunk {
    /// Its first line, as in every unified diff (POSIX.1-2024, `diff`, "Diff -u Output Format").
    fn title(&self) -> String {
        let count = |is_in: fn(&Line) -> bool| self.lines.iter().filter(|line| is_in(line)).count();
        let range = |before: usize, lines: usize| match lines {
            0 => format!("{before},0"),
            1 => format!("{}", before + 1),
            _ => format!("{},{lines}", before + 1),
        };
        let left = range(self.left, count(|line| !matches!(line, Line::Added(_))));
        let right = range(self.right, count(|line| !matches!(line, Line::Removed(_))));
        format!("@@ -{left} +{right} @@")
    }
}

/// Writes a line after its mark: a space, `-` or `+`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Same(text) => write!(f, " {text}"),
            Line::Removed(text) => write!(f, "-{text}"),
            Line::Added(text) => write!(f, "+{text}"),
        }
    }
}

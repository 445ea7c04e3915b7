//! Where the lines of a growing text start, so that its last line need not be searched for, however long it is.

use super::{DOLLAR, FEED, ends_line, is_pattern};

/// How many starts are known at most.
const KNOWN: usize = 1 << 16;

/// The last lines of a text without `\r`. A backspace removes U+2028 and U+2029 like any other unit, and then the line
/// before is the last one again; it never removes `\n`, and so no line before one is known.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<Line>);

/// A line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    /// Whether there may be a pattern in it.
    pub(super) has_pattern: bool,
}

impl Line {
    fn at(start: usize) -> Line {
        Line {
            start,
            has_pattern: false,
        }
    }
}

impl Default for Lines {
    fn default() -> Lines {
        Lines(vec![Line::at(0)])
    }
}

impl Lines {
    /// The last line of this text.
    pub(super) fn last(&mut self, text: &[u16]) -> &mut Line {
        if self.0.is_empty() {
            let end = text.iter().rposition(|&unit| ends_line(unit));
            self.0.push(Line {
                start: end.map_or(0, |end| end + 1),
                has_pattern: true,
            });
        }
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Takes the unit that is appended to this text.
    pub(super) fn append(&mut self, text: &[u16], unit: u16) {
        if unit == FEED {
            self.0.clear();
        } else if !ends_line(unit) {
            if is_pattern(unit) && text.last() == Some(&DOLLAR) {
                self.last(text).has_pattern = true;
            }
            return;
        }
        if self.0.len() == KNOWN {
            self.0.drain(..KNOWN / 2);
        }
        self.0.push(Line::at(text.len() + 1));
    }

    /// Forgets the lines that start beyond this length of the text.
    pub(super) fn truncate(&mut self, length: usize) {
        while self.0.pop_if(|line| line.start > length).is_some() {}
    }
}

//! Which row is where and when, and the cursor, and the animation for that.

use super::cursor::Cursor;
use crate::view::{
    frames::Frame,
    screen::{DrawnCursor, Row},
};
use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

/// A span of time.
type Span = (Duration, Duration);

/// The rows and the cursors of some frames, with the spans of time in which they are visible.
pub(super) struct Timeline<'a> {
    /// Each row at each position, in the order in which they first appear.
    pub(super) rows: Vec<Appearance<&'a Arc<Row>>>,
    /// The same of the cursor.
    pub(super) cursors: Vec<Appearance<Cursor>>,
    /// The time until the picture starts again.
    whole: Duration,
    /// The number of columns of the terminal and of those used, and the number of rows used, each the maximum.
    terminal: usize,
    columns: usize,
    height: usize,
}

/// Something at a position, and when.
pub(super) struct Appearance<T> {
    pub(super) at: Place,
    pub(super) what: T,
    /// The spans in which it is visible, in order; no two touch.
    pub(super) spans: Vec<Span>,
}

/// Where something begins, counted from 0 at the top and at the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

/// Appearances that are being collected.
struct Collection<T> {
    appearances: Vec<Appearance<T>>,
    places: HashMap<(Place, T), usize>,
}

impl<T: Clone + Eq + Hash> Collection<T> {
    fn new() -> Collection<T> {
        Collection {
            appearances: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The number of what is at a position.
    fn number(&mut self, at: Place, what: T) -> usize {
        let next = self.appearances.len();
        let number = *self.places.entry((at, what.clone())).or_insert(next);
        if number == next {
            let spans = Vec::new();
            self.appearances.push(Appearance { at, what, spans });
        }
        number
    }

    /// It is visible in a span that no later one precedes.
    fn is_visible(&mut self, number: usize, (from, until): Span) {
        let spans = &mut self.appearances[number].spans;
        match spans.last_mut() {
            Some((_, end)) if *end == from => *end = until,
            _ => spans.push((from, until)),
        }
    }
}

impl<'a> Timeline<'a> {
    /// The rows and the cursors of these frames, of which the last is shown for `pause` longer.
    pub(super) fn new(frames: &[&'a Frame], pause: Duration) -> Timeline<'a> {
        let last = frames.last().map_or(Duration::ZERO, |frame| frame.until);
        let whole = last.saturating_add(pause);
        let (mut rows, mut cursors) = (Collection::new(), Collection::new());
        let (mut terminal, mut columns, mut height) = (0, 0, 0);
        // The rows of the frame before, and the number of each: most of them are in the next frame, too.
        let mut before: Vec<Option<(&'a Arc<Row>, usize)>> = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            // The first frame starts at the beginning, even if others were thinned out before it.
            let from = if index == 0 {
                Duration::ZERO
            } else {
                frame.from
            };
            let span = (from, frames.get(index + 1).map_or(whole, |next| next.from));
            terminal = terminal.max(frame.screen.size().0.into());
            height = height.max(frame.screen.rows().len());
            before.resize(frame.screen.rows().len(), None);
            for (line, row) in frame.screen.rows().iter().enumerate() {
                if row.is_blank() {
                    continue;
                }
                let known = before[line].filter(|(known, _)| Arc::ptr_eq(known, row));
                let number = known.map_or_else(
                    || {
                        columns = columns.max(row.columns());
                        rows.number(Place { line, column: 0 }, row)
                    },
                    |(_, number)| number,
                );
                before[line] = Some((row, number));
                rows.is_visible(number, span);
            }
            if let Some(cursor) = frame.cursor {
                columns = columns.max(cursor.column + 1);
                height = height.max(cursor.row + 1);
                let (at, what) = drawn(cursor, frame);
                let number = cursors.number(at, what);
                cursors.is_visible(number, span);
            }
        }
        Timeline {
            rows: rows.appearances,
            cursors: cursors.appearances,
            whole,
            terminal,
            columns,
            height,
        }
    }

    /// The required size (columns, rows), with `usual` columns if the terminal had as many; at least 1 by 1.
    pub(super) fn size(&self, usual: usize) -> (usize, usize) {
        let columns = self.columns.max(self.terminal.min(usual));
        (columns.max(1), self.height.max(1))
    }

    /// How often something is shown and hidden, as the keyframes of an animation in CSS; `None` if it is always visible.
    pub(super) fn keyframes(&self, spans: &[Span]) -> Option<String> {
        if spans == [(Duration::ZERO, self.whole)] {
            return None;
        }
        // Of two changes at one place the later one counts.
        let mut changes: Vec<(String, bool)> = vec![("0".to_owned(), false)];
        let mut change = |at: Duration, visible: bool| {
            let place = self.percent(at);
            changes.pop_if(|(known, _)| *known == place);
            changes.push((place, visible));
        };
        for (from, until) in spans {
            change(*from, true);
            if *until < self.whole {
                change(*until, false);
            }
        }
        let places = |visible: bool| {
            let places = changes.iter().filter(|(_, shown)| *shown == visible);
            let places: Vec<_> = places.map(|(place, _)| format!("{place}%")).collect();
            places.join(",")
        };
        let rule = |visible, value| match places(visible) {
            places if places.is_empty() => String::new(),
            places => format!("{places}{{visibility:{value}}}"),
        };
        Some(rule(true, "visible") + &rule(false, "hidden"))
    }

    /// Whether something belongs to the still picture, for viewers that play nothing: the first frame that shows a character,
    /// or where there is none, the first one with a cursor.
    pub(super) fn is_in_still(&self, spans: &[Span]) -> bool {
        let rows = self.rows.first().map(|first| &first.spans);
        let first = rows.or(self.cursors.first().map(|first| &first.spans));
        let at = first.and_then(|spans| spans.first()).map(|(from, _)| *from);
        at.is_some_and(|at| spans.iter().any(|(from, until)| *from <= at && at < *until))
    }

    /// The length of the picture.
    pub(super) fn whole(&self) -> Duration {
        self.whole
    }

    /// An instant in percent of the whole, with four decimals or as many as a millisecond needs.
    fn percent(&self, at: Duration) -> String {
        let digits = if self.whole < Duration::from_secs(1000) {
            4
        } else {
            10
        };
        let scale = 10_u128.pow(digits);
        let whole = self.whole.as_nanos().max(1);
        let part = at.as_nanos().saturating_mul(100 * scale) / whole;
        let decimals = format!(".{:0width$}", part % scale, width = digits as usize);
        let decimals = decimals.trim_end_matches('0').trim_end_matches('.');
        match part / scale {
            0 if !decimals.is_empty() => decimals.to_owned(),
            whole => format!("{whole}{decimals}"),
        }
    }
}

/// Where a frame's cursor is drawn, and what.
fn drawn(cursor: DrawnCursor, frame: &Frame) -> (Place, Cursor) {
    let row = frame.screen.rows().get(cursor.row);
    let (column, covered) = cursor.covered(row.map(AsRef::as_ref));
    let (line, form) = (cursor.row, cursor.form);
    (Place { line, column }, Cursor { covered, form })
}

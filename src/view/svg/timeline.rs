//! Which row is where and when, and the animation for that.

use crate::view::{frames::Frame, screen::Row};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The rows of some frames, with the spans of time in which they are visible.
pub(super) struct Timeline<'a> {
    appearances: Vec<Appearance<'a>>,
    /// The time until the picture starts again.
    whole: Duration,
    /// The number of columns of the terminal and of those used, and the number of rows used, each the maximum.
    terminal: usize,
    columns: usize,
    rows: usize,
}

/// A row at a position.
pub(super) struct Appearance<'a> {
    /// The line, counting from 0 at the top.
    pub(super) line: usize,
    /// The row.
    pub(super) row: &'a Arc<Row>,
    /// The spans in which it is visible, in order; no two touch.
    spans: Vec<(Duration, Duration)>,
}

impl<'a> Timeline<'a> {
    /// The rows of these frames, of which the last is shown for `pause` longer.
    pub(super) fn new(frames: &[&'a Frame], pause: Duration) -> Timeline<'a> {
        let whole = frames
            .last()
            .map_or(Duration::ZERO, |frame| frame.until)
            .saturating_add(pause);
        let mut timeline = Timeline {
            appearances: Vec::new(),
            whole,
            terminal: 0,
            columns: 0,
            rows: 0,
        };
        let mut places: HashMap<(usize, &'a Arc<Row>), usize> = HashMap::new();
        // The rows of the frame before, and the place of each: most of them are in the next frame, too.
        let mut before: Vec<Option<(&'a Arc<Row>, usize)>> = Vec::new();
        for (index, frame) in frames.iter().enumerate() {
            // The first frame starts at the beginning, even if others were thinned out before it.
            let from = if index == 0 {
                Duration::ZERO
            } else {
                frame.from
            };
            let until = frames.get(index + 1).map_or(whole, |next| next.from);
            timeline.terminal = timeline.terminal.max(frame.screen.size().0.into());
            timeline.rows = timeline.rows.max(frame.screen.rows().len());
            before.resize(frame.screen.rows().len(), None);
            for (line, row) in frame.screen.rows().iter().enumerate() {
                if row.is_blank() {
                    continue;
                }
                let known = before[line].filter(|(known, _)| Arc::ptr_eq(known, row));
                let place = known.map(|(_, place)| place);
                let place = place.unwrap_or_else(|| {
                    *places.entry((line, row)).or_insert_with(|| {
                        timeline.columns = timeline.columns.max(row.columns());
                        timeline.appearances.push(Appearance {
                            line,
                            row,
                            spans: Vec::new(),
                        });
                        timeline.appearances.len() - 1
                    })
                });
                before[line] = Some((row, place));
                let spans = &mut timeline.appearances[place].spans;
                match spans.last_mut() {
                    Some((_, end)) if *end == from => *end = until,
                    _ => spans.push((from, until)),
                }
            }
        }
        timeline
    }

    /// Each row at each position, in the order in which they first appear.
    pub(super) fn appearances(&self) -> &[Appearance<'a>] {
        &self.appearances
    }

    /// The required size (columns, rows), with `usual` columns if the terminal had as many; at least 1 by 1.
    pub(super) fn size(&self, usual: usize) -> (usize, usize) {
        let columns = self.columns.max(self.terminal.min(usual));
        (columns.max(1), self.rows.max(1))
    }

    /// How often it is shown and hidden, as the keyframes of an animation in CSS; `None` if it is always visible.
    pub(super) fn keyframes(&self, appearance: &Appearance) -> Option<String> {
        if appearance.spans == [(Duration::ZERO, self.whole)] {
            return None;
        }
        // Of two changes at one place the later one counts.
        let mut changes: Vec<(String, bool)> = vec![("0".to_owned(), false)];
        let mut change = |at: Duration, visible: bool| {
            let place = self.percent(at);
            changes.pop_if(|(known, _)| *known == place);
            changes.push((place, visible));
        };
        for (from, until) in &appearance.spans {
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

    /// Whether a row belongs to the still picture, for viewers that play nothing: the first frame that shows something.
    pub(super) fn is_in_still(&self, appearance: &Appearance) -> bool {
        let first = self.appearances.first();
        let at = first
            .and_then(|first| first.spans.first())
            .map(|(from, _)| *from);
        let spans = &appearance.spans;
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

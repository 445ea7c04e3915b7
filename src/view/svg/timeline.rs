//! Which row is where and when, and the animation elements for that.

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

/// An element that shows and hides its parent.
pub(super) struct Animation {
    pub(super) element: String,
    /// Whether it is visible at the end, and so without animation.
    pub(super) ends_visible: bool,
}

/// The last frame of each of `most` equal stretches of time; all frames if there are no more than that.
pub(super) fn thinned(frames: &[Frame], most: usize) -> Vec<&Frame> {
    let Some(last) = frames.last().filter(|_| frames.len() > most) else {
        return frames.iter().collect();
    };
    // The last frame begins the last stretch, so it is kept.
    let whole = last.from.as_nanos().max(1);
    let stretch = |frame: &Frame| frame.from.as_nanos() * (most as u128 - 1) / whole;
    frames
        .chunk_by(|frame, next| stretch(frame) == stretch(next))
        .filter_map(<[Frame]>::last)
        .collect()
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
            for (line, row) in frame.screen.rows().iter().enumerate() {
                if row.is_blank() {
                    continue;
                }
                let place = *places.entry((line, row)).or_insert_with(|| {
                    timeline.columns = timeline.columns.max(row.columns());
                    timeline.appearances.push(Appearance {
                        line,
                        row,
                        spans: Vec::new(),
                    });
                    timeline.appearances.len() - 1
                });
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

    /// The element that shows and hides a row; `None` if it is always visible.
    pub(super) fn animation(&self, appearance: &Appearance) -> Option<Animation> {
        let spans = &appearance.spans;
        if *spans == [(Duration::ZERO, self.whole)] {
            return None;
        }
        let (mut times, mut values) = (Vec::new(), Vec::new());
        if spans.first().is_none_or(|(from, _)| !from.is_zero()) {
            times.push("0".to_owned());
            values.push("hidden");
        }
        for (from, until) in spans {
            times.push(self.part(*from));
            values.push("visible");
            if *until < self.whole {
                times.push(self.part(*until));
                values.push("hidden");
            }
        }
        let ends_visible = values.last() == Some(&"visible");
        let element = format!(
            r#"<animate attributeName="visibility" calcMode="discrete" dur="{}s" repeatCount="indefinite" keyTimes="{}" values="{}"/>"#,
            crate::text::seconds(self.whole),
            times.join(";"),
            values.join(";"),
        );
        Some(Animation {
            element,
            ends_visible,
        })
    }

    /// An instant as a fraction of the whole, with six decimals or as many as a millisecond needs.
    fn part(&self, at: Duration) -> String {
        let digits = if self.whole < Duration::from_secs(1000) {
            6
        } else {
            12
        };
        let scale = 10_u128.pow(digits);
        let whole = self.whole.as_nanos().max(1);
        let part = at.as_nanos().saturating_mul(scale) / whole;
        let decimals = format!("{part:0width$}", width = digits as usize);
        match decimals.trim_end_matches('0') {
            "" => "0".to_owned(),
            _ if part >= scale => "1".to_owned(),
            decimals => format!(".{decimals}"),
        }
    }
}

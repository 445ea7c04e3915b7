//! Which row is where and when, and how that is told to an animation.

use crate::view::{frames::Frame, screen::Row};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The rows of some frames, with the stretches of time in which they are to be seen.
pub(super) struct Timeline<'a> {
    appearances: Vec<Appearance<'a>>,
    /// How long it takes until it starts again.
    whole: Duration,
    /// The most columns that a terminal had, that are used, and the most rows that are used.
    terminal: usize,
    columns: usize,
    rows: usize,
}

/// A row at a place.
pub(super) struct Appearance<'a> {
    /// The place, from the top, counting from 0.
    pub(super) line: usize,
    /// What is there.
    pub(super) row: &'a Arc<Row>,
    /// From when to when, in order, none of them touching another.
    spans: Vec<(Duration, Duration)>,
}

/// An element that shows and hides what it is in.
pub(super) struct Animation {
    pub(super) element: String,
    /// Whether it is to be seen at the end, and so where nothing moves.
    pub(super) ends_visible: bool,
}

/// The last frame of each of `most` equal stretches of time; all, where they are no more.
pub(super) fn thinned(frames: &[Frame], most: usize) -> Vec<&Frame> {
    let Some(last) = frames.last().filter(|_| frames.len() > most) else {
        return frames.iter().collect();
    };
    // The last frame begins the last stretch, so that it is kept.
    let whole = last.from.as_nanos().max(1);
    let stretch = |frame: &Frame| frame.from.as_nanos() * (most as u128 - 1) / whole;
    frames
        .chunk_by(|frame, next| stretch(frame) == stretch(next))
        .filter_map(<[Frame]>::last)
        .collect()
}

impl<'a> Timeline<'a> {
    /// The rows of these frames, the last of which stands `pause` longer.
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
            // What was thinned out before the first frame is not missed.
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

    /// Each row at each place, in the order in which they first appear.
    pub(super) fn appearances(&self) -> &[Appearance<'a>] {
        &self.appearances
    }

    /// The size (columns, rows) that all of it needs, with `usual` columns where the terminal had them; at least 1 by 1.
    pub(super) fn size(&self, usual: usize) -> (usize, usize) {
        let columns = self.columns.max(self.terminal.min(usual));
        (columns.max(1), self.rows.max(1))
    }

    /// What shows and hides a row; `None` where it is always to be seen.
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

    /// An instant as a part of the whole, to six decimals or as many as tell a millisecond.
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

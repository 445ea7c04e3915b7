//! Explains why events that are in both recordings have other instants.
//!
//! There are two explanations: the gaps that changed, or runs of events that are later or earlier by the same time. The
//! shorter one is used. The first suits a program that became slower, the second one that waited once.

use super::{
    Cause, CauseKind, MAX_LINES, Numbered, Place,
    alignment::Pair,
    tally::{Entry, Tally},
};
use crate::{
    recording::{Event, EventKind},
    text::seconds,
};
use std::{cmp::Ordering, collections::HashSet, time::Duration};

/// A gap in the first and in the second recording.
type Gaps = (Duration, Duration);

/// The differences between the instants of corresponding events.
pub(super) fn causes(
    pairs: impl Iterator<Item = Pair>,
    left: &[Numbered],
    right: &[Numbered],
) -> Vec<Cause> {
    let (mut changed, mut runs) = (Vec::new(), Runs::default());
    for times in times(pairs, left, right) {
        runs.add(&times);
        if times.is_changed {
            changed.push(times);
        }
    }
    let by_gaps = gaps(&changed);
    match runs.causes() {
        Some(by_shifts) if by_shifts.len() <= by_gaps.len() => by_shifts,
        _ => by_gaps,
    }
}

/// The times of an event that is in both recordings.
struct Times {
    place: Place,
    shift: Shift,
    /// Since the previous event.
    gaps: Gaps,
    /// Since the previous output; for other events the same as `gaps`.
    cadence: Gaps,
    /// Its gap changed, and not only because an added or removed event split or joined it.
    is_changed: bool,
}

/// By how much an event is later or earlier in the second recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    None,
    Later(Duration),
    Earlier(Duration),
}

impl Shift {
    fn new(left: Duration, right: Duration) -> Shift {
        match left.cmp(&right) {
            Ordering::Equal => Shift::None,
            Ordering::Less => Shift::Later(right.saturating_sub(left)),
            Ordering::Greater => Shift::Earlier(left.saturating_sub(right)),
        }
    }
}

fn times(
    pairs: impl Iterator<Item = Pair>,
    left: &[Numbered],
    right: &[Numbered],
) -> impl Iterator<Item = Times> {
    let (mut left_cadence, mut right_cadence) = (Cadence::new(left), Cadence::new(right));
    let mut before: Option<(Pair, Shift)> = None;
    pairs.map(move |pair| {
        let (old, new) = (left[pair.left], right[pair.right]);
        let shift = Shift::new(old.1.at, new.1.at);
        let gaps = (gap(left, pair.left), gap(right, pair.right));
        let (follows, shift_before) = match before {
            Some((before, shift)) => (
                before.left + 1 == pair.left && before.right + 1 == pair.right,
                shift,
            ),
            None => (pair.left == 0 && pair.right == 0, Shift::None),
        };
        // An event that was added or removed in between may have taken its time from both neighbours.
        let is_split = !follows && shift == shift_before;
        before = Some((pair, shift));
        Times {
            place: old.into(),
            shift,
            gaps,
            cadence: (left_cadence.at(pair.left), right_cadence.at(pair.right)),
            is_changed: gaps.0 != gaps.1 && !is_split,
        }
    })
}

fn gap(events: &[Numbered], place: usize) -> Duration {
    let before = place
        .checked_sub(1)
        .map_or(Duration::ZERO, |before| events[before].1.at);
    events[place].1.at.saturating_sub(before)
}

/// How long after the previous output each output came; for other events, their gaps.
struct Cadence<'a> {
    events: &'a [Numbered<'a>],
    /// The events that were passed, and the instant of the last output among them.
    passed: usize,
    output: Duration,
}

impl<'a> Cadence<'a> {
    fn new(events: &'a [Numbered<'a>]) -> Cadence<'a> {
        Cadence {
            events,
            passed: 0,
            output: Duration::ZERO,
        }
    }

    /// That of an event, which comes after those that were asked for before.
    fn at(&mut self, place: usize) -> Duration {
        let is_output =
            |event: &Event| matches!(event.kind, EventKind::Output(_) | EventKind::Stderr(_));
        for (_, event) in &self.events[self.passed..place] {
            if is_output(event) {
                self.output = event.at;
            }
        }
        self.passed = place;
        let event = self.events[place].1;
        if is_output(event) {
            event.at.saturating_sub(self.output)
        } else {
            gap(self.events, place)
        }
    }
}

/// A line for each change of a gap, except changes that always end at the same instant in both recordings.
fn gaps(changed: &[Times]) -> Vec<Cause> {
    // An event may be late after the previous event or after the previous output: the one that explains more is used.
    let mut candidates = Tally::new();
    for times in changed {
        let place = times.place;
        candidates.add(times.gaps, place, None, 1);
        if times.cadence != times.gaps && times.cadence.0 != times.cadence.1 {
            candidates.add(times.cadence, place, None, 1);
        }
    }
    let cause = |times: &Times| {
        if candidates.count(&times.cadence) > candidates.count(&times.gaps) {
            times.cadence
        } else {
            times.gaps
        }
    };
    let felt: HashSet<Gaps> = changed
        .iter()
        .filter(|times| times.shift != Shift::None)
        .map(cause)
        .collect();
    let mut tally = Tally::new();
    for times in changed {
        let cause = cause(times);
        if felt.contains(&cause) {
            tally.add(cause, times.place, None, 1);
        }
    }
    let became = |entry: &Entry<Gaps>| {
        let (from, to) = entry.thing;
        format!("{} became {}", seconds(from), seconds(to))
    };
    tally.causes(
        |_| CauseKind::Time,
        |entry| match entry.count {
            1 => format!("{}: gap {}", entry.first, became(entry)),
            times => format!("gap {}, {times} times", became(entry)),
        },
        |others, first| {
            let (others, place) = (others.of("gap"), first.first);
            format!("{others} changed, first {place}: {}", became(first))
        },
    )
}

/// Runs of events with the same shift, but for those that have none.
#[derive(Default)]
struct Runs {
    /// As many as may have a line, and one more: the first and the last event of each, and their number.
    list: Vec<(Shift, Place, Place, usize)>,
    last: Option<(Shift, Place)>,
}

impl Runs {
    fn add(&mut self, times: &Times) {
        let continues = self.last.is_some_and(|(shift, _)| shift == times.shift);
        self.last = Some((times.shift, times.place));
        if times.shift == Shift::None || self.list.len() > MAX_LINES {
            return;
        }
        match self.list.last_mut() {
            Some((_, _, end, count)) if continues => (*end, *count) = (times.place, *count + 1),
            _ => self.list.push((times.shift, times.place, times.place, 1)),
        }
    }

    /// A line for each run; `None` if there would be too many.
    fn causes(&self) -> Option<Vec<Cause>> {
        if self.list.len() > MAX_LINES {
            return None;
        }
        let last = self.last.map(|(_, place)| place);
        let runs = self.list.iter().map(|(shift, first, end, count)| {
            let how = match shift {
                Shift::None => unreachable!("is not kept"),
                Shift::Later(by) => format!("{} later", seconds(*by)),
                Shift::Earlier(by) => format!("{} earlier", seconds(*by)),
            };
            let line = if *count == 1 {
                format!("{first}: {how}")
            } else if Some(*end) == last {
                format!("from event {} on: {how}", first.number())
            } else {
                format!("events {} to {}: {how}", first.number(), end.number())
            };
            Cause::new(CauseKind::Time, line)
        });
        Some(runs.collect())
    }
}

//! Explains why events that are in both recordings have other instants.
//!
//! There are two explanations: the gaps that changed, or runs of events that are later or earlier by the same time. The
//! shorter one is used. The first suits a program that became slower, the second one that waited once.

use super::{
    Cause, CauseKind, MAX_LINES, Numbered, Place,
    alignment::Pair,
    tally::{Entry, Tally},
};
use crate::{recording::EventKind, text::seconds};
use std::{cmp::Ordering, collections::HashSet, time::Duration};

/// A gap in the first and in the second recording.
type Gaps = (Duration, Duration);

/// The differences between the instants of corresponding events.
pub(super) fn causes(pairs: &[Pair], left: &[Numbered], right: &[Numbered]) -> Vec<Cause> {
    let times = times(pairs, left, right);
    let by_gaps = gaps(&times);
    match shifts(&times) {
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

fn times(pairs: &[Pair], left: &[Numbered], right: &[Numbered]) -> Vec<Times> {
    let (left_cadence, right_cadence) = (cadence(left), cadence(right));
    let mut before: Option<(Pair, Shift)> = None;
    pairs
        .iter()
        .map(|pair| {
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
            before = Some((*pair, shift));
            Times {
                place: old.into(),
                shift,
                gaps,
                cadence: (left_cadence[pair.left], right_cadence[pair.right]),
                is_changed: gaps.0 != gaps.1 && !is_split,
            }
        })
        .collect()
}

fn gap(events: &[Numbered], place: usize) -> Duration {
    let before = place
        .checked_sub(1)
        .map_or(Duration::ZERO, |before| events[before].1.at);
    events[place].1.at.saturating_sub(before)
}

/// How long after the previous output each output came; for other events, their gaps.
fn cadence(events: &[Numbered]) -> Vec<Duration> {
    let mut output = Duration::ZERO;
    let gap = |(place, (_, event)): (usize, &Numbered)| {
        if !matches!(event.kind, EventKind::Output(_) | EventKind::Stderr(_)) {
            return gap(events, place);
        }
        let since = event.at.saturating_sub(output);
        output = event.at;
        since
    };
    events.iter().enumerate().map(gap).collect()
}

/// A line for each change of a gap, except changes that always end at the same instant in both recordings.
fn gaps(times: &[Times]) -> Vec<Cause> {
    let changed = || times.iter().filter(|times| times.is_changed);
    // An event may be late after the previous event or after the previous output: the one that explains more is used.
    let mut candidates = Tally::new();
    for times in changed() {
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
    let felt: HashSet<Gaps> = changed()
        .filter(|times| times.shift != Shift::None)
        .map(cause)
        .collect();
    let mut tally = Tally::new();
    for times in changed() {
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

/// A line for each run of events with the same shift; `None` if there would be too many.
fn shifts(times: &[Times]) -> Option<Vec<Cause>> {
    let mut causes = Vec::new();
    let runs = times.chunk_by(|one, next| one.shift == next.shift);
    let last = times.last().map(|times| times.place);
    for run in runs {
        let (first, end) = (run[0].place, run[run.len() - 1].place);
        let how = match run[0].shift {
            Shift::None => continue,
            Shift::Later(by) => format!("{} later", seconds(by)),
            Shift::Earlier(by) => format!("{} earlier", seconds(by)),
        };
        if causes.len() == MAX_LINES {
            return None;
        }
        let line = if run.len() == 1 {
            format!("{first}: {how}")
        } else if Some(end) == last {
            format!("from event {} on: {how}", first.number())
        } else {
            format!("events {} to {}: {how}", first.number(), end.number())
        };
        causes.push(Cause::new(CauseKind::Time, line));
    }
    Some(causes)
}

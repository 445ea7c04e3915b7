//! Pairs the events of two runs that replaced each other, by their likeness.

use super::Numbered;
use crate::recording::EventKind;

/// How many pairs of events may be looked at in one comparison; beyond, events pair in their order.
const BUDGET: usize = 1 << 18;
/// How many bytes at each end of a payload its likeness is taken from.
const REACH: usize = 64;

/// What is left of the work that a comparison may spend on pairing.
pub(super) struct Pairing {
    budget: usize,
}

impl Pairing {
    pub fn new() -> Pairing {
        Pairing { budget: BUDGET }
    }

    /// Pairs events of two runs, in the order of both, so that their likeness is as great as can be.
    pub fn pair(&mut self, left: &[Numbered], right: &[Numbered]) -> Vec<(usize, usize)> {
        match self.budget.checked_sub(left.len() * right.len()) {
            Some(budget) => {
                self.budget = budget;
                best(left, right)
            }
            None => (0..left.len().min(right.len()))
                .filter(|place| likeness(&left[*place].1.kind, &right[*place].1.kind) > 0)
                .map(|place| (place, place))
                .collect(),
        }
    }
}

fn best(left: &[Numbered], right: &[Numbered]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // The greatest likeness that the events from here on can have; where it is equal, earlier events pair.
    let mut likenesses = vec![0; (left.len() + 1) * width];
    let mut pairs_well = vec![false; likenesses.len()];
    for (row, (_, old)) in left.iter().enumerate().rev() {
        for (column, (_, new)) in right.iter().enumerate().rev() {
            let here = row * width + column;
            let like = likeness(&old.kind, &new.kind);
            let paired = like + likenesses[here + width + 1];
            let skipped = likenesses[here + width].max(likenesses[here + 1]);
            pairs_well[here] = like > 0 && paired >= skipped;
            likenesses[here] = paired.max(skipped);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < left.len() && column < right.len() {
        let here = row * width + column;
        if pairs_well[here] {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if likenesses[here + width] >= likenesses[here + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// How much one event is like another, up to 99; 0 is not at all.
fn likeness(left: &EventKind, right: &EventKind) -> usize {
    match (left, right) {
        (EventKind::Output(old), EventKind::Output(new))
        | (EventKind::Stderr(old), EventKind::Stderr(new))
        | (EventKind::Send { bytes: old, .. }, EventKind::Send { bytes: new, .. }) => {
            common(old, new)
        }
        (EventKind::Output(old), EventKind::Stderr(new))
        | (EventKind::Stderr(old), EventKind::Output(new))
            if old == new =>
        {
            90
        }
        (EventKind::Resize { .. }, EventKind::Resize { .. })
        | (EventKind::Signal(_), EventKind::Signal(_)) => 50,
        (
            EventKind::Eof | EventKind::Resize { .. } | EventKind::Signal(_),
            EventKind::Eof | EventKind::Resize { .. } | EventKind::Signal(_),
        ) => 1,
        _ => 0,
    }
}

/// How much of two payloads is common at their ends: from 1 to 99.
fn common(left: &[u8], right: &[u8]) -> usize {
    let count = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>, most: usize| {
        pairs.take(most).take_while(|(old, new)| old == new).count()
    };
    let head = count(&mut left.iter().zip(right), REACH);
    let shorter = left.len().min(right.len());
    let tail = count(
        &mut left.iter().rev().zip(right.iter().rev()),
        REACH.min(shorter - head),
    );
    let longer = left.len().max(right.len()).clamp(1, 2 * REACH);
    1 + 98 * (head + tail) / longer
}

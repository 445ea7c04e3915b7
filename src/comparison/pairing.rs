//! Pairs the events of two runs that replaced each other, by similarity.

use super::Numbered;
use crate::recording::EventKind;

/// How many pairs of events may be compared in one comparison; beyond that, events pair in order.
const BUDGET: usize = 1 << 18;
/// How many bytes at each end of a payload determine its similarity.
const REACH: usize = 64;

/// The remaining budget for pairing.
pub(super) struct Pairing {
    budget: usize,
}

impl Pairing {
    pub fn new() -> Pairing {
        Pairing { budget: BUDGET }
    }

    /// Pairs events of two runs, in the order of both, so that their total similarity is greatest.
    pub fn pair(&mut self, left: &[Numbered], right: &[Numbered]) -> Vec<(usize, usize)> {
        match self.budget.checked_sub(left.len() * right.len()) {
            Some(budget) => {
                self.budget = budget;
                best(left, right)
            }
            None => (0..left.len().min(right.len()))
                .filter(|place| similarity(&left[*place].1.kind, &right[*place].1.kind) > 0)
                .map(|place| (place, place))
                .collect(),
        }
    }
}

fn best(left: &[Numbered], right: &[Numbered]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // The greatest similarity of the events from here on; if it is equal, earlier events pair.
    let mut similarities = vec![0; (left.len() + 1) * width];
    let mut pairs_well = vec![false; similarities.len()];
    for (row, (_, old)) in left.iter().enumerate().rev() {
        for (column, (_, new)) in right.iter().enumerate().rev() {
            let here = row * width + column;
            let like = similarity(&old.kind, &new.kind);
            let paired = like + similarities[here + width + 1];
            let skipped = similarities[here + width].max(similarities[here + 1]);
            pairs_well[here] = like > 0 && paired >= skipped;
            similarities[here] = paired.max(skipped);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < left.len() && column < right.len() {
        let here = row * width + column;
        if pairs_well[here] {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if similarities[here + width] >= similarities[here + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// How similar two events are, up to 99; 0 is not at all.
fn similarity(left: &EventKind, right: &EventKind) -> usize {
    match (left, right) {
        (EventKind::Output(old), EventKind::Output(new))
        | (EventKind::Stderr(old), EventKind::Stderr(new))
        | (EventKind::Reply(old), EventKind::Reply(new))
        | (EventKind::Send(old), EventKind::Send(new))
        | (EventKind::Input { bytes: old, .. }, EventKind::Input { bytes: new, .. }) => {
            common(old, new)
        }
        (EventKind::Output(old), EventKind::Stderr(new))
        | (EventKind::Stderr(old), EventKind::Output(new))
            if old == new =>
        {
            90
        }
        (EventKind::Resize { .. }, EventKind::Resize { .. })
        | (EventKind::Signal(_), EventKind::Signal(_))
        | (EventKind::Expect { .. }, EventKind::Expect { .. })
        | (EventKind::Mark(_), EventKind::Mark(_)) => 50,
        (
            EventKind::Eof
            | EventKind::Resize { .. }
            | EventKind::Signal(_)
            | EventKind::Send(_)
            | EventKind::SendSecret(_)
            | EventKind::Input { .. },
            EventKind::Eof
            | EventKind::Resize { .. }
            | EventKind::Signal(_)
            | EventKind::Send(_)
            | EventKind::SendSecret(_)
            | EventKind::Input { .. },
        ) => 1,
        _ => 0,
    }
}

/// How much two payloads have in common at their ends: from 1 to 99.
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

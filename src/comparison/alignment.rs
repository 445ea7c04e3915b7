//! Finds which event of one recording corresponds to which of the other, whatever their instants.

use super::{Numbered, numbering::Numbering, pairing::Pairing};
use crate::recording::{Event, EventKind};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Which events correspond, by their indices in the two aligned lists.
#[derive(Default)]
pub(super) struct Alignment {
    /// Events in both lists, equal or changed, in the order of both.
    pub pairs: Vec<Pair>,
    /// Where, in the first list, runs of writes begin that have the same bytes in both but different boundaries.
    pub recut: Vec<usize>,
    /// Events only in the first list.
    pub left: Vec<usize>,
    /// Events only in the second list.
    pub right: Vec<usize>,
    /// A number for each event of the first list; equal events have equal numbers.
    pub left_tokens: Tokens,
    /// The same for the second list.
    pub right_tokens: Tokens,
}

/// Numbers of events, but for those at both ends of the lists that need none because they are equal in pairs, or cut
/// elsewhere.
#[derive(Default)]
pub(super) struct Tokens {
    first: usize,
    list: Vec<u32>,
}

impl Tokens {
    /// The number of an event, if it has one.
    pub fn get(&self, event: usize) -> Option<u32> {
        self.list.get(event.checked_sub(self.first)?).copied()
    }

    /// All numbers.
    pub fn all(&self) -> &[u32] {
        &self.list
    }

    /// The events that have a number.
    pub fn events(&self) -> Range<usize> {
        self.first..self.first + self.list.len()
    }
}

/// An event in both lists.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    /// Its index in the first list.
    pub left: usize,
    /// Its index in the second list.
    pub right: usize,
}

/// Aligns two lists of events.
pub(super) fn align(left: &[Numbered], right: &[Numbered]) -> Alignment {
    let mut aligner = Aligner {
        left,
        right,
        pairing: Pairing::new(),
        found: Alignment::default(),
    };
    // What precedes the first change needs no search, even with other boundaries, and what follows the last one neither.
    let (left_start, right_start) = aligner.walk(0..left.len(), 0..right.len());
    let backwards = left[left_start..].iter().rev();
    let backwards = backwards.zip(right[right_start..].iter().rev());
    let same = backwards
        .take_while(|((_, old), (_, new))| is_equal(old, new))
        .count();
    let (left_end, right_end) = (left.len() - same, right.len() - same);
    let (left_middle, right_middle) = (&left[left_start..left_end], &right[right_start..right_end]);
    let [left_tokens, right_tokens] = numbers(left_middle, right_middle);
    let matches = capture_diff_slices(Algorithm::Myers, &left_tokens, &right_tokens);
    let (mut left_at, mut right_at) = (left_start, right_start);
    for operation in matches {
        let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        else {
            continue;
        };
        let (old, new) = (left_start + old_index, right_start + new_index);
        aligner.changed(left_at..old, right_at..new);
        for step in 0..len {
            aligner.pair(old + step, new + step);
        }
        (left_at, right_at) = (old + len, new + len);
    }
    aligner.changed(left_at..left_end, right_at..right_end);
    for step in 0..same {
        aligner.pair(left_end + step, right_end + step);
    }
    Alignment {
        left_tokens: Tokens {
            first: left_start,
            list: left_tokens,
        },
        right_tokens: Tokens {
            first: right_start,
            list: right_tokens,
        },
        ..aligner.found
    }
}

/// A number for each event of both lists.
fn numbers<'a>(left: &[Numbered<'a>], right: &[Numbered<'a>]) -> [Vec<u32>; 2] {
    let mut numbering = Numbering::new();
    // Where in the first list each number comes first.
    let mut firsts = Vec::new();
    let mut left_numbers = Vec::with_capacity(left.len());
    for (at, &(_, event)) in left.iter().enumerate() {
        let number = numbering.number(event);
        if number as usize == firsts.len() {
            firsts.push(at);
        }
        left_numbers.push(number);
    }
    let mut right_numbers = Vec::with_capacity(right.len());
    // What follows two equal events is mostly equal, too, and then it needs no search.
    let mut next = 0;
    for &(_, event) in right {
        let number = match left.get(next) {
            Some((_, like)) if is_equal(like, event) => left_numbers[next],
            _ => {
                let number = numbering.number(event);
                next = firsts.get(number as usize).copied().unwrap_or(next);
                number
            }
        };
        right_numbers.push(number);
        next += 1;
    }
    [left_numbers, right_numbers]
}

/// Whether two events are the same, whenever they were.
pub(super) fn is_equal(left: &Event, right: &Event) -> bool {
    left.kind == right.kind && left.masked == right.masked
}

struct Aligner<'a> {
    left: &'a [Numbered<'a>],
    right: &'a [Numbered<'a>],
    pairing: Pairing,
    found: Alignment,
}

impl Aligner<'_> {
    fn pair(&mut self, left: usize, right: usize) {
        self.found.pairs.push(Pair { left, right });
    }

    /// Records two runs that have no event in common, or none in order.
    fn changed(&mut self, left: Range<usize>, right: Range<usize>) {
        let (left_start, right_start) = self.walk(left.clone(), right.clone());
        let (left_rest, right_rest) = (left_start..left.end, right_start..right.end);
        let pairs = self.pairing.pair(
            &self.left[left_rest.clone()],
            &self.right[right_rest.clone()],
        );
        let (mut left_at, mut right_at) = (left_start, right_start);
        for (old, new) in pairs {
            let (old, new) = (left_start + old, right_start + new);
            self.alone(left_at..old, right_at..new);
            self.pair(old, new);
            (left_at, right_at) = (old + 1, new + 1);
        }
        self.alone(left_at..left_rest.end, right_at..right_rest.end);
    }

    fn alone(&mut self, left: Range<usize>, right: Range<usize>) {
        self.found.left.extend(left);
        self.found.right.extend(right);
    }

    /// Matches events from the start of both runs as long as they are equal, or have equal bytes; returns where it
    /// stopped.
    fn walk(&mut self, left: Range<usize>, right: Range<usize>) -> (usize, usize) {
        let (mut left_at, mut right_at) = (left.start, right.start);
        while left_at < left.end && right_at < right.end {
            let (old, new) = (self.left[left_at].1, self.right[right_at].1);
            if old.kind == new.kind {
                // What reads the same may be masked in one and written in the other: a change of it.
                self.pair(left_at, right_at);
                (left_at, right_at) = (left_at + 1, right_at + 1);
                continue;
            }
            let (old, new) = (left_at..left.end, right_at..right.end);
            let Some((old, new)) = recut(&self.left[old], &self.right[new]) else {
                break;
            };
            // This is one run, however often its boundaries coincide.
            let end = self.found.pairs.last().map(|pair| pair.left + 1);
            if self.found.recut.is_empty() || end == Some(left_at) {
                self.found.recut.push(left_at);
            }
            (left_at, right_at) = (left_at + old, right_at + new);
        }
        (left_at, right_at)
    }
}

/// The smallest numbers of events at the start of each run that are writes of the same bytes to the same stream.
fn recut(left: &[Numbered], right: &[Numbered]) -> Option<(usize, usize)> {
    let (mut left_writes, mut right_writes) = (Writes::new(left)?, Writes::new(right)?);
    if left_writes.is_stderr != right_writes.is_stderr {
        return None;
    }
    loop {
        let (old, new) = (left_writes.pending, right_writes.pending);
        let common = old.len().min(new.len());
        if old[..common] != new[..common] {
            return None;
        }
        (left_writes.pending, right_writes.pending) = (&old[common..], &new[common..]);
        match (
            left_writes.pending.is_empty(),
            right_writes.pending.is_empty(),
        ) {
            (true, true) => return Some((left_writes.taken, right_writes.taken)),
            (true, false) => left_writes.take()?,
            (false, _) => right_writes.take()?,
        }
    }
}

/// The writes to one stream at the start of a run.
struct Writes<'a> {
    events: &'a [Numbered<'a>],
    is_stderr: bool,
    taken: usize,
    pending: &'a [u8],
}

impl<'a> Writes<'a> {
    fn new(events: &'a [Numbered<'a>]) -> Option<Writes<'a>> {
        let is_stderr = matches!(events.first()?.1.kind, EventKind::Stderr(_));
        let mut writes = Writes {
            events,
            is_stderr,
            taken: 0,
            pending: &[],
        };
        writes.take()?;
        Some(writes)
    }

    /// Takes the next write; `None` if the next event is something else.
    fn take(&mut self) -> Option<()> {
        self.pending = match &self.events.get(self.taken)?.1.kind {
            EventKind::Output(bytes) if !self.is_stderr => bytes,
            EventKind::Stderr(bytes) if self.is_stderr => bytes,
            _ => return None,
        };
        self.taken += 1;
        Some(())
    }
}

//! Counts equal things and remembers where each came first.

use super::{Cause, CauseKind, Place, count, shown};
use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    hash::Hash,
};

/// How often each thing came.
pub(super) struct Tally<T> {
    slots: HashMap<T, usize>,
    entries: Vec<Entry<T>>,
}

/// A thing, how often it came, and where it came first.
pub(super) struct Entry<T> {
    pub thing: T,
    pub count: usize,
    pub first: Place,
    /// Where in an event it always was, such as a byte or a row; `None` if that differs.
    pub offset: Option<usize>,
    /// How much of it there was, at the least and at the most.
    pub amount: (usize, usize),
}

impl<T: Clone + Eq + Hash> Tally<T> {
    pub fn new() -> Tally<T> {
        Tally {
            slots: HashMap::new(),
            entries: Vec::new(),
        }
    }

    pub fn add(&mut self, thing: T, place: Place, offset: Option<usize>, amount: usize) {
        match self.slots.entry(thing) {
            Slot::Vacant(slot) => {
                self.entries.push(Entry {
                    thing: slot.key().clone(),
                    count: 1,
                    first: place,
                    offset,
                    amount: (amount, amount),
                });
                slot.insert(self.entries.len() - 1);
            }
            Slot::Occupied(slot) => {
                let entry = &mut self.entries[*slot.get()];
                entry.count += 1;
                let (least, most) = entry.amount;
                entry.amount = (least.min(amount), most.max(amount));
                if entry.offset != offset {
                    entry.offset = None;
                }
            }
        }
    }

    /// How often a thing came.
    pub fn count(&self, thing: &T) -> usize {
        self.slots
            .get(thing)
            .map_or(0, |slot| self.entries[*slot].count)
    }

    /// Returns a cause for each thing, the most frequent first.
    ///
    /// If these are too many, one line summarizes the rare ones; `rest` gets their number, with `other` if they are not
    /// all, and the first of them.
    pub fn causes(
        mut self,
        kind: impl Fn(&T) -> CauseKind,
        line: impl Fn(&Entry<T>) -> String,
        rest: impl Fn(Others, &Entry<T>) -> String,
    ) -> Vec<Cause> {
        // Equal counts stay in the order of their first locations.
        self.entries
            .sort_by_key(|entry| std::cmp::Reverse(entry.count));
        let mut shown = shown(self.entries.len());
        if shown < self.entries.len() {
            // A thing that came once does not stand out among many of its kind.
            shown = shown.min(self.entries.partition_point(|entry| entry.count > 1));
        }
        let (shown, others) = self.entries.split_at(shown);
        let first = others.iter().min_by_key(|entry| entry.first.index);
        let mut kinds = others.iter().map(|entry| kind(&entry.thing));
        let kind_of_others = kinds.next().map(|first| {
            if kinds.all(|kind| kind == first) {
                first
            } else {
                CauseKind::Several
            }
        });
        let others = Others {
            count: others.iter().map(|entry| entry.count).sum(),
            are_all: shown.is_empty(),
        };
        shown
            .iter()
            .map(|entry| Cause::new(kind(&entry.thing), line(entry)))
            .chain(
                first
                    .zip(kind_of_others)
                    .map(|(first, kind)| Cause::new(kind, rest(others, first))),
            )
            .collect()
    }
}

/// Things that have no line of their own.
#[derive(Clone, Copy)]
pub(super) struct Others {
    count: usize,
    are_all: bool,
}

impl Others {
    /// Their number with their noun.
    pub fn of(self, noun: &str) -> String {
        if self.are_all {
            count(self.count, noun)
        } else {
            count(self.count, &format!("other {noun}"))
        }
    }
}

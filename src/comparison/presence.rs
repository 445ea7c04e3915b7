//! Names the events that only one recording has.

use super::{
    EXCERPT, Numbered, Place,
    alignment::{Alignment, Tokens},
    count,
};
use crate::{recording::EventKind, transcript::excerpt_of};
use std::collections::{HashMap, HashSet};

/// One line for the events that only one recording has, for each recording, and one for events that it has elsewhere.
pub(super) fn lines(
    alignment: &Alignment,
    left: &[Numbered],
    right: &[Numbered],
) -> impl Iterator<Item = String> + use<> {
    let mut removed = Alone::new(left, &alignment.left_tokens, &alignment.left);
    let mut added = Alone::new(right, &alignment.right_tokens, &alignment.right);
    let moved = removed.take_moved(&mut added);
    let (fewer, more) = if added.places.is_empty() {
        (removed.repeats(&added, "fewer"), None)
    } else if removed.places.is_empty() {
        (None, added.repeats(&removed, "more"))
    } else {
        (None, None)
    };
    let moved = moved.map(|(number, first)| {
        let order = count(number, "event");
        format!("{order} in another order: first {first}")
    });
    let removed = fewer.or_else(|| removed.line("first"));
    let added = more.or_else(|| added.line("second"));
    [removed, added, moved].into_iter().flatten()
}

/// Events that only one recording has at their locations.
struct Alone<'a> {
    events: &'a [Numbered<'a>],
    tokens: &'a Tokens,
    places: Vec<usize>,
}

impl<'a> Alone<'a> {
    fn new(events: &'a [Numbered<'a>], tokens: &'a Tokens, places: &[usize]) -> Alone<'a> {
        Alone {
            events,
            tokens,
            places: places.to_vec(),
        }
    }

    /// Removes from both what both have, only elsewhere; returns how many these are and what the first one is here.
    fn take_moved(&mut self, other: &mut Alone) -> Option<(usize, String)> {
        let mut there = HashMap::<Option<u32>, usize>::new();
        for place in &other.places {
            *there.entry(other.tokens.get(*place)).or_default() += 1;
        }
        let mut moved = HashMap::<Option<u32>, usize>::new();
        let mut first = None;
        let tokens = self.tokens;
        self.places.retain(|place| {
            let token = tokens.get(*place);
            match there.get_mut(&token) {
                Some(left @ 1..) => {
                    *left -= 1;
                    *moved.entry(token).or_default() += 1;
                    first.get_or_insert(*place);
                    false
                }
                _ => true,
            }
        });
        let number = moved.values().sum();
        let tokens = other.tokens;
        other
            .places
            .retain(|place| match moved.get_mut(&tokens.get(*place)) {
                Some(left @ 1..) => {
                    *left -= 1;
                    false
                }
                _ => true,
            });
        first.map(|place| (number, self.name(place)))
    }

    /// A line that omits what the events are, if there are several and the other recording has each elsewhere.
    fn repeats(&self, other: &Alone, word: &str) -> Option<String> {
        let number = self.places.len();
        (number > 1 && self.are_in(other)).then(|| format!("{number} {word} events"))
    }

    /// Whether the other recording has each of them somewhere.
    fn are_in(&self, other: &Alone) -> bool {
        let known: HashSet<u32> = other.tokens.all().iter().copied().collect();
        let is_known = |place: &usize| {
            let token = self.tokens.get(*place);
            token.is_some_and(|token| known.contains(&token))
        };
        let unknown = self.places.iter().filter(|place| !is_known(place));
        let mut unknown: HashSet<&EventKind> =
            unknown.map(|place| &self.events[*place].1.kind).collect();
        // It may be among those that have no number.
        let with_number = other.tokens.events();
        let (before, rest) = other.events.split_at(with_number.start);
        for (_, event) in before.iter().chain(&rest[with_number.len()..]) {
            if unknown.is_empty() {
                break;
            }
            unknown.remove(&event.kind);
        }
        unknown.is_empty()
    }

    fn line(&self, which: &str) -> Option<String> {
        let number = self.places.len();
        let name = self.name(*self.places.first()?);
        let first = if number == 1 { "" } else { "first " };
        let events = count(number, "event");
        Some(format!("{events} only in the {which}: {first}{name}"))
    }

    fn name(&self, place: usize) -> String {
        let event = self.events[place];
        format!("{} {}", Place::from(event), excerpt_of(event.1, EXCERPT))
    }
}

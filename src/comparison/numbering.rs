//! Numbers events, so that equal ones have equal numbers.
//!
//! Of a million events that all differ a map would be larger than a third of the events themselves, and each search would miss
//! the caches twice: at its place in the map, and at the event there. This table has a number and half of a hash at each place,
//! and an event is looked at only where that half agrees.

use super::alignment::is_equal;
use crate::recording::Event;
use std::hash::{BuildHasher, RandomState};

/// The numbers of events.
pub(super) struct Numbering<'a> {
    /// The first event of each number.
    firsts: Vec<&'a Event>,
    /// Each where its hash says, or at the next place that was free; at least half of the places are.
    places: Vec<Place>,
    /// Random, so that no recording can be made whose events have one hash.
    keys: RandomState,
}

/// A place in the table.
#[derive(Clone, Copy, Default)]
struct Place {
    /// Half of the hash of its events.
    hash: u32,
    /// Their number, from 1; 0 if it is free.
    number: u32,
}

impl<'a> Numbering<'a> {
    pub fn new() -> Numbering<'a> {
        Numbering {
            firsts: Vec::new(),
            places: vec![Place::default(); 2],
            keys: RandomState::new(),
        }
    }

    /// The number of an event: that of an equal one before it, or a new one.
    pub fn number(&mut self, event: &'a Event) -> u32 {
        let hash = self.keys.hash_one((&event.kind, &event.masked)) >> 32;
        let hash = u32::try_from(hash).unwrap_or_default();
        let is_its = |place: Place| {
            place.hash == hash && is_equal(self.firsts[place.number as usize - 1], event)
        };
        let at = find(&self.places, hash, is_its);
        if let Some(number) = self.places[at].number.checked_sub(1) {
            return number;
        }
        self.firsts.push(event);
        // More events than that do not fit into memory.
        let number = u32::try_from(self.firsts.len()).unwrap_or(u32::MAX);
        self.places[at] = Place { hash, number };
        if 2 * self.firsts.len() > self.places.len() {
            self.grow();
        }
        number - 1
    }

    fn grow(&mut self) {
        let mut places = vec![Place::default(); 2 * self.places.len()];
        for place in self.places.iter().filter(|place| place.number > 0) {
            let at = find(&places, place.hash, |_| false);
            places[at] = *place;
        }
        self.places = places;
    }
}

/// The place of a hash: the first one that is free, or the one meant. Their number is a power of two.
fn find(places: &[Place], hash: u32, is_meant: impl Fn(Place) -> bool) -> usize {
    let mut at = hash as usize;
    loop {
        at &= places.len() - 1;
        let place = places[at];
        if place.number == 0 || is_meant(place) {
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Numbering;
    use crate::recording::{Event, EventKind, Masked};
    use std::time::Duration;

    #[test]
    fn equal_events_have_equal_numbers() {
        let event = |text: u32, at: u64| {
            let bytes = text.to_string().into_bytes();
            Event::new(Duration::from_millis(at), EventKind::Output(bytes))
        };
        // Again and again, at other instants.
        let events: Vec<Event> = (0..1000).map(|at| event(at % 300, at.into())).collect();
        let mut numbering = Numbering::new();
        let numbers: Vec<u32> = events.iter().map(|event| numbering.number(event)).collect();
        assert!(numbers.into_iter().eq((0..1000).map(|at| at % 300)));
    }

    #[test]
    fn what_is_masked_or_of_another_kind_has_another_number() {
        let event = |kind| Event::new(Duration::ZERO, kind);
        let bytes = || b"<a>".to_vec();
        let events = [
            event(EventKind::Output(bytes())),
            event(EventKind::Stderr(bytes())),
            event(EventKind::Output(bytes())).masked(vec![Masked::new(0, "a", 3, false)]),
        ];
        let mut numbering = Numbering::new();
        let numbers = events.each_ref().map(|event| numbering.number(event));
        assert_eq!(numbers, [0, 1, 2]);
    }
}

//! The first place at which two runs of one program differ.

use super::Place;
use crate::recording::{Event, EventKind, Level, Recording};

/// The first place at which two recordings differ in what a level looks at: the number of an event, and the place in
/// words. At levels that join the bytes of writes it is the event that holds the first other byte.
pub(crate) fn parting(left: &Recording, right: &Recording, level: Level) -> (usize, String) {
    let (old, new) = (left.events(), right.events());
    let number = match level {
        Level::Exact => first(old, new, |old, new| old == new),
        Level::Writes => first(old, new, |old, new| old.kind == new.kind),
        Level::Bytes | Level::Frames | Level::Screen => other_byte(left, right)
            .unwrap_or_else(|| first(old, new, |old, new| old.kind == new.kind)),
    };
    // Where one recording is the head of the other, its end is what differs.
    let (number, event) = match (new.get(number), old.get(number)) {
        (Some(event), _) | (None, Some(event)) => (number, event),
        (None, None) => (new.len() - 1, &new[new.len() - 1]),
    };
    (number, Place::from((number, event)).to_string())
}

/// How many events at the start are the same.
fn first(old: &[Event], new: &[Event], is_same: impl Fn(&Event, &Event) -> bool) -> usize {
    let pairs = old.iter().zip(new);
    pairs.take_while(|(old, new)| is_same(old, new)).count()
}

/// The number of the event of the second recording that holds the first byte of output that the first has not.
fn other_byte(left: &Recording, right: &Recording) -> Option<usize> {
    let (old, new) = (left.output(), right.output());
    let same = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    if same == old.len() && same == new.len() {
        return None;
    }
    let mut left_over = same;
    let holds = |event: &Event| match &event.kind {
        EventKind::Output(bytes) if left_over < bytes.len() => true,
        EventKind::Output(bytes) => {
            left_over -= bytes.len();
            false
        }
        _ => false,
    };
    let number = right.events().iter().position(holds);
    Some(number.unwrap_or(right.events().len() - 1))
}

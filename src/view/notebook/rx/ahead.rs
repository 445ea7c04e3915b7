//! The text that is not read yet, to which a line can be put back.

use super::{DOLLAR, RETURN};

/// The remaining text.
pub(super) struct Ahead {
    /// Reversed: the first unit is the last.
    units: Vec<u16>,
    /// How many `\r` are followed by a unit other than `$`.
    starts: usize,
}

impl Ahead {
    pub(super) fn new(mut text: Vec<u16>) -> Ahead {
        let starts = starts(&text);
        text.reverse();
        Ahead {
            units: text,
            starts,
        }
    }

    /// Whether a `\r` is followed by a unit other than `$`.
    pub(super) fn has_start(&self) -> bool {
        self.starts > 0
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The text, in its order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        self.units.iter().rev().copied()
    }

    pub(super) fn put_back(&mut self, units: &[u16]) {
        for &unit in units.iter().rev() {
            self.starts += self.is_start(unit);
            self.units.push(unit);
        }
    }

    pub(super) fn take_if(&mut self, wanted: impl FnOnce(u16) -> bool) -> Option<u16> {
        let unit = self.units.pop_if(|unit| wanted(*unit))?;
        self.starts -= self.is_start(unit);
        Some(unit)
    }

    /// 1 if this unit is a `\r` that would be such a start if put back.
    fn is_start(&self, unit: u16) -> usize {
        usize::from(unit == RETURN && self.units.last().is_some_and(|next| *next != DOLLAR))
    }
}

/// How many `\r` of a text are followed by a unit other than `$`.
pub(super) fn starts(text: &[u16]) -> usize {
    let is_start = |pair: &&[u16]| pair[0] == RETURN && pair[1] != DOLLAR;
    text.windows(2).filter(is_start).count()
}

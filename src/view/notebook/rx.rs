//! The rule of regular expressions, and its consequences.
//!
//! 1. Every unit except `\n` is removed together with a backspace right after it, from left to right without overlap,
//!    in passes until one changes nothing. A backspace can be the removed unit, so two of them can cancel each other. A
//!    pass leaves at most one of each run, so the number of passes is about the binary logarithm of their number.
//! 2. `\r` before `\n` is removed. Then, while some `\r` is followed by a unit other than `$`, the **first** run of
//!    `\r` is removed: what follows it in its line overlays what precedes it. Lines end at `\n`, `\r`, U+2028 and
//!    U+2029.
//!
//! Two bugs of the source are visible, and are kept. `[^$]` was meant as "not the line's end" but means "not a dollar
//! sign". And the overlaid line is passed to `String.replace`, where `$$` means `$`, `$&` the replaced text, `` $` ``
//! the text before it and `$'` the text after it.
//!
//! Because of the second bug the source may never terminate: `$&` restores the `\r` that it replaces, so
//! `"$&\r\u{2028}"` hangs the page and `"abc$&\rX\n"` doubles until it exceeds the longest string. So there is a
//! budget, and a text that exceeds it is an error.
//!
//! # Message by message
//! A later message is folded with all that is kept. What can change of that:
//! - its last unit, by a backspace, and a unit more with each pass;
//! - from the first `\r` on, everything: such a `\r` stands at the end or before a `$`, and overlays as soon as any other
//!   one does;
//! - before it the line in which it stands, or else the last one: where no pattern is read, only as much of it as is
//!   overlaid.
//!
//! Everything else is final. So a message costs what is in it, and what patterns make of it.

use super::{BACKSPACE, FEED, RETURN};
use ahead::{Ahead, starts};
use budget::Budget;
pub use budget::FoldError;
use lines::Lines;

mod ahead;
pub(super) mod budget;
mod lines;

const DOLLAR: u16 = b'$' as u16;

/// A folded text, in UTF-16 code units.
#[derive(Clone, Debug, Default)]
pub(super) struct Rx {
    units: Vec<u16>,
    /// The length of the part without units that a backspace would remove. The next message need not examine it, except
    /// for its end.
    settled: usize,
    /// Where the first `\r` is.
    waiting: Option<usize>,
    /// The last lines of what is before that, or of everything.
    lines: Lines,
    pub(super) budget: Budget,
}

impl Rx {
    pub(super) fn push(&mut self, message: &str) -> Result<(), FoldError> {
        let known = self.units.len();
        self.units.extend(message.encode_utf16());
        self.budget.earn(self.units.len() - known);
        let settled = erase_backspaces(&mut self.units, self.settled);
        let tail = without_returns_before_feeds(self.split_off(settled));
        if starts(&tail) > 0 {
            let ahead = match self.waiting {
                Some(place) => [self.split_off(place), tail].concat(),
                None => tail,
            };
            return self.overlay(Ahead::new(ahead));
        }
        self.append(tail);
        self.settled = self.units.len();
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    fn split_off(&mut self, length: usize) -> Vec<u16> {
        self.waiting = self.waiting.filter(|place| *place < length);
        self.lines.truncate(length);
        self.units.split_off(length)
    }

    /// Appends what overlays nothing.
    fn append(&mut self, units: impl IntoIterator<Item = u16>) {
        for unit in units {
            if unit == RETURN && self.waiting.is_none() {
                self.waiting = Some(self.units.len());
            }
            if self.waiting.is_none() {
                self.lines.append(&self.units, unit);
            }
            self.units.push(unit);
        }
    }

    /// Appends a text to one without `\r`, and overlays lines until the source would stop.
    fn overlay(&mut self, mut ahead: Ahead) -> Result<(), FoldError> {
        // What patterns made may have units that a backspace removes, but not before the next message.
        let mut made_from = None;
        while ahead.has_start() {
            while let Some(unit) = ahead.take_if(|unit| unit != RETURN) {
                self.append([unit]);
            }
            while ahead.take_if(|unit| unit == RETURN).is_some() {}
            let mut line = Vec::new();
            while let Some(unit) = ahead.take_if(|unit| !ends_line(unit)) {
                line.push(unit);
            }
            let last = self.lines.last(&self.units);
            let start = last.start;
            let base = &mut self.units[start..];
            let known = line.len().min(base.len());
            if !last.has_pattern && !has_pattern(line.iter().chain(base.get(known))) {
                base[..known].copy_from_slice(&line[..known]);
                self.units.extend(&line[known..]);
                continue;
            }
            self.budget.read_again(line.len() + base.len())?;
            made_from = made_from.min(Some(start)).or(Some(start));
            line.extend(&base[known..]);
            let base = self.split_off(start);
            self.lines.last(&self.units).has_pattern = false;
            let line = replacement(&line, &self.units, &base, &ahead, &mut self.budget)?;
            ahead.put_back(&line);
        }
        self.append(ahead.iter());
        self.settled = self.units.len();
        if let Some(start) = made_from {
            let start = start.saturating_sub(1);
            self.budget.read_again(self.units.len() - start)?;
            self.settled = start + settled_length(&self.units[start..]);
        }
        Ok(())
    }
}

/// Removes units by passes, given how many units at the start have nothing to remove. Returns how many are unchanged.
fn erase_backspaces(units: &mut Vec<u16>, mut settled: usize) -> usize {
    loop {
        // A pass removes at most the last unit of this part.
        if units[..settled].last().is_some_and(|unit| *unit != FEED) {
            settled -= 1;
        }
        let length = units.len();
        let (mut from, mut to) = (settled, settled);
        while from < length {
            if is_erased(&units[from..]) {
                from += 2;
            } else {
                units[to] = units[from];
                from += 1;
                to += 1;
            }
        }
        units.truncate(to);
        if to == length {
            return settled;
        }
    }
}

fn is_erased(units: &[u16]) -> bool {
    matches!(units, [unit, BACKSPACE, ..] if *unit != FEED)
}

fn without_returns_before_feeds(units: Vec<u16>) -> Vec<u16> {
    let mut kept = Vec::with_capacity(units.len());
    for unit in units {
        if unit == FEED {
            while kept.pop_if(|last| *last == RETURN).is_some() {}
        }
        kept.push(unit);
    }
    kept
}

/// Reads a line as `String.replace` reads a replacement for `base` and the `\r` after it.
fn replacement(
    line: &[u16],
    before: &[u16],
    base: &[u16],
    ahead: &Ahead,
    budget: &mut Budget,
) -> Result<Vec<u16>, FoldError> {
    let mut read = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [unit, tail @ ..] = rest {
        rest = tail;
        let pattern = tail
            .first()
            .filter(|_| *unit == DOLLAR)
            .and_then(|&unit| u8::try_from(unit).ok());
        match pattern {
            Some(b'$') => read.push(DOLLAR),
            Some(b'&') => {
                budget.restore(base.len() + 1)?;
                read.extend(base.iter().chain(&[RETURN]));
            }
            Some(b'`') => {
                budget.restore(before.len())?;
                read.extend(before);
            }
            Some(b'\'') => {
                budget.restore(ahead.len())?;
                read.extend(ahead.iter());
            }
            _ => {
                read.push(*unit);
                continue;
            }
        }
        rest = &tail[1..];
    }
    Ok(read)
}

/// Whether a `$` is followed by what makes it a pattern.
fn has_pattern<'a>(units: impl Iterator<Item = &'a u16>) -> bool {
    let mut after_dollar = false;
    for &unit in units {
        if after_dollar && is_pattern(unit) {
            return true;
        }
        after_dollar = unit == DOLLAR;
    }
    false
}

/// Whether this unit after a `$` stands for something else.
fn is_pattern(unit: u16) -> bool {
    matches!(u8::try_from(unit), Ok(b'$' | b'&' | b'`' | b'\''))
}

fn settled_length(units: &[u16]) -> usize {
    let is_erased = |&at: &usize| is_erased(&units[at..]);
    (0..units.len()).find(is_erased).unwrap_or(units.len())
}

fn ends_line(unit: u16) -> bool {
    matches!(unit, FEED | RETURN | 0x2028 | 0x2029)
}

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
//! `"$&\r\u{2028}"` hangs the page and `"abc$&\rX\n"` doubles until it exceeds the longest string. Here the total
//! length of restored text is limited, and a pattern that would exceed the limit is taken literally. A round either
//! removes a run of `\r` or uses up the limit, so folding terminates.

use super::{BACKSPACE, FEED, RETURN};

/// How many units patterns may restore while one message is folded. The source has no limit, so a text that needs more
/// and still terminates there, as with `` $` `` after a long text, folds differently here.
const MAX_RESTORED: usize = 1 << 16;

const DOLLAR: u16 = b'$' as u16;

/// A folded text, in UTF-16 code units.
#[derive(Clone, Debug, Default)]
pub(super) struct Rx {
    units: Vec<u16>,
    /// The length of the part without `\r` and without units that a backspace would remove. The next message need not
    /// examine it, except for its end. Without it the cost of a stream of many messages would be the square of its
    /// length.
    settled: usize,
}

impl Rx {
    pub(super) fn push(&mut self, message: &str) {
        self.units.extend(message.encode_utf16());
        let settled = erase_backspaces(&mut self.units, self.settled);
        if self.units[settled..].contains(&RETURN) {
            let ahead = self.units.split_off(settled);
            // Nothing before this line changes, but a backspace may now follow it.
            let unchanged = line_start(&self.units).saturating_sub(1);
            overlay_lines(&mut self.units, without_returns_before_feeds(&ahead));
            self.settled = unchanged + settled_length(&self.units[unchanged..]);
        } else {
            self.settled = self.units.len();
        }
    }

    pub(super) fn units(&self) -> Vec<u16> {
        self.units.clone()
    }
}

/// Removes units by passes, given how many units at the start have nothing to remove. Returns how many are unchanged.
fn erase_backspaces(units: &mut Vec<u16>, mut settled: usize) -> usize {
    loop {
        // A pass removes at most the last unit of this part.
        settled = settled.saturating_sub(1);
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

fn without_returns_before_feeds(units: &[u16]) -> Vec<u16> {
    let mut kept = Vec::with_capacity(units.len());
    for &unit in units {
        if unit == FEED {
            while kept.last() == Some(&RETURN) {
                kept.pop();
            }
        }
        kept.push(unit);
    }
    kept
}

/// Appends a text to one without `\r`, and overlays lines until the source would stop.
fn overlay_lines(before: &mut Vec<u16>, text: Vec<u16>) {
    let mut ahead = Ahead::default();
    ahead.put_back(text);
    let mut base = before.split_off(line_start(before));
    let mut plain = !base.contains(&DOLLAR);
    let mut limit = MAX_RESTORED;
    while ahead.starts > 0 {
        while let Some(unit) = ahead.take_if(|unit| unit != RETURN) {
            base.push(unit);
            plain &= unit != DOLLAR;
            if ends_line(unit) {
                before.append(&mut base);
                plain = true;
            }
        }
        while ahead.take_if(|unit| unit == RETURN).is_some() {}
        let mut line = Vec::new();
        while let Some(unit) = ahead.take_if(|unit| !ends_line(unit)) {
            line.push(unit);
        }
        if plain && !line.contains(&DOLLAR) {
            // With nothing to replace, a long line need not be read again.
            base.splice(..line.len().min(base.len()), line);
        } else {
            line.extend(base.iter().skip(line.len()));
            let line = replacement(&line, before, &base, &ahead, &mut limit);
            ahead.put_back(line);
            base.clear();
            plain = true;
        }
    }
    before.append(&mut base);
    before.extend(ahead.units.into_iter().rev());
}

/// Reads a line as `String.replace` reads a replacement for `base` and the `\r` after it.
fn replacement(
    line: &[u16],
    before: &[u16],
    base: &[u16],
    ahead: &Ahead,
    limit: &mut usize,
) -> Vec<u16> {
    let mut read = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [unit, tail @ ..] = rest {
        rest = tail;
        let pattern = tail
            .first()
            .filter(|_| *unit == DOLLAR)
            .and_then(|&unit| u8::try_from(unit).ok());
        let brought_back = match pattern {
            Some(b'$') => 0,
            Some(b'&') => base.len() + 1,
            Some(b'`') => before.len(),
            Some(b'\'') => ahead.units.len(),
            _ => usize::MAX,
        };
        if brought_back > *limit {
            read.push(*unit);
            continue;
        }
        *limit -= brought_back;
        rest = &tail[1..];
        match pattern {
            Some(b'&') => read.extend(base.iter().chain(&[RETURN])),
            Some(b'`') => read.extend(before),
            Some(b'\'') => read.extend(ahead.units.iter().rev()),
            _ => read.push(DOLLAR),
        }
    }
    read
}

fn settled_length(units: &[u16]) -> usize {
    let uneasy = |&at: &usize| units[at] == RETURN || is_erased(&units[at..]);
    (0..units.len()).find(uneasy).unwrap_or(units.len())
}

fn line_start(units: &[u16]) -> usize {
    units
        .iter()
        .rposition(|&unit| ends_line(unit))
        .map_or(0, |end| end + 1)
}

fn ends_line(unit: u16) -> bool {
    matches!(unit, FEED | RETURN | 0x2028 | 0x2029)
}

/// The remaining text, to which a line can be prepended.
#[derive(Default)]
struct Ahead {
    /// Reversed: the first unit is the last.
    units: Vec<u16>,
    /// How many `\r` are followed by a unit other than `$`.
    starts: usize,
}

impl Ahead {
    fn put_back(&mut self, units: Vec<u16>) {
        for unit in units.into_iter().rev() {
            self.starts += self.is_start(unit);
            self.units.push(unit);
        }
    }

    fn take_if(&mut self, wanted: impl FnOnce(u16) -> bool) -> Option<u16> {
        let unit = *self.units.last().filter(|unit| wanted(**unit))?;
        self.units.pop();
        self.starts -= self.is_start(unit);
        Some(unit)
    }

    /// 1 if this unit is a `\r` that would be such a start if prepended.
    fn is_start(&self, unit: u16) -> usize {
        usize::from(unit == RETURN && self.units.last().is_some_and(|next| *next != DOLLAR))
    }
}

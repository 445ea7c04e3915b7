//! Texts that continue in the next row of a screen, put together again.

use crate::terminal::{Kind, Line, Slot, Terminal};

/// The rows of a screen, those that belong together joined: first as a terminal wraps a text, wherever the row is full, then
/// as a program wraps it, at blanks.
pub(super) fn joined(terminal: &Terminal) -> [Vec<String>; 2] {
    let grid = terminal.seen();
    let mut by_terminal = Lines::default();
    let mut by_program = Lines::default();
    let mut before: Option<&Line> = None;
    for line in grid.lines() {
        let end = before.map_or(End::Open, |before| End::of(before, line, grid.columns()));
        by_terminal.push(
            line,
            match end {
                End::Wrapped | End::Full => Some(""),
                End::Open | End::WordWrapped => None,
            },
        );
        by_program.push(
            line,
            match end {
                End::Wrapped => Some(""),
                End::Full | End::WordWrapped => Some(" "),
                End::Open => None,
            },
        );
        before = Some(line);
    }
    [by_terminal.0, by_program.0]
}

/// How a row ends, seen together with the next one.
#[derive(Clone, Copy)]
enum End {
    /// The terminal has wrapped a text here.
    Wrapped,
    /// The last column has a character, or one blank that was written after a character.
    Full,
    /// The first word of the next row would not have had space here.
    WordWrapped,
    /// Nothing shows that a text continues.
    Open,
}

impl End {
    fn of(line: &Line, next: &Line, columns: usize) -> End {
        let slots = line.slots();
        if line.wraps {
            return End::Wrapped;
        }
        let is_filled = |slot: &Slot| slot.kind != Kind::Blank;
        let text = slots.len()
            - slots
                .iter()
                .rev()
                .take_while(|slot| slot.is_space())
                .count();
        let is_full = slots.len() == columns && slots.last().is_some_and(is_filled);
        if is_full && text + 1 >= columns {
            return End::Full;
        }
        let mut words = next.slots().split(Slot::is_space);
        let first = words.find(|word| !word.is_empty()).map_or(0, <[_]>::len);
        if text > 0 && first > 0 && text + 1 + first > columns {
            End::WordWrapped
        } else {
            End::Open
        }
    }
}

/// Lines of text, each of one row or more.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    /// Appends a row: a line of its own, or what follows `between` in the last one.
    fn push(&mut self, line: &Line, between: Option<&str>) {
        let mut row = String::new();
        let mut slots = line.slots();
        // Where a wide character had no space nothing was written.
        if line.wraps && slots.last().is_some_and(|slot| slot.kind == Kind::Blank) {
            slots = &slots[..slots.len() - 1];
        }
        for slot in slots {
            slot.write(&mut row);
        }
        match (self.0.last_mut(), between) {
            (Some(last), Some("")) => last.push_str(&row),
            (Some(last), Some(between)) => {
                last.truncate(last.trim_end_matches(' ').len());
                last.push_str(between);
                last.push_str(row.trim_start_matches(' '));
            }
            (_, None) | (None, _) => {
                if let Some(last) = self.0.last_mut() {
                    last.truncate(last.trim_end_matches(' ').len());
                }
                self.0.push(row);
            }
        }
    }
}

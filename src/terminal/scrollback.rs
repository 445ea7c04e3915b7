//! The lines that left the screen at its top.

use super::grid::Line;
use std::collections::VecDeque;

/// The most lines that are kept.
pub const MAX_LINES: usize = 10_000;
/// The most places that the kept lines have together.
const MAX_SLOTS: usize = 1 << 20;

/// The lines above the screen, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrollback {
    most: usize,
    lines: VecDeque<Line>,
    slots: usize,
    /// How many lines were dropped because there were too many.
    pub dropped: u64,
}

impl Scrollback {
    /// Keeps at most so many lines.
    pub fn keep(&mut self, lines: usize) {
        self.most = lines.min(MAX_LINES);
    }

    pub fn is_kept(&self) -> bool {
        self.most > 0
    }

    pub fn push(&mut self, line: Line) {
        if self.most == 0 {
            return;
        }
        self.slots += line.slots().len();
        self.lines.push_back(line);
        while self.lines.len() > self.most || self.slots > MAX_SLOTS {
            let Some(line) = self.lines.pop_front() else {
                break;
            };
            self.slots -= line.slots().len();
            self.dropped += 1;
        }
    }

    /// Takes back the newest lines, the newest first.
    pub fn take(&mut self, lines: usize) -> Vec<Line> {
        let kept = self.lines.len().saturating_sub(lines);
        let taken: Vec<Line> = self.lines.drain(kept..).rev().collect();
        self.slots -= taken.iter().map(|line| line.slots().len()).sum::<usize>();
        taken
    }

    pub fn clear(&mut self) {
        self.lines.clear();
        self.slots = 0;
    }

    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }
}

//! Keeps hostile streams cheap: what costs much must be paid for with received bytes.
//!
//! Eight bytes repeat a character 65,535 times, and fifteen fill the largest screen, so a megabyte of them would take
//! minutes. Every byte earns credit, and a sequence that the credit does not cover is not carried out, and is counted
//! among what is [unknown](super::Terminal::unknown). Programs that draw what they clear never come near the limit.

/// The initial credit, in cells.
const ADVANCE: u64 = 200_000_000;
/// What a byte earns, in cells.
const EARNED: u64 = 500;

/// What a stream may still cost.
#[derive(Clone, Debug)]
pub(super) struct Credit {
    cells: u64,
    /// How many sequences it did not cover.
    pub refused: u64,
}

impl Default for Credit {
    fn default() -> Credit {
        Credit {
            cells: ADVANCE,
            refused: 0,
        }
    }
}

impl Credit {
    pub fn earn(&mut self, bytes: usize) {
        self.cells = self
            .cells
            .saturating_add(EARNED.saturating_mul(bytes as u64));
    }

    /// Whether a price in cells is covered; then it is paid.
    pub fn pays(&mut self, cells: usize) -> bool {
        let rest = self.cells.checked_sub(cells as u64);
        self.refused += u64::from(rest.is_none());
        self.cells = rest.unwrap_or(self.cells);
        rest.is_some()
    }
}

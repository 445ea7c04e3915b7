//! What folding may cost: the rule can ask for work without end.

/// How many units patterns may restore in a whole view.
const RESTORED: usize = 1 << 20;
/// How many units of lines with a pattern may be read again in a whole view, and for each unit that is folded.
const READ: usize = 1 << 20;
const READ_PER_UNIT: usize = 64;
/// What reading a line again costs in itself, in units.
const ROUND: usize = 16;

/// The text costs too much to be folded by the classic rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the classic notebook would hang on this text, or take very long: the `$&`, `` $` ``, `$'` and `$$` in it stand for \
     other text where a carriage return follows"
)]
#[non_exhaustive]
pub struct FoldError;

/// What may still be spent. It grows with what is folded, so the cost is linear.
#[derive(Clone, Debug)]
pub(in super::super) struct Budget {
    restored: usize,
    read: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            restored: RESTORED,
            read: READ,
        }
    }
}

impl Budget {
    /// So many units come to be folded.
    pub(super) fn earn(&mut self, units: usize) {
        self.read = self
            .read
            .saturating_add(units.saturating_mul(READ_PER_UNIT));
    }

    /// Pays for units that a pattern restores.
    pub(super) fn restore(&mut self, units: usize) -> Result<(), FoldError> {
        self.restored = self.restored.checked_sub(units).ok_or(FoldError)?;
        Ok(())
    }

    /// Pays for units that are read again.
    pub(super) fn read_again(&mut self, units: usize) -> Result<(), FoldError> {
        self.read = self.read.checked_sub(units + ROUND).ok_or(FoldError)?;
        Ok(())
    }
}

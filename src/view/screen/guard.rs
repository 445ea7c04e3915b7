//! Keeps hostile streams cheap: an expensive sequence must be paid for with received bytes.
//!
//! Four bytes clear a screen, and eight repeat a character 65,535 times, so a megabyte of them would take minutes.
//! Every byte earns credit, and a sequence that the credit does not cover is not carried out. Programs that draw what
//! they clear never come near the limit.

/// The initial credit, in cells.
const ADVANCE: u64 = 200_000_000;
/// What a byte earns, in cells.
const EARNED: u64 = 500;
/// The cost of writing a character; clearing a cell costs 1.
const CHARACTER: u64 = 16;
/// The cost of a cell of a new screen; clearing a cell costs 1.
const NEW: u64 = 4;

/// Watches a stream for expensive sequences (ECMA-48; xterm's control sequences).
#[derive(Debug)]
pub(super) struct Guard {
    credit: u64,
    place: Place,
}

/// The state within a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Outside a sequence.
    Outside,
    /// After ESC.
    Escape,
    /// In a control sequence, with the first parameter so far and whether it continues.
    Control { first: u64, open: bool },
}

impl Guard {
    pub(super) fn new() -> Guard {
        Guard {
            credit: ADVANCE,
            place: Place::Outside,
        }
    }

    /// Processes the next byte of the stream, on a screen with this many cells. Returns whether it may be carried out.
    pub(super) fn allows(&mut self, byte: u8, cells: u64) -> bool {
        self.credit = self.credit.saturating_add(EARNED);
        let (place, price) = match (self.place, byte) {
            (_, 0x1b) => (Place::Escape, 0),
            (_, 0x18 | 0x1a) => (Place::Outside, 0),
            (Place::Outside, _) => return true,
            // Other controls are executed within a sequence, and invalid bytes are ignored.
            (place, 0..0x20 | 0x7f..) => (place, 0),
            (Place::Escape, b'[') => (
                Place::Control {
                    first: 0,
                    open: true,
                },
                0,
            ),
            (Place::Escape, b'c') => (Place::Outside, NEW * cells),
            (Place::Control { first, open }, b'0'..=b'9') => {
                let first = if open {
                    first
                        .saturating_mul(10)
                        .saturating_add(u64::from(byte - b'0'))
                } else {
                    first
                };
                (Place::Control { first, open }, 0)
            }
            (Place::Control { first, .. }, 0x20..0x40) => {
                (Place::Control { first, open: false }, 0)
            }
            (Place::Control { first, .. }, b'b') => (
                Place::Outside,
                CHARACTER * first.clamp(1, u64::from(u16::MAX)),
            ),
            (Place::Control { .. }, b'J' | b'L' | b'M' | b'S' | b'T' | b'h' | b'l') => {
                (Place::Outside, cells)
            }
            (Place::Escape | Place::Control { .. }, _) => (Place::Outside, 0),
        };
        self.place = place;
        let paid = self.credit.checked_sub(price);
        self.credit = paid.unwrap_or(self.credit);
        paid.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{ADVANCE, EARNED, Guard};

    /// How many of a million repetitions are carried out.
    #[track_caller]
    fn allowed(sequence: &str, cells: u64) -> usize {
        let mut guard = Guard::new();
        let mut whole = |_: &usize| sequence.bytes().all(|byte| guard.allows(byte, cells));
        (0..1_000_000).filter(&mut whole).count()
    }

    #[test]
    fn text_and_cheap_sequences_are_always_allowed() {
        for sequence in ["a", "\x1b[31m", "\x1b]0;bJ\x07", "\x1b[5;9H", "\x1b[3K"] {
            assert_eq!(allowed(sequence, 1_000_000), 1_000_000, "{sequence:?}");
        }
    }

    #[test]
    fn clearing_must_be_paid_for() {
        let cells = 1_000_000;
        for sequence in [
            "\x1b[2J",
            "\x1b[\n2J",
            "\x1b[é2J",
            "\x1b[?J",
            "\x1b[9L",
            "\x1bc",
        ] {
            let count = allowed(sequence, cells);
            let earned = ADVANCE + EARNED * 1_000_000 * sequence.len() as u64;
            let most = usize::try_from(earned / cells).unwrap();
            assert!((50..=most).contains(&count), "{sequence:?}: {count}");
        }
    }

    #[test]
    fn repeating_must_be_paid_for() {
        assert!(allowed("x\x1b[65535b", 1920) < 20_000);
        assert!(allowed("x\x1b[;9b", 1920) == 1_000_000);
    }

    #[test]
    fn a_program_that_draws_what_it_clears_is_never_limited() {
        let frame = format!("\x1b[2J{}", "x".repeat(1920));
        assert_eq!(allowed(&frame[..20], 24 * 20), 1_000_000);
    }
}

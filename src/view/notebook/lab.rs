//! The cursor rule: a character overwrites the one at the cursor.
//!
//! A line feed moves the cursor to the end of the text, and nothing moves it back over a line feed, so it never leaves
//! the last line.

use super::{BACKSPACE, FEED, RETURN};

/// A folded text and the cursor in its last line, in UTF-16 code units.
#[derive(Clone, Debug, Default)]
pub(super) struct Lab {
    /// The finished lines, each with its `\n`.
    ended: Vec<u16>,
    /// The last line before the cursor.
    left: Vec<u16>,
    /// The last line from the cursor on, reversed: the unit at the cursor is the last. So every step is a push or a
    /// pop.
    right: Vec<u16>,
}

impl Lab {
    pub(super) fn push(&mut self, message: &str) {
        for unit in message.encode_utf16() {
            match unit {
                BACKSPACE => {
                    // It removes two units: the one before the cursor, and the one at it, which a terminal would keep.
                    if self.left.pop().is_some() {
                        self.right.pop();
                    }
                }
                RETURN => self.right.extend(self.left.drain(..).rev()),
                FEED => {
                    self.ended.append(&mut self.left);
                    self.ended.extend(self.right.drain(..).rev());
                    self.ended.push(unit);
                }
                _ => {
                    self.right.pop();
                    self.left.push(unit);
                }
            }
        }
    }

    pub(super) fn units(&self) -> Vec<u16> {
        let mut units = [&self.ended[..], &self.left].concat();
        units.extend(self.right.iter().rev());
        units
    }
}

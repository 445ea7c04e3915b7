//! What a program has asked of the keyboard: modified keys as xterm sends them, and kitty's protocol.

/// The most entries of a stack of flags; a further one drops the oldest.
const MAX_STACK: usize = 32;
/// All flags of kitty's protocol.
const ALL: u8 = 0b1_1111;

/// How keys are to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keyboard {
    /// `modifyOtherKeys`, 0 to 2.
    pub modify_other_keys: u8,
    /// Flags of this screen, the current ones last, and those of the other one.
    stack: Vec<u8>,
    other: Vec<u8>,
}

impl Keyboard {
    /// The flags of kitty's protocol.
    pub fn flags(&self) -> u8 {
        self.stack.last().copied().unwrap_or(0)
    }

    /// Whether a program has set flags on this screen.
    pub fn has_flags(&self) -> bool {
        self.stack.iter().any(|flags| *flags != 0)
    }

    pub fn push(&mut self, flags: u16) {
        if self.stack.is_empty() {
            self.stack.push(0);
        }
        if self.stack.len() > MAX_STACK {
            self.stack.remove(0);
        }
        self.stack.push(known(flags));
    }

    pub fn pop(&mut self, count: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(count));
    }

    /// Sets all flags (1), adds some (2) or removes some (3).
    pub fn set(&mut self, flags: u16, how: u16) {
        let flags = known(flags);
        let old = self.stack.pop().unwrap_or(0);
        self.stack.push(match how {
            2 => old | flags,
            3 => old & !flags,
            _ => flags,
        });
    }

    /// Each screen has its own flags.
    pub fn swap(&mut self) {
        std::mem::swap(&mut self.stack, &mut self.other);
    }
}

fn known(flags: u16) -> u8 {
    u8::try_from(flags & u16::from(ALL)).unwrap_or(0)
}

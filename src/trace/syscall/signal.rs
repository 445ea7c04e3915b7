//! Calls that send a signal.

use crate::trace::{arch::Registers, thread::Then};

/// Where a call says which signal it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Sends {
    /// An argument is the signal.
    Argument(usize),
}

impl Sends {
    /// What is done when the signal has been sent. These two move a thread that is stopped: it ends, or resumes.
    pub(super) fn then(self, entry: &Registers) -> Then {
        let Sends::Argument(signal) = self;
        match entry.int(signal) {
            libc::SIGKILL | libc::SIGCONT => Then::WaitUntilQuiescent,
            _ => Then::Nothing,
        }
    }
}

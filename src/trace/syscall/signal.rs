//! System calls that send a signal.

use crate::trace::{arch::Registers, thread::Then};

/// Where a system call's arguments have the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Sends {
    /// This argument.
    Argument(usize),
}

impl Sends {
    /// What to do at exit. SIGKILL and SIGCONT also affect stopped threads.
    pub(super) fn at_exit(self, entry: &Registers) -> Then {
        let Sends::Argument(signal) = self;
        match entry.int(signal) {
            libc::SIGKILL | libc::SIGCONT => Then::WaitUntilQuiescent,
            _ => Then::Nothing,
        }
    }
}

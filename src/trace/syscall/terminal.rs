//! Requests on a terminal. What is typed by one is echoed, and what was held back is written.

use super::time_out::Wait;
use crate::trace::{arch::Registers, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread makes a request on a terminal.
    pub(super) fn enter_terminal(&mut self, id: pid_t, entry: Registers) {
        if entry.argument(1) == libc::TIOCSPTLCK {
            self.note_own_terminal(id, entry.int(0));
        }
        self.enter(id, entry, Wait::PLAIN, None, Then::DrainOutput);
    }
}

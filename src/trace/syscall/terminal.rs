//! Terminal requests (`ioctl`): they may type input, which is echoed, restart output, or change settings.

use super::time_out::Wait;
use crate::trace::{Halt, arch::Registers, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread makes a terminal request.
    pub(super) fn enter_terminal(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if entry.argument(1) == libc::TIOCSPTLCK {
            self.note_own_terminal(id, entry.int(0));
        }
        self.pull_out_terminal_readers()?;
        self.enter(id, entry, Wait::PLAIN, None, Then::DrainOutput);
        Ok(())
    }
}

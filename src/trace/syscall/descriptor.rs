//! System calls that close descriptors.

use crate::trace::{Halt, arch::Registers, thread::Next, tracer::Tracer};
use libc::pid_t;

/// Which descriptors a system call closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Closes {
    /// The one in this argument.
    Argument(usize),
    /// Several.
    Range,
}

impl Tracer<'_> {
    /// A thread closes descriptors: forgets which files they refer to.
    pub(super) fn enter_close(
        &mut self,
        id: pid_t,
        entry: Registers,
        closes: Closes,
    ) -> Result<(), Halt> {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let descriptors = match closes {
            Closes::Argument(index) => {
                let descriptor = entry.int(index).cast_unsigned();
                descriptor..=descriptor
            }
            Closes::Range => entry.int(0).cast_unsigned()..=entry.int(1).cast_unsigned(),
        };
        if self.pull_out_readers(process, descriptors)? {
            // They go first.
            self.make_ready(id, Next::Entry);
            return Ok(());
        }
        match closes {
            Closes::Argument(index) => {
                self.files.remove(&(process, entry.int(index)));
                if entry.call() == libc::SYS_close {
                    self.rewrite_call_if_hot(id, &entry);
                }
            }
            Closes::Range => self.forget_files(process),
        }
        self.enter_plain(id, entry)
    }
}

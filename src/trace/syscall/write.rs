//! System calls that write: to the session's terminal or pipes, or to a terminal of the program's own.

use super::{file_kind::FileKind, time_out::Wait, tty_space};
use crate::trace::{Halt, arch::Registers, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread writes.
    pub(super) fn enter_write(&mut self, id: pid_t, entry: Registers) {
        if self.copies_known(id, &entry) {
            return;
        }
        self.before_terminal_call(id, &entry);
        let mut then = Then::DrainOutput;
        let to = match entry.call() {
            libc::SYS_splice => 2,
            libc::SYS_tee => 1,
            _ => 0,
        };
        match self.file_kind(id, entry.int(to)) {
            FileKind::Plain => self.note_file_change(),
            FileKind::Compiled => {
                self.note_file_change();
                if entry.call() == libc::SYS_write {
                    then = Then::WriteCompiled;
                }
            }
            FileKind::NamedPipe => self.note_write_to_named_pipe(id, entry.int(to)),
            _ => {}
        }
        if to != 0 && self.file_kind(id, entry.int(0)) == FileKind::NamedPipe {
            self.note_read_of_named_pipe(id, entry.int(0));
        }
        let shortened = tty_space::shorten(id, &entry);
        let wait = self.socket_wait(id, &entry).unwrap_or(Wait::PLAIN);
        self.enter(id, entry, wait, shortened, then);
    }

    /// Something may have been written. Returns whether the terminal has answered: its answer is delivered before the
    /// thread resumes.
    pub(super) fn exit_write(&mut self) -> Result<bool, Halt> {
        self.session_io.drain()?;
        self.session_io.wrote(self.clock.instant())
    }
}

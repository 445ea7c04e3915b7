//! Calls by which a socket may reach the world outside.

use super::time_out::Wait;
use crate::trace::{Halt, arch::Registers, external, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread makes a socket, gives it a name, or connects it.
    pub(super) fn enter_socket(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        match entry.call() {
            libc::SYS_socket => {
                let is_local = matches!(entry.int(0), libc::AF_UNIX | libc::AF_NETLINK);
                if is_local {
                    self.pass(id);
                } else {
                    self.enter(id, entry, Wait::PLAIN, None, Then::NoteSocket);
                }
            }
            libc::SYS_connect => {
                if external::is_local(id, entry.argument(1)) {
                    self.external.note_socket(id, entry.int(0));
                }
                return self.enter_plain(id, entry);
            }
            call => {
                if call == libc::SYS_listen
                    || external::can_be_written_to(id, entry.argument(1), entry.int(2))
                {
                    self.external.note_socket(id, entry.int(0));
                }
                self.pass(id);
            }
        }
        Ok(())
    }

    /// A socket has been made whose other end may be outside.
    pub(super) fn exit_socket(&mut self, id: pid_t, returned: i64) {
        if let Ok(socket) = i32::try_from(returned)
            && returned >= 0
        {
            self.external.note_socket(id, socket);
        }
    }
}

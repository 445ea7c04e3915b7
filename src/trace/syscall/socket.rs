//! Calls by which a socket may reach the world outside.

use super::time_out::Wait;
use crate::trace::{Halt, arch::Registers, external, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread makes a socket, gives it a name, or connects it.
    pub(super) fn enter_socket(&mut self, id: pid_t, made: Registers) -> Result<(), Halt> {
        match made.call() {
            libc::SYS_socket => {
                let is_local = matches!(made.int(0), libc::AF_UNIX | libc::AF_NETLINK);
                if is_local {
                    self.pass(id);
                } else {
                    self.enter(id, made, Wait::PLAIN, None, Then::NoteSocket);
                }
            }
            libc::SYS_connect => {
                if external::is_local(id, made.argument(1)) {
                    self.external.note_socket(id, made.int(0));
                }
                return self.enter_plain(id, made);
            }
            call => {
                if call == libc::SYS_listen
                    || external::can_be_written_to(id, made.argument(1), made.int(2))
                {
                    self.external.note_socket(id, made.int(0));
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

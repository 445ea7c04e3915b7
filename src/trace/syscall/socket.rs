//! System calls through which a socket may reach the outside, and those that set and read its time-outs (socket(7)).

use super::{
    entry::filled,
    socket_time_out::{Direction, socket},
    time_out::Wait,
    wake_ups::{Waits, wakes},
};
use crate::recording::Varies;
use crate::trace::{
    Halt,
    arch::Registers,
    external,
    memory::{Unit, read, read_into, read_time, read_word, write, write_time},
    thread::{Call, Then},
    tracer::Tracer,
};
use libc::{EAGAIN, EINPROGRESS, EINTR, EISCONN, pid_t};
use std::{path::PathBuf, time::Duration};

/// The same options in their newer variants, which are equal on a 64-bit machine (`asm-generic/socket.h`).
const RECEIVE_NEW: i32 = 66;
const SEND_NEW: i32 = 67;
/// The size of `struct timeval`.
const TIME_LEN: i32 = 16;
/// The size of the value of an option that is on or off.
const INT_LEN: i32 = 4;

impl Tracer<'_> {
    /// Notes that a thread reads from a socket whose other end is outside, or asks whether it can. What it finds depends on
    /// real time, even if it does not wait.
    pub(super) fn note_outside_asked(&mut self, id: pid_t, entry: &Registers) {
        if let Some(what) = self.external.outside_socket(id, entry) {
            self.note(&Varies::Waited(what));
        }
    }

    /// A thread creates, binds or connects a socket, or listens on one.
    pub(super) fn enter_socket(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        match entry.call() {
            libc::SYS_socket => {
                let family = entry.int(0);
                if matches!(family, libc::AF_UNIX | libc::AF_NETLINK) {
                    self.pass(id);
                } else {
                    self.enter(id, entry, Wait::PLAIN, None, Then::NoteSocket(family));
                }
            }
            libc::SYS_connect => {
                let address = address(id, entry.argument(1), entry.argument(2));
                let inside = self.processes();
                let sockets = &mut self.external.sockets;
                return if sockets.note_connection(id, entry.int(0), &address, &inside) {
                    self.enter_then(id, entry, Then::NoteConnected)
                } else {
                    self.enter_plain(id, entry)
                };
            }
            _ => {
                let address = address(id, entry.argument(1), entry.argument(2));
                let is_system_s_choice =
                    self.external.sockets.note_bind(id, entry.int(0), &address);
                if external::listens_to_groups(id, entry.argument(1)) {
                    self.external.sockets.note_outside(id, entry.int(0));
                }
                if is_system_s_choice {
                    self.enter(id, entry, Wait::PLAIN, None, Then::NotePort);
                } else {
                    self.pass(id);
                }
            }
        }
        Ok(())
    }

    /// A thread sets or reads a socket option: a time-out, or how many bytes wake its reader. The kernel is not told of a
    /// time-out, which would run in real time.
    pub(super) fn enter_socket_option(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if (entry.int(1), entry.int(2)) == (libc::IPPROTO_TCP, libc::TCP_NODELAY) {
            return self.enter_no_delay(id, entry);
        }
        let Some((socket, direction)) = time_out_option(id, &entry) else {
            return self.enter_plain(id, entry);
        };
        let result = if entry.call() == libc::SYS_setsockopt {
            // Too short, out of range, or not mapped: the kernel returns the error, and sets nothing.
            let time = read_time(id, entry.argument(3), Unit::Microseconds)
                .filter(|_| entry.int(4) >= TIME_LEN)
                .filter(|_| is_in_range(id, entry.argument(3)));
            let Some(time) = time else {
                return self.enter_plain(id, entry);
            };
            self.socket_time_outs.set(socket, direction, time);
            0
        } else {
            let time = self.socket_time_outs.of(&socket, direction);
            let time = Duration::from_nanos(time.unwrap_or(0));
            let len = read(id, entry.argument(4)).map(i32::from_le_bytes);
            if len.is_none_or(|len| len < TIME_LEN) {
                return self.enter_plain(id, entry);
            }
            let is_told = write_time(id, entry.argument(3), time, Unit::Microseconds)
                && write(id, entry.argument(4), &TIME_LEN.to_le_bytes());
            filled(is_told)
        };
        self.answer(id, entry, result);
        Ok(())
    }

    /// A thread sets or reads `TCP_NODELAY`. To the kernel it stays set for a connection inside.
    fn enter_no_delay(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        let sockets = &mut self.external.sockets;
        let no_delay = socket(id, entry.int(0));
        let Some(no_delay) = no_delay.and_then(|socket| sockets.steady.no_delay(&socket)) else {
            return self.enter_plain(id, entry);
        };
        let result = if entry.call() == libc::SYS_setsockopt {
            let set = read(id, entry.argument(3)).map(i32::from_le_bytes);
            let Some(set) = set.filter(|_| entry.int(4) >= INT_LEN) else {
                return self.enter_plain(id, entry);
            };
            *no_delay = set != 0;
            0
        } else {
            let len = read(id, entry.argument(4)).map(i32::from_le_bytes);
            if len.is_none_or(|len| len < INT_LEN) {
                return self.enter_plain(id, entry);
            }
            let is_told = write(id, entry.argument(3), &i32::from(*no_delay).to_le_bytes())
                && write(id, entry.argument(4), &INT_LEN.to_le_bytes());
            filled(is_told)
        };
        self.answer(id, entry, result);
        Ok(())
    }

    /// A thread sends, perhaps to an address in the system call.
    pub(super) fn enter_send(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        let named = if entry.call() == libc::SYS_sendto {
            (entry.argument(4), entry.argument(5))
        } else {
            // `struct msghdr` begins with address and length; of several messages only the first is read.
            let at = entry.argument(1);
            let len = read_word(id, at + 8).unwrap_or(0) & u64::from(u32::MAX);
            (read_word(id, at).unwrap_or(0), len)
        };
        let address = address(id, named.0, named.1);
        if !address.is_empty() {
            let inside = self.processes();
            self.external
                .sockets
                .note_destination(id, entry.int(0), &address, &inside);
        }
        self.enter_plain(id, entry)
    }

    /// A socket was created, bound, connected or accepted.
    pub(super) fn exit_socket_call(&mut self, id: pid_t, call: &Call, returned: i64) {
        match call.then {
            Then::NoteSocket(family) => self.exit_socket(id, family, returned),
            Then::NotePort => self.external.sockets.note_port(id, call.entry.int(0)),
            Then::NoteConnected => self.exit_connect(id, &call.entry, returned),
            Then::NoteAccepted => self.exit_accept(id, &call.entry, returned),
            _ => {}
        }
    }

    /// A system call is about to move bytes, perhaps on a connection.
    pub(super) fn enter_transfer(&mut self, id: pid_t, entry: &Registers) -> Result<(), Halt> {
        if wakes(entry).overlaps(Waits::DATA_OR_SPACE) {
            self.before_transfer(id, entry.int(0))?;
        }
        Ok(())
    }

    /// A system call has moved bytes, perhaps on a connection.
    pub(super) fn note_transfer(
        &mut self,
        id: pid_t,
        entry: &Registers,
        returned: i64,
    ) -> Result<(), Halt> {
        let bytes = u64::try_from(returned).unwrap_or(0);
        if bytes == 0 || !wakes(entry).overlaps(Waits::DATA_OR_SPACE) {
            return Ok(());
        }
        self.await_transfer(id, entry.int(0), bytes)?;
        if entry.call() == libc::SYS_splice {
            self.await_transfer(id, entry.int(2), bytes)?;
        }
        Ok(())
    }

    /// A socket of this family was created, whose other end may be outside.
    fn exit_socket(&mut self, id: pid_t, family: i32, returned: i64) {
        if let Ok(socket) = i32::try_from(returned)
            && returned >= 0
        {
            self.external.sockets.note_socket(id, socket, family);
        }
    }

    /// A socket was connected, or was not: nobody is there, or whoever is there refuses.
    fn exit_connect(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        let is_pending = [EINPROGRESS, EAGAIN, EINTR, EISCONN].map(|error| -i64::from(error));
        let is_connected = returned >= 0 || is_pending.contains(&returned);
        let inside = self.processes();
        let sockets = &mut self.external.sockets;
        sockets.note_connected(id, entry.int(0), is_connected, &inside);
    }

    /// A connection was accepted: it inherits the time-outs of the listening socket.
    fn exit_accept(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        let Some(descriptor) = i32::try_from(returned).ok().filter(|fd| *fd >= 0) else {
            return;
        };
        let inside = self.processes();
        if self.external.sockets.note_accepted(id, descriptor, &inside) {
            self.note(&Varies::Waited("a connection from outside".to_owned()));
        }
        if let Some(accepted) = socket(id, descriptor)
            && let Some(listening) = socket(id, entry.int(0))
        {
            self.socket_time_outs.inherit(&listening, accepted);
        }
    }
}

/// The socket address at this place; empty if there is none.
fn address(id: pid_t, at: u64, len: u64) -> Vec<u8> {
    /// The size of `struct sockaddr_storage`.
    const LONGEST: u64 = 128;
    let mut address = vec![0; usize::try_from(len.min(LONGEST)).unwrap_or(0)];
    if at == 0 || !read_into(id, at, &mut address) {
        return Vec::new();
    }
    address
}

/// The socket and the direction of a system call that sets or reads a time-out.
fn time_out_option(id: pid_t, entry: &Registers) -> Option<(PathBuf, Direction)> {
    let direction = match entry.int(2) {
        _ if entry.int(1) != libc::SOL_SOCKET => return None,
        libc::SO_RCVTIMEO | RECEIVE_NEW => Direction::Receive,
        libc::SO_SNDTIMEO | SEND_NEW => Direction::Send,
        _ => return None,
    };
    Some((socket(id, entry.int(0))?, direction))
}

/// Whether the microseconds at an address are less than a second; the kernel refuses more (`EDOM`).
fn is_in_range(id: pid_t, address: u64) -> bool {
    read_word(id, address + 8).is_some_and(|microseconds| microseconds < 1_000_000)
}

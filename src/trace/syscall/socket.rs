//! System calls through which a socket may reach the outside, and the time-outs of sockets (socket(7)).

use super::{
    filled, table,
    time_out::{Kind, Wait},
    wake_ups::Waits,
};
use crate::trace::{
    Halt,
    arch::Registers,
    external,
    memory::{Unit, read, read_time, read_word, write, write_time},
    proc,
    thread::Then,
    tracer::Tracer,
};
use libc::pid_t;
use std::{collections::HashMap, os::unix::ffi::OsStrExt, path::PathBuf, time::Duration};

/// The time-outs in their second width, which is the same on a 64-bit machine (`asm-generic/socket.h`).
const RECEIVE_NEW: i32 = 66;
const SEND_NEW: i32 = 67;
/// How long `struct timeval` is.
const TIME_LEN: i32 = 16;

impl Tracer<'_> {
    /// A thread creates, binds or connects a socket, or listens on one.
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

    /// A thread sets or reads a socket option: a time-out, or how many bytes wake its reader. The kernel is not told of a
    /// time-out, which would run in real time.
    pub(super) fn enter_socket_option(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
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

    /// The wait of a system call on a socket that has a time-out.
    pub(super) fn socket_wait(&self, id: pid_t, entry: &Registers) -> Option<Wait> {
        if self.socket_time_outs.0.is_empty() {
            return None;
        }
        let row = table::of(entry.call())?;
        let (direction, kind) = match entry.call() {
            libc::SYS_connect => (Direction::Send, Kind::Connection),
            _ if row.waits == Waits::DATA => (Direction::Receive, Kind::Socket),
            _ if row.waits == Waits::SPACE => (Direction::Send, Kind::Socket),
            _ => return None,
        };
        let time = self
            .socket_time_outs
            .of(&socket(id, entry.int(0))?, direction)?;
        Some(Wait::socket(kind, self.clock.ahead(time)))
    }

    /// A socket was created whose other end may be outside.
    pub(super) fn exit_socket(&mut self, id: pid_t, returned: i64) {
        if let Ok(socket) = i32::try_from(returned)
            && returned >= 0
        {
            self.external.note_socket(id, socket);
        }
    }

    /// A connection has been taken, which inherits the time-outs of the socket that listens.
    pub(super) fn exit_accept(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        let accepted = i32::try_from(returned).ok().filter(|fd| *fd >= 0);
        if let Some(accepted) = accepted.and_then(|accepted| socket(id, accepted))
            && let Some(listening) = socket(id, entry.int(0))
        {
            self.socket_time_outs.inherit(&listening, accepted);
        }
    }
}

/// Which way bytes go that a time-out is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Receive,
    Send,
}

/// The time-outs of sockets, in nanoseconds, by the names that descriptors show; those that are set.
#[derive(Debug, Default)]
pub(in crate::trace) struct SocketTimeOuts(HashMap<PathBuf, [u64; 2]>);

impl SocketTimeOuts {
    fn set(&mut self, socket: PathBuf, direction: Direction, time: u64) {
        let times = self.0.entry(socket).or_default();
        times[direction as usize] = time;
        self.0.retain(|_, times| *times != [0; 2]);
    }

    fn of(&self, socket: &PathBuf, direction: Direction) -> Option<u64> {
        let time = self.0.get(socket)?[direction as usize];
        (time > 0).then_some(time)
    }

    fn inherit(&mut self, from: &PathBuf, socket: PathBuf) {
        if let Some(times) = self.0.get(from).copied() {
            self.0.insert(socket, times);
        }
    }
}

/// The socket and the direction of a call that sets or reads a time-out.
fn time_out_option(id: pid_t, entry: &Registers) -> Option<(PathBuf, Direction)> {
    let direction = match entry.int(2) {
        _ if entry.int(1) != libc::SOL_SOCKET => return None,
        libc::SO_RCVTIMEO | RECEIVE_NEW => Direction::Receive,
        libc::SO_SNDTIMEO | SEND_NEW => Direction::Send,
        _ => return None,
    };
    Some((socket(id, entry.int(0))?, direction))
}

/// Whether the microseconds at an address are less than a second: the system takes no more (`EDOM`).
fn is_in_range(id: pid_t, address: u64) -> bool {
    read_word(id, address + 8).is_some_and(|microseconds| microseconds < 1_000_000)
}

/// The name of a socket, as its descriptor shows it.
fn socket(id: pid_t, descriptor: i32) -> Option<PathBuf> {
    let file = proc::file(id, descriptor)?;
    file.as_os_str()
        .as_bytes()
        .starts_with(b"socket:")
        .then_some(file)
}

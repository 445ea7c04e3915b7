//! The time-outs of sockets (socket(7)): which are set, and which a system call waits for.

use super::{
    table,
    time_out::{Kind, Wait},
    wake_ups::Waits,
};
use crate::trace::{arch::Registers, proc, tracer::Tracer};
use libc::pid_t;
use std::{collections::HashMap, os::unix::ffi::OsStrExt, path::PathBuf};

/// The direction that a time-out applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Receive,
    Send,
}

/// The time-outs that are set, in nanoseconds, by the names of the sockets in `/proc/PID/fd`.
#[derive(Debug, Default)]
pub(in crate::trace) struct SocketTimeOuts(HashMap<PathBuf, [u64; 2]>);

impl SocketTimeOuts {
    pub(super) fn set(&mut self, socket: PathBuf, direction: Direction, time: u64) {
        let times = self.0.entry(socket).or_default();
        times[direction as usize] = time;
        self.0.retain(|_, times| *times != [0; 2]);
    }

    pub(super) fn of(&self, socket: &PathBuf, direction: Direction) -> Option<u64> {
        let time = self.0.get(socket)?[direction as usize];
        (time > 0).then_some(time)
    }

    pub(super) fn inherit(&mut self, from: &PathBuf, socket: PathBuf) {
        if let Some(times) = self.0.get(from).copied() {
            self.0.insert(socket, times);
        }
    }
}

impl Tracer<'_> {
    /// The wait of a system call on a socket that has a time-out.
    pub(super) fn socket_wait(&mut self, id: pid_t, entry: &Registers) -> Option<Wait> {
        if self.socket_time_outs.0.is_empty() {
            return None;
        }
        let row = table::of(entry.call())?;
        let (direction, kind) = match entry.call() {
            libc::SYS_connect if !self.is_unix(id, entry.int(0)) => {
                (Direction::Send, Kind::Connection)
            }
            libc::SYS_connect => (Direction::Send, Kind::Socket),
            _ if row.waits == Waits::DATA => (Direction::Receive, Kind::Socket),
            _ if row.waits == Waits::SPACE => (Direction::Send, Kind::Socket),
            _ => return None,
        };
        let time = self
            .socket_time_outs
            .of(&socket(id, entry.int(0))?, direction)?;
        Some(Wait::socket(kind, self.clock.ahead(time)))
    }

    /// Whether a descriptor is a Unix socket: connecting one waits for a place in the listener's queue, and goes on no
    /// longer than its time-out.
    fn is_unix(&mut self, id: pid_t, descriptor: i32) -> bool {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let file = self.duplicate(process, descriptor);
        file.is_some_and(|file| {
            rustix::net::sockopt::socket_domain(&*file) == Ok(rustix::net::AddressFamily::UNIX)
        })
    }
}

/// The name of a socket in `/proc/PID/fd`.
pub(super) fn socket(id: pid_t, descriptor: i32) -> Option<PathBuf> {
    let file = proc::file(id, descriptor)?;
    file.as_os_str()
        .as_bytes()
        .starts_with(b"socket:")
        .then_some(file)
}

//! TCP connections inside, without what depends on real time: the kernel holds small writes back until an acknowledgement or a
//! timer of up to 40 ms (Nagle's algorithm, `TCP_NODELAY` in tcp(7)), and enlarges the receive buffer by how fast its reader is.
//! Both would decide how many bytes a read returns.

use super::{
    copy,
    option::{option, set_tcp_option},
};
use libc::pid_t;
use rustix::net::sockopt;
use std::{
    collections::HashMap,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

/// How long the segments of a connection on this machine may be, in bytes: only more than one of them is acknowledged when the
/// receiver is asked to ([`super::connections`]). The windows that the system gives connections have space for eight.
const MAX_SEGMENT: i32 = 8192;
/// The option that libc does not have (`linux/tcp.h`).
const TCP_NOTSENT_LOWAT: i32 = 25;

/// The connections inside, by their names in `/proc/PID/fd`, and whether the program has set `TCP_NODELAY`.
#[derive(Debug, Default)]
pub(in crate::trace) struct Steady(HashMap<PathBuf, bool>);

impl Steady {
    /// Makes a connection steady. It has no effect on other sockets than those of TCP.
    pub(super) fn insert(&mut self, thread: pid_t, descriptor: i32, socket: &Path) {
        if self.0.contains_key(socket) {
            return;
        }
        let Some(connection) = copy(thread, descriptor) else {
            return;
        };
        let Ok(is_set) = sockopt::tcp_nodelay(&connection) else {
            return;
        };
        // A size that was set is kept; the kernel doubles what is set (socket(7)).
        let is_steady = sockopt::set_tcp_nodelay(&connection, true).is_ok()
            && limit_unsent(&connection)
            && sockopt::socket_recv_buffer_size(&connection).is_ok_and(|size| {
                sockopt::set_socket_recv_buffer_size(&connection, size / 2).is_ok()
            });
        if is_steady {
            self.0.insert(socket.to_owned(), is_set);
        }
    }

    /// What the program has set `TCP_NODELAY` to; `None` if the connection is not one of these.
    pub(in crate::trace) fn no_delay(&mut self, socket: &Path) -> Option<&mut bool> {
        self.0.get_mut(socket)
    }
}

/// Lets a writer wait by how much it has not sent, and not by what was not acknowledged yet (`TCP_NOTSENT_LOWAT`). Returns
/// whether that could be set.
fn limit_unsent(connection: &OwnedFd) -> bool {
    let is_set = option(connection, libc::IPPROTO_TCP, TCP_NOTSENT_LOWAT)
        .is_some_and(|limit| i32::from_ne_bytes(limit) != 0);
    is_set
        || sockopt::socket_send_buffer_size(connection).is_ok_and(|size| {
            let half = i32::try_from(size / 2).unwrap_or(i32::MAX);
            set_tcp_option(connection, TCP_NOTSENT_LOWAT, half)
        })
}

/// Limits the segments of a connection that is being made to `MAX_SEGMENT` bytes.
pub(super) fn limit_segments(thread: pid_t, descriptor: i32) {
    if let Some(socket) = copy(thread, descriptor) {
        set_tcp_option(&socket, libc::TCP_MAXSEG, MAX_SEGMENT);
    }
}

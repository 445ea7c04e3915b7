//! What the kernel knows of a TCP socket and of the other end of its connection.
//!
//! The kernel needs milliseconds to list all sockets, and far less to find one. Where it cannot be asked for one, or the socket is
//! in another network namespace, the list is searched.

use super::{
    address::canonical,
    copy,
    lookup::Lookup,
    table::{Entry, LISTEN, find, has_both_ends, listens, mirrored, table},
};
use libc::pid_t;
use rustix::net::{SocketType, getpeername, getsockname, sockopt};
use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::OwnedFd,
};

/// A TCP socket, and how others are found.
pub(super) enum Tcp {
    Asked(Lookup, Entry),
    Shown(Option<Entry>, Vec<Entry>),
}

impl Tcp {
    /// The socket at a descriptor, whose inode is known.
    pub(super) fn of(thread: pid_t, descriptor: i32, inode: u64) -> Tcp {
        let socket = copy(thread, descriptor);
        let kind = socket.as_ref().map(sockopt::socket_type);
        if matches!(kind, Some(Ok(kind)) if kind != SocketType::STREAM) {
            // It is in no table of TCP.
            return Tcp::Shown(None, Vec::new());
        }
        let asked = socket.and_then(|socket| Tcp::asked(thread, &socket, inode));
        asked.unwrap_or_else(|| Tcp::shown(thread, inode))
    }

    /// `None` if the kernel cannot be asked for the socket, or does not find it.
    fn asked(thread: pid_t, socket: &OwnedFd, inode: u64) -> Option<Tcp> {
        let (local, remote) = ends(socket)?;
        let lookup = Lookup::new(thread)?;
        let entry = lookup.socket(local, remote)?;
        (entry.inode == inode).then_some(Tcp::Asked(lookup, entry))
    }

    fn shown(thread: pid_t, inode: u64) -> Tcp {
        // A connection over IPv4 is in the first one, unless its socket is one of IPv6.
        let mut shown = table(thread, &["tcp"]);
        if !has_both_ends(&shown, inode) {
            shown.extend(table(thread, &["tcp6"]));
        }
        Tcp::Shown(find(&shown, inode), shown)
    }

    /// The socket; `None` if it is none of TCP.
    pub(super) fn entry(&self) -> Option<Entry> {
        match self {
            Tcp::Asked(_, entry) => Some(*entry),
            Tcp::Shown(entry, _) => *entry,
        }
    }

    /// The other end of its connection.
    pub(super) fn other_end(&self) -> Option<Entry> {
        match self {
            Tcp::Asked(lookup, entry) => lookup
                .socket(entry.remote, entry.local)
                .filter(|other| other.state != LISTEN),
            Tcp::Shown(entry, shown) => mirrored(shown, (*entry)?),
        }
    }

    /// Whether a socket of the traced tree listens where it is connected to.
    pub(super) fn is_answered_in(&self, tree: &HashMap<u64, (pid_t, i32)>) -> bool {
        match self {
            Tcp::Asked(lookup, Entry { local, remote, .. }) => {
                let mut stranger = *local;
                stranger.set_port(0);
                let listening = lookup.socket(*remote, stranger);
                listening.is_some_and(|listening| {
                    listening.state == LISTEN && tree.contains_key(&listening.inode)
                })
            }
            Tcp::Shown(entry, shown) => {
                entry.is_some_and(|entry| listens(shown, entry.remote, tree))
            }
        }
    }
}

/// The addresses of a socket and of its peer; the latter is unspecified if there is no peer.
fn ends(socket: &OwnedFd) -> Option<(SocketAddr, SocketAddr)> {
    let local = canonical(getsockname(socket).ok()?)?;
    let peer = getpeername(socket).ok().flatten();
    let nobody = match local {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    Some((local, peer.and_then(canonical).unwrap_or(nobody)))
}

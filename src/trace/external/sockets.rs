//! Sockets: which of them reach the outside.
//!
//! A connection with both ends in the traced tree is inside. So is a socket that only listens, or is only bound: nobody
//! outside depends on the time that passes while a thread waits for it. A connection made by a process outside, or a
//! datagram sent outside, marks its socket as outside for good.
//!
//! The kernel's tables say which sockets are the two ends of a connection.

use self::{
    address::{canonical, family, internet_address},
    connections::{ConnectionId, Connections},
    steady::Steady,
    table::{CLOSED, LISTEN, SYN_SENT, find, is_bound, table},
    tcp::Tcp,
    unix::{is_named_by, is_unix},
};
use super::Reach;
use crate::trace::proc::{self, file};
use libc::pid_t;
use rustix::{
    net::{getsockname, sockopt::socket_peercred},
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs, mem,
    net::SocketAddr,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

mod address;
mod backlog;
pub(in crate::trace) mod connections;
mod lookup;
mod option;
mod steady;
mod stuck;
mod table;
mod tcp;
mod transfer;
mod unix;

/// What a thread waits for that waits for a socket.
pub(super) const SOCKET: &str = "a socket";
/// The size of the family at the start of an address.
const FAMILY_LEN: usize = 2;

/// What is known of the program's sockets, by their names in `/proc/PID/fd`.
#[derive(Debug, Default)]
pub(in crate::trace) struct Sockets {
    /// Sockets of the Internet protocols.
    internet: HashSet<PathBuf>,
    /// Sockets that reach outside.
    outside: HashSet<PathBuf>,
    /// Sockets that are bound to a Unix address.
    bound: HashSet<PathBuf>,
    /// Sockets that were found to be inside, or open.
    known: HashMap<PathBuf, Reach>,
    connections: Connections,
    pub(in crate::trace) steady: Steady,
    /// The addresses from which the program has made connections that it has not accepted yet.
    callers: HashSet<SocketAddr>,
    /// Every process that the program has had.
    members: HashSet<pid_t>,
    /// The ports that the system has chosen, and sockets that the program has bound to a port of its own choice.
    ports: BTreeSet<i32>,
    named: HashSet<PathBuf>,
}

impl Sockets {
    pub(in crate::trace) fn note_member(&mut self, process: pid_t) {
        self.members.insert(process);
    }

    /// Notes a socket that a thread has created, of a family: one of the Internet's, or one without virtual time.
    pub(in crate::trace) fn note_socket(&mut self, thread: pid_t, descriptor: i32, family: i32) {
        if matches!(family, libc::AF_INET | libc::AF_INET6) {
            self.internet.extend(file(thread, descriptor));
        } else {
            self.note_outside(thread, descriptor);
        }
    }

    /// Notes that a socket is being bound to an address. Returns whether the system chooses its port.
    pub(in crate::trace) fn note_bind(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        address: &[u8],
    ) -> bool {
        if let Some(address) = internet_address(address) {
            let Some(socket) = file(thread, descriptor) else {
                return false;
            };
            if address.port() == 0 {
                self.named.remove(&socket);
                return true;
            }
            self.named.insert(socket);
        } else if family(address) == Some(libc::AF_UNIX) && address.len() > FAMILY_LEN {
            self.bound.extend(file(thread, descriptor));
        }
        false
    }

    /// Notes the port of a socket, unless the program has chosen it.
    pub(in crate::trace) fn note_port(&mut self, thread: pid_t, descriptor: i32) {
        let is_chosen = file(thread, descriptor).is_none_or(|socket| self.named.contains(&socket));
        if is_chosen {
            return;
        }
        let port = local_address(thread, descriptor).map(|name| i32::from(name.port()));
        self.ports.extend(port.filter(|port| *port != 0));
    }

    /// The ports that the system has chosen for the program's sockets.
    pub(in crate::trace) fn take_ports(&mut self) -> BTreeSet<i32> {
        mem::take(&mut self.ports)
    }

    /// Notes that a socket reaches outside.
    pub(in crate::trace) fn note_outside(&mut self, thread: pid_t, descriptor: i32) {
        self.outside.extend(file(thread, descriptor));
    }

    /// Whether any socket is known to reach outside.
    pub(super) fn reach_outside(&self) -> bool {
        !self.outside.is_empty()
    }

    /// Whether a socket is known to reach outside.
    pub(super) fn is_outside(&self, socket: &Path) -> bool {
        self.outside.contains(socket)
    }

    /// The reach of a socket; `inside` is the set of traced processes.
    pub(super) fn reach(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        socket: &Path,
        inside: &BTreeSet<pid_t>,
    ) -> Reach {
        if self.outside.contains(socket) {
            return Reach::External(SOCKET.to_owned());
        }
        if self.bound.contains(socket) {
            return Reach::Open(SOCKET.to_owned());
        }
        if let Some(known) = self.known.get(socket) {
            return known.clone();
        }
        if !self.internet.contains(socket) {
            return Reach::Inside;
        }
        let Some(inode) = inode(socket) else {
            return Reach::Inside;
        };
        let state = transfer::state(thread, descriptor);
        if state == Some(CLOSED) {
            return Reach::Inside;
        }
        let tree = sockets_of(inside);
        let tcp = Tcp::of(thread, descriptor, inode);
        let open = || Reach::Open(SOCKET.to_owned());
        let us = (inode, (thread, descriptor));
        let inside_if = |is_inside: bool| Reach::outside_if(!is_inside, SOCKET);
        // What is certain for good, and what only for this wait.
        let (reach, is_final) = match tcp.entry() {
            Some(entry) if entry.state == LISTEN => (open(), true),
            Some(entry) if entry.state == SYN_SENT => (inside_if(tcp.is_answered_in(&tree)), false),
            Some(entry) => match tcp.other_end() {
                // It has not been accepted yet, or its process has closed it.
                Some(other) if other.inode == 0 => {
                    let was_ours = self.callers.remove(&entry.remote);
                    let is_awaited = tcp.is_answered_in(&tree);
                    if is_awaited {
                        self.connections.insert(&[us]);
                    }
                    (inside_if(was_ours || is_awaited), was_ours)
                }
                Some(other) => {
                    self.callers.remove(&entry.remote);
                    let peer = tree.get(&other.inode);
                    if let Some(peer) = peer {
                        self.connections.insert(&[us, (other.inode, *peer)]);
                    }
                    (inside_if(peer.is_some()), true)
                }
                // The other end is gone, or on another machine.
                None => (inside_if(entry.remote.ip().is_loopback()), false),
            },
            None if state.is_some() => (Reach::Inside, false),
            None => {
                let udp = table(thread, &["udp", "udp6"]);
                match find(&udp, inode) {
                    Some(entry) if entry.remote.port() == 0 => (open(), true),
                    Some(entry) => (inside_if(is_bound(&udp, entry.remote, &tree)), true),
                    // It is not connected, or its packets are answered by the system itself.
                    None => (Reach::Inside, false),
                }
            }
        };
        if is_final && !matches!(reach, Reach::External(_)) {
            self.known.insert(socket.to_owned(), reach.clone());
        }
        reach
    }

    /// Notes that a datagram is sent to an address: if that is outside, the socket reaches outside.
    pub(in crate::trace) fn note_destination(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        address: &[u8],
        inside: &BTreeSet<pid_t>,
    ) {
        let Some(socket) = file(thread, descriptor) else {
            return;
        };
        if self.internet.contains(&socket) {
            let is_inside = internet_address(address).is_some_and(|to| {
                let udp = table(thread, &["udp", "udp6"]);
                let is_udp = inode(&socket).is_some_and(|inode| find(&udp, inode).is_some());
                // The kernel itself answers an echo request.
                let is_echo = !is_udp && to.ip().is_loopback();
                is_echo || is_bound(&udp, to, &sockets_of(inside))
            });
            if !is_inside {
                self.outside.insert(socket);
            }
        } else if family(address) == Some(libc::AF_UNIX) && !is_named_by(thread, address, inside) {
            self.outside.insert(socket);
        }
    }

    /// Notes that a socket is being connected to an address: if that is not a Unix address of the traced tree, the socket
    /// reaches outside. Returns whether it is to be looked at again once it is connected.
    pub(in crate::trace) fn note_connection(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        address: &[u8],
        inside: &BTreeSet<pid_t>,
    ) -> bool {
        let Some(socket) = file(thread, descriptor) else {
            return false;
        };
        // Its previous connection no longer matters.
        self.known.remove(&socket);
        let is_local = family(address) == Some(libc::AF_UNIX);
        if is_local {
            !is_named_by(thread, address, inside) && self.outside.insert(socket)
        } else {
            if internet_address(address).is_some_and(|to| to.ip().is_loopback()) {
                steady::limit_segments(thread, descriptor);
            }
            self.internet.contains(&socket)
        }
    }

    /// Notes that a socket was connected, or was not: then it does not reach outside after all.
    pub(in crate::trace) fn note_connected(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        is_connected: bool,
        inside: &BTreeSet<pid_t>,
    ) {
        let Some(socket) = file(thread, descriptor) else {
            return;
        };
        self.note_port(thread, descriptor);
        if !is_connected {
            // What a socket of the Internet has sent outside before may still be answered.
            if !self.internet.contains(&socket) {
                self.outside.remove(&socket);
            }
        } else if !self.internet.contains(&socket) && self.is_peer_inside(thread, descriptor) {
            // It has been renamed since it was bound.
            self.outside.remove(&socket);
        } else if matches!(
            self.reach(thread, descriptor, &socket, inside),
            Reach::External(_)
        ) {
            self.outside.insert(socket);
        } else {
            self.callers.extend(local_address(thread, descriptor));
            self.steady.insert(thread, descriptor, &socket);
        }
    }

    /// Notes an accepted connection. Returns whether a process outside has made it.
    pub(in crate::trace) fn note_accepted(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        inside: &BTreeSet<pid_t>,
    ) -> bool {
        let Some(socket) = file(thread, descriptor) else {
            return false;
        };
        let is_local = inode(&socket).is_some_and(|inode| is_unix(thread, inode));
        let is_outside = if is_local {
            !self.is_peer_inside(thread, descriptor)
        } else {
            self.internet.insert(socket.clone());
            matches!(
                self.reach(thread, descriptor, &socket, inside),
                Reach::External(_)
            )
        };
        if is_outside {
            self.outside.insert(socket);
        } else if !is_local {
            self.steady.insert(thread, descriptor, &socket);
        }
        is_outside
    }

    /// Whether a process that the program has had made, or listened for, the Unix connection at whose other end this is.
    fn is_peer_inside(&self, thread: pid_t, descriptor: i32) -> bool {
        let peer = copy(thread, descriptor).and_then(|socket| socket_peercred(socket).ok());
        peer.is_some_and(|peer| self.members.contains(&peer.pid.as_raw_nonzero().get()))
    }

    /// Forgets all connections inside.
    pub(in crate::trace) fn forget_connections(&mut self) {
        self.connections.clear();
    }

    /// Whether packets, or bytes on a connection inside, are known to be in flight.
    pub(in crate::trace) fn are_in_flight(&mut self, inside: &BTreeSet<pid_t>) -> bool {
        let packets = !self.internet.is_empty() && backlog::has_packets();
        self.connections.are_in_flight(inside) || packets
    }

    /// Notes that a thread has written bytes to a descriptor, or read them from it. Returns the connection inside that may
    /// be nearly full by that.
    pub(in crate::trace) fn note_moved(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        bytes: u64,
    ) -> Option<ConnectionId> {
        if self.connections.is_empty() {
            return None;
        }
        let socket = inode(&file(thread, descriptor)?)?;
        self.connections.note_moved(socket, bytes)
    }

    /// A thread is about to move bytes by a descriptor. Returns the connection inside that may be nearly full.
    pub(in crate::trace) fn nearly_full(
        &self,
        thread: pid_t,
        descriptor: i32,
    ) -> Option<ConnectionId> {
        if self.connections.is_empty() {
            return None;
        }
        self.connections
            .nearly_full(inode(&file(thread, descriptor)?)?)
    }

    /// Whether the system has sent something on a full connection by itself since this was last asked.
    pub(in crate::trace) fn take_was_probed(&mut self) -> bool {
        self.connections.take_was_probed()
    }

    /// Whether something is known to be on its way on a connection inside.
    pub(in crate::trace) fn is_in_flight(
        &mut self,
        id: ConnectionId,
        inside: &BTreeSet<pid_t>,
    ) -> bool {
        self.connections.is_in_flight(id, inside)
    }
}

/// A copy of a process's descriptor, to query the socket.
fn copy(thread: pid_t, descriptor: i32) -> Option<OwnedFd> {
    let process = proc::process_of(thread)?;
    let pidfd = pidfd_open(Pid::from_raw(process)?, PidfdFlags::empty()).ok()?;
    pidfd_getfd(pidfd, descriptor, PidfdGetfdFlags::empty()).ok()
}

/// The address of a process's own end of an Internet socket.
fn local_address(thread: pid_t, descriptor: i32) -> Option<SocketAddr> {
    canonical(getsockname(copy(thread, descriptor)?).ok()?)
}

/// The inode number in a socket's name, `socket:[NUMBER]`.
fn inode(socket: &Path) -> Option<u64> {
    let name = socket.to_str()?.strip_prefix("socket:[")?;
    name.strip_suffix(']')?.parse().ok()
}

/// The sockets that processes have open: by inode, a process and a descriptor.
fn sockets_of(processes: &BTreeSet<pid_t>) -> HashMap<u64, (pid_t, i32)> {
    let mut sockets = HashMap::new();
    for process in processes {
        let descriptors = fs::read_dir(format!("/proc/{process}/fd"));
        for entry in descriptors.into_iter().flatten().flatten() {
            let number = entry.file_name().to_str().and_then(|n| n.parse().ok());
            let socket = fs::read_link(entry.path()).ok();
            if let (Some(number), Some(inode)) = (number, socket.and_then(|name| inode(&name))) {
                sockets.entry(inode).or_insert((*process, number));
            }
        }
    }
    sockets
}

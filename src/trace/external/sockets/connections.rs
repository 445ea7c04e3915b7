//! TCP connections inside: whether bytes are on their way, and how full they are.
//!
//! The kernel delivers bytes at once, but acknowledges them up to 40 ms of real time later. That matters where the sender
//! has more to send than the receiver has space for: an acknowledgement tells it of the space that a read has made. So
//! while a connection is nearly full, each call that moves bytes is followed by a wait until what can be sent has been sent,
//! received and acknowledged.

use super::{copy, inode, sockets_of, stuck::Stuck, transfer::Transfer};
use crate::trace::proc::file;
use libc::pid_t;
use rustix::net::sockopt;
use std::{
    collections::{BTreeSet, HashMap},
    mem,
    os::fd::OwnedFd,
};

/// Where a socket is: a process and a descriptor.
pub(super) type Place = (pid_t, i32);

/// Which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::trace) struct ConnectionId(u64);

/// The connections inside.
#[derive(Debug, Default)]
pub(super) struct Connections {
    known: HashMap<ConnectionId, Connection>,
    /// The connection of each socket, by inode.
    of: HashMap<u64, ConnectionId>,
    last: u64,
    /// Whether the system has sent something by itself.
    was_probed: bool,
}

#[derive(Debug)]
struct Connection {
    /// The socket that has connected and, once it is accepted, the other: by inode, and where each was last found.
    ends: Vec<(u64, Place)>,
    /// How many bytes were written and read since it was last known how full it is.
    moved: u64,
    is_nearly_full: bool,
    stuck: Stuck,
}

impl Connections {
    /// How many bytes may move before it is asked how full a connection is: the smallest window that the system gives a
    /// connection by itself is four times as much.
    const UNASKED: u64 = 16_384;

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.of.clear();
    }

    /// Notes the sockets of a connection, and where they are: one, if the other is not accepted yet.
    pub(super) fn insert(&mut self, ends: &[(u64, Place)]) {
        let known = ends.iter().filter_map(|(socket, _)| self.of.get(socket));
        let longest = known
            .filter_map(|id| self.known.get(id))
            .map(|connection| connection.ends.len())
            .max();
        if longest >= Some(ends.len()) {
            return;
        }
        self.last += 1;
        let id = ConnectionId(self.last);
        for (socket, _) in ends {
            if let Some(before) = self.of.insert(*socket, id) {
                self.known.remove(&before);
            }
        }
        let connection = Connection {
            ends: ends.to_vec(),
            moved: 0,
            is_nearly_full: true,
            stuck: Stuck::new(),
        };
        self.known.insert(id, connection);
    }

    /// Notes that bytes were written to a socket, or read from it. Returns its connection if that may be nearly full.
    pub(super) fn note_moved(&mut self, socket: u64, bytes: u64) -> Option<ConnectionId> {
        let id = *self.of.get(&socket)?;
        let connection = self.known.get_mut(&id)?;
        connection.stuck.note_moved();
        connection.moved = connection.moved.saturating_add(bytes);
        (connection.is_nearly_full || connection.moved >= Connections::UNASKED).then_some(id)
    }

    /// The connection of a socket, if it may be nearly full.
    pub(super) fn nearly_full(&self, socket: u64) -> Option<ConnectionId> {
        let id = *self.of.get(&socket)?;
        self.known.get(&id)?.is_nearly_full.then_some(id)
    }

    /// Whether the system has sent something on a full connection by itself since this was last asked.
    pub(super) fn take_was_probed(&mut self) -> bool {
        mem::take(&mut self.was_probed)
    }

    /// Whether something is known to be on its way on a connection.
    pub(super) fn is_in_flight(&mut self, id: ConnectionId, inside: &BTreeSet<pid_t>) -> bool {
        self.look_at(id, inside, &mut None).unwrap_or(false)
    }

    /// Whether something is known to be on its way on any connection.
    pub(super) fn are_in_flight(&mut self, inside: &BTreeSet<pid_t>) -> bool {
        let mut tree = None;
        let ids = self.known.keys().copied().collect::<Vec<_>>();
        let states = ids
            .into_iter()
            .filter_map(|id| self.look_at(id, inside, &mut tree));
        states.fold(false, |any, is_in_flight| any | is_in_flight)
    }

    /// Looks at a connection; `None` if one of its ends is gone.
    fn look_at(
        &mut self,
        id: ConnectionId,
        inside: &BTreeSet<pid_t>,
        tree: &mut Option<HashMap<u64, Place>>,
    ) -> Option<bool> {
        let connection = self.known.get_mut(&id)?;
        let is_in_flight = connection.is_in_flight(inside, tree);
        self.was_probed |= connection.stuck.take_was_probed();
        if is_in_flight.is_none() {
            self.known.remove(&id);
            self.of.retain(|_, of| *of != id);
        }
        is_in_flight
    }
}

impl Connection {
    /// Whether something is known to be on its way. What was received is acknowledged now if the sender needs to know.
    fn is_in_flight(
        &mut self,
        inside: &BTreeSet<pid_t>,
        tree: &mut Option<HashMap<u64, Place>>,
    ) -> Option<bool> {
        for (socket, place) in &mut self.ends {
            if !is_at(*place, *socket, inside) {
                // A server may fork for each connection, and the parent closes its descriptor.
                let tree = tree.get_or_insert_with(|| sockets_of(inside));
                *place = *tree.get(socket)?;
            }
        }
        let ends = self.ends.iter();
        let ends = ends
            .map(|(_, (process, descriptor))| {
                let socket = copy(*process, *descriptor)?;
                Some((Transfer::of(&socket)?, socket))
            })
            .collect::<Option<Vec<_>>>()?;
        self.moved = 0;
        self.is_nearly_full = ends.iter().any(|(transfer, _)| transfer.is_nearly_full());
        let is_in_flight = match ends.as_slice() {
            [one, other] => is_on_its_way(one, other) | is_on_its_way(other, one),
            [(only, _)] => only.awaits_acknowledgement(),
            _ => false,
        };
        let mut stuck = [None; 2];
        for (stuck, (transfer, _)) in stuck.iter_mut().zip(&ends) {
            *stuck = transfer.stuck();
        }
        self.stuck.note(stuck, is_in_flight);
        Some(is_in_flight)
    }
}

/// Whether something is on its way from one end to the other, or its acknowledgement on the way back.
fn is_on_its_way((from, _): &(Transfer, OwnedFd), (to, socket): &(Transfer, OwnedFd)) -> bool {
    if !from.has_arrived_at(to) {
        return true;
    }
    let awaits = from.awaits_acknowledgement();
    if awaits {
        // The kernel may still delay it: then the wait is longer.
        let _ = sockopt::set_tcp_quickack(socket, true);
    }
    awaits
}

/// Whether a process inside has a socket at a descriptor.
fn is_at((process, descriptor): Place, socket: u64, inside: &BTreeSet<pid_t>) -> bool {
    let found = || file(process, descriptor).and_then(|name| inode(&name));
    inside.contains(&process) && found() == Some(socket)
}

#[cfg(test)]
mod tests {
    use super::Connections;

    #[test]
    fn a_socket_that_has_connected_is_joined_by_the_accepted_one() {
        let (ours, theirs) = ((11, (1, 3)), (12, (2, 4)));
        let mut connections = Connections::default();
        connections.insert(&[ours]);
        let alone = connections.nearly_full(11).unwrap();
        assert_eq!(connections.nearly_full(12), None);
        connections.insert(&[ours, theirs]);
        let both = connections.nearly_full(11).unwrap();
        assert_ne!(alone, both);
        // What is known already stays.
        connections.insert(&[theirs, ours]);
        connections.insert(&[ours]);
        assert_eq!(connections.nearly_full(12), Some(both));
        assert_eq!(connections.note_moved(12, 1), Some(both));
        assert_eq!(connections.known.len(), 1);
    }
}

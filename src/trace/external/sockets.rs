//! Sockets: which of them reach the outside.
//!
//! A connection with both ends in the traced tree is inside. So is a socket that only listens, or is only bound: nobody
//! outside depends on the time that passes while a thread waits for it. A connection made by a process outside, or a
//! datagram sent outside, marks its socket as outside for good.
//!
//! The kernel's tables (`/proc/net/tcp` and others, `proc_pid_net(5)`) say which sockets are the two ends of a connection.

use super::Reach;
use crate::trace::proc::{self, file};
use libc::pid_t;
use rustix::{
    net::sockopt::socket_peercred,
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

const SOCKET: &str = "a socket";
/// TCP states in the tables (`tcp_states.h`).
const SYN_SENT: u8 = 2;
const LISTEN: u8 = 10;

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
    /// The two ends of connections inside, each a process and a descriptor.
    connections: HashMap<PathBuf, [(pid_t, i32); 2]>,
    /// Every process that the program has had.
    members: HashSet<pid_t>,
}

/// An entry of one of the kernel's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    local: SocketAddr,
    remote: SocketAddr,
    state: u8,
    /// 0 if no process has it: it was closed, or has not been accepted.
    inode: u64,
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

    /// Notes a socket that is bound to a Unix address.
    pub(in crate::trace) fn note_bound(&mut self, thread: pid_t, descriptor: i32) {
        self.bound.extend(file(thread, descriptor));
    }

    /// Notes that a socket reaches outside.
    pub(in crate::trace) fn note_outside(&mut self, thread: pid_t, descriptor: i32) {
        self.outside.extend(file(thread, descriptor));
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
        let tree = sockets_of(inside);
        let tcp = table(thread, &["tcp", "tcp6"]);
        let in_tree = |to: SocketAddr| listens(&tcp, to, &tree);
        let open = || Reach::Open(SOCKET.to_owned());
        let inside_if = |is_inside: bool| Reach::outside_if(!is_inside, SOCKET);
        // What is certain for good, and what only for this wait.
        let (reach, is_final) = match find(&tcp, inode) {
            Some(entry) if entry.state == LISTEN => (open(), true),
            Some(entry) if entry.state == SYN_SENT => (inside_if(in_tree(entry.remote)), false),
            Some(entry) => match mirrored(&tcp, entry) {
                // It has not been accepted yet, or its process has closed it.
                Some(other) if other.inode == 0 => (inside_if(in_tree(entry.remote)), false),
                Some(other) => {
                    let peer = tree.get(&other.inode);
                    if let Some(peer) = peer {
                        let us = (thread, descriptor);
                        self.connections.insert(socket.to_owned(), [us, *peer]);
                    }
                    (inside_if(peer.is_some()), true)
                }
                // The other end is gone, or on another machine.
                None => (inside_if(entry.remote.ip().is_loopback()), false),
            },
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
        } else if !is_named_by(thread, address, inside) {
            self.outside.insert(socket);
        }
    }

    /// Notes that a socket is connected to an address: if that is the Unix address of a process outside, the socket
    /// reaches outside.
    pub(in crate::trace) fn note_connection(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        address: &[u8],
        inside: &BTreeSet<pid_t>,
    ) {
        let Some(socket) = file(thread, descriptor) else {
            return;
        };
        // Its previous connection no longer matters.
        self.known.remove(&socket);
        let is_local = family(address) == Some(libc::AF_UNIX);
        if is_local && !is_named_by(thread, address, inside) {
            self.outside.insert(socket);
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
            let peer = copy(thread, descriptor).and_then(|socket| socket_peercred(socket).ok());
            let peer = peer.map(|peer| peer.pid.as_raw_nonzero().get());
            peer.is_none_or(|peer| !self.members.contains(&peer))
        } else {
            self.internet.insert(socket.clone());
            matches!(
                self.reach(thread, descriptor, &socket, inside),
                Reach::External(_)
            )
        };
        if is_outside {
            self.outside.insert(socket);
        }
        is_outside
    }

    /// Forgets all connections inside.
    pub(in crate::trace) fn forget_connections(&mut self) {
        self.connections.clear();
    }

    /// Whether bytes on a connection inside are known to be in flight.
    pub(in crate::trace) fn are_in_flight(&mut self, inside: &BTreeSet<pid_t>) -> bool {
        let mut in_flight = false;
        self.connections.retain(|socket, ends| {
            let is_it = |(process, descriptor): (pid_t, i32)| {
                inside.contains(&process) && file(process, descriptor).as_deref() == Some(socket)
            };
            if !is_it(ends[0]) {
                return false;
            }
            let states = ends.map(|(process, descriptor)| Transfer::of(process, descriptor));
            let [Some(ours), Some(theirs)] = states else {
                return false;
            };
            in_flight |= !ours.has_arrived_at(&theirs) || !theirs.has_arrived_at(&ours);
            true
        });
        in_flight
    }
}

/// How much one end of a connection has sent and received (`struct tcp_info`, `linux/tcp.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Transfer {
    sent: u64,
    received: u64,
    /// Segments that were not acknowledged, and bytes that were not sent.
    unacknowledged: u32,
    unsent: u32,
}

impl Transfer {
    fn of(process: pid_t, descriptor: i32) -> Option<Transfer> {
        const LEN: usize = 216;
        let socket = copy(process, descriptor)?;
        let mut info = [0_u8; LEN];
        let mut len = u32::try_from(LEN).ok()?;
        // SAFETY: it writes at most `len` bytes into `info`; rustix has no such option.
        let got = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &raw mut len,
            )
        };
        if got != 0 || usize::try_from(len).ok()? < LEN {
            return None;
        }
        let word = |at: usize| info[at..at + 8].try_into().map_or(0, u64::from_ne_bytes);
        let half = |at: usize| info[at..at + 4].try_into().map_or(0, u32::from_ne_bytes);
        Some(Transfer {
            sent: word(200).saturating_sub(word(208)),
            received: word(128),
            unacknowledged: half(24),
            unsent: half(144),
        })
    }

    /// Whether everything that can arrive at the other end has arrived: bytes that were not sent wait for its reader.
    fn has_arrived_at(&self, other: &Transfer) -> bool {
        other.received >= self.sent && (self.unsent == 0 || self.unacknowledged == 0)
    }
}

/// A copy of a process's descriptor, to query the socket.
fn copy(thread: pid_t, descriptor: i32) -> Option<OwnedFd> {
    let process = proc::process_of(thread)?;
    let pidfd = pidfd_open(Pid::from_raw(process)?, PidfdFlags::empty()).ok()?;
    pidfd_getfd(pidfd, descriptor, PidfdGetfdFlags::empty()).ok()
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

/// The entries of these tables, as a thread sees them.
fn table(thread: pid_t, names: &[&str]) -> Vec<Entry> {
    let lines = names
        .iter()
        .filter_map(|name| fs::read_to_string(format!("/proc/{thread}/net/{name}")).ok());
    lines
        .flat_map(|table| table.lines().filter_map(parse).collect::<Vec<_>>())
        .collect()
}

/// Parses a line of a table: number, local and remote address, state, queues, timers, user, inode.
fn parse(line: &str) -> Option<Entry> {
    let mut fields = line.split_whitespace();
    let (local, remote) = (fields.nth(1)?, fields.next()?);
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    Some(Entry {
        local: address(local)?,
        remote: address(remote)?,
        state,
        inode: fields.nth(5)?.parse().ok()?,
    })
}

/// Parses an address in the tables' format: words in host byte order, in hexadecimal, and a port.
fn address(shown: &str) -> Option<SocketAddr> {
    let (ip, port) = shown.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for word in 0..ip.len() / 8 {
        let word = u32::from_str_radix(ip.get(8 * word..8 * word + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(v4) => IpAddr::from(v4),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
    };
    Some(SocketAddr::new(ip, port))
}

fn find(table: &[Entry], inode: u64) -> Option<Entry> {
    table.iter().find(|entry| entry.inode == inode).copied()
}

/// The other end of a connection.
fn mirrored(table: &[Entry], entry: Entry) -> Option<Entry> {
    let mut others = table.iter();
    others
        .find(|other| other.local == entry.remote && other.remote == entry.local)
        .copied()
}

/// Whether a socket of the traced tree listens at an address.
fn listens(table: &[Entry], at: SocketAddr, tree: &HashMap<u64, (pid_t, i32)>) -> bool {
    let listening = table.iter().filter(|entry| entry.state == LISTEN);
    listening
        .filter(|entry| is_at(entry.local, at))
        .any(|entry| tree.contains_key(&entry.inode))
}

/// Whether a socket of the traced tree is bound to an address.
fn is_bound(table: &[Entry], to: SocketAddr, tree: &HashMap<u64, (pid_t, i32)>) -> bool {
    let bound = table.iter().filter(|entry| is_at(entry.local, to));
    bound
        .into_iter()
        .any(|entry| tree.contains_key(&entry.inode))
}

/// Whether a socket bound to one address receives what is sent to the other.
fn is_at(bound: SocketAddr, address: SocketAddr) -> bool {
    bound.port() == address.port() && (bound.ip().is_unspecified() || bound.ip() == address.ip())
}

/// Whether an inode is that of a Unix socket.
fn is_unix(thread: pid_t, inode: u64) -> bool {
    let number = inode.to_string();
    let table = fs::read(format!("/proc/{thread}/net/unix")).unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    let mut lines = table.lines();
    lines.any(|line| line.split_whitespace().nth(6) == Some(&number))
}

/// Whether a socket of the traced tree is bound to a Unix address. Different paths may lead to the same folder, so only
/// the last part of the name is compared.
fn is_named_by(thread: pid_t, address: &[u8], inside: &BTreeSet<pid_t>) -> bool {
    let Some(name) = unix_name(address) else {
        return false;
    };
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let tree = sockets_of(inside);
    let table = fs::read(format!("/proc/{thread}/net/unix")).unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    table.lines().any(|line| {
        let mut fields = line.split_whitespace();
        let inode = fields.nth(6).and_then(|inode| inode.parse().ok());
        let bound = fields.collect::<Vec<_>>().join(" ");
        !bound.is_empty()
            && last(&bound) == last(&name)
            && inode.is_some_and(|inode: u64| tree.contains_key(&inode))
    })
}

fn family(address: &[u8]) -> Option<i32> {
    let family = address.first_chunk::<2>()?;
    Some(i32::from(u16::from_ne_bytes(*family)))
}

/// The name in a `struct sockaddr_un` (unix(7)), in the table's format: an abstract name begins with `@`.
fn unix_name(address: &[u8]) -> Option<String> {
    if family(address) != Some(libc::AF_UNIX) {
        return None;
    }
    let name = match address.get(2..)? {
        [0, rest @ ..] if !rest.is_empty() => [b"@", rest].concat(),
        name => name.split(|byte| *byte == 0).next()?.to_vec(),
    };
    // The table shows a NUL within an abstract name as `@`, too.
    let name: Vec<u8> = name
        .into_iter()
        .map(|byte| if byte == 0 { b'@' } else { byte })
        .collect();
    (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
}

/// The address in a `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)).
fn internet_address(address: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(address.get(2..4)?.try_into().ok()?);
    let ip = match family(address)? {
        libc::AF_INET => {
            let bytes: [u8; 4] = address.get(4..8)?.try_into().ok()?;
            IpAddr::V4(Ipv4Addr::from(bytes))
        }
        libc::AF_INET6 => {
            let bytes: [u8; 16] = address.get(8..24)?.try_into().ok()?;
            IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::{LISTEN, Transfer, address, internet_address, is_at, parse, unix_name};

    #[test]
    fn a_line_of_the_table_is_parsed() {
        let line = "   0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 539 1 0 100 0 0 10 0";
        let entry = parse(line).unwrap();
        assert_eq!(entry.local.to_string(), "127.0.0.1:2024");
        assert_eq!((entry.state, entry.inode), (LISTEN, 539));
        assert_eq!(
            parse("  sl  local_address rem_address   st tx_queue rx_queue"),
            None
        );
    }

    #[test]
    fn an_ipv4_mapped_address_equals_the_ipv4_address() {
        let mapped = "0000000000000000FFFF00000100007F:0050";
        assert_eq!(address(mapped), address("0100007F:0050"));
        let loopback = address("00000000000000000000000001000000:0050").unwrap();
        assert_eq!(loopback.to_string(), "[::1]:80");
        let any = address("00000000:0050").unwrap();
        assert!(is_at(any, loopback) && !is_at(loopback, any));
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&[2, 0, 0, 80, 127, 0, 0, 1]);
        assert_eq!(internet_address(&bytes), address("0100007F:0050"));
    }

    #[test]
    fn a_name_ends_at_its_nul_and_an_abstract_one_begins_with_an_at() {
        assert_eq!(unix_name(b"\x01\0/tmp/a\0junk"), Some("/tmp/a".to_owned()));
        assert_eq!(unix_name(b"\x01\0\0name"), Some("@name".to_owned()));
        assert_eq!(unix_name(b"\x01\0"), None);
        assert_eq!(unix_name(b"\x02\0\0\0"), None);
    }

    #[test]
    fn bytes_have_arrived_unless_some_are_on_their_way() {
        let idle = Transfer {
            sent: 7,
            received: 3,
            unacknowledged: 0,
            unsent: 0,
        };
        let other = Transfer {
            sent: 3,
            received: 7,
            ..idle
        };
        assert!(idle.has_arrived_at(&other) && other.has_arrived_at(&idle));
        let ahead = Transfer { sent: 8, ..idle };
        assert!(!ahead.has_arrived_at(&other));
        // It waits for an acknowledgement, or for its reader.
        let waits = Transfer {
            unsent: 5,
            unacknowledged: 1,
            ..idle
        };
        assert!(!waits.has_arrived_at(&other));
        let full = Transfer { unsent: 5, ..idle };
        assert!(full.has_arrived_at(&other));
    }
}

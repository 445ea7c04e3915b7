//! The kernel's tables of Internet sockets (`/proc/net/tcp` and others, `proc_pid_net(5)`).

use libc::pid_t;
use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, SocketAddr},
};

/// TCP states in the tables (`tcp_states.h`).
pub(super) const SYN_SENT: u8 = 2;
pub(super) const CLOSED: u8 = 7;
pub(super) const LISTEN: u8 = 10;

/// An entry of one of the kernel's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) state: u8,
    /// 0 if no process has it: it was closed, or has not been accepted.
    pub(super) inode: u64,
}

/// The entries of these tables, as a thread sees them.
pub(super) fn table(thread: pid_t, names: &[&str]) -> Vec<Entry> {
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

pub(super) fn find(table: &[Entry], inode: u64) -> Option<Entry> {
    table.iter().find(|entry| entry.inode == inode).copied()
}

/// The other end of a connection.
pub(super) fn mirrored(table: &[Entry], entry: Entry) -> Option<Entry> {
    let mut others = table.iter();
    others
        .find(|other| other.local == entry.remote && other.remote == entry.local)
        .copied()
}

/// Whether a table has both ends of a connection, each of which a process has, or a socket that listens.
pub(super) fn has_both_ends(table: &[Entry], inode: u64) -> bool {
    find(table, inode).is_some_and(|entry| {
        entry.state == LISTEN || mirrored(table, entry).is_some_and(|other| other.inode != 0)
    })
}

/// Whether a socket of the traced tree listens at an address.
pub(super) fn listens(table: &[Entry], at: SocketAddr, tree: &HashMap<u64, (pid_t, i32)>) -> bool {
    let listening = table.iter().filter(|entry| entry.state == LISTEN);
    listening
        .filter(|entry| is_at(entry.local, at))
        .any(|entry| tree.contains_key(&entry.inode))
}

/// Whether a socket of the traced tree is bound to an address.
pub(super) fn is_bound(table: &[Entry], to: SocketAddr, tree: &HashMap<u64, (pid_t, i32)>) -> bool {
    let bound = table.iter().filter(|entry| is_at(entry.local, to));
    bound
        .into_iter()
        .any(|entry| tree.contains_key(&entry.inode))
}

/// Whether a socket bound to one address receives what is sent to the other.
fn is_at(bound: SocketAddr, address: SocketAddr) -> bool {
    bound.port() == address.port() && (bound.ip().is_unspecified() || bound.ip() == address.ip())
}

#[cfg(test)]
mod tests {
    use super::{LISTEN, address, is_at, parse};

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
    }
}

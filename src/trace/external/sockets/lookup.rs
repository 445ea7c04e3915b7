//! Asks the kernel for one TCP socket by its addresses (`sock_diag(7)`).

use super::table::Entry;
use libc::pid_t;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};
use std::{
    fs,
    net::{IpAddr, SocketAddr},
    os::fd::OwnedFd,
};

/// The type of requests and of answers, and the flag of a request (`linux/sock_diag.h`, `linux/netlink.h`).
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
/// The sizes of a message's header, of a request (`struct inet_diag_req_v2`) and of an answer (`struct inet_diag_msg`).
const HEADER: usize = 16;
const REQUEST: usize = 56;
const ANSWER: usize = 72;

/// A socket by which the kernel is asked.
#[derive(Debug)]
pub(super) struct Lookup(OwnedFd);

impl Lookup {
    /// `None` if the kernel cannot be asked, or a thread has another network than this process.
    pub(super) fn new(thread: pid_t) -> Option<Lookup> {
        let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
        if network("self")? != network(&thread.to_string())? {
            return None;
        }
        let kernel = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        );
        kernel.ok().map(Lookup)
    }

    /// Returns the TCP socket at `local` that receives what `remote` sends: an end of that connection or, if there is none, a
    /// listening socket. `None` if there is neither, or the kernel does not answer.
    pub(super) fn socket(&self, local: SocketAddr, remote: SocketAddr) -> Option<Entry> {
        send(&self.0, &request(local, remote), SendFlags::empty()).ok()?;
        let mut answer = [0; 4096];
        // The kernel answers before `send` returns.
        let (len, _) = recv(&self.0, &mut answer, RecvFlags::DONTWAIT).ok()?;
        parse(answer.get(..len)?)
    }
}

/// A request for a TCP socket by its addresses.
fn request(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = match local {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    let mut request = Vec::with_capacity(HEADER + REQUEST);
    let len = u32::try_from(HEADER + REQUEST).unwrap_or(0);
    request.extend(len.to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(NLM_F_REQUEST.to_ne_bytes());
    // Its number, and the kernel as the receiver.
    request.extend([0; 8]);
    let byte = |number: i32| u8::try_from(number).unwrap_or(0);
    request.extend([byte(family), byte(libc::IPPROTO_TCP), 0, 0]);
    // In any state.
    request.extend(u32::MAX.to_ne_bytes());
    request.extend(local.port().to_be_bytes());
    request.extend(remote.port().to_be_bytes());
    for address in [local.ip(), remote.ip()] {
        let mut octets = [0; 16];
        match address {
            IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => octets = address.octets(),
        }
        request.extend(octets);
    }
    // On any interface, and whatever its cookie is.
    request.extend([0; 4]);
    request.extend([u8::MAX; 8]);
    request
}

/// The socket of an answer.
fn parse(answer: &[u8]) -> Option<Entry> {
    let kind = answer.get(4..6)?.try_into().ok()?;
    let body = answer.get(HEADER..HEADER + ANSWER)?;
    if u16::from_ne_bytes(kind) != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    let address = |at: usize| -> Option<IpAddr> {
        if i32::from(body[0]) == libc::AF_INET {
            return Some(<[u8; 4]>::try_from(&body[at..at + 4]).ok()?.into());
        }
        let octets = <[u8; 16]>::try_from(&body[at..at + 16]).ok()?;
        Some(IpAddr::from(octets).to_canonical())
    };
    Some(Entry {
        local: SocketAddr::new(address(8)?, port(4)),
        remote: SocketAddr::new(address(24)?, port(6)),
        state: body[1],
        inode: u32::from_ne_bytes(body[68..72].try_into().ok()?).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::Lookup;
    use crate::trace::external::sockets::table::{LISTEN, table};
    use std::{
        net::{TcpListener, TcpStream},
        process,
    };

    #[track_caller]
    fn is_as_in_the_table(listening_at: &str, called: &str) {
        let thread = i32::try_from(process::id()).unwrap();
        let listener = TcpListener::bind((listening_at, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connected = TcpStream::connect((called, port)).unwrap();
        let (from, at) = (connected.local_addr(), connected.peer_addr());
        let (from, at) = (from.unwrap(), at.unwrap());
        let lookup = Lookup::new(thread).unwrap();
        for (local, remote) in [(from, at), (at, from)] {
            let entry = lookup.socket(local, remote).unwrap();
            let table = table(thread, &["tcp", "tcp6"]);
            let mut shown = table
                .iter()
                .filter(|shown| (shown.local, shown.remote) == (local, remote));
            assert_eq!(Some(&entry), shown.next());
            // That end is not accepted yet, so no descriptor refers to it.
            assert_eq!(entry.inode == 0, local == at);
        }
        let (_accepted, _) = listener.accept().unwrap();
        assert_ne!(lookup.socket(at, from).unwrap().inode, 0);
        // Nobody is connected from there.
        let mut stranger = from;
        stranger.set_port(1);
        assert_eq!(lookup.socket(at, stranger).unwrap().state, LISTEN);
        assert_eq!(lookup.socket(stranger, from), None);
    }

    #[test]
    fn a_socket_is_as_in_the_kernels_table() {
        is_as_in_the_table("127.0.0.1", "127.0.0.1");
        is_as_in_the_table("0.0.0.0", "127.0.0.1");
    }

    #[test]
    fn a_socket_of_ipv6_is_as_in_the_kernels_table() {
        // Not every machine has IPv6.
        if TcpListener::bind(("::1", 0)).is_ok() {
            is_as_in_the_table("::1", "::1");
            is_as_in_the_table("::", "127.0.0.1");
        }
    }
}

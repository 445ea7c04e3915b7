//! Addresses of sockets, as system calls have them.

use rustix::net::SocketAddrAny;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The family of an address; `None` if it is too short.
pub(super) fn family(address: &[u8]) -> Option<i32> {
    let family = address.first_chunk::<2>()?;
    Some(i32::from(u16::from_ne_bytes(*family)))
}

/// The address in a `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)).
pub(super) fn internet_address(address: &[u8]) -> Option<SocketAddr> {
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

/// The address of an Internet socket, an IPv4-mapped one as that of IPv4.
pub(super) fn canonical(name: SocketAddrAny) -> Option<SocketAddr> {
    let name = SocketAddr::try_from(name).ok()?;
    Some(SocketAddr::new(name.ip().to_canonical(), name.port()))
}

#[cfg(test)]
mod tests {
    use super::internet_address;

    #[test]
    fn an_ipv4_address_is_read() {
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&[2, 0, 0, 80, 127, 0, 0, 1]);
        assert_eq!(internet_address(&bytes), "127.0.0.1:80".parse().ok());
    }
}

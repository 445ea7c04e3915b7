//! What of a TCP connection is on its way.

use super::copy;
use libc::pid_t;
use std::os::fd::AsRawFd;

/// How much of `struct tcp_info` is asked for.
const LEN: usize = 216;

/// How much one end of a connection has sent and received (`struct tcp_info`, `linux/tcp.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    sent: u64,
    received: u64,
    /// Segments that were not acknowledged, and bytes that were not sent.
    unacknowledged: u32,
    unsent: u32,
}

impl Transfer {
    pub(super) fn of(process: pid_t, descriptor: i32) -> Option<Transfer> {
        let info = information(process, descriptor)?;
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
    pub(super) fn has_arrived_at(&self, other: &Transfer) -> bool {
        other.received >= self.sent && (self.unsent == 0 || self.unacknowledged == 0)
    }
}

/// The state of a TCP socket (`tcp_states.h`); `None` for other sockets.
pub(super) fn state(process: pid_t, descriptor: i32) -> Option<u8> {
    Some(information(process, descriptor)?[0])
}

/// What the kernel tells of a TCP socket (`struct tcp_info`).
fn information(process: pid_t, descriptor: i32) -> Option<[u8; LEN]> {
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
    (got == 0 && usize::try_from(len).ok()? >= LEN).then_some(info)
}

#[cfg(test)]
mod tests {
    use super::Transfer;

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

//! What of a TCP connection is on its way.

use super::{copy, option::option, stuck::Progress};
use libc::pid_t;
use std::os::fd::OwnedFd;

/// The option that libc does not name (`asm-generic/socket.h`).
const SO_MEMINFO: i32 = 55;

/// How much one end of a connection has sent and received (`struct tcp_info`, `linux/tcp.h`), and what its buffers hold
/// (`SO_MEMINFO`, `linux/sock_diag.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    sent: u64,
    received: u64,
    /// Segments that were not acknowledged, and bytes that were not sent.
    unacknowledged: u32,
    unsent: u32,
    /// For how many bytes the other end has said that it has space.
    window: u32,
    /// Bytes of memory in the buffers, and how many these may hold.
    receive_buffer: Buffer,
    send_buffer: Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Buffer {
    used: u32,
    size: u32,
}

impl Transfer {
    pub(super) fn of(socket: &OwnedFd) -> Option<Transfer> {
        let info: [u8; 232] = option(socket, libc::IPPROTO_TCP, libc::TCP_INFO)?;
        let memory: [u8; 24] = option(socket, libc::SOL_SOCKET, SO_MEMINFO)?;
        let word = |at: usize| info[at..at + 8].try_into().map_or(0, u64::from_ne_bytes);
        let half =
            |from: &[u8], at: usize| from[at..at + 4].try_into().map_or(0, u32::from_ne_bytes);
        let buffer = |used, size| Buffer {
            used: half(&memory, used),
            size: half(&memory, size),
        };
        Some(Transfer {
            sent: word(200).saturating_sub(word(208)),
            received: word(128),
            unacknowledged: half(&info, 24),
            unsent: half(&info, 144),
            window: half(&info, 228),
            receive_buffer: buffer(0, 4),
            send_buffer: buffer(20, 12),
        })
    }

    /// Whether everything that was sent has arrived at the other end.
    pub(super) fn has_arrived_at(&self, other: &Transfer) -> bool {
        other.received >= self.sent
    }

    /// Whether an acknowledgement would make space for more.
    pub(super) fn awaits_acknowledgement(&self) -> bool {
        self.unacknowledged > 0 && self.has_no_space()
    }

    /// Whether this end may be full soon, in one direction or the other.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.has_no_space() || self.receive_buffer.used >= self.receive_buffer.size / 4
    }

    /// Where this end is stuck.
    pub(super) fn stuck(&self) -> Progress {
        (self.unsent > 0).then_some((self.sent, self.window))
    }

    /// Whether bytes wait to be sent, or a writer may have to wait.
    fn has_no_space(&self) -> bool {
        self.unsent > 0 || self.send_buffer.used >= self.send_buffer.size / 3
    }
}

/// The state of a TCP socket (`tcp_states.h`); `None` for other sockets.
pub(super) fn state(process: pid_t, descriptor: i32) -> Option<u8> {
    let [state] = option(
        &copy(process, descriptor)?,
        libc::IPPROTO_TCP,
        libc::TCP_INFO,
    )?;
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Transfer};

    const IDLE: Transfer = Transfer {
        sent: 7,
        received: 3,
        unacknowledged: 0,
        unsent: 0,
        window: 0,
        receive_buffer: Buffer { used: 0, size: 100 },
        send_buffer: Buffer { used: 0, size: 100 },
    };

    #[test]
    fn bytes_have_arrived_unless_some_are_on_their_way() {
        let other = Transfer {
            sent: 3,
            received: 7,
            ..IDLE
        };
        assert!(IDLE.has_arrived_at(&other) && other.has_arrived_at(&IDLE));
        let ahead = Transfer { sent: 8, ..IDLE };
        assert!(!ahead.has_arrived_at(&other));
    }

    #[test]
    fn an_acknowledgement_matters_only_to_a_sender_without_space() {
        let unacknowledged = Transfer {
            unacknowledged: 1,
            ..IDLE
        };
        assert!(!unacknowledged.awaits_acknowledgement());
        let waits = Transfer {
            unsent: 5,
            ..unacknowledged
        };
        let full = Transfer {
            send_buffer: Buffer {
                used: 90,
                size: 100,
            },
            ..unacknowledged
        };
        assert!(waits.awaits_acknowledgement() && full.awaits_acknowledgement());
        // It waits for the other end's reader.
        let acknowledged = Transfer { unsent: 5, ..IDLE };
        assert!(!acknowledged.awaits_acknowledgement() && acknowledged.is_nearly_full());
        assert_eq!((acknowledged.stuck(), IDLE.stuck()), (Some((7, 0)), None));
    }
}

//! The kernel's timestamps of packets (`SO_TIMESTAMP` and others, socket(7)), which are real: a program finds the virtual
//! instant at which it receives the packet.

use super::messages::MESSAGE;
use crate::trace::{
    arch::Registers,
    clock::Base,
    memory::{Unit, read, read_word, write_time},
    tracer::Tracer,
};
use libc::pid_t;

/// Where `struct msghdr` has its control messages and their size (recvmsg(2)).
const CONTROL: u64 = 32;
const CONTROL_LEN: u64 = 40;
/// The size of a control message's header, before its data (cmsg(3)).
const HEADER: u64 = 16;
/// The most control messages that one message has.
const MAX_CONTROL: usize = 64;

impl Tracer<'_> {
    /// A thread has received a message, or several.
    pub(super) fn exit_receive(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        match entry.call() {
            libc::SYS_recvmsg => self.replace_packet_times(id, entry.argument(1)),
            libc::SYS_recvmmsg => {
                for message in 0..returned.unsigned_abs() {
                    self.replace_packet_times(id, entry.argument(1) + MESSAGE * message);
                }
            }
            _ => {}
        }
    }

    /// Replaces the timestamps among the control messages of the message at an address.
    fn replace_packet_times(&mut self, id: pid_t, message: u64) {
        let field = |offset| read_word(id, message + offset).unwrap_or(0);
        let (mut at, len) = (field(CONTROL), field(CONTROL_LEN));
        let end = at.saturating_add(len);
        for _ in 0..MAX_CONTROL {
            if at == 0 || at + HEADER > end {
                return;
            }
            let Some(header) = read::<16>(id, at) else {
                return;
            };
            let word = |from: usize| i32::from_le_bytes([0, 1, 2, 3].map(|i| header[from + i]));
            if let Some((unit, count)) = timestamps(word(8), word(12)) {
                let shown = self.clock.shows(Base::Wall);
                for index in 0..count {
                    let stamp = at + HEADER + 16 * index;
                    // A kind of stamp that was not taken is zero.
                    if read::<16>(id, stamp).is_some_and(|stamp| stamp != [0; 16]) {
                        write_time(id, stamp, shown, unit);
                    }
                }
            }
            let len = u64::try_from(word(0)).unwrap_or(0).max(HEADER);
            at += len.next_multiple_of(8);
        }
    }
}

/// How many timestamps a control message has, and in which unit; `None` if it has none. Their newer variants are equal on a
/// 64-bit machine.
fn timestamps(level: i32, kind: i32) -> Option<(Unit, u64)> {
    const NEW: i32 = 63;
    const NEW_NANOSECONDS: i32 = 64;
    const NEW_SEVERAL: i32 = 65;
    if level != libc::SOL_SOCKET {
        return None;
    }
    match kind {
        libc::SO_TIMESTAMP | NEW => Some((Unit::Microseconds, 1)),
        libc::SO_TIMESTAMPNS | NEW_NANOSECONDS => Some((Unit::Nanoseconds, 1)),
        libc::SO_TIMESTAMPING | NEW_SEVERAL => Some((Unit::Nanoseconds, 3)),
        _ => None,
    }
}

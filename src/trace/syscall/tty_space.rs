//! How much a non-blocking write to a terminal takes.
//!
//! A kernel worker brings what was written to a terminal to its other side, so that the space for a write depends on how far
//! the worker is. A blocking write does not show that. A non-blocking one is shortened to what always fits: the other side is
//! emptied after every write.

use crate::trace::{
    arch::Registers,
    memory::{read_into, read_word},
    proc,
};
use libc::{c_long, pid_t};

/// What there is room for on an empty terminal, though its driver may make each byte two: half of what it holds.
const ROOM: u64 = 4096;
/// How many pieces a write may have (readv(2), `IOV_MAX`).
const MAX_PIECES: usize = 1024;
const PIECE: usize = 16;

/// The call for which there is room, where what the program makes is a longer write to a terminal that does not wait.
pub(super) fn fit(thread: pid_t, entry: &Registers) -> Option<Registers> {
    let call: c_long = entry.call();
    let (descriptor, count) = match call {
        libc::SYS_write => (0, 2),
        libc::SYS_sendfile => (0, 3),
        libc::SYS_splice => (2, 4),
        libc::SYS_writev => return shorten_writev(thread, entry),
        _ => return None,
    };
    if entry.argument(count) <= ROOM || !is_nonblocking_terminal(thread, entry.int(descriptor)) {
        return None;
    }
    let mut fitting = *entry;
    fitting.set_argument(count, ROOM);
    Some(fitting)
}

fn shorten_writev(thread: pid_t, entry: &Registers) -> Option<Registers> {
    let (pieces, count) = (entry.argument(1), usize::try_from(entry.int(2)).ok()?);
    let mut bytes = vec![0; PIECE * count.min(MAX_PIECES)];
    if !read_into(thread, pieces, &mut bytes) {
        return None;
    }
    // How many whole pieces there is room for, and their length together.
    let (mut whole, mut taken) = (0_u64, 0_u64);
    let lens = bytes
        .chunks_exact(PIECE)
        .filter_map(|piece| piece[8..].try_into().ok());
    for len in lens.map(u64::from_le_bytes) {
        if taken.saturating_add(len) > ROOM {
            break;
        }
        whole += 1;
        taken += len;
    }
    let is_all = whole == (bytes.len() / PIECE) as u64;
    if is_all || !is_nonblocking_terminal(thread, entry.int(0)) {
        return None;
    }
    let mut fitting = *entry;
    if taken > 0 {
        fitting.set_argument(2, whole);
    } else {
        // The first that is not empty is too long.
        fitting.set_call(libc::SYS_write);
        fitting.set_argument(1, read_word(thread, pieces + PIECE as u64 * whole)?);
        fitting.set_argument(2, ROOM);
    }
    Some(fitting)
}

/// Whether a descriptor is of a terminal, and its writes do not wait (`proc_pid_fdinfo(5)`).
fn is_nonblocking_terminal(thread: pid_t, descriptor: i32) -> bool {
    let info = proc::fdinfo(thread, descriptor);
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & libc::O_NONBLOCK != 0)
        && proc::file(thread, descriptor).is_some_and(|file| proc::is_terminal(&file))
}

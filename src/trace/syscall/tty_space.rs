//! How many bytes a non-blocking write to a terminal accepts.
//!
//! A kernel worker moves what is written to one side of a terminal to the other, so the space left for a write depends
//! on how far the worker has come. A blocking write does not show that. A non-blocking one is shortened to what always
//! fits, as the other side is drained after every write.

use crate::trace::{
    arch::Registers,
    memory::{read_into, read_word},
    proc,
};
use libc::{c_long, pid_t};

/// The space of an empty terminal if every byte becomes two: half of its capacity.
const SPACE: u64 = 4096;
/// How many buffers a write may have (readv(2), `IOV_MAX`), and the size of a `struct iovec`.
const MAX_IOVECS: usize = 1024;
const IOVEC: usize = 16;

/// The shortened system call, if this one is a longer non-blocking write to a terminal.
pub(super) fn shorten(thread: pid_t, entry: &Registers) -> Option<Registers> {
    let call: c_long = entry.call();
    let (descriptor, count) = match call {
        libc::SYS_write => (0, 2),
        libc::SYS_sendfile => (0, 3),
        libc::SYS_splice => (2, 4),
        libc::SYS_writev => return shorten_writev(thread, entry),
        _ => return None,
    };
    if entry.argument(count) <= SPACE || !is_nonblocking_terminal(thread, entry.int(descriptor)) {
        return None;
    }
    let mut shortened = *entry;
    shortened.set_argument(count, SPACE);
    Some(shortened)
}

fn shorten_writev(thread: pid_t, entry: &Registers) -> Option<Registers> {
    let (pieces, count) = (entry.argument(1), usize::try_from(entry.int(2)).ok()?);
    let mut bytes = vec![0; IOVEC * count.min(MAX_IOVECS)];
    if !read_into(thread, pieces, &mut bytes) {
        return None;
    }
    // How many whole buffers fit, and their total length.
    let (mut whole, mut taken) = (0_u64, 0_u64);
    let lens = bytes
        .chunks_exact(IOVEC)
        .filter_map(|piece| piece[8..].try_into().ok());
    for len in lens.map(u64::from_le_bytes) {
        if taken.saturating_add(len) > SPACE {
            break;
        }
        whole += 1;
        taken += len;
    }
    let is_all = whole == (bytes.len() / IOVEC) as u64;
    if is_all || !is_nonblocking_terminal(thread, entry.int(0)) {
        return None;
    }
    let mut shortened = *entry;
    if taken > 0 {
        shortened.set_argument(2, whole);
    } else {
        // The first buffer that is not empty is too long.
        shortened.set_call(libc::SYS_write);
        shortened.set_argument(1, read_word(thread, pieces + IOVEC as u64 * whole)?);
        shortened.set_argument(2, SPACE);
    }
    Some(shortened)
}

/// Whether a descriptor refers to a terminal and is non-blocking (`proc_pid_fdinfo(5)`).
fn is_nonblocking_terminal(thread: pid_t, descriptor: i32) -> bool {
    let info = proc::fdinfo(thread, descriptor);
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & libc::O_NONBLOCK != 0)
        && proc::file(thread, descriptor).is_some_and(|file| proc::is_terminal(&file))
}

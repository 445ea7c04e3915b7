//! Reads and writes the memory of a stopped program, and times in it.

use libc::pid_t;
use std::time::Duration;

const NANOSECONDS: u64 = 1_000_000_000;

/// The format of a time: two machine words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// `struct timespec`: seconds and nanoseconds.
    Nanoseconds,
    /// `struct timeval`: seconds and microseconds.
    Microseconds,
}

/// Reads a thread's memory; `None` if it is not mapped.
pub(super) fn read<const LEN: usize>(thread: pid_t, address: u64) -> Option<[u8; LEN]> {
    let mut bytes = [0; LEN];
    read_into(thread, address, &mut bytes).then_some(bytes)
}

/// Reads a thread's memory. Returns whether all of it is mapped.
pub(super) fn read_into(thread: pid_t, address: u64, bytes: &mut [u8]) -> bool {
    let here = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    let there = libc::iovec {
        iov_base: address as *mut _,
        iov_len: bytes.len(),
    };
    // SAFETY: it writes at most `bytes.len()` bytes into `bytes`; the other address is in another process.
    let read =
        unsafe { libc::process_vm_readv(thread, &raw const here, 1, &raw const there, 1, 0) };
    usize::try_from(read) == Ok(bytes.len())
}

/// Writes a thread's memory. Returns whether all of it is writable.
pub(super) fn write(thread: pid_t, address: u64, bytes: &[u8]) -> bool {
    let here = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let there = libc::iovec {
        iov_base: address as *mut _,
        iov_len: bytes.len(),
    };
    // SAFETY: it reads `bytes`; the other address is in another process.
    let written =
        unsafe { libc::process_vm_writev(thread, &raw const here, 1, &raw const there, 1, 0) };
    usize::try_from(written) == Ok(bytes.len())
}

/// Reads a machine word.
pub(super) fn read_word(thread: pid_t, address: u64) -> Option<u64> {
    read(thread, address).map(u64::from_le_bytes)
}

/// Reads a path, which ends in a zero byte; `None` if it is not mapped, or too long.
pub(super) fn read_path(thread: pid_t, address: u64) -> Option<Vec<u8>> {
    /// Memory is mapped in pages of a multiple of this size.
    const PIECE: usize = 256;
    const MAX: usize = libc::PATH_MAX as usize;
    let (mut path, mut at) = (Vec::new(), address);
    while path.len() < MAX {
        let mut piece = [0; PIECE];
        let piece = &mut piece[usize::try_from(at).ok()? % PIECE..];
        if !read_into(thread, at, piece) {
            return None;
        }
        if let Some(len) = piece.iter().position(|byte| *byte == 0) {
            path.extend(&piece[..len]);
            return Some(path);
        }
        path.extend(&*piece);
        at += piece.len() as u64;
    }
    None
}

/// Reads a time in nanoseconds. `None` if it is not mapped, or invalid for every system call: negative, or with a
/// fraction of a second or more.
pub(super) fn read_time(thread: pid_t, address: u64, unit: Unit) -> Option<u64> {
    let words: [u8; 16] = read(thread, address)?;
    let word = |at: usize| {
        let bytes = words[at..at + 8].try_into().ok()?;
        u64::try_from(i64::from_le_bytes(bytes)).ok()
    };
    let (seconds, fraction) = (word(0)?, word(8)?);
    let nanoseconds = match unit {
        Unit::Nanoseconds => fraction,
        // select(2) accepts a million microseconds and more.
        Unit::Microseconds => return Some(to_nanoseconds(seconds, fraction.saturating_mul(1_000))),
    };
    (nanoseconds < NANOSECONDS).then(|| to_nanoseconds(seconds, nanoseconds))
}

fn to_nanoseconds(seconds: u64, nanoseconds: u64) -> u64 {
    seconds
        .saturating_mul(NANOSECONDS)
        .saturating_add(nanoseconds)
}

/// Writes a time. Returns whether the memory is writable.
pub(super) fn write_time(thread: pid_t, address: u64, time: Duration, unit: Unit) -> bool {
    let fraction = match unit {
        Unit::Nanoseconds => time.subsec_nanos(),
        Unit::Microseconds => time.subsec_micros(),
    };
    let words = [time.as_secs(), u64::from(fraction)].map(u64::to_le_bytes);
    write(thread, address, words.as_flattened())
}

//! Futexes: which operations wait, on which futex, and until when.

use super::{
    objects::Object,
    time_out::{Decoded, Kind, at_least_once, until},
};
use crate::trace::{
    arch::Registers,
    clock::{Base, Clock},
    memory::read,
};
use libc::pid_t;

/// The bits of a futex operation without its flags, and one of these flags.
const OPERATION: i32 = 127;
const CLOCK_REALTIME: i32 = 256;
/// `FUTEX2_PRIVATE` (`linux/futex.h`).
const PRIVATE: i32 = 128;

/// Whether a futex operation wakes others, and does not wait.
pub(in crate::trace) fn is_futex_wake(entry: &Registers) -> bool {
    matches!(
        entry.int(1) & OPERATION,
        libc::FUTEX_WAKE
            | libc::FUTEX_WAKE_BITSET
            | libc::FUTEX_WAKE_OP
            | libc::FUTEX_REQUEUE
            | libc::FUTEX_CMP_REQUEUE
            | libc::FUTEX_CMP_REQUEUE_PI
            | libc::FUTEX_UNLOCK_PI
    )
}

/// How long `futex` waits.
pub(super) fn decode(thread: pid_t, entry: &Registers, clock: &Clock) -> Decoded {
    let operation = entry.int(1);
    let base = match operation & OPERATION {
        _ if is_futex_wake(entry) => return Decoded::endless(),
        libc::FUTEX_WAIT => return at_least_once(thread, entry, 3, Kind::TimedOut, clock),
        // Its time-out has always been by the wall clock.
        libc::FUTEX_LOCK_PI => Base::Wall,
        _ if operation & CLOCK_REALTIME != 0 => Base::Wall,
        _ => Base::Uptime,
    };
    until(thread, entry, 3, base, clock)
}

/// How long the newer system calls wait, which have an argument for the clock.
pub(super) fn decode_new(
    thread: pid_t,
    entry: &Registers,
    time: usize,
    named: usize,
    clock: &Clock,
) -> Decoded {
    match entry.int(named) {
        libc::CLOCK_REALTIME => until(thread, entry, time, Base::Wall, clock),
        libc::CLOCK_MONOTONIC => until(thread, entry, time, Base::Uptime, clock),
        _ => Decoded::Refused,
    }
}

/// The futex of `futex`.
pub(super) fn object(entry: &Registers) -> Object {
    Object::Futex {
        address: entry.argument(0),
        is_private: entry.int(1) & libc::FUTEX_PRIVATE_FLAG != 0,
    }
}

/// The futex of `futex_wait`.
pub(super) fn new_object(entry: &Registers) -> Object {
    Object::Futex {
        address: entry.argument(0),
        is_private: entry.int(3) & PRIVATE != 0,
    }
}

/// The futexes in `futex_waitv`'s array of `struct futex_waitv` (`linux/futex.h`): value, address, flags.
pub(super) fn objects(thread: pid_t, entry: &Registers) -> Vec<Object> {
    const ENTRY: u64 = 24;
    /// The kernel accepts no more (`FUTEX_WAITV_MAX`).
    const MAX: u64 = 128;
    let entries = (0..entry.argument(1).min(MAX)).map_while(|index| {
        let waiter: [u8; 24] = read(thread, entry.argument(0).checked_add(index * ENTRY)?)?;
        let address = u64::from_le_bytes(waiter[8..16].try_into().ok()?);
        let flags = i32::from_le_bytes(waiter[16..20].try_into().ok()?);
        Some(Object::Futex {
            address,
            is_private: flags & PRIVATE != 0,
        })
    });
    entries.collect()
}

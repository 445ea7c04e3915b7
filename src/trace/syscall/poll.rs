//! System calls that poll descriptors: which ones, and `select`'s sets after a time-out.

use super::objects::{MAX_OBJECTS, Object};
use crate::trace::{
    arch::Registers,
    memory::{self, read_into},
    proc::status,
};
use libc::pid_t;

/// The descriptors in `poll`'s array.
pub(super) fn polled(thread: pid_t, entry: &Registers) -> Vec<Object> {
    const ENTRY: usize = 8;
    let count = usize::try_from(entry.argument(1)).unwrap_or(usize::MAX);
    let mut entries = vec![0; ENTRY * count.min(MAX_OBJECTS)];
    read_into(thread, entry.argument(0), &mut entries);
    let (entries, _) = entries.as_chunks::<ENTRY>();
    let descriptors = entries
        .iter()
        .map(|[a, b, c, d, ..]| i32::from_le_bytes([*a, *b, *c, *d]));
    // `poll` ignores negative ones.
    descriptors
        .filter(|descriptor| *descriptor >= 0)
        .map(Object::Descriptor)
        .collect()
}

/// The descriptors in `select`'s sets.
pub(super) fn selected(thread: pid_t, entry: &Registers) -> Vec<Object> {
    let count = usize::try_from(entry.int(0)).unwrap_or(0).min(MAX_OBJECTS);
    let mut selected = Vec::new();
    for set in (1..=3)
        .map(|set| entry.argument(set))
        .filter(|set| *set != 0)
    {
        let mut bits = vec![0_u8; count.div_ceil(64) * 8];
        read_into(thread, set, &mut bits);
        let is_set = |descriptor: &usize| bits[descriptor / 8] >> (descriptor % 8) & 1 == 1;
        selected.extend(
            (0..count)
                .filter(is_set)
                .filter_map(|descriptor| i32::try_from(descriptor).ok())
                .map(Object::Descriptor),
        );
    }
    selected
}

/// Empties `select`'s sets: nothing is ready.
pub(super) fn empty_sets(thread: pid_t, entry: &Registers) {
    let words = descriptors(thread, entry.int(0)).div_ceil(64);
    for set in 1..=3 {
        if entry.argument(set) != 0 {
            memory::write(thread, entry.argument(set), &vec![0; 8 * words]);
        }
    }
}

/// How many descriptors `select` checks, and so the size of its sets: no more than the process's descriptor table has.
fn descriptors(thread: pid_t, asked: i32) -> usize {
    let size = status(thread, "FDSize:").and_then(|size| size.parse().ok());
    usize::try_from(asked).unwrap_or(0).min(size.unwrap_or(0))
}

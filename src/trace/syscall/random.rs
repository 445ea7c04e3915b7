//! `getrandom`: its bytes grow from the seed.

use super::filled;
use crate::trace::{
    arch::{END_OF_MEMORY, Registers},
    memory::write,
    tracer::Tracer,
};
use libc::{EINVAL, pid_t};

/// How many random bytes one call returns: what the system reads or writes at once, as large as it may be (read(2)).
const MAX_RANDOM: u64 = 0x7fff_f000;
/// How many of them are made at a time: memory is there, or not, by the page.
const PAGE: u64 = 4096;

impl Tracer<'_> {
    /// A thread asks for random bytes.
    pub(super) fn enter_random(&mut self, id: pid_t, entry: Registers) {
        match self.random(id, &entry) {
            Some(result) => self.answer(id, entry, result),
            None => self.pass(id),
        }
    }

    /// What `getrandom` returns; `None` where the system's own bytes are wanted.
    fn random(&mut self, id: pid_t, entry: &Registers) -> Option<i64> {
        const FLAGS: u32 = libc::GRND_NONBLOCK | libc::GRND_RANDOM | libc::GRND_INSECURE;
        const OPPOSED: u32 = libc::GRND_RANDOM | libc::GRND_INSECURE;
        let (at, flags) = (entry.argument(0), entry.int(2).cast_unsigned());
        if flags & !FLAGS != 0 || flags & OPPOSED == OPPOSED {
            return Some(-i64::from(EINVAL));
        }
        let end = at.saturating_add(entry.argument(1).min(MAX_RANDOM));
        if end > END_OF_MEMORY {
            return Some(filled(false));
        }
        let mut next = at;
        while next < end {
            let until = (next + PAGE - next % PAGE).min(end);
            let bytes = self
                .randomness
                .take(usize::try_from(until - next).unwrap_or(0))?;
            if !write(id, next, &bytes) {
                break;
            }
            next = until;
        }
        let count = next - at;
        Some(if count == 0 && at < end {
            filled(false)
        } else {
            count.cast_signed()
        })
    }
}

//! `getrandom`: its bytes are generated from the seed.

use super::entry::filled;
use crate::trace::{
    arch::{END_OF_MEMORY, Registers},
    memory::{read_word, write},
    tracer::Tracer,
};
use libc::{EINVAL, pid_t};

/// The most random bytes that one system call returns, as for every read and write (read(2)).
const MAX_RANDOM: u64 = 0x7fff_f000;
/// How many of them are generated at a time: memory is mapped in pages.
const PAGE: u64 = 4096;

impl Tracer<'_> {
    /// A thread asks for random bytes.
    pub(super) fn enter_random(&mut self, id: pid_t, entry: Registers) {
        match self.random(id, &entry) {
            Some(result) => self.answer(id, entry, result),
            None => self.pass(id),
        }
    }

    /// The result of `getrandom`; `None` if the kernel's own bytes are to be used.
    fn random(&mut self, id: pid_t, entry: &Registers) -> Option<i64> {
        const FLAGS: u32 = libc::GRND_NONBLOCK | libc::GRND_RANDOM | libc::GRND_INSECURE;
        const OPPOSED: u32 = libc::GRND_RANDOM | libc::GRND_INSECURE;
        let flags = entry.int(2).cast_unsigned();
        if flags & !FLAGS != 0 || flags & OPPOSED == OPPOSED {
            return Some(-i64::from(EINVAL));
        }
        self.fill_random(id, entry.argument(0), entry.argument(1))
    }

    /// A thread reads a random device (random(4)); says whether its bytes are generated from the seed.
    pub(super) fn reads_random(&mut self, id: pid_t, entry: &Registers) -> bool {
        let result = match entry.call() {
            libc::SYS_read | libc::SYS_pread64 => {
                self.fill_random(id, entry.argument(1), entry.argument(2))
            }
            // The first piece that is not empty.
            libc::SYS_readv | libc::SYS_preadv | libc::SYS_preadv2 => {
                let pieces = (0..entry.argument(2)).map(|index| entry.argument(1) + 16 * index);
                let mut pieces =
                    pieces.map_while(|at| read_word(id, at).zip(read_word(id, at + 8)));
                let piece = pieces.find(|(_, len)| *len > 0);
                piece.and_then(|(at, len)| self.fill_random(id, at, len))
            }
            _ => None,
        };
        if let Some(result) = result {
            self.answer(id, *entry, result);
        }
        result.is_some()
    }

    /// Fills memory with random bytes, and says how many; `None` if the kernel's own are to be used.
    fn fill_random(&mut self, id: pid_t, at: u64, len: u64) -> Option<i64> {
        let end = at.saturating_add(len.min(MAX_RANDOM));
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

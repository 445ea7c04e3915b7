//! Reads of the files that show the machine, the clock or the program's processes: what they return is in
//! [`crate::trace::known_files`].
//!
//! The kernel keeps the position in the file, which forked processes and duplicated descriptors share: a read becomes an
//! `lseek` by as much as it returns.

use super::{
    entry::{filled, with_call},
    file_kind::FileKind,
    time_out::Wait,
};
use crate::{
    trace::{
        arch::Registers,
        memory::{read_word, write},
        proc,
        thread::Then,
        tracer::Tracer,
    },
    virtual_time::known_files::KnownFile,
};
use libc::{EINVAL, pid_t};

/// The most pieces that one system call reads into (`IOV_MAX`).
const MAX_PIECES: u64 = 1024;

impl Tracer<'_> {
    /// A thread reads a known file. Returns whether the tracer does that.
    pub(super) fn reads_known(&mut self, id: pid_t, entry: &Registers, file: KnownFile) -> bool {
        let pieces: Vec<(u64, u64)> = match entry.call() {
            libc::SYS_read | libc::SYS_pread64 => vec![(entry.argument(1), entry.argument(2))],
            libc::SYS_readv | libc::SYS_preadv | libc::SYS_preadv2 => {
                let pieces = (0..entry.argument(2).min(MAX_PIECES))
                    .map(|index| entry.argument(1) + 16 * index);
                pieces
                    .map_while(|at| read_word(id, at).zip(read_word(id, at + 8)))
                    .collect()
            }
            _ => return false,
        };
        let descriptor = entry.int(0);
        let Some(text) = self.known_text(id, descriptor, file) else {
            return false;
        };
        let has_offset = match entry.call() {
            libc::SYS_pread64 | libc::SYS_preadv => true,
            libc::SYS_preadv2 => entry.argument(3) != u64::MAX,
            _ => false,
        };
        let position = if has_offset {
            Some(entry.argument(3))
        } else {
            proc::position(id, descriptor)
        };
        let Some(rest) = position
            .and_then(|position| usize::try_from(position).ok())
            .map(|position| text.get(position..).unwrap_or_default())
        else {
            return false;
        };
        let mut rest = rest;
        let mut count = 0;
        for (at, len) in pieces {
            let (piece, after) = rest.split_at(rest.len().min(usize::try_from(len).unwrap_or(0)));
            if !piece.is_empty() && !write(id, at, piece) {
                if count == 0 {
                    self.answer(id, *entry, filled(false));
                    return true;
                }
                break;
            }
            count += piece.len() as u64;
            rest = after;
        }
        let result = count.cast_signed();
        if has_offset || count == 0 {
            self.answer(id, *entry, result);
            return true;
        }
        let seek = with_call(
            entry,
            libc::SYS_lseek,
            &[
                entry.argument(0),
                count,
                libc::SEEK_CUR.unsigned_abs().into(),
            ],
        );
        self.enter(id, *entry, Wait::PLAIN, Some(seek), Then::Return(result));
        true
    }

    /// A thread copies from a descriptor to another in the kernel. If that would be a known file or a random device, the
    /// call fails as for files that cannot be copied so, and programs read it instead.
    pub(super) fn copies_known(&mut self, id: pid_t, entry: &Registers) -> bool {
        let from = match entry.call() {
            libc::SYS_sendfile => 1,
            libc::SYS_splice | libc::SYS_copy_file_range => 0,
            _ => return false,
        };
        let kind = self.file_kind(id, entry.int(from));
        let is_known = matches!(kind, FileKind::Known(_) | FileKind::Random);
        if is_known {
            self.answer(id, *entry, -i64::from(EINVAL));
        }
        is_known
    }
}

//! The times in Python's compiled files: each holds the time of its source, and counts only as long as the source has
//! that time.
//!
//! On the disk such a file has a real time, whoever wrote it. So the time is translated like that of the source when a
//! program reads the file, and back when one writes it. Otherwise every run would compile all modules again, and the next
//! real program as well. The time of a source that was written during the run stays virtual, also on the disk: to the
//! second, it has no real time. The next program compiles that source again.
//!
//! The format is that of PEP 3147 and, from Python 3.7 on, PEP 552. Python reads and writes such a file in one piece.

use super::file_kind::FileKind;
use crate::trace::{
    arch::Registers,
    memory::{read, read_word, write},
    proc,
    tracer::Tracer,
};
use libc::pid_t;
use std::{fs::OpenOptions, os::unix::fs::FileExt};

/// The length of the header with which a file starts.
pub(in crate::trace) const HEADER: usize = 16;
/// What follows the version, in each format.
pub(in crate::trace) const MAGIC: [u8; 2] = *b"\r\n";
/// The versions from which on there are flags before the time: those of Python 3.7 up to 4, and of `PyPy`.
const WITH_FLAGS: u16 = 3392;
const OLD: u16 = 3000;
const PYTHON_2: u16 = 20_000;

/// Whether a file is one of Python's compiled ones, by its name: `NAME.pyc`, or `NAME.pyc.NUMBER` until it is complete.
pub(super) fn is_compiled(name: &[u8]) -> bool {
    let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
    name.ends_with(b".pyc") || name.windows(5).any(|part| part == b".pyc.")
}

impl Tracer<'_> {
    /// The mapped code has read what may be such a file, and asks for the translation of the time in what it has got.
    pub(super) fn enter_translate_compiled(&mut self, id: pid_t, entry: Registers) {
        let descriptor = entry.int(0);
        if let Some(returned) = read_word(id, entry.regular_result())
            && self.file_kind(id, descriptor) == FileKind::Compiled
            && proc::position(id, descriptor) == Some(returned)
        {
            self.exit_read_compiled(id, &entry, returned.cast_signed());
        }
        self.answer(id, entry, 0);
    }

    /// A thread has read a compiled file: translates the time in what it has got.
    pub(super) fn exit_read_compiled(&self, id: pid_t, entry: &Registers, returned: i64) {
        let buffer = entry.argument(1);
        if let Some((at, time)) = source_time(id, buffer, returned) {
            let shown = self.file_times.shown_second(time, self.clock.now());
            write(id, buffer + at, &shown.to_le_bytes());
        }
    }

    /// A thread has written a compiled file: translates the time in the file.
    pub(super) fn exit_write_compiled(&self, id: pid_t, entry: &Registers, returned: i64) {
        let Some((at, time)) = source_time(id, entry.argument(1), returned) else {
            return;
        };
        let real = self.file_times.real_second(time, self.clock.now());
        let file = OpenOptions::new()
            .write(true)
            .open(proc::path(id, entry.int(0)));
        if let Ok(file) = file {
            // If that fails, Python compiles the source again.
            let _ = file.write_at(&real.to_le_bytes(), at);
        }
    }
}

/// The time of the source in a compiled file, and where in its header it is; `None` if these bytes are no such header.
fn source_time(id: pid_t, buffer: u64, len: i64) -> Option<(u64, u32)> {
    if len < i64::try_from(HEADER).ok()? {
        return None;
    }
    time_in(&read(id, buffer)?)
}

fn time_in(header: &[u8; HEADER]) -> Option<(u64, u32)> {
    let [a, b, b'\r', b'\n', ..] = *header else {
        return None;
    };
    let version = u16::from_le_bytes([a, b]);
    let word = |at: usize| {
        let bytes = header[at..at + 4].try_into().unwrap_or_default();
        u32::from_le_bytes(bytes)
    };
    if (OLD..WITH_FLAGS).contains(&version) || version >= PYTHON_2 {
        return Some((4, word(4)));
    }
    // Other flags: it holds a hash of its source.
    (word(4) == 0).then(|| (8, word(8)))
}

#[cfg(test)]
mod tests {
    use super::{is_compiled, time_in};

    #[test]
    fn the_time_is_after_the_flags_or_after_the_version() {
        // As CPython 3.11, 3.6 and 2.7 write them, and one of 3.11 with a hash.
        let headers = [
            (
                b"\xa7\x0d\r\n\0\0\0\0\x12\x34\x56\x78size",
                Some((8, 0x7856_3412)),
            ),
            (
                b"\x33\x0d\r\n\x12\x34\x56\x78size\xe3\0\0\0",
                Some((4, 0x7856_3412)),
            ),
            (
                b"\x03\xf3\r\n\x12\x34\x56\x78c\0\0\0\0\0\0\0",
                Some((4, 0x7856_3412)),
            ),
            (b"\xa7\x0d\r\n\x01\0\0\0\x12\x34\x56\x78hash", None),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", None),
        ];
        for (header, time) in headers {
            assert_eq!(time_in(header), time, "{header:x?}");
        }
    }

    #[test]
    fn compiled_files_have_a_name() {
        assert!(is_compiled(b"/a/__pycache__/m.cpython-311.pyc"));
        assert!(is_compiled(b"/a/__pycache__/m.cpython-311.pyc.140234"));
        assert!(!is_compiled(b"/a.pyc.d/m.py"));
    }
}

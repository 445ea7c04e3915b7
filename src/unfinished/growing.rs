//! A file whose end says that it is not finished.

use std::{fs::File, io, os::unix::fs::FileExt};

/// What follows the last event. `transcript::salvage` knows it by its first character, which begins no event.
const MARKER: &[u8] =
    b"# This recording is not finished. `strobe recover` makes a transcript of what is whole.\n";

/// A file that is appended to.
pub(super) struct GrowingFile<'a> {
    file: &'a File,
    len: u64,
}

impl GrowingFile<'_> {
    /// An empty file.
    pub(super) fn new(file: &File) -> GrowingFile<'_> {
        GrowingFile { file, len: 0 }
    }

    /// How much of it is not the marker.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Appends a text, by one write, and empties it.
    pub(super) fn append(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        let len = text.len() as u64;
        text.extend_from_slice(MARKER);
        self.file.write_all_at(text, self.len)?;
        self.len += len;
        text.clear();
        Ok(())
    }
}

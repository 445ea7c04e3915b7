//! The buffering of the book's `sys.stdout`: which bytes wait, and which are written together.

/// How many bytes each layer buffers.
const SIZE: usize = 8192;

/// CPython's text stdout: a text layer on top of a byte layer, as in versions 3.9 to 3.13 (`Modules/_io/textio.c`,
/// `bufferedio.c`; the tests compare the sizes of writes).
pub struct Buffer {
    line_buffered: bool,
    text: Vec<u8>,
    bytes: Vec<u8>,
}

impl Buffer {
    /// An empty buffer; stdout is `line_buffered` on a terminal only.
    pub fn new(line_buffered: bool) -> Buffer {
        Buffer {
            line_buffered,
            text: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Buffers text, and passes what is written now to `out`, one call for each write.
    pub fn write(&mut self, text: &str, out: &mut impl FnMut(&[u8])) {
        if self.text.len() + text.len() > SIZE {
            self.move_text(out);
        }
        self.text.extend_from_slice(text.as_bytes());
        let ends_line = self.line_buffered && text.contains(['\n', '\r']);
        if self.text.len() >= SIZE {
            self.move_text(out);
        }
        if ends_line {
            self.flush(out);
        }
    }

    /// Passes everything that is buffered to `out`.
    pub fn flush(&mut self, out: &mut impl FnMut(&[u8])) {
        self.move_text(out);
        if !self.bytes.is_empty() {
            out(&self.bytes);
            self.bytes.clear();
        }
    }

    /// Moves the contents of the text layer to the byte layer.
    fn move_text(&mut self, out: &mut impl FnMut(&[u8])) {
        if self.bytes.len() + self.text.len() > SIZE && !self.bytes.is_empty() {
            out(&self.bytes);
            self.bytes.clear();
        }
        if self.text.len() > SIZE {
            out(&self.text);
        } else {
            self.bytes.extend_from_slice(&self.text);
        }
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    /// The sizes of the write(2) calls of a program like the book's, with a status of `len` bytes and three frames, and
    /// the header line `spinner object: <T>`.
    #[track_caller]
    fn writes(line_buffered: bool, len: usize, sizes: &[usize]) {
        let mut seen = Vec::new();
        let mut out = |bytes: &[u8]| seen.push(bytes.len());
        let mut buffer = Buffer::new(line_buffered);
        for part in ["spinner object:", " ", "<T>", "\n"] {
            buffer.write(part, &mut out);
        }
        for _ in 0..3 {
            buffer.write(&"x".repeat(len), &mut out);
            buffer.flush(&mut out);
            buffer.write(&"\x08".repeat(len), &mut out);
        }
        buffer.write(&(" ".repeat(len) + &"\x08".repeat(len)), &mut out);
        for part in ["Answer:", " ", "42", "\n"] {
            buffer.write(part, &mut out);
        }
        buffer.flush(&mut out);
        assert_eq!(seen, sizes, "status of {len} bytes");
    }

    /// `strace -e write` of CPython 3.11.7 and 3.13.0, with a pipe as stdout.
    #[test]
    fn writes_to_a_pipe_are_those_of_cpython() {
        writes(false, 11, &[31, 22, 22, 44]);
        writes(false, 600, &[620, 1200, 1200, 1811]);
        writes(false, 2000, &[2020, 4000, 4000, 6011]);
        writes(false, 2729, &[2749, 5458, 5458, 8187, 11]);
        writes(false, 2731, &[2751, 5462, 5462, 2731, 5473]);
        writes(false, 4079, &[4099, 8158, 8158, 4079, 8169]);
        writes(false, 4096, &[4116, 8192, 8192, 4096, 8192, 11]);
        writes(false, 4097, &[4117, 4097, 4097, 4097, 4097, 4097, 8194, 11]);
        writes(
            false,
            8192,
            &[20, 8192, 8192, 8192, 8192, 8192, 8192, 16384, 11],
        );
        writes(
            false,
            8193,
            &[20, 8193, 8193, 8193, 8193, 8193, 8193, 16386, 11],
        );
    }

    /// The same with a terminal as stdout.
    #[test]
    fn writes_to_a_terminal_are_those_of_cpython() {
        writes(true, 11, &[20, 11, 22, 22, 44]);
        writes(true, 1024, &[20, 1024, 2048, 2048, 3083]);
        writes(true, 2000, &[20, 2000, 4000, 4000, 6011]);
        writes(
            true,
            8191,
            &[20, 8191, 8191, 8191, 8191, 8191, 8191, 16382, 11],
        );
        writes(
            true,
            8193,
            &[20, 8193, 8193, 8193, 8193, 8193, 8193, 16386, 11],
        );
    }
}

//! The text that masks are matched against: what a program wrote, as a person reads it.
//!
//! Colors and other attributes are left out, so that they interrupt no match. Every other control sequence is one `\x1b`.
//! A string that is sent to the terminal, such as a title or the address of a link, is text between two of those. What is
//! masked already is one U+FFFC, and a byte outside UTF-8 one U+FFFD.

use std::ops::Range;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;

/// The text of a stream, and where it came from.
pub(super) struct Text {
    pub text: String,
    runs: Vec<Run>,
}

/// A part of the text that can be masked.
struct Run {
    text: Range<usize>,
    bytes: Range<usize>,
}

impl Text {
    /// The text of all bytes of a stream, in which these ranges are masked already.
    pub fn new(bytes: &[u8], masked: impl Iterator<Item = Range<usize>>) -> Text {
        let mut reader = Reader {
            text: Text {
                text: String::with_capacity(bytes.len()),
                runs: Vec::new(),
            },
            string: None,
        };
        let mut at = 0;
        for range in masked {
            reader.read(bytes, at..range.start);
            reader.text.text.push('\u{fffc}');
            at = range.end;
        }
        reader.read(bytes, at..bytes.len());
        reader.text
    }

    /// The bytes of a part of the text, without those of control sequences.
    pub fn bytes(&self, text: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.runs.partition_point(|run| run.text.end <= text.start);
        let runs = self.runs[first..].iter();
        let Range { start, end } = text;
        runs.take_while(move |run| run.text.start < end)
            .map(move |run| {
                if run.text.len() != run.bytes.len() {
                    return run.bytes.clone();
                }
                let skipped = start.saturating_sub(run.text.start);
                let behind = run.text.end.saturating_sub(end);
                run.bytes.start + skipped..run.bytes.end - behind
            })
    }
}

struct Reader {
    text: Text,
    /// Whether the text of the string that is read can be masked; none outside a string.
    string: Option<bool>,
}

impl Reader {
    fn read(&mut self, bytes: &[u8], range: Range<usize>) {
        let mut at = range.start;
        let bytes = &bytes[..range.end];
        while at < bytes.len() {
            let byte = bytes[at];
            let ends_string = matches!(byte, BELL | CANCEL | SUBSTITUTE | ESCAPE);
            at += if self.string.is_some() && ends_string {
                self.string = None;
                self.text.text.push('\x1b');
                let is_terminator = byte == ESCAPE && bytes.get(at + 1) == Some(&b'\\');
                // Another escape begins a sequence of its own.
                match byte {
                    ESCAPE if is_terminator => 2,
                    ESCAPE => 0,
                    _ => 1,
                }
            } else if byte == ESCAPE {
                self.sequence(&bytes[at..])
            } else {
                self.character(bytes, at)
            };
        }
    }

    /// Reads what begins with an escape, as far as it is no text; returns its length.
    fn sequence(&mut self, bytes: &[u8]) -> usize {
        let count = |from: usize, is_part: fn(&u8) -> bool| {
            let rest = bytes.get(from..).unwrap_or_default();
            rest.iter().take_while(|byte| is_part(byte)).count()
        };
        let (len, last) = match bytes.get(1) {
            Some(b'[') => {
                let end = 2 + count(2, |byte| matches!(byte, 0x20..=0x3f));
                let last = bytes.get(end).filter(|byte| matches!(byte, 0x40..=0x7e));
                (end + usize::from(last.is_some()), last)
            }
            Some(b']') => {
                let digits = count(2, u8::is_ascii_digit);
                let number = &bytes[2..2 + digits];
                let end = 2 + digits + usize::from(bytes.get(2 + digits) == Some(&b';'));
                // Numbers of a color are no text.
                let is_color = matches!(number, [b'4' | b'5'] | [b'1', _]);
                self.string = Some(!is_color);
                (end, None)
            }
            Some(b'P') => {
                self.string = Some(true);
                (3 + count(2, |byte| matches!(byte, 0x20..=0x3f)), None)
            }
            Some(b'X' | b'^' | b'_') => {
                self.string = Some(true);
                (2, None)
            }
            _ => (2 + count(1, |byte| matches!(byte, 0x20..=0x2f)), None),
        };
        let is_look = last == Some(&b'm') && !matches!(bytes.get(2), Some(b'<'..=b'?'));
        if !is_look {
            self.text.text.push('\x1b');
        }
        len.min(bytes.len())
    }

    /// Reads a character; returns its length.
    fn character(&mut self, bytes: &[u8], at: usize) -> usize {
        let head = &bytes[at..bytes.len().min(at + 4)];
        let valid = match str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        let character = valid.chars().next();
        let len = character.map_or(1, char::len_utf8);
        if self.string == Some(false) {
            return len;
        }
        let start = self.text.text.len();
        self.text.text.push(character.unwrap_or('\u{fffd}'));
        let text = start..self.text.text.len();
        if character.is_some_and(char::is_control) {
            return len;
        }
        let is_as_long = |run: &Run| run.text.len() == run.bytes.len();
        match self.text.runs.last_mut() {
            Some(run)
                if run.text.end == start
                    && run.bytes.end == at
                    && is_as_long(run)
                    && text.len() == len =>
            {
                run.text.end = text.end;
                run.bytes.end = at + len;
            }
            _ => self.text.runs.push(Run {
                text,
                bytes: at..at + len,
            }),
        }
        len
    }
}

//! Payloads: literals and names of what is masked, over as many lines as they take.

use super::{Cursor, Literal};
use crate::{
    recording::{Masked, Written, is_name},
    text::{self, Cut},
    transcript::{TranscriptError, TranscriptErrorKind},
};

/// Payloads of at most so many bytes are copied.
const KEPT: usize = 1 << 16;

impl Cursor<'_> {
    /// A payload of which everything was kept: literals with blanks or continuation lines between them.
    pub(in crate::transcript) fn payload(&mut self) -> Result<Vec<u8>, TranscriptError> {
        let place = self.at;
        let cuts = self.cuts.take();
        let written = self.written()?;
        self.cuts = cuts;
        if written.masked.is_empty() {
            Ok(written.bytes)
        } else {
            let reason = TranscriptErrorKind::Expected(
                "literals alone: what is masked stands only in what the program wrote",
            );
            Err(self.error_at(place, reason))
        }
    }

    /// A payload: literals, and names of what is masked, with blanks or continuation lines between them.
    pub(in crate::transcript) fn written(&mut self) -> Result<Written, TranscriptError> {
        let mut written = Written {
            bytes: std::mem::take(&mut self.decoded),
            masked: Vec::new(),
        };
        written.bytes.clear();
        self.parts(&mut written)?;
        if written.bytes.len() <= KEPT {
            let bytes = written.bytes.as_slice().to_vec();
            self.decoded = std::mem::replace(&mut written.bytes, bytes);
        }
        Ok(written)
    }

    /// The literals and names of a payload, decoded and appended.
    fn parts(&mut self, written: &mut Written) -> Result<(), TranscriptError> {
        let mut parts = 0;
        loop {
            let place = self.at;
            let before = written.bytes.len();
            let is_mask = self.is_at_mask();
            if is_mask {
                self.mask(written)?;
            } else {
                let bytes = &mut written.bytes;
                self.quoted(bytes)?;
                let count = self.count(place, bytes.len() - before)?;
                if count > 1 {
                    let unit = bytes.split_off(before);
                    let mut count = count;
                    if let Some(cuts) = &mut self.cuts {
                        let (kept, cut) = Cut::new(before, unit.len(), count);
                        count = kept;
                        cuts.extend(cut);
                    }
                    bytes.reserve(unit.len() * count);
                    Literal { unit, count }.take(usize::MAX, bytes);
                }
            }
            parts += 1;
            let empty = !is_mask && written.bytes.len() == before;
            let more = self.next_part()?;
            if empty && (more || parts > 1) {
                return Err(self.error_at(
                    place,
                    TranscriptErrorKind::Expected("no empty literal beside another one"),
                ));
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether a part of a payload stands here: a literal, or the name of something masked.
    pub(in crate::transcript) fn is_at_part(&self) -> bool {
        matches!(self.peek(), Some(b'"' | b'<'))
    }

    /// Whether the name of something masked stands here.
    pub(in crate::transcript) fn is_at_mask(&self) -> bool {
        self.peek() == Some(b'<')
    }

    /// The name of what is masked, and the columns that it took: `<pid>`, `<path 20>`, `<...path 3>`.
    pub(in crate::transcript) fn mask(
        &mut self,
        written: &mut Written,
    ) -> Result<(), TranscriptError> {
        const MASK: &str = "the name of a mask and perhaps its columns: `<pid>`, `<pid 7>`";
        let place = self.at;
        self.take("<");
        let continues = self.take("...");
        let name =
            self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let mut part = Masked::new(written.bytes.len(), name, 0, continues);
        part.columns = part.own_columns();
        if is_name(name) && self.take(" ") {
            let columns = text::number(self.digits());
            part.columns =
                columns.ok_or_else(|| self.error_at(place, TranscriptErrorKind::Expected(MASK)))?;
        }
        if !is_name(name) || !self.take(">") {
            return Err(self.error_at(place, TranscriptErrorKind::Expected(MASK)));
        }
        self.left = self
            .left
            .checked_sub(part.columns)
            .ok_or_else(|| self.error_at(place, TranscriptErrorKind::Limit(self.limit)))?;
        written.bytes.extend_from_slice(part.text().as_bytes());
        written.masked.push(part);
        Ok(())
    }

    /// Moves on to the payload's next part, on this line or a continuation line, if there is one.
    pub(in crate::transcript) fn next_part(&mut self) -> Result<bool, TranscriptError> {
        let behind = self.at;
        let blanks = self.blanks();
        if self.is_at_part() {
            return if blanks > 0 {
                Ok(true)
            } else {
                Err(self.error(TranscriptErrorKind::Expected(
                    "a blank between two literals",
                )))
            };
        }
        if let [b'\n', b' ', ..] | [b'\r', b'\n', b' ', ..] = self.bytes() {
            self.line_end()?;
            self.blanks();
            if self.is_at_part() {
                return Ok(true);
            }
        }
        self.at = behind;
        Ok(false)
    }
}

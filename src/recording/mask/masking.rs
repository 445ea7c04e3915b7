//! Finds what masks match in the writes of a stream, and replaces it.

use super::{Mask, Secret, Written, stream::Text};
use crate::text;
use std::{collections::BTreeMap, ops::Range};

/// Masks what is matched in the writes of one stream, wherever they are cut, until nothing is matched any more: what is
/// masked by one mask may make another match. Returns whether anything was.
///
/// What several masks match is masked by the first of them; before them come the secrets.
pub(crate) fn mask(masks: &[Mask], secrets: &[Secret], writes: &mut [Written]) -> bool {
    let mut is_any = false;
    while mask_once(masks, secrets, writes) {
        is_any = true;
    }
    is_any
}

/// A part of a stream that is to be masked.
struct Part<'a> {
    bytes: Range<usize>,
    name: &'a str,
    continues: bool,
}

fn mask_once(masks: &[Mask], secrets: &[Secret], writes: &mut [Written]) -> bool {
    if masks.is_empty() && secrets.is_empty() {
        return false;
    }
    let bytes: Vec<u8> = writes
        .iter()
        .flat_map(|write| &write.bytes)
        .copied()
        .collect();
    let mut start = 0;
    let mut masked = Vec::new();
    for write in &*writes {
        let ranges = write.masked.iter();
        masked.extend(ranges.map(|part| start + part.at..start + part.end()));
        start += write.bytes.len();
    }
    let text = Text::new(&bytes, masked.into_iter());
    let regexes: Vec<_> = masks.iter().map(|mask| (mask, mask.regex())).collect();
    let mut parts = Parts::default();
    for secret in secrets {
        for part in secret.parts(&text.text) {
            parts.add(text.bytes(part), secret.name());
        }
    }
    for (mask, regex) in &regexes {
        let names: Vec<_> = regex.capture_names().collect();
        for found in regex.captures_iter(&text.text) {
            // Without groups the whole match is the only one.
            let first = usize::from(names.len() > 1);
            for (group, name) in names.iter().enumerate().skip(first) {
                let Some(group) = found.get(group) else {
                    continue;
                };
                parts.add(text.bytes(group.range()), name.unwrap_or(mask.name()));
            }
        }
    }
    let parts = parts.parts;
    if parts.is_empty() {
        return false;
    }
    let mut parts = parts.values().peekable();
    let mut start = 0;
    for write in writes {
        let end = start + write.bytes.len();
        let mut masked = Masking::new(write, start);
        while let Some(part) = parts.peek().filter(|part| part.bytes.start < end) {
            masked.take(&bytes, part);
            if part.bytes.end > end {
                break;
            }
            parts.next();
        }
        let masked = masked.finish();
        *write = masked;
        start = end;
    }
    true
}

/// The parts that are to be masked, by their first bytes; no two overlap.
#[derive(Default)]
struct Parts<'a> {
    parts: BTreeMap<usize, Part<'a>>,
}

impl<'a> Parts<'a> {
    /// Adds what one group has matched, except for what is there already.
    fn add(&mut self, ranges: impl Iterator<Item = Range<usize>>, name: &'a str) {
        let mut before: Option<usize> = None;
        for range in ranges {
            for bytes in self.free(range) {
                if let Some(last) = before.and_then(|last| self.parts.get_mut(&last))
                    && last.bytes.end == bytes.start
                {
                    last.bytes.end = bytes.end;
                    continue;
                }
                let start = bytes.start;
                let part = Part {
                    bytes,
                    name,
                    continues: before.is_some(),
                };
                self.parts.insert(start, part);
                before = Some(start);
            }
        }
    }

    /// What of a range is in no part.
    fn free(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut free = Vec::new();
        let mut at = range.start;
        let before = self.parts.range(..=range.start).next_back();
        let inside = self.parts.range(range.start..range.end);
        for (_, part) in before.into_iter().chain(inside) {
            let end = part.bytes.start.min(range.end);
            if at < end {
                free.push(at..end);
            }
            at = at.max(part.bytes.end);
        }
        if at < range.end {
            free.push(at..range.end);
        }
        free
    }
}

/// A write that is being masked.
struct Masking<'a> {
    old: &'a Written,
    /// Where in the stream the write begins.
    start: usize,
    /// How many of its bytes, and of its masked parts, have been copied.
    copied: usize,
    parts: usize,
    new: Written,
}

impl<'a> Masking<'a> {
    fn new(old: &'a Written, start: usize) -> Masking<'a> {
        Masking {
            old,
            start,
            copied: 0,
            parts: 0,
            new: Written::default(),
        }
    }

    /// Copies everything up to a byte of the old write.
    fn copy(&mut self, end: usize) {
        while let Some(part) = self.old.masked.get(self.parts)
            && part.at <= end
            && part.end() <= end
        {
            self.parts += 1;
            // One without columns may be within what was masked now.
            if self.copied <= part.at {
                self.bytes(part.at);
                self.new.push(&part.name, part.columns, part.continues);
                self.copied = part.end();
            }
        }
        self.bytes(end);
    }

    fn bytes(&mut self, end: usize) {
        let bytes = &self.old.bytes[self.copied..end];
        self.new.bytes.extend_from_slice(bytes);
        self.copied = end;
    }

    /// Masks what of a part is in this write.
    fn take(&mut self, stream: &[u8], part: &Part) {
        let end = self.start + self.old.bytes.len();
        let bytes = part.bytes.start.max(self.start)..part.bytes.end.min(end);
        self.copy(bytes.start - self.start);
        let is_rest = part.bytes.start < self.start;
        let columns = columns(stream, &part.bytes, &bytes);
        self.new.push(part.name, columns, part.continues || is_rest);
        self.copied = bytes.end - self.start;
    }

    fn finish(mut self) -> Written {
        self.copy(self.old.bytes.len());
        self.new
    }
}

/// How many columns the characters take that end in `bytes`, which is within `part`. A character that two writes share is drawn
/// with the second.
fn columns(stream: &[u8], part: &Range<usize>, bytes: &Range<usize>) -> usize {
    let is_inside = |at: &usize| *at > part.start && text::utf8::is_continuation(stream[*at]);
    let mut at = bytes.start;
    while is_inside(&at) && at + 3 > bytes.start {
        at -= 1;
    }
    let mut columns = 0;
    for chunk in stream[at..part.end.min(bytes.end + 3)].utf8_chunks() {
        let characters = chunk.valid().chars().map(|character| {
            let width = text::columns(character).unwrap_or(0);
            (character.len_utf8(), width)
        });
        let stray = chunk.invalid().iter().map(|_| (1, 1));
        for (len, width) in characters.chain(stray) {
            at += len;
            if bytes.contains(&(at - 1)) {
                columns += width;
            }
        }
    }
    columns
}

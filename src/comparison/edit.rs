//! Finds the words in which one payload differs from another.

use super::sequence;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::ops::Range;

/// How many places of a payload may differ; if there are more, everything between the first and the last is one.
const MAX_EDITS: usize = 3;
/// Two payloads with more bytes than this together are not split into words.
const MAX_BYTES: usize = 1 << 13;
/// How much of a word before a place is shown.
const MAX_WORD: usize = 12;
/// How many bytes may be split into words in one comparison.
const BUDGET: usize = 1 << 21;

/// A place at which a payload changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit<'a> {
    /// The byte of the first payload at which it begins.
    pub offset: usize,
    /// The old bytes.
    pub old: &'a [u8],
    /// The new bytes.
    pub new: &'a [u8],
}

/// The remaining budget for splitting into words.
pub(super) struct Editor {
    budget: usize,
}

impl Editor {
    pub fn new() -> Editor {
        Editor { budget: BUDGET }
    }

    /// The places at which two different payloads differ.
    pub fn edits<'a>(&mut self, old: &'a [u8], new: &'a [u8]) -> Vec<Edit<'a>> {
        let bytes = old.len() + new.len();
        match self.budget.checked_sub(bytes) {
            Some(budget) if bytes <= MAX_BYTES => {
                self.budget = budget;
                let edits = of_words(old, new);
                if edits.len() > MAX_EDITS {
                    vec![middle(old, new)]
                } else {
                    edits
                }
            }
            _ => vec![middle(old, new)],
        }
    }
}

fn of_words<'a>(old: &'a [u8], new: &'a [u8]) -> Vec<Edit<'a>> {
    let (old, new) = (Words::new(old), Words::new(new));
    capture_diff_slices(Algorithm::Myers, &old.list, &new.list)
        .into_iter()
        .filter(|operation| operation.tag() != DiffTag::Equal)
        .map(|operation| Edit {
            offset: old.starts[operation.old_range().start],
            old: old.join(operation.old_range()),
            new: new.join(operation.new_range()),
        })
        .collect()
}

/// Everything between the common head and the common tail of two payloads; it begins and ends between two characters, and
/// in no escape sequence.
fn middle<'a>(old: &'a [u8], new: &'a [u8]) -> Edit<'a> {
    let head = unit_start(old, new, common_head(old, new));
    let shorter = old.len().min(new.len()) - head;
    let backwards = old.iter().rev().zip(new.iter().rev());
    let mut tail = backwards
        .take(shorter)
        .take_while(|(old, new)| old == new)
        .count();
    let is_cut = |bytes: &[u8], tail| {
        let at = bytes.len() - tail;
        continues(bytes, at) || sequence::around(bytes, at).is_some()
    };
    while tail > 0 && (is_cut(old, tail) || is_cut(new, tail)) {
        tail -= 1;
    }
    Edit {
        offset: head,
        old: &old[head..old.len() - tail],
        new: &new[head..new.len() - tail],
    }
}

/// How many bytes at the start of two payloads are equal.
pub(super) fn common_head(old: &[u8], new: &[u8]) -> usize {
    old.iter()
        .zip(new)
        .take_while(|(old, new)| old == new)
        .count()
}

/// The last place, at most `at`, before which two payloads are equal and which is inside neither a character nor an escape
/// sequence of either.
pub(super) fn unit_start(old: &[u8], new: &[u8], at: usize) -> usize {
    let mut start = scalar_start(old, new, at);
    // What is before a sequence in one payload may be inside one of the other.
    while let Some(around) = sequence::around(old, start).or_else(|| sequence::around(new, start)) {
        start = around.start;
    }
    start
}

/// The last place, at most `at`, before which two payloads are equal and which is not inside a character of either.
fn scalar_start(old: &[u8], new: &[u8], at: usize) -> usize {
    // A character has at most three continuation bytes.
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|place| !continues(old, *place) && !continues(new, *place))
        .unwrap_or(at)
}

fn continues(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// The beginning of the word of letters and digits that a place is inside of.
pub(super) fn word_start(bytes: &[u8], at: usize) -> usize {
    let is_ascii_word = |byte: &u8| byte.is_ascii_alphanumeric();
    if !bytes.get(at).is_some_and(is_ascii_word) {
        return at;
    }
    let before = bytes[..at].iter().rev().take(MAX_WORD);
    let start = at - before.take_while(|byte| is_ascii_word(byte)).count();
    // Its first letters may end a sequence.
    sequence::around(bytes, start).map_or(start, |sequence| sequence.end.min(at))
}

/// A payload split into words: control sequences, letters and digits, runs of one byte.
struct Words<'a> {
    bytes: &'a [u8],
    list: Vec<&'a [u8]>,
    /// Where each word begins, and the end of the payload.
    starts: Vec<usize>,
}

impl<'a> Words<'a> {
    fn new(bytes: &'a [u8]) -> Words<'a> {
        let (mut list, mut starts, mut at) = (Vec::new(), vec![0], 0);
        while at < bytes.len() {
            let len = word(&bytes[at..]);
            list.push(&bytes[at..at + len]);
            at += len;
            starts.push(at);
        }
        Words {
            bytes,
            list,
            starts,
        }
    }

    /// The bytes of adjacent words.
    fn join(&self, words: Range<usize>) -> &'a [u8] {
        &self.bytes[self.starts[words.start]..self.starts[words.end]]
    }
}

/// The length of the first word of `bytes`, which are not empty.
fn word(bytes: &[u8]) -> usize {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let run = |is_more: &dyn Fn(&u8) -> bool| bytes.iter().take_while(|byte| is_more(byte)).count();
    if bytes[0] == 0x1b {
        return sequence::length(bytes);
    }
    if is_letter(&bytes[0]) {
        run(&is_letter)
    } else {
        run(&|byte| *byte == bytes[0])
    }
}

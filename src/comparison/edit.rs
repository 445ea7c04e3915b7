//! Finds the words by which one payload differs from another.

use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::ops::Range;

/// How many places of a payload may differ; where there are more, all between the first and the last is one.
const MOST_EDITS: usize = 3;
/// Payloads with more bytes than this together are not cut into words.
const MOST_BYTES: usize = 1 << 13;
/// How many bytes may be cut into words in one comparison.
const BUDGET: usize = 1 << 21;

/// A place at which a payload changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit<'a> {
    /// The byte of the first payload at which it begins.
    pub offset: usize,
    /// What stood there.
    pub old: &'a [u8],
    /// What stands there now.
    pub new: &'a [u8],
}

/// What is left of the work that a comparison may spend on words.
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
            Some(budget) if bytes <= MOST_BYTES => {
                self.budget = budget;
                let edits = of_words(old, new);
                if edits.len() > MOST_EDITS {
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

/// All between what two payloads have in common at their ends; it begins and ends between two scalars.
fn middle<'a>(old: &'a [u8], new: &'a [u8]) -> Edit<'a> {
    let head = scalar_start(old, new, common_head(old, new));
    let shorter = old.len().min(new.len()) - head;
    let backwards = old.iter().rev().zip(new.iter().rev());
    let mut tail = backwards
        .take(shorter)
        .take_while(|(old, new)| old == new)
        .count();
    while tail > 0 && continues(old, old.len() - tail) {
        tail -= 1;
    }
    Edit {
        offset: head,
        old: &old[head..old.len() - tail],
        new: &new[head..new.len() - tail],
    }
}

/// How many bytes at the head of two payloads are equal.
pub(super) fn common_head(old: &[u8], new: &[u8]) -> usize {
    old.iter()
        .zip(new)
        .take_while(|(old, new)| old == new)
        .count()
}

/// The last place up to `at`, before which two payloads are equal, that is not inside a scalar of either.
pub(super) fn scalar_start(old: &[u8], new: &[u8], at: usize) -> usize {
    // A scalar has at most three bytes that continue it.
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|place| !continues(old, *place) && !continues(new, *place))
        .unwrap_or(at)
}

fn continues(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// A payload in words: control sequences, letters and digits, runs of one byte.
struct Words<'a> {
    bytes: &'a [u8],
    list: Vec<&'a [u8]>,
    /// Where each begins, and the end of the payload.
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

    /// The bytes of neighbouring words.
    fn join(&self, words: Range<usize>) -> &'a [u8] {
        &self.bytes[self.starts[words.start]..self.starts[words.end]]
    }
}

/// The length of the word at the head of `bytes`, which are not empty.
fn word(bytes: &[u8]) -> usize {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let run = |is_more: &dyn Fn(&u8) -> bool| bytes.iter().take_while(|byte| is_more(byte)).count();
    if bytes.starts_with(b"\x1b[") {
        let parameters = bytes[2..]
            .iter()
            .take_while(|byte| matches!(byte, b' '..=b'?'));
        return (2 + parameters.count() + 1).min(bytes.len());
    }
    if is_letter(&bytes[0]) {
        run(&is_letter)
    } else {
        run(&|byte| *byte == bytes[0])
    }
}

//! The events of two recordings side by side.

use super::{Numbered, alignment::align};
use crate::recording::{Event, Recording};

/// An event of one recording or of both, by its number, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventPair {
    /// In the first recording.
    pub left: Option<usize>,
    /// In the second recording.
    pub right: Option<usize>,
}

/// Returns which events of two recordings correspond, in the order of both. Each event of either is there once; the ends
/// always correspond.
///
/// ```
/// use stroboscope::{Recording, comparison::event_pairs};
///
/// let left: Recording = "transcript: 1\nchannel: pipe\n\n0.100 \"a\"\n0.100 \"b\"\n@0.200 exit 0\n".parse()?;
/// let right: Recording = "transcript: 1\nchannel: pipe\n\n0.100 \"b\"\n@0.200 exit 0\n".parse()?;
/// let pairs = event_pairs(&left, &right);
/// let pairs: Vec<_> = pairs.iter().map(|pair| (pair.left, pair.right)).collect();
/// assert_eq!(pairs, [(Some(0), None), (Some(1), Some(0)), (Some(2), Some(1))]);
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[must_use]
pub fn event_pairs(left: &Recording, right: &Recording) -> Vec<EventPair> {
    let (left, right) = (left.events(), right.events());
    let (left_end, right_end) = (left.len() - 1, right.len() - 1);
    let aligned = align(&numbered(&left[..left_end]), &numbered(&right[..right_end]));
    let known = aligned.pairs.iter().map(|pair| (pair.left, pair.right));
    let (mut left_at, mut right_at) = (0, 0);
    let mut pairs = Vec::new();
    for (old, new) in known.chain([(left_end, right_end)]) {
        pairs.extend((left_at..old).map(|number| EventPair {
            left: Some(number),
            right: None,
        }));
        pairs.extend((right_at..new).map(|number| EventPair {
            left: None,
            right: Some(number),
        }));
        pairs.push(EventPair {
            left: Some(old),
            right: Some(new),
        });
        (left_at, right_at) = (old + 1, new + 1);
    }
    pairs
}

fn numbered(events: &[Event]) -> Vec<Numbered<'_>> {
    events.iter().enumerate().collect()
}

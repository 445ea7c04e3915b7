//! Which screens of two recordings differ, for people who would rather look than read.

use crate::view::frames::Frame;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// A place at which what two recordings show differs: the numbers of the frames to look at, side by side.
///
/// A frame that only one recording has stands beside the one that the other shows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sight {
    /// The frame of the first recording.
    pub left: usize,
    /// The frame of the second recording.
    pub right: usize,
    /// What differs there.
    pub kind: SightKind,
}

/// What differs of two frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SightKind {
    /// Both show the same, at other instants.
    Time,
    /// They show something else.
    Screen,
    /// Only the first recording has its frame.
    Removed,
    /// Only the second recording has its frame.
    Added,
}

/// Compares the frames of two recordings, aligned by what they show: a frame that came later, or not at all, does not make
/// everything after it differ. There is at least one frame in each, as [`frames`](crate::view::frames()) returns them.
#[must_use]
pub fn sights(left: &[Frame], right: &[Frame]) -> Vec<Sight> {
    let screens = numbered(left, right);
    let (old, new) = screens.split_at(left.len());
    let mut sights = Vec::new();
    let mut add = |left: usize, right: usize, kind| sights.push(Sight { left, right, kind });
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        let (olds, news) = (operation.old_range(), operation.new_range());
        let both = olds.len().min(news.len());
        for (at, other) in olds.clone().zip(news.clone()) {
            if operation.tag() != DiffTag::Equal {
                add(at, other, SightKind::Screen);
            } else if left[at].from != right[other].from {
                add(at, other, SightKind::Time);
            }
        }
        for at in olds.clone().skip(both) {
            add(at, news.end.saturating_sub(1), SightKind::Removed);
        }
        for at in news.skip(both) {
            add(olds.end.saturating_sub(1), at, SightKind::Added);
        }
    }
    sights
}

/// A number for each frame of both recordings, one after the other: equal screens have equal numbers.
fn numbered(left: &[Frame], right: &[Frame]) -> Vec<usize> {
    let mut known: HashMap<u64, Vec<(&Frame, usize)>> = HashMap::new();
    let numbers = left.iter().chain(right).enumerate().map(|(index, frame)| {
        let mut hasher = DefaultHasher::new();
        frame.screen.rows().hash(&mut hasher);
        let alike = known.entry(hasher.finish()).or_default();
        let same = alike.iter().find(|(other, _)| other.screen == frame.screen);
        if let Some((_, number)) = same {
            return *number;
        }
        alike.push((frame, index));
        index
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::{
        SightKind::{self, Added, Removed, Screen, Time},
        sights,
    };
    use crate::{recording::Recording, view::frames::frames};

    #[track_caller]
    fn seen(left: &str, right: &str, expected: &[(usize, usize, SightKind)]) {
        let frames = |events: &str| {
            let text = format!("transcript: 1\nchannel: pty 9x2 dumb\n\n{events}@9.000 exit 0\n");
            frames(&text.parse::<Recording>().unwrap())
        };
        let sights = sights(&frames(left), &frames(right));
        let sights: Vec<_> = sights
            .iter()
            .map(|sight| (sight.left, sight.right, sight.kind))
            .collect();
        assert_eq!(sights, expected);
    }

    #[test]
    fn frames_are_aligned_by_what_they_show() {
        let three = "@0.000 \"a\"\n@1.000 \"\\rb\"\n@2.000 \"\\rc\"\n";
        seen(three, three, &[]);
        seen(
            three,
            "@0.000 \"a\"\n@1.000 \"\\rB\"\n@2.000 \"\\rc\"\n",
            &[(1, 1, Screen)],
        );
        seen(three, "@0.000 \"a\"\n@2.000 \"\\rc\"\n", &[(1, 0, Removed)]);
        seen("@0.000 \"a\"\n@2.000 \"\\rc\"\n", three, &[(0, 1, Added)]);
        seen(
            three,
            "@0.000 \"a\"\n@1.500 \"\\rb\"\n@2.000 \"\\rc\"\n",
            &[(1, 1, Time)],
        );
    }
}

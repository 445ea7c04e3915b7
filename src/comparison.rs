//! Says where two recordings differ, one line for each cause.
//!
//! Events are aligned before they are compared: a frame that came later, or not at all, is one difference and does not
//! make everything after it differ. Equal changes are counted. The verdict is the shortest of several true
//! explanations, and is printable whatever the programs wrote.
//! ```
//! use stroboscope::{comparison::{CauseKind, compare}, recording::{Level, Recording}};
//!
//! let left: Recording = "transcript: 1\nchannel: pipe\n\n0.100 \"a\"\n0.100 \"b\"\n@0.200 exit 0\n".parse()?;
//! let right: Recording = "transcript: 1\nchannel: pipe\n\n0.080 \"a\"\n0.080 \"b\"\n@0.160 exit 1\n".parse()?;
//! let comparison = compare(&left, &right, Level::Exact);
//! assert_eq!(comparison.to_string(), "exit 0 became exit 1; gap 0.100 became 0.080, 2 times");
//! let kinds: Vec<CauseKind> = comparison.causes().iter().map(|cause| cause.kind()).collect();
//! assert_eq!(kinds, [CauseKind::End, CauseKind::Time]);
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```
//!
//! Events, bytes, rows and columns count from 1. An instant belongs to the recording in which the event is named: the first,
//! unless only the second has it.
//!
//! The levels are nested: recordings that agree at one level agree at every coarser one. At [`Level::Bytes`] the bytes
//! of each stream are joined, also those of the input; other actions on the program are compared by their order alone. Marks
//! are compared at [`Level::Exact`] and [`Level::Writes`] only.
//! At [`Level::Screen`] the input is not compared. [`Level::Frames`] stands beside them: it sees what was visible and when,
//! and neither bytes nor input; recordings that agree exactly agree there, and those that do agree at [`Level::Screen`]. Channel and end are compared at every level.

use crate::{
    recording::{Channel, Clock, Event, Level, Recording, masked_names},
    text,
};
use std::{borrow::Cow, fmt, time::Duration};

pub use cause::{Cause, CauseKind};
pub use event_pairs::{EventPair, event_pairs};
pub use group::{Group, groups};
pub use level::default_level;
pub use line_diff::{Hunk, Line, LineDiff, line_diff, text_diff};
pub(crate) use parting::parting;
pub use proposal::{Proposal, proposals};
pub use visible::{Sight, SightKind, sights};

mod alignment;
mod bytes;
mod cause;
mod change;
mod edit;
mod effect;
mod event_pairs;
mod events;
mod frames;
mod group;
mod level;
mod line_diff;
mod look;
mod numbering;
mod pairing;
mod parting;
mod presence;
mod proposal;
mod row;
mod screen;
mod sequence;
mod tally;
mod times;
mod visible;

/// How many characters of a payload a line shows.
const EXCERPT: usize = 40;

/// How many lines one kind of difference may take; the last of them counts the rest.
const MAX_LINES: usize = 5;

/// The differences of two recordings at a level, one line for each cause; none if they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Comparison {
    causes: Vec<Cause>,
}

impl Comparison {
    /// Whether the recordings are the same at the level at which they were compared.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.causes.is_empty()
    }

    /// The same, where the second recording's script failed for this reason, which comes first.
    pub(crate) fn after_failure(mut self, reason: &str) -> Comparison {
        self.causes
            .insert(0, Cause::new(CauseKind::Script, reason.to_owned()));
        self
    }

    /// The causes, in the order of the verdict.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }
}

/// Writes all causes in one line, separated by `; `, or `the same`; the alternate form (`{:#}`) writes one line for
/// each.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_same() {
            return f.write_str("the same");
        }
        let separator = if f.alternate() { "\n" } else { "; " };
        for (index, cause) in self.causes.iter().enumerate() {
            if index > 0 {
                f.write_str(separator)?;
            }
            f.write_str(&cause.to_string())?;
        }
        Ok(())
    }
}

/// Compares two recordings at a level.
///
/// At [`Level::Exact`] they are the same if and only if [`Recording::same`] says so. The time is about linear in the
/// number of events, however different they are.
#[must_use]
pub fn compare(left: &Recording, right: &Recording, level: Level) -> Comparison {
    let channels = channels(&left.header().channel, &right.header().channel);
    let masks = masks(left, right);
    let (left, right) = by_name(left, right);
    let (left, right) = (left.as_ref(), right.as_ref());
    let content = match level {
        Level::Exact => events::causes(left, right, true),
        Level::Writes => events::causes(left, right, false),
        Level::Bytes => bytes::causes(left, right),
        Level::Frames => frames::causes(left, right),
        // A terminal's screen is more than the joined bytes: two streams share it, and a resize clips its contents. But
        // recordings that agree in all bytes need no further comparison.
        Level::Screen if bytes::causes(left, right).is_empty() => Vec::new(),
        Level::Screen => screen::causes(left, right),
    };
    let ((_, from), (_, to)) = (left.end(), right.end());
    let ends = (from != to).then(|| Cause::new(CauseKind::End, format!("{from} became {to}")));
    Comparison {
        causes: named(
            left,
            right,
            channels
                .into_iter()
                .chain(ends)
                .chain(masks)
                .chain(content)
                .collect(),
        ),
    }
}

/// The causes; if there are any and the clocks followed different laws, that is one more.
fn named(left: &Recording, right: &Recording, mut causes: Vec<Cause>) -> Vec<Cause> {
    let law = |recording: &Recording| match recording.header().clock {
        Some(Clock::Virtual { law, .. }) => Some(law),
        _ => None,
    };
    if let (Some(from), Some(to)) = (law(left), law(right))
        && from != to
        && !causes.is_empty()
    {
        let line = format!(
            "the virtual clock's cost law {from} became {to}: instants may differ by that alone"
        );
        causes.push(Cause::new(CauseKind::CostLaw, line));
    }
    causes
}

/// What is masked in one recording alone.
fn masks(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (old, new) = (masked_names(left.events()), masked_names(right.events()));
    let names = old.symmetric_difference(&new).map(|name| {
        let line = if old.contains(name) {
            format!("the mask `{name}` matches nothing any more")
        } else {
            format!("the mask `{name}` matched nothing before")
        };
        Cause::new(CauseKind::Mask, line)
    });
    names.collect()
}

/// Returns both recordings as they are compared: everything that is masked is as wide as its name, unless a header asks for
/// its width, so that nothing after it moves.
#[must_use]
pub fn by_name<'a>(
    left: &'a Recording,
    right: &'a Recording,
) -> (Cow<'a, Recording>, Cow<'a, Recording>) {
    let masks = || left.header().mask.iter().chain(&right.header().mask);
    (left.by_name(masks()), right.by_name(masks()))
}

fn channels(left: &Channel, right: &Channel) -> Option<Cause> {
    let size = |channel: &Channel| match channel {
        Channel::Pty { columns, rows, .. } => format!("pty {columns}x{rows}"),
        Channel::Pipe => "pipe".to_owned(),
    };
    let with_term = |channel: &Channel| match channel {
        Channel::Pty { term, .. } => {
            let term = text::short_word(term.as_bytes(), EXCERPT);
            format!("{} {term}", size(channel))
        }
        Channel::Pipe => size(channel),
    };
    if left == right {
        return None;
    }
    let line = match (left, right) {
        (Channel::Pty { term: from, .. }, Channel::Pty { term: to, .. }) if from != to => {
            format!("{} became {}", with_term(left), with_term(right))
        }
        _ => format!("{} became {}", size(left), size(right)),
    };
    Some(Cause::new(CauseKind::Channel, line))
}

/// An event and its index in the whole recording.
type Numbered<'a> = (usize, &'a Event);

/// The location of an event, as a line states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// Its index in the whole recording.
    index: usize,
    at: Duration,
}

impl Place {
    /// Its number, from 1.
    fn number(self) -> usize {
        self.index + 1
    }
}

impl From<Numbered<'_>> for Place {
    fn from((index, event): Numbered) -> Place {
        Place {
            index,
            at: event.at,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = text::seconds(self.at);
        write!(f, "event {} at {at}", self.number())
    }
}

/// How many of the causes have a line of their own.
fn shown(causes: usize) -> usize {
    if causes > MAX_LINES {
        MAX_LINES - 1
    } else {
        causes
    }
}

/// Formats a number with its noun, which takes an `s` in the plural.
fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

//! A line of a verdict: what differs, by its kind and in words.
//!
//! The words are found where the difference is: of writes and inputs in `change`, of joined bytes in `bytes`, of instants in
//! `times`, of events that only one side has in `presence`, of boundaries in `events`, of the screen in `screen` and `frames`, of channels,
//! ends and clocks in `comparison`; `tally` counts what is too much to tell.

use std::fmt;

/// One cause of differences between two recordings; `Display` is its line of the verdict, printable text without line ends.
///
/// ```
/// use stroboscope::{Recording, comparison::{CauseKind, compare}, recording::Level};
///
/// let run = |events| format!("transcript: 1\nchannel: pipe\n\n{events}\n@2.000 exit 0\n").parse();
/// let (left, right): (Recording, Recording) = (run("0.100 \"done\"")?, run("1.100 \"done\"")?);
/// // It is slower, and that is all.
/// let comparison = compare(&left, &right, Level::Exact);
/// assert!(comparison.causes().iter().all(|cause| cause.kind() == CauseKind::Time));
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    kind: CauseKind,
    line: String,
}

/// What sort of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CauseKind {
    /// The channel.
    Channel,
    /// The bytes of output: what the terminal, or the pipe behind stdout, received.
    Output,
    /// The bytes written to stderr.
    Stderr,
    /// The stream to which the same bytes went.
    Stream,
    /// What was sent to the program, or done to it besides.
    Input,
    /// What the terminal answered.
    Reply,
    /// Where the same bytes are cut into writes.
    Boundaries,
    /// Which events there are, or their order.
    Events,
    /// When events happened.
    Time,
    /// What was visible, and when.
    Frames,
    /// What is visible at the end, and what a terminal keeps beside it.
    Screen,
    /// What a mask once matched is not there any more, or is no longer masked.
    Mask,
    /// How the run ended.
    End,
    /// The script, a step of which could not be taken, or a check of which did not hold.
    Script,
    /// The law by which a virtual clock moves.
    CostLaw,
    /// Several kinds, of too many differences to have a line each.
    Several,
}

impl Cause {
    pub(super) fn new(kind: CauseKind, line: String) -> Cause {
        Cause { kind, line }
    }

    /// What sort of thing differs.
    #[must_use]
    pub fn kind(&self) -> CauseKind {
        self.kind
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.line)
    }
}

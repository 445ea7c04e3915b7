//! How a run differs from its case.

use crate::{
    comparison::{Comparison, LineDiff},
    session::FailedStep,
};
use std::fmt;

/// How a run differs from its case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// What has changed, one line for each cause.
    pub comparison: Comparison,
    /// The diff of the transcripts, as the level sees them.
    pub diff: LineDiff,
    /// The step of the script that could not be taken, or the check that did not hold; its reason is the first cause. Such a
    /// run is not to be accepted: it lacks what was not done.
    pub failed: Option<Box<FailedStep>>,
}

/// Writes why the script failed and what the screen showed then, if it did, and the diff.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl Difference {
    /// The same text, colored or not.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let diff = self.diff.render(color);
        match &self.failed {
            Some(failed) if diff.is_empty() => format!("{failed}\n"),
            Some(failed) => format!("{failed}\n\n{diff}"),
            None => diff,
        }
    }
}

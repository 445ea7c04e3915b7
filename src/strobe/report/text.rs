//! The report for people.

use super::{CaseResult, Report};
use std::fmt::Write as _;
use stroboscope::comparison::{self, Comparison};

impl Report<'_> {
    /// The verdicts, equal ones together, the diff of each case that is different, and a summary.
    pub fn text(&self, color: bool) -> String {
        let mut text = String::new();
        for (case, result) in self.each() {
            match result {
                CaseResult::Same { .. } => {}
                CaseResult::Skipped { reason } => {
                    let _ = writeln!(text, "skipped {case}: {reason}");
                }
                CaseResult::Different { difference, .. } => {
                    let _ = write!(text, "--- {case}\n{}\n", difference.render(color));
                }
                CaseResult::Error { error, .. } => {
                    let _ = write!(text, "--- {case}\n{error}\n\n");
                }
            }
        }
        text += &verdicts(&self.different());
        text + &self.summary() + "\n"
    }
}

/// What is said of recordings that are different, a line for each cause, equal verdicts of several told once.
pub fn verdicts(different: &[(String, Comparison)]) -> String {
    let mut text = String::new();
    for group in comparison::groups(
        different
            .iter()
            .map(|(name, comparison)| (name.as_str(), comparison)),
    ) {
        let _ = writeln!(text, "{group}");
        for cause in group.comparison.causes() {
            let _ = writeln!(text, "  {cause}");
        }
    }
    text
}

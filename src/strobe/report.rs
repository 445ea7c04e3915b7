//! What `strobe check` reports of its cases: a file for each kind of reader.

pub use self::text::verdicts;
use std::{fmt::Write as _, time::Duration};
use stroboscope::{
    check::{Case, Difference},
    comparison::Comparison,
    recording::Recording,
};

mod junit;
mod markdown;
mod text;

/// What became of a case.
pub enum CaseResult {
    /// It is as it was.
    Same { took: Duration },
    /// It is not.
    Different {
        took: Duration,
        difference: Difference,
        new: Box<Recording>,
    },
    /// It cannot be run here.
    Skipped { reason: String },
    /// It could not be run to its end.
    Error { took: Duration, error: String },
}

impl CaseResult {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            CaseResult::Same { .. } => "same",
            CaseResult::Different { .. } => "DIFFERENT",
            CaseResult::Skipped { .. } => "skipped",
            CaseResult::Error { .. } => "ERROR",
        }
    }

    fn took(&self) -> Duration {
        match self {
            CaseResult::Same { took }
            | CaseResult::Different { took, .. }
            | CaseResult::Error { took, .. } => *took,
            CaseResult::Skipped { .. } => Duration::ZERO,
        }
    }
}

/// Every case and what became of it.
pub struct Report<'a> {
    pub cases: &'a [Case],
    pub results: &'a [CaseResult],
    /// How many of those that are different were accepted.
    pub accepted: usize,
}

impl Report<'_> {
    fn each(&self) -> impl Iterator<Item = (&Case, &CaseResult)> {
        self.cases.iter().zip(self.results)
    }

    fn different(&self) -> Vec<(String, Comparison)> {
        let different = self.each().filter_map(|(case, result)| match result {
            CaseResult::Different { difference, .. } => Some((
                case.path().display().to_string(),
                difference.comparison.clone(),
            )),
            _ => None,
        });
        different.collect()
    }

    fn summary(&self) -> String {
        let count = |word: &str| {
            self.results
                .iter()
                .filter(|result| result.word() == word)
                .count()
        };
        let (same, different) = (count("same"), count("DIFFERENT"));
        let (skipped, errors) = (count("skipped"), count("ERROR"));
        let accepted = match self.accepted {
            0 => String::new(),
            all if all == different => ", accepted".to_owned(),
            part => format!(", {part} of them accepted"),
        };
        let mut text = format!("{same} the same, {different} different{accepted}");
        if skipped > 0 {
            let _ = write!(text, ", {skipped} skipped");
        }
        match errors {
            0 => {}
            1 => text += ", 1 error",
            _ => {
                let _ = write!(text, ", {errors} errors");
            }
        }
        text
    }
}

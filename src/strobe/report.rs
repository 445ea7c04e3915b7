//! What `strobe check` reports of its cases: a file for each kind of reader.

pub use self::text::verdicts;
use crate::found::Found;
use std::{fmt::Write as _, time::Duration};
use stroboscope::{
    check::{Difference, Flaky},
    comparison::{self, Comparison},
    recording::Recording,
};

pub mod html;
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
        /// Its runs differ from each other.
        flaky: Option<Flaky>,
        /// Its file has been rewritten.
        accepted: bool,
    },
    /// It cannot be run here.
    Skipped { reason: String },
    /// Its file is no case, or it could not be run to its end.
    Error { took: Duration, error: String },
    /// The check ended before it.
    NotRun { reason: &'static str },
}

impl CaseResult {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            CaseResult::Same { .. } => "same",
            CaseResult::Different { flaky: Some(_), .. } => "FLAKY",
            CaseResult::Different { .. } => "DIFFERENT",
            CaseResult::Skipped { .. } => "skipped",
            CaseResult::Error { .. } => "ERROR",
            CaseResult::NotRun { .. } => "not run",
        }
    }

    /// Whether it is different, and nobody has accepted it.
    pub fn is_to_review(&self) -> bool {
        matches!(
            self,
            CaseResult::Different {
                accepted: false,
                ..
            }
        )
    }

    /// Whether it was run and is not the same, or could not be.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            CaseResult::Different { .. } | CaseResult::Error { .. }
        )
    }

    fn took(&self) -> Duration {
        match self {
            CaseResult::Same { took }
            | CaseResult::Different { took, .. }
            | CaseResult::Error { took, .. } => *took,
            CaseResult::Skipped { .. } | CaseResult::NotRun { .. } => Duration::ZERO,
        }
    }
}

/// Every file and what became of it.
pub struct Report<'a> {
    pub files: &'a [Found],
    pub results: &'a [CaseResult],
    /// How many of the slowest runs are named.
    pub slowest: usize,
}

impl Report<'_> {
    fn each(&self) -> impl Iterator<Item = (&Found, &CaseResult)> {
        self.files.iter().zip(self.results)
    }

    /// The files that are different, each with its verdict and how its runs differ from each other.
    fn different(&self) -> Vec<(String, Verdict<'_>)> {
        let different = self.each().filter_map(|(found, result)| match result {
            CaseResult::Different {
                difference, flaky, ..
            } => Some((
                found.path.display().to_string(),
                Verdict {
                    flaky: flaky.as_ref(),
                    comparison: &difference.comparison,
                },
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
        let is_accepted =
            |result: &&CaseResult| matches!(result, CaseResult::Different { accepted: true, .. });
        let accepted = match self.results.iter().filter(is_accepted).count() {
            0 => String::new(),
            all if all == different => ", accepted".to_owned(),
            part => format!(", {part} of them accepted"),
        };
        let mut text = format!("{same} the same, {different} different{accepted}");
        for (word, name) in [("FLAKY", "flaky"), ("skipped", "skipped")] {
            if count(word) > 0 {
                let _ = write!(text, ", {} {name}", count(word));
            }
        }
        match count("ERROR") {
            0 => {}
            1 => text += ", 1 error",
            errors => {
                let _ = write!(text, ", {errors} errors");
            }
        }
        if count("not run") > 0 {
            let _ = write!(text, ", {} not run", count("not run"));
        }
        text
    }
}

/// What is said of a file that is different.
struct Verdict<'a> {
    flaky: Option<&'a Flaky>,
    comparison: &'a Comparison,
}

impl Verdict<'_> {
    /// A line for each cause.
    fn lines(&self) -> Vec<String> {
        let flaky = self.flaky.map(ToString::to_string);
        let causes = self.comparison.causes().iter().map(ToString::to_string);
        flaky.into_iter().chain(causes).collect()
    }
}

/// Files that are different and have one verdict.
struct Verdicts {
    /// Names them.
    title: String,
    /// The path of the first of them.
    first: String,
    is_flaky: bool,
    /// A line for each cause.
    lines: Vec<String>,
}

/// Groups files by their verdicts. A flaky file is a group of its own.
fn groups(different: &[(String, Verdict)]) -> Vec<Verdicts> {
    let of = |files: &[&(String, Verdict)]| -> Vec<Verdicts> {
        let named = files
            .iter()
            .map(|(name, verdict)| (name.as_str(), verdict.comparison));
        let groups = comparison::groups(named).into_iter().map(|group| {
            let first = group.names[0];
            let verdict = files.iter().find(|(name, _)| name == first);
            Verdicts {
                title: group.to_string(),
                first: first.to_owned(),
                is_flaky: verdict.is_some_and(|(_, verdict)| verdict.flaky.is_some()),
                lines: verdict.map_or_else(Vec::new, |(_, verdict)| verdict.lines()),
            }
        });
        groups.collect()
    };
    let (flaky, plain): (Vec<_>, Vec<_>) = different
        .iter()
        .partition(|(_, verdict)| verdict.flaky.is_some());
    let flaky = flaky.into_iter().flat_map(|file| of(&[file]));
    of(&plain).into_iter().chain(flaky).collect()
}

//! The report for people.

use super::{CaseResult, Report, groups};
use crate::{commands::diff::folded, found::Found, input::name};
use std::{cmp::Reverse, collections::BTreeSet, fmt::Write as _};
use stroboscope::{
    check::{Difference, pending_path},
    comparison::{self, Comparison},
};

impl Report<'_> {
    /// The diff of each case that is different, the verdicts, equal ones together, the slowest runs, and a summary.
    pub fn text(&self, color: bool) -> String {
        let mut text = String::new();
        let mut told = BTreeSet::new();
        for (found, result) in self.each() {
            match result {
                CaseResult::Same { .. } | CaseResult::NotRun { .. } => {}
                CaseResult::Skipped { reason } => {
                    let _ = writeln!(text, "skipped {found}: {reason}");
                }
                CaseResult::Different {
                    difference,
                    accepted,
                    ..
                } => {
                    let shown = shown(found, difference, *accepted, color);
                    let _ = write!(text, "--- {found}\n{shown}\n");
                }
                CaseResult::Error { error, .. } => {
                    // What several have in common, such as a wrong `strobe.toml`, is told once.
                    if told.insert(error) {
                        let _ = write!(text, "--- {}\n{error}\n\n", self.with_error(error));
                    }
                }
            }
        }
        for group in groups(&self.different()) {
            let _ = writeln!(text, "{}", group.title);
            for line in group.lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        text + &self.slowest() + &self.summary() + "\n"
    }

    /// The files that have this error.
    fn with_error(&self, wanted: &str) -> String {
        let has_it = |result: &CaseResult| matches!(result, CaseResult::Error { error, .. } if error == wanted);
        let files = self.each().filter(|(_, result)| has_it(result));
        let files: Vec<String> = files.map(|(found, _)| found.to_string()).collect();
        match &files[..] {
            [first, second, third, _, ..] => {
                format!("{first}, {second}, {third} and {} more", files.len() - 3)
            }
            _ => files.join(", "),
        }
    }

    fn slowest(&self) -> String {
        let mut runs: Vec<_> = self.each().collect();
        runs.sort_by_key(|(_, result)| Reverse(result.took()));
        let mut text = String::new();
        for (found, result) in runs.into_iter().take(self.slowest) {
            if !result.took().is_zero() {
                let _ = writeln!(text, "{:8.3} s {found}", result.took().as_secs_f64());
            }
        }
        if text.is_empty() {
            text
        } else {
            format!("slowest:\n{text}")
        }
    }
}

/// The lines that differ, unless there are too many of them.
fn shown(found: &Found, difference: &Difference, accepted: bool, color: bool) -> String {
    let Some(folded) = folded(&difference.diff) else {
        return difference.render(color);
    };
    let path = &found.path;
    let (old, new) = (name(path), name(&pending_path(path)));
    let failed = difference.failed.iter();
    let failed = failed.map(|failed| format!("{failed}\n\n"));
    // What is accepted is left nowhere.
    let how = if accepted {
        String::new()
    } else {
        format!(": `strobe diff --all {old} {new}` shows them")
    };
    format!("{}{folded}{how}\n", failed.collect::<String>())
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

//! What `strobe check` says of its cases: to people, to JUnit's readers, and in Markdown.

use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};
use std::{fmt::Write as _, time::Duration};
use stroboscope::{
    check::{Case, Difference},
    comparison::{self, Comparison},
    recording::Recording,
};

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
    Trouble { took: Duration, error: String },
}

impl CaseResult {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            CaseResult::Same { .. } => "same",
            CaseResult::Different { .. } => "DIFFERENT",
            CaseResult::Skipped { .. } => "skipped",
            CaseResult::Trouble { .. } => "TROUBLE",
        }
    }

    fn took(&self) -> Duration {
        match self {
            CaseResult::Same { took }
            | CaseResult::Different { took, .. }
            | CaseResult::Trouble { took, .. } => *took,
            CaseResult::Skipped { .. } => Duration::ZERO,
        }
    }
}

/// Every case and what became of it.
pub struct Report<'a> {
    pub cases: &'a [Case],
    pub results: &'a [CaseResult],
    pub accepted: bool,
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
        let (skipped, trouble) = (count("skipped"), count("TROUBLE"));
        let accepted = if self.accepted && different > 0 {
            ", accepted"
        } else {
            ""
        };
        let mut text = format!("{same} the same, {different} different{accepted}");
        if skipped > 0 {
            let _ = write!(text, ", {skipped} skipped");
        }
        if trouble > 0 {
            let _ = write!(text, ", {trouble} in trouble");
        }
        text
    }

    /// The verdicts, equal ones together, the diff of each case that is different, and a summary.
    pub fn text(&self, color: bool) -> String {
        let mut text = String::new();
        for (case, result) in self.each() {
            match result {
                CaseResult::Same { .. } => {}
                CaseResult::Skipped { reason } => {
                    let _ = writeln!(text, "skipped {case}: {reason}");
                }
                CaseResult::Different {
                    difference: Difference { diff, .. },
                    ..
                } => {
                    let _ = write!(text, "--- {case}\n{}\n", diff.render(color));
                }
                CaseResult::Trouble { error, .. } => {
                    let _ = write!(text, "--- {case}\n{error}\n\n");
                }
            }
        }
        text += &verdicts(&self.different());
        text + &self.summary() + "\n"
    }

    /// A report in JUnit's XML.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut suite = TestSuite::new("strobe check");
        for (case, result) in self.each() {
            let mut status = TestCaseStatus::success();
            match result {
                CaseResult::Same { .. } => {}
                CaseResult::Different {
                    difference:
                        Difference {
                            comparison, diff, ..
                        },
                    ..
                } => {
                    status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_message(comparison.to_string())
                        .set_description(diff.render(false));
                }
                CaseResult::Skipped { reason } => {
                    status = TestCaseStatus::skipped();
                    status.set_message(reason.clone());
                }
                CaseResult::Trouble { error, .. } => {
                    status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message(error.clone());
                }
            }
            let mut test = TestCase::new(case.to_string(), status);
            test.set_time(result.took()).set_classname("strobe");
            suite.add_test_case(test);
        }
        let mut report = JUnit::new("strobe");
        report.add_test_suite(suite);
        report.to_string()
    }

    /// A report in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("### strobe check: {}\n", self.summary());
        for (case, result) in self.each() {
            let (verdict, block) = match result {
                CaseResult::Same { .. } => continue,
                CaseResult::Different {
                    difference:
                        Difference {
                            comparison, diff, ..
                        },
                    ..
                } => (comparison.to_string(), diff.render(false)),
                CaseResult::Skipped { reason } => (reason.clone(), String::new()),
                CaseResult::Trouble { error, .. } => (error.clone(), String::new()),
            };
            let _ = write!(
                text,
                "\n<details><summary>{}: {}</summary>\n\n",
                result.word(),
                html(&case.to_string())
            );
            let fence = fence(&format!("{verdict}\n{block}"));
            let _ = write!(
                text,
                "{fence}diff\n{verdict}\n{block}\n{fence}\n\n</details>\n"
            );
        }
        text
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

/// A fence longer than any run of backticks in a text.
fn fence(text: &str) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{fence, html};

    #[test]
    fn a_fence_is_longer_than_what_it_fences() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b `"), "`````");
    }

    #[test]
    fn markup_in_a_name_is_text() {
        assert_eq!(html("<script>&"), "&lt;script&gt;&amp;");
    }
}

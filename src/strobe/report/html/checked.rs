//! The report of `strobe check`.

use super::{Entry, Page, Verdict};
use crate::{
    found::Found,
    input,
    report::{self, CaseResult, Report},
};
use stroboscope::check::Case;

impl Report<'_> {
    /// A report as one file of HTML.
    pub fn html(&self) -> String {
        let page = Page {
            title: "strobe check",
            summary: self.summary(),
            sides: ["accepted".to_owned(), "this run".to_owned()],
            entries: self.each().map(entry).collect(),
        };
        page.html()
    }
}

fn entry<'a>((found, result): (&'a Found, &'a CaseResult)) -> Entry<'a> {
    let entry = |verdict, lines| Entry {
        name: input::name(&found.path),
        verdict,
        lines,
        diff: String::new(),
        old: found.case.as_ref().ok().map(Case::recording),
        new: None,
    };
    match result {
        CaseResult::Same { .. } => entry(Verdict::Same, Vec::new()),
        CaseResult::Skipped { reason } => entry(Verdict::Skipped, vec![reason.clone()]),
        CaseResult::NotRun { reason } => entry(Verdict::NotRun, vec![(*reason).to_owned()]),
        CaseResult::Error { error, .. } => {
            entry(Verdict::Error, error.lines().map(str::to_owned).collect())
        }
        CaseResult::Different {
            difference,
            new,
            flaky,
            ..
        } => {
            let verdict = match flaky {
                Some(_) => Verdict::Flaky,
                None => Verdict::Different,
            };
            let lines = report::Verdict {
                flaky: flaky.as_ref(),
                comparison: &difference.comparison,
            };
            Entry {
                diff: difference.render(false),
                new: Some(&**new),
                ..entry(verdict, lines.lines())
            }
        }
    }
}

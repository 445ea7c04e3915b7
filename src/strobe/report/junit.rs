//! The report that CI services read, JUnit's XML.

use super::{CaseResult, Report, Verdict};
use crate::input::name;
use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};

impl Report<'_> {
    /// A report in JUnit's XML.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut suite = TestSuite::new("strobe check");
        for (found, result) in self.each() {
            let mut status = TestCaseStatus::success();
            match result {
                // What was accepted is no failure.
                CaseResult::Same { .. } | CaseResult::Different { accepted: true, .. } => {}
                CaseResult::Different {
                    difference, flaky, ..
                } => {
                    let verdict = Verdict {
                        flaky: flaky.as_ref(),
                        comparison: &difference.comparison,
                    };
                    status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_message(verdict.lines().join("; "))
                        .set_description(difference.render(false));
                }
                CaseResult::Skipped { reason } => {
                    status = TestCaseStatus::skipped();
                    status.set_message(reason.clone());
                }
                CaseResult::NotRun { reason } => {
                    status = TestCaseStatus::skipped();
                    status.set_message(format!("not run: {reason}"));
                }
                CaseResult::Error { error, .. } => {
                    status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message(error.clone());
                }
            }
            let mut test = TestCase::new(name(&found.path), status);
            test.set_time(result.took()).set_classname("strobe");
            if let CaseResult::Different {
                accepted: true,
                difference,
                ..
            } = result
            {
                test.set_system_out(format!("accepted: {}", difference.comparison));
            }
            suite.add_test_case(test);
        }
        let mut report = JUnit::new("strobe");
        report.add_test_suite(suite);
        report.to_string()
    }
}

//! The report that CI services read, JUnit's XML.

use super::{CaseResult, Report};
use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};

impl Report<'_> {
    /// A report in JUnit's XML.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut suite = TestSuite::new("strobe check");
        for (case, result) in self.each() {
            let mut status = TestCaseStatus::success();
            match result {
                CaseResult::Same { .. } => {}
                CaseResult::Different { difference, .. } => {
                    status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_message(difference.comparison.to_string())
                        .set_description(difference.render(false));
                }
                CaseResult::Skipped { reason } => {
                    status = TestCaseStatus::skipped();
                    status.set_message(reason.clone());
                }
                CaseResult::Error { error, .. } => {
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
}

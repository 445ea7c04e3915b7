//! The report for a pull request, in Markdown.

use super::{CaseResult, Report};
use std::fmt::Write as _;

impl Report<'_> {
    /// A report in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("### strobe check: {}\n", self.summary());
        for (case, result) in self.each() {
            let (verdict, block) = match result {
                CaseResult::Same { .. } => continue,
                CaseResult::Different { difference, .. } => {
                    (difference.comparison.to_string(), difference.render(false))
                }
                CaseResult::Skipped { reason } => (reason.clone(), String::new()),
                CaseResult::Error { error, .. } => (error.clone(), String::new()),
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

//! The report for a pull request, in Markdown.

use super::{CaseResult, Report, groups};
use std::{collections::HashMap, fmt::Write as _};
use stroboscope::text;

/// How many characters a report has at most: a comment on GitHub may have 65,536.
const MOST: usize = 60_000;
/// How many characters one diff has at most.
const MOST_OF_A_DIFF: usize = 20_000;
/// How many characters of a summary line name files, and how many the causes.
const MOST_OF_NAMES: usize = 200;
const MOST_OF_CAUSES: usize = 300;

impl Report<'_> {
    /// A report in Markdown: a block for each verdict, errors first, with the diff of the first file that has it. It has at
    /// most 60,000 characters, and says what was left out.
    pub fn markdown(&self) -> String {
        let mut text = format!("### strobe check: {}\n", self.summary());
        // For what is said at the end of what was left out.
        let space = MOST - text.chars().count() - 200;
        let (mut used, mut left_out) = (0, 0);
        for block in self.blocks() {
            let length = block.chars().count();
            if used + length > space {
                left_out += 1;
            } else {
                used += length;
                text += &block;
            }
        }
        if left_out > 0 {
            let plural = if left_out == 1 { "" } else { "s" };
            let _ = write!(
                text,
                "\n**{left_out} more block{plural} left out: the report has at most {MOST} characters. \
                 `strobe check` prints all.**\n"
            );
        }
        text
    }

    fn blocks(&self) -> Vec<String> {
        let mut blocks = Vec::new();
        for (found, result) in self.each() {
            if let CaseResult::Error { error, .. } = result {
                let first = error.lines().next().unwrap_or_default();
                blocks.push(block("ERROR", &found.to_string(), first, error, ""));
            }
        }
        let mut diffs: HashMap<String, String> = HashMap::new();
        for (found, result) in self.each() {
            if let CaseResult::Different { difference, .. } = result {
                diffs.insert(found.path.display().to_string(), difference.render(false));
            }
        }
        let different = self.different();
        for group in groups(&different) {
            let word = if group.is_flaky { "FLAKY" } else { "DIFFERENT" };
            let diff = diffs.get(&group.first).map_or("", String::as_str);
            let diff = text::cut_middle(diff, MOST_OF_A_DIFF);
            let lines = group.lines.join("\n");
            blocks.push(block(
                word,
                &group.title,
                &group.lines.join("; "),
                &lines,
                &diff,
            ));
        }
        let mut skipped: Vec<(&str, Vec<String>)> = Vec::new();
        for (found, result) in self.each() {
            let reason = match result {
                CaseResult::Skipped { reason } => reason,
                CaseResult::NotRun { reason } => *reason,
                _ => continue,
            };
            match skipped.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, names)) => names.push(found.to_string()),
                None => skipped.push((reason, vec![found.to_string()])),
            }
        }
        for (reason, names) in skipped {
            let names = text::cut_middle(&names.join(", "), MOST_OF_NAMES);
            blocks.push(block("skipped", &names, reason, reason, ""));
        }
        blocks
    }
}

/// A folded block: what became of which files and why in its summary, and below the causes and the diff.
fn block(word: &str, names: &str, cause: &str, causes: &str, diff: &str) -> String {
    let names = html(&text::cut_middle(names, MOST_OF_NAMES));
    let cause = html(&text::cut_middle(cause, MOST_OF_CAUSES));
    let causes = text::cut_middle(causes, MOST_OF_A_DIFF);
    let fence = fence(&format!("{causes}\n{diff}"));
    let diff = if diff.is_empty() {
        String::new()
    } else {
        format!("{diff}\n")
    };
    format!(
        "\n<details><summary>{word}: {names}: {cause}</summary>\n\n{fence}diff\n{causes}\n{diff}{fence}\n\n</details>\n"
    )
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

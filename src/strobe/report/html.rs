//! The report for a browser: one file without network, in which old and new are looked at side by side.
//!
//! What is in it came from programs and may try anything. So all text is escaped and isolated, what is drawn is deflated
//! JSON that the page's own script turns into text nodes, and the page's policy allows that script and that style sheet by
//! their hashes, and nothing else.

use self::{
    budget::Budget,
    markup::{attribute, escape},
    playback::Playback,
};
use std::borrow::Cow;
use stroboscope::{
    comparison::{Comparison, by_name},
    recording::Recording,
};

mod budget;
mod checked;
mod events;
mod markup;
mod playback;
mod policy;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = concat!(
    include_str!("html/screen.js"),
    include_str!("html/player.js"),
    include_str!("html/page.js")
);

/// What is reported of one name.
pub struct Entry<'a> {
    pub name: String,
    pub verdict: Verdict,
    /// What has changed, a line for each cause; or why it was not run.
    pub lines: Vec<String>,
    /// The diff as text.
    pub diff: String,
    pub old: Option<&'a Recording>,
    /// What there is now, if that is something else.
    pub new: Option<&'a Recording>,
}

/// What became of it, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Error,
    Flaky,
    Different,
    NotRun,
    Skipped,
    Same,
}

impl Verdict {
    const ALL: [Verdict; 6] = [
        Verdict::Error,
        Verdict::Flaky,
        Verdict::Different,
        Verdict::NotRun,
        Verdict::Skipped,
        Verdict::Same,
    ];

    fn word(self) -> &'static str {
        match self {
            Verdict::Error => "error",
            Verdict::Flaky => "flaky",
            Verdict::Different => "different",
            Verdict::NotRun => "not-run",
            Verdict::Skipped => "skipped",
            Verdict::Same => "same",
        }
    }
}

/// A whole report.
pub struct Page<'a> {
    /// What was done: `strobe check`.
    pub title: &'a str,
    pub summary: String,
    /// What old and new are called.
    pub sides: [String; 2],
    pub entries: Vec<Entry<'a>>,
}

/// The causes of a comparison, each a line.
pub fn lines(comparison: &Comparison) -> Vec<String> {
    comparison
        .causes()
        .iter()
        .map(ToString::to_string)
        .collect()
}

impl Page<'_> {
    /// The report as HTML.
    pub fn html(mut self) -> String {
        self.entries.sort_by_key(|entry| entry.verdict);
        let title = format!("{}: {}", self.title, self.summary);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
            policy::content(),
            escape(&title)
        );
        html += &format!(
            "<body data-old={} data-new={}>\n<header>\n<h1>{}</h1>\n<p class=\"summary\">{}</p>\n",
            attribute(&self.sides[0]),
            attribute(&self.sides[1]),
            escape(self.title),
            escape(&self.summary)
        );
        html += &self.filters();
        html += "</header>\n<main>\n";
        let mut budget = Budget::new(self.entries.len());
        let mut playbacks = String::new();
        for (index, entry) in self.entries.iter().enumerate() {
            html += &entry.html(index, &mut budget);
            playbacks += &entry.playback(index, &mut budget);
        }
        html += "<p class=\"none\" hidden>Nothing of that kind.</p>\n</main>\n";
        // Behind all that can be read, so that it is there at once.
        html += &playbacks;
        html + &format!("<script>{SCRIPT}</script>\n</body>\n</html>\n")
    }

    /// What is listed, and how to list less; without scripts there is nothing to choose.
    fn filters(&self) -> String {
        let mut html = "<div class=\"filters\" hidden>\n".to_owned();
        html += &format!(
            "<button type=\"button\" data-verdict=\"\" aria-pressed=\"true\">all {}</button>\n",
            self.entries.len()
        );
        for verdict in Verdict::ALL {
            let of_it = self.entries.iter().filter(|entry| entry.verdict == verdict);
            match of_it.count() {
                0 => {}
                count => {
                    let word = verdict.word();
                    html += &format!(
                        "<button type=\"button\" data-verdict=\"{word}\" aria-pressed=\"false\">{word} {count}</button>\n"
                    );
                }
            }
        }
        html += "<input type=\"search\" placeholder=\"filter\" aria-label=\"Filter by name or verdict\">\n";
        html + "</div>\n"
    }
}

impl Entry<'_> {
    /// All that can be read without scripts.
    fn html(&self, index: usize, budget: &mut Budget) -> String {
        let word = self.verdict.word();
        let mut html = format!(
            "<details class=\"{word}\" data-index=\"{index}\" data-name={name} id={name}>\n<summary><span class=\"word\">{word}</span> \
             <bdi class=\"name\">{}</bdi>",
            escape(&self.name),
            name = attribute(&self.name)
        );
        if let Some(first) = self.lines.first() {
            let more = match self.lines.len() {
                1 => String::new(),
                lines => format!(" <span class=\"more\">and {} more</span>", lines - 1),
            };
            html += &format!(" <bdi class=\"cause\">{}</bdi>{more}", escape(first));
        }
        html += "</summary>\n";
        if self.lines.len() > 1 {
            html += "<ul class=\"causes\">\n";
            for line in &self.lines {
                html += &format!("<li><bdi>{}</bdi>\n", escape(line));
            }
            html += "</ul>\n";
        }
        let (old, new) = self.sides();
        html += &markup::screens(old.as_deref(), new.as_deref());
        html += &markup::diff(budget.read(&self.diff));
        html + "</details>\n"
    }

    /// The recordings as they are compared: what is masked is as wide as its name in both.
    fn sides(&self) -> (Option<Cow<'_, Recording>>, Option<Cow<'_, Recording>>) {
        match (self.old, self.new) {
            (Some(old), Some(new)) => {
                let (old, new) = by_name(old, new);
                (Some(old), Some(new))
            }
            (old, new) => (old.map(Cow::Borrowed), new.map(Cow::Borrowed)),
        }
    }

    /// What the script plays.
    fn playback(&self, index: usize, budget: &mut Budget) -> String {
        let (old, new) = self.sides();
        let alone = if old.is_some() { "old" } else { "new" };
        let (old, new) = match (&old, &new) {
            (Some(old), new) => (old, new.as_deref()),
            (None, Some(new)) => (new, None),
            (None, None) => return String::new(),
        };
        let playback = Playback::new(old, new, alone, &self.diff);
        let data = budget.play(playback.len(), |most| playback.deflated(most));
        format!("<script type=\"text/plain\" id=\"playback-{index}\">{data}</script>\n")
    }
}

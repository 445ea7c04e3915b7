//! The report of `strobe diff`, as one file of HTML.

use crate::{
    input,
    report::html::{self, Entry, Page, Verdict},
};
use std::{error::Error, path::Path};
use stroboscope::{
    comparison::{Comparison, LineDiff},
    file::Destination,
    recording::Recording,
};

/// A report that is being collected.
pub struct Report<'a> {
    path: &'a Path,
    destination: Destination,
    compared: Vec<Compared>,
}

/// A recording of one side, or of both.
struct Compared {
    name: String,
    old: Option<Recording>,
    new: Option<Recording>,
    lines: Vec<String>,
    diff: String,
}

impl<'a> Report<'a> {
    /// An empty report that goes to a file, which must be one that can be written.
    pub fn new(path: &'a Path) -> Result<Report<'a>, Box<dyn Error>> {
        Ok(Report {
            path,
            destination: Destination::new(path).map_err(|error| cannot_write(path, &error))?,
            compared: Vec::new(),
        })
    }

    /// Adds a recording that both sides have, and how it differs.
    pub fn add(
        &mut self,
        name: &Path,
        (old, new): (Recording, Recording),
        (comparison, diff): (&Comparison, &LineDiff),
    ) {
        let is_same = comparison.is_same();
        self.compared.push(Compared {
            name: input::name(name),
            old: Some(old),
            new: (!is_same).then_some(new),
            lines: html::lines(comparison),
            diff: diff.render(false),
        });
    }

    /// Adds a recording that only one side has.
    pub fn add_only(&mut self, name: &Path, recording: Recording, is_first: bool) {
        let (side, old, new) = if is_first {
            ("first", Some(recording), None)
        } else {
            ("second", None, Some(recording))
        };
        self.compared.push(Compared {
            name: input::name(name),
            old,
            new,
            lines: vec![format!("only in the {side}")],
            diff: String::new(),
        });
    }

    /// Writes the report on two files or folders.
    pub fn write(mut self, first: &Path, second: &Path) -> Result<(), Box<dyn Error>> {
        self.compared
            .sort_by(|one, other| one.name.cmp(&other.name));
        let entries: Vec<_> = self.compared.iter().map(Compared::entry).collect();
        let different = entries
            .iter()
            .filter(|entry| entry.verdict != Verdict::Same);
        let different = different.count();
        let page = Page {
            title: "strobe diff",
            summary: format!(
                "{} the same, {different} different",
                entries.len() - different
            ),
            sides: [first, second].map(input::name),
            entries,
        };
        let written = self.destination.write(page.html().as_bytes());
        written.map_err(|error| cannot_write(self.path, &error).into())
    }
}

impl Compared {
    fn entry(&self) -> Entry<'_> {
        let verdict = if self.lines.is_empty() {
            Verdict::Same
        } else {
            Verdict::Different
        };
        Entry {
            name: self.name.clone(),
            verdict,
            lines: self.lines.clone(),
            diff: self.diff.clone(),
            old: self.old.as_ref(),
            new: self.new.as_ref(),
        }
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write `{}`: {error}", input::name(path))
}

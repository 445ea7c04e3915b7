//! Groups files with the same verdict.

use super::Comparison;
use crate::text;
use std::{collections::HashMap, fmt};

/// How many names a title shows.
const MAX_NAMES: usize = 2;

/// Files whose comparisons have the same verdict; `Display` is a title for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group<'a> {
    /// The names, in the order in which they came; at least one.
    pub names: Vec<&'a str>,
    /// Their verdict.
    pub comparison: &'a Comparison,
}

/// Groups files by the verdicts of their comparisons, in the order in which they came.
///
/// ```
/// use stroboscope::{comparison::{compare, groups}, recording::{Level, Recording}};
///
/// let recording: Recording = "transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n".parse()?;
/// let same = compare(&recording, &recording, Level::Exact);
/// let groups = groups([("a.strobe", &same), ("b.strobe", &same), ("c.strobe", &same)]);
/// assert_eq!(groups[0].to_string(), "same verdict: a.strobe, b.strobe and 1 more");
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[must_use]
pub fn groups<'a>(files: impl IntoIterator<Item = (&'a str, &'a Comparison)>) -> Vec<Group<'a>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (name, comparison) in files {
        let place = *places.entry(comparison).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.names.push(name),
            None => groups.push(Group {
                names: vec![name],
                comparison,
            }),
        }
    }
    groups
}

impl fmt::Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name may be unprintable.
        let names: Vec<String> = self
            .names
            .iter()
            .take(MAX_NAMES)
            .map(|name| text::short_word(name.as_bytes(), usize::MAX))
            .collect();
        if self.names.len() > 1 {
            f.write_str("same verdict: ")?;
        }
        f.write_str(&names.join(", "))?;
        match self.names.len() - names.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

//! What is known of a recording without its events.

use super::{End, Header, Mask, NOT_DONE, UNANSWERED, WAITS};
use std::{collections::BTreeSet, time::Duration};

/// What is known of a recording without its events, which may lie elsewhere: in a file, for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    pub(super) header: Header,
    pub(super) events: usize,
    pub(super) end: (Duration, End),
    pub(super) masked: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
}

impl Outline {
    /// What was run, and how.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many events there are, with the end.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events
    }

    /// How the run ended, and when.
    #[must_use]
    pub fn end(&self) -> (Duration, End) {
        self.end
    }

    /// The masks of the header that match nothing.
    pub fn idle_masks(&self) -> impl Iterator<Item = &Mask> {
        let is_masked = |name: &String| self.masked.contains(name);
        let masks = self.header.mask.iter();
        masks.filter(move |mask| !mask.names().iter().any(is_masked))
    }

    /// The names of the secrets that were sent.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// What each thread waited for, as [`Recording::waits`](super::Recording::waits) has it.
    pub fn waits(&self) -> impl Iterator<Item = &str> {
        self.header.notes(WAITS)
    }

    /// The questions that nobody answered, as [`Recording::unanswered`](super::Recording::unanswered) has them.
    pub fn unanswered(&self) -> impl Iterator<Item = &str> {
        self.header.notes(UNANSWERED)
    }

    /// The first step that was left undone, as [`Recording::not_done`](super::Recording::not_done) has it.
    pub fn not_done(&self) -> impl Iterator<Item = &str> {
        self.header.notes(NOT_DONE)
    }
}

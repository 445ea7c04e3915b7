//! A step of a script that could not be taken, and what the program showed then.

use super::screen::Snapshot;
use crate::{
    recording::{After, EventKind, Outline, Recording, Taken, Wait},
    script::{Step, When},
    text::{self, escape},
    transcript,
};
use std::{fmt, io};

/// How many characters of a payload a message shows.
const EXCERPT: usize = 200;

/// A step of a script that could not be taken; `Display` says why, and what the program showed at that moment.
#[derive(Clone, Debug)]
pub struct FailedStep {
    why: String,
    snapshot: Option<Snapshot>,
    unanswered: Vec<String>,
    outline: Outline,
    recording: Option<Recording>,
}

impl FailedStep {
    /// The recording up to the end; `None` if its events went to a [sink](crate::recording::EventSink) only.
    #[must_use]
    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// What is known of the recording without its events.
    #[must_use]
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Why it could not be taken, in one line: `waited for screen "Name?", to press Enter, but the program ended`.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.why
    }

    pub(super) fn new(
        why: String,
        snapshot: Option<Snapshot>,
        unanswered: Vec<String>,
        taken: Taken,
    ) -> io::Result<FailedStep> {
        Ok(FailedStep {
            why,
            snapshot,
            unanswered,
            outline: taken.outline().clone(),
            recording: taken.into_recording().map_err(io::Error::other)?,
        })
    }
}

impl fmt::Display for FailedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if let Some(snapshot) = &self.snapshot {
            write!(f, "\n{snapshot}")?;
        }
        for question in &self.unanswered {
            write!(
                f,
                "\nthe program had asked {question}, which nobody answered"
            )?;
        }
        Ok(())
    }
}

/// Why a step was not taken, and so none of the `others` after it: `how` the run ended, and the end of what `came` since the
/// last match.
pub(super) fn not_taken(step: &Step, others: usize, how: &str, came: &[u8]) -> String {
    let what = transcript::excerpt(&step.kind, EXCERPT);
    match &step.when {
        When::After(After {
            wait: Wait::Bytes(bytes),
            ..
        }) => format!(
            "waited for \"{}\", but {how}; since the last match came \"{}\"",
            escape(bytes, EXCERPT),
            escape(came, EXCERPT)
        ),
        When::After(After {
            wait: Wait::Visible(visible),
            ..
        }) => {
            format!("waited for {visible}, to {what}, but {how}")
        }
        When::After(After {
            wait: Wait::Quiet, ..
        }) => {
            format!("waited for quiet, to {what}, but {how}")
        }
        When::At(_) | When::Gap(_) => format!("{} was not reached: {how}", named(step, others)),
    }
}

/// A step and how many follow it: `` `press Enter` at 0.500, with 2 more steps, ``.
fn named(step: &Step, others: usize) -> String {
    let what = transcript::excerpt(&step.kind, EXCERPT);
    let at = match &step.when {
        When::At(at) => format!(" at {}", text::seconds(*at)),
        When::Gap(_) | When::After(_) => String::new(),
    };
    let others = match others {
        0 => String::new(),
        1 => ", with 1 more step,".to_owned(),
        _ => format!(", with {others} more steps,"),
    };
    format!("`{what}`{at}{others}")
}

/// Why a check is red.
pub(super) fn unmet(kind: &EventKind, at: std::time::Duration) -> String {
    let check = transcript::excerpt(kind, EXCERPT);
    let check = check.strip_suffix(" failed").unwrap_or(&check);
    format!("`{check}` failed at {}", text::seconds(at))
}

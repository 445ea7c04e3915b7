//! What is sent to a program, and when.

use crate::{
    recording::{Event, EventKind, Recording},
    transcript::{self, ScriptLine, TranscriptError},
};
use std::{str::FromStr, time::Duration};

/// What is sent to a program, and when: the input lines of a transcript, in their order.
///
/// ```
/// # use stroboscope::script::Script;
/// let script: Script = r#"
/// ## Answer a question, change one's mind, and leave.
/// after "Name? " send "Ada\r"
/// 0.500 send "\x03"
/// @2.000 resize 100x30
/// @2.500 signal TERM
/// @3.000 eof
/// "#.parse()?;
/// assert_eq!(script.steps().len(), 5);
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
///
/// A time is an instant since the start (`@`) or a gap since the step above; a step with `after` waits for the bytes,
/// whatever instant stands before it. No step is taken before the one above it. Empty lines, and lines that begin with
/// `#`, are passed over. A whole transcript is a script too: its inputs are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    steps: Vec<Step>,
}

/// One thing that is done to the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// What it waits for.
    pub when: When,
    /// What is done; never output or an end.
    pub kind: EventKind,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// This instant since the start.
    At(Duration),
    /// This long after the step above was taken.
    Gap(Duration),
    /// The bytes that the step's own `after` names.
    Bytes,
}

impl Script {
    /// The steps, in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Appends what is sent at an instant since the start.
    #[must_use]
    pub fn send_at(mut self, at: Duration, bytes: impl Into<Vec<u8>>) -> Script {
        let kind = EventKind::Send {
            after: None,
            bytes: bytes.into(),
        };
        self.steps.push(Step {
            when: When::At(at),
            kind,
        });
        self
    }

    /// Appends what is sent once `trigger`, which is not empty, has appeared behind the previous match.
    #[must_use]
    pub fn send_after(mut self, trigger: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>) -> Script {
        let kind = EventKind::Send {
            after: Some(trigger.into()),
            bytes: bytes.into(),
        };
        self.steps.push(Step {
            when: When::Bytes,
            kind,
        });
        self
    }
}

impl From<&Recording> for Script {
    /// What was done to the program in a recording, to be done again.
    fn from(recording: &Recording) -> Script {
        Script {
            steps: recording.events().iter().filter_map(Step::of).collect(),
        }
    }
}

impl Step {
    fn of(event: &Event) -> Option<Step> {
        let when = match &event.kind {
            EventKind::Output(_) | EventKind::Stderr(_) | EventKind::End(_) => return None,
            EventKind::Send { after: Some(_), .. } => When::Bytes,
            _ => When::At(event.at),
        };
        Some(Step {
            when,
            kind: event.kind.clone(),
        })
    }
}

impl FromStr for Script {
    type Err = TranscriptError;

    /// Reads a script: input lines, or a whole transcript.
    fn from_str(text: &str) -> Result<Script, TranscriptError> {
        let (_, body) = transcript::split_front_matter(text);
        if body.starts_with("transcript:") {
            return Ok(Script::from(&text.parse::<Recording>()?));
        }
        let mut steps = Vec::new();
        // Where the step above was, if that can be said before the run.
        let mut above = Some(Duration::ZERO);
        for ScriptLine { at, gap, kind } in transcript::parse_inputs(text)? {
            let when = match (&kind, at, gap, above) {
                (EventKind::Send { after: Some(_), .. }, ..) => When::Bytes,
                (_, Some(at), ..) => When::At(at),
                (_, None, gap, Some(above)) => {
                    When::At(above.saturating_add(gap.unwrap_or_default()))
                }
                (_, None, gap, None) => When::Gap(gap.unwrap_or_default()),
            };
            above = if let When::At(at) = when {
                Some(at)
            } else {
                None
            };
            steps.push(Step { when, kind });
        }
        Ok(Script { steps })
    }
}

//! What is sent to a program, and when.

use crate::{
    recording::{After, Event, EventKind, Input, Key, Recording, Wait},
    transcript::{self, ScriptLine, TranscriptError},
};
use std::{collections::BTreeSet, str::FromStr, time::Duration};

/// What is sent to a program, and when: the input lines of a transcript, in their order.
///
/// ```
/// # use stroboscope::script::Script;
/// let script: Script = r#"
/// ## Answer a question, change one's mind, and leave.
/// after screen "Name?" type "Ada" every 0.05
/// press Enter
/// 0.500 press C-c
/// @2.000 resize 100x30
/// @2.500 signal TERM
/// @3.000 eof
/// "#.parse()?;
/// assert_eq!(script.steps().len(), 6);
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
///
/// A time is an instant since the start (`@`) or a gap since the step above, which is 0 where none stands; a step with
/// `after` waits for what has to be seen, whatever instant stands before it. No step is taken before the one above it.
/// Empty lines, and lines that begin with `#`, are passed over. A whole transcript is a script too: its inputs are taken.
///
/// `docs/scripts.md` has every line that a script can have.
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// This instant since the start.
    At(Duration),
    /// This long after the step above was taken.
    Gap(Duration),
    /// Something that has to be seen first.
    After(After),
}

impl Script {
    /// The steps, in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Appends what is sent at an instant since the start.
    #[must_use]
    pub fn send_at(self, at: Duration, bytes: impl Into<Vec<u8>>) -> Script {
        self.step(When::At(at), EventKind::Send(bytes.into()))
    }

    /// Appends what is sent once `trigger`, which is not empty, has appeared after the previous match.
    #[must_use]
    pub fn send_after(self, trigger: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>) -> Script {
        let after = After::new(Wait::Bytes(trigger.into()));
        self.step(When::After(after), EventKind::Send(bytes.into()))
    }

    /// The names of the secrets that are sent, each once.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<&str> {
        let names = self.steps.iter().filter_map(|step| match &step.kind {
            EventKind::SendSecret(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    /// Appends a step.
    #[must_use]
    pub fn step(mut self, when: When, kind: EventKind) -> Script {
        self.steps.push(Step { when, kind });
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
        let when = match &event.after {
            Some(after) => When::After(After::clone(after)),
            None => When::At(event.at),
        };
        let kind = event.kind.clone();
        kind.is_done_to_program().then_some(Step { when, kind })
    }

    /// How much time passes from this step to the next one at least.
    pub(crate) fn lasts(&self) -> Duration {
        match &self.kind {
            EventKind::Input { input, .. } => match input.as_ref() {
                Input::Type { every, .. } => every.unwrap_or_default(),
                _ => Duration::ZERO,
            },
            _ => Duration::ZERO,
        }
    }

    /// The same keys, each pressed by a step of its own, one right after the other.
    pub(crate) fn split_keys(self) -> Vec<Step> {
        let EventKind::Input { input, .. } = &self.kind else {
            return vec![self];
        };
        let Input::Press(keys) = input.as_ref() else {
            return vec![self];
        };
        let mut when = Some(self.when.clone());
        let press = |key: &Key| Step {
            when: when.take().unwrap_or(When::Gap(Duration::ZERO)),
            kind: EventKind::Input {
                input: Box::new(Input::Press(vec![*key])),
                bytes: Vec::new(),
            },
        };
        keys.iter().map(press).collect()
    }

    /// The steps that are taken one by one: a text that is typed with a delay is one for each key.
    pub(crate) fn split(self) -> Vec<Step> {
        let EventKind::Input { input, .. } = &self.kind else {
            return vec![self];
        };
        let Input::Type {
            text,
            every: Some(every),
        } = input.as_ref()
        else {
            return vec![self];
        };
        let mut steps = Vec::new();
        let mut when = self.when.clone();
        for character in text.chars() {
            let input = Input::Type {
                text: character.into(),
                every: Some(*every),
            };
            let bytes = input.own_bytes().unwrap_or_default();
            let input = Box::new(input);
            steps.push(Step {
                when,
                kind: EventKind::Input { input, bytes },
            });
            when = When::Gap(*every);
        }
        steps
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
        for ScriptLine {
            at,
            gap,
            after,
            kind,
        } in transcript::parse_inputs(text)?
        {
            let gap = gap.unwrap_or_default();
            let when = match (after, at, above) {
                (Some(after), ..) => When::After(after),
                (None, Some(at), _) => When::At(at),
                (None, None, Some(above)) => When::At(above.saturating_add(gap)),
                (None, None, None) => When::Gap(gap),
            };
            let step = Step { when, kind };
            above = match step.when {
                When::At(at) if step.lasts().is_zero() => Some(at),
                _ => None,
            };
            steps.push(step);
        }
        Ok(Script { steps })
    }
}

//! The end of a run: what is recorded last, and why its script failed, if it did.

use super::Capture;
use crate::{
    recording::{End, EventKind, Taken, Written, mask_writes},
    script::When,
    session::{
        SessionError,
        dialogue::Dialogue,
        failed_step::{self, FailedStep},
        folders::ShownName,
        screen::{Screen, Snapshot},
    },
};
use std::time::Duration;

/// Why a script failed, and what the screen showed at that moment.
pub(super) struct Failure {
    why: String,
    snapshot: Option<Snapshot>,
    /// How many events came before.
    events: usize,
}

impl Capture<'_> {
    /// Remembers why the script failed first, and what the screen showed then.
    pub(super) fn fail(&mut self, why: String) {
        let dialogue = self.dialogue.as_ref();
        self.failure.get_or_insert_with(|| Failure {
            why,
            snapshot: dialogue.map(Dialogue::snapshot),
            events: self.recorder.events().len(),
        });
    }

    /// Records the end and returns the recording, unless the script failed: a check did not hold, or a step was never
    /// taken, where `how` says why it no longer can be.
    pub(in crate::session) fn finish(
        mut self,
        at: Duration,
        end: End,
        how: &'static str,
    ) -> Result<Taken, SessionError> {
        let at = self.recorder.not_before(at);
        while let Some(step) = self.steps.take_last_check(at, self.dialogue.as_ref()) {
            let after = match step.when {
                When::After(after) => Some(after),
                When::At(_) | When::Gap(_) => None,
            };
            self.act(after, step.kind, at)?;
        }
        if let Some((step, others)) = self.steps.not_taken() {
            let came = self.came();
            let why = failed_step::not_taken(step, others, how, &came);
            if self.session.takes_every_step || self.steps.has_missed() {
                self.fail(why);
            } else {
                self.recorder.note_not_done(&why);
            }
        }
        self.note_silence(at);
        let dialogue = self.dialogue.as_ref();
        let unanswered = dialogue.map_or_else(Vec::new, Dialogue::unanswered);
        self.recorder.note_unanswered(unanswered.iter().cloned());
        // From here on nobody sees what is masked.
        self.recorder.mask();
        let mut folders = self.folders;
        let is_masked = self.recorder.holds();
        if !self.keeps_all {
            let events = self.recorder.events();
            if let Some(name) = &mut folders {
                name.find_in(events);
            }
        }
        self.recorder
            .note_varies(folders.and_then(ShownName::why_varies));
        let failure = self.failure.map(|failure| {
            let events = &self.recorder.events()[..failure.events];
            let snapshot = match failure.snapshot {
                Some(_) if is_masked => {
                    Some(Screen::after(&self.session.channel, events).snapshot())
                }
                snapshot => snapshot,
            };
            (failure.why, snapshot)
        });
        let taken = self.recorder.end(at, end)?;
        match failure {
            None => Ok(taken),
            Some((why, snapshot)) => {
                let failed = FailedStep::new(why, snapshot, unanswered, taken)?;
                Err(SessionError::Step(Box::new(failed)))
            }
        }
    }

    /// Gives the run up. What was recorded so far is passed on to whoever takes it, where it was held back to be masked.
    pub(in crate::session) fn give_up(self) {
        self.recorder.give_up();
    }

    /// The end of what was written since the last bytes that were waited for, without what is masked.
    fn came(&self) -> Vec<u8> {
        let came = self.steps.came();
        if !self.recorder.holds() {
            // Then the events may be elsewhere.
            return came.to_vec();
        }
        let mut left = came.len();
        let mut streams = [const { Vec::new() }; 2];
        let mut order = Vec::new();
        // A write is cut where what came begins, so that what was written before is a write of its own.
        for event in self.recorder.events().iter().rev() {
            let (stream, bytes) = match &event.kind {
                EventKind::Output(bytes) => (0, bytes),
                EventKind::Stderr(bytes) => (1, bytes),
                _ => continue,
            };
            let (before, after) = bytes.split_at(bytes.len().saturating_sub(left));
            if !after.is_empty() {
                order.push((stream, streams[stream].len()));
                streams[stream].push(Written::unmasked(after));
                left -= after.len();
            }
            if !before.is_empty() {
                streams[stream].push(Written::unmasked(before));
            }
        }
        for writes in &mut streams {
            writes.reverse();
            mask_writes(&self.session.mask, self.recorder.secrets(), writes);
            writes.reverse();
        }
        let in_order = order.iter().rev();
        in_order
            .flat_map(|(stream, place)| streams[*stream][*place].bytes.iter().copied())
            .collect()
    }
}

//! The steps of a script: which is the next one, and when it is due.

use super::{dialogue::Dialogue, trigger::Matcher};
use crate::{
    recording::{EventKind, Precision, Wait},
    script::{Script, Step, When},
};
use std::{collections::VecDeque, time::Duration};

/// When a key is pressed after the one before at the latest, where it is not known whether the program waits for it.
const KEY_GAP: Duration = Duration::from_millis(10);

/// The steps that have not been taken yet.
pub(super) struct Steps {
    /// Each with its number in the script: some are taken in several parts.
    left: VecDeque<(usize, Step)>,
    /// When the last step was taken, and from when on the next one may be.
    taken: Duration,
    free: Duration,
    /// When what the next step waits for was seen.
    seen: Option<Duration>,
    /// When something was last written.
    written: Duration,
    /// Quiet is that nothing is written, as nobody knows what the program waits for.
    quiet_is_silence: bool,
    /// The rest of what the mouse did in the step that was taken: each report comes by itself, as from a person.
    reports: VecDeque<Vec<u8>>,
    /// The next step or report is input that comes once the program has read the input before it, and waits.
    awaits_reader: bool,
    /// What instants are floored to, as in the recording: a replay, which has no others, takes each step at the same one.
    precision: Precision,
    matcher: Matcher,
    /// The screen may have changed since it was last looked at.
    is_stale: bool,
}

impl Steps {
    pub(super) fn new(script: &Script, precision: Precision, quiet_is_silence: bool) -> Steps {
        let steps = script.steps().iter().cloned().enumerate();
        let parts = |(number, step): (usize, Step)| {
            let parts = step.split().into_iter();
            parts.map(move |part| (number, part))
        };
        Steps {
            left: steps.flat_map(parts).collect(),
            taken: Duration::ZERO,
            free: Duration::ZERO,
            seen: None,
            written: Duration::ZERO,
            quiet_is_silence,
            reports: VecDeque::new(),
            awaits_reader: false,
            precision,
            matcher: Matcher::default(),
            is_stale: true,
        }
    }

    /// The program has written this.
    pub(super) fn note_output(&mut self, bytes: &[u8], at: Duration) {
        self.matcher.push(bytes);
        self.written = at;
        self.is_stale = true;
        let waits_for_bytes = |step: &Step| matches!(&step.when, When::After(after) if matches!(after.wait, Wait::Bytes(_)));
        if !self.left.iter().any(|(_, step)| waits_for_bytes(step)) {
            self.matcher.forget();
        }
    }

    /// Every thread of the program waits. Returns whether that is what the next step waits for.
    pub(super) fn note_quiet(&mut self, now: Duration) -> bool {
        if std::mem::take(&mut self.awaits_reader) {
            return true;
        }
        let waits = matches!(self.wait(), Some(Wait::Quiet)) && self.seen.is_none();
        if waits {
            self.seen = Some(self.precision.floor(now));
        }
        waits
    }

    fn next(&self) -> Option<&Step> {
        self.left.front().map(|(_, step)| step)
    }

    /// What the next step waits for.
    fn wait(&self) -> Option<&Wait> {
        match &self.next()?.when {
            When::After(after) => Some(&after.wait),
            When::At(_) | When::Gap(_) => None,
        }
    }

    /// When the next step is due; `None` if it waits for something first, or if there is none.
    pub(super) fn due(&self) -> Option<Duration> {
        if !self.reports.is_empty() {
            return Some(self.after_reader(self.taken));
        }
        let due = match &self.next()?.when {
            When::At(at) => *at,
            When::Gap(gap) => self.taken.saturating_add(*gap),
            When::After(after) if after.wait == Wait::Quiet && self.quiet_is_silence => {
                self.written.max(self.taken).saturating_add(after.delay)
            }
            When::After(after) => self.seen?.saturating_add(after.delay),
        };
        Some(self.after_reader(due.max(self.free)))
    }

    /// When what is due would come, as it may have to wait for the program.
    fn after_reader(&self, due: Duration) -> Duration {
        if self.awaits_reader {
            due.saturating_add(KEY_GAP)
        } else {
            due
        }
    }

    /// What the mouse does goes on after the step that was taken.
    pub(super) fn go_on(&mut self, reports: impl Iterator<Item = Vec<u8>>) {
        self.reports.extend(reports);
        self.awaits_reader |= !self.reports.is_empty();
    }

    /// Takes the next report of the step that was taken before.
    pub(super) fn take_report(&mut self, now: Duration) -> Option<Vec<u8>> {
        let report = self.reports.pop_front()?;
        self.taken = self.precision.floor(now);
        self.free = self.free.max(self.taken);
        self.awaits_reader = !self.reports.is_empty() || self.is_input_due();
        Some(report)
    }

    /// Whether there is a next step, and its time has come, or what it waits for.
    pub(super) fn is_due(&mut self, now: Duration, terminal: Option<&Dialogue>) -> bool {
        if self.seen.is_none() && self.reports.is_empty() && self.has_come(terminal) {
            self.seen = Some(self.precision.floor(now));
        }
        self.due().is_some_and(|due| now >= due)
    }

    /// Whether what the next step waits for can be seen. Bytes are found only once.
    fn has_come(&mut self, terminal: Option<&Dialogue>) -> bool {
        let Some(When::After(after)) = self.left.front().map(|(_, step)| &step.when) else {
            return false;
        };
        match &after.wait {
            Wait::Bytes(bytes) => self.matcher.find(bytes),
            Wait::Visible(visible) => {
                std::mem::take(&mut self.is_stale)
                    && terminal.is_some_and(|terminal| terminal.shows(visible))
            }
            Wait::Quiet => false,
        }
    }

    /// Takes the next step. Where a program gets `one_key` after the other, as from a person, it is the next key.
    pub(super) fn take(&mut self, now: Duration, one_key: bool) -> Option<Step> {
        let (number, mut step) = self.left.pop_front()?;
        if one_key {
            let mut keys = step.split_keys().into_iter();
            step = keys.next()?;
            for key in keys.rev() {
                self.left.push_front((number, key));
            }
        }
        self.taken = self.precision.floor(now);
        self.free = self.taken.saturating_add(step.lasts());
        self.seen = None;
        self.is_stale = true;
        self.awaits_reader = one_key && is_input(&step) && self.is_input_due();
        Some(step)
    }

    /// Whether the next step is input that would come together with what was taken.
    fn is_input_due(&mut self) -> bool {
        self.awaits_reader = false;
        self.next().is_some_and(is_input) && self.due().is_some_and(|due| due <= self.taken)
    }

    /// Takes the next step after the program's end, if it is a check or a mark that can be made then: it waited for what is
    /// there, or for nothing to happen any more.
    pub(super) fn take_last_check(
        &mut self,
        now: Duration,
        terminal: Option<&Dialogue>,
    ) -> Option<Step> {
        let is_check = does_nothing(self.next()?);
        self.is_stale = true;
        let is_made =
            self.seen.is_some() || self.wait() == Some(&Wait::Quiet) || self.has_come(terminal);
        if is_check && is_made {
            self.take(now, false)
        } else {
            None
        }
    }

    /// The first step that was not taken, and how many there are after it.
    pub(super) fn not_taken(&self) -> Option<(&Step, usize)> {
        let (first, step) = self.left.front()?;
        let (last, _) = self.left.back()?;
        Some((step, last - first))
    }

    /// Whether a step that was not taken should have been: what it waited for has not come, or it is a check or a mark.
    pub(super) fn has_missed(&self) -> bool {
        let is_missed = |step: &Step| matches!(step.when, When::After(_)) || does_nothing(step);
        self.left.iter().any(|(_, step)| is_missed(step))
    }

    /// The end of what was written since the last bytes that were waited for.
    pub(super) fn came(&self) -> &[u8] {
        self.matcher.came()
    }
}

/// Whether a step is input by name.
fn is_input(step: &Step) -> bool {
    matches!(step.kind, EventKind::Input { .. })
}

/// Whether the program notices nothing of a step, so that it is there for its own sake.
fn does_nothing(step: &Step) -> bool {
    matches!(step.kind, EventKind::Expect { .. } | EventKind::Mark(_))
}

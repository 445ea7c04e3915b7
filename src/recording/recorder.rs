//! Takes down a run while it happens.

use super::{
    After, End, Event, EventKind, EventSink, Header, Mask, NOT_DONE, Outline, Precision, Recording,
    RecordingError, Secret, UNANSWERED, WAITS, mask_events, masked_names,
};
use std::{collections::BTreeSet, io, time::Duration};

/// Takes down the events of a run, one by one, and gives the recording at its end.
#[derive(Debug)]
pub struct Recorder {
    header: Header,
    precision: Precision,
    /// None of them if they only go to a sink.
    events: Vec<Event>,
    count: usize,
    last: Duration,
    stream: Option<Stream>,
    /// What is not kept. Where there is any, nothing is passed on before it is masked, at the end.
    masks: Vec<Mask>,
    secrets: Vec<Secret>,
    /// The names of those that were sent.
    sent: BTreeSet<String>,
    /// How many events had been passed on when something became known that is not kept.
    passed_on: usize,
}

/// Events that go to a sink while they happen.
#[derive(Debug)]
struct Stream {
    to: Box<dyn EventSink>,
    /// Whether they are kept besides.
    keeps: bool,
    /// Why an event was not passed on: the first reason.
    failed: Option<io::Error>,
}

/// What was taken down.
pub(crate) struct Taken {
    outline: Outline,
    /// None if they went to a sink only.
    events: Option<Vec<Event>>,
}

impl Taken {
    pub(crate) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The whole recording; `None` if its events went to a sink only.
    pub(crate) fn into_recording(self) -> Result<Option<Recording>, RecordingError> {
        let events = self.events;
        let whole = events.map(|events| Recording::new(self.outline.header, events));
        whole.transpose()
    }
}

impl From<Recording> for Taken {
    fn from(recording: Recording) -> Taken {
        Taken {
            outline: recording.outline(),
            events: Some(recording.events),
        }
    }
}

impl Recorder {
    /// Starts a recording whose instants are floored to `precision`.
    #[must_use]
    pub fn new(header: Header, precision: Precision) -> Recorder {
        Recorder {
            header,
            precision,
            events: Vec::new(),
            count: 0,
            last: Duration::ZERO,
            stream: None,
            masks: Vec::new(),
            secrets: Vec::new(),
            sent: BTreeSet::new(),
            passed_on: 0,
        }
    }

    /// Does not keep what these masks match.
    pub(crate) fn masked(mut self, masks: Vec<Mask>) -> Recorder {
        self.masks = masks;
        self
    }

    /// Does not keep this secret, which has not been written so far.
    pub(crate) fn hide(&mut self, secret: Secret) {
        if !self.holds() {
            self.passed_on = self.events.len();
        }
        self.secrets.push(secret);
    }

    /// The secret by this name.
    pub(crate) fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.name() == name)
    }

    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Whether there is something that is not kept, so that nothing is passed on before it is masked.
    pub(crate) fn holds(&self) -> bool {
        !self.masks.is_empty() || !self.secrets.is_empty()
    }

    /// Masks what was taken down so far.
    pub(crate) fn mask(&mut self) {
        mask_events(&self.masks, &self.secrets, &mut self.events);
    }

    /// Passes what is taken down to a sink, and keeps it besides or not.
    pub(crate) fn stream_to(
        mut self,
        mut sink: Box<dyn EventSink>,
        keeps: bool,
    ) -> io::Result<Recorder> {
        self.header.check().map_err(io::Error::other)?;
        sink.begin(&self.header)?;
        self.stream = Some(Stream {
            to: sink,
            keeps,
            failed: None,
        });
        Ok(self)
    }

    /// What its instants are floored to.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// What was taken down so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes down what happened at an instant since the start. A write of no bytes is no event and leaves no trace.
    pub fn record(&mut self, at: Duration, kind: EventKind) {
        self.record_after(at, None, kind);
    }

    /// Takes down what was done to the program once something had been seen.
    pub fn record_after(&mut self, at: Duration, after: Option<After>, kind: EventKind) {
        if !matches!(&kind, EventKind::Output(bytes) | EventKind::Stderr(bytes) if bytes.is_empty())
        {
            self.take(Event::new(self.precision.floor(at), kind).after(after));
        }
    }

    fn take(&mut self, event: Event) {
        let (index, before) = (self.count, self.last);
        self.count += 1;
        self.last = event.at.max(before);
        if let EventKind::SendSecret(name) = &event.kind {
            self.sent.insert(name.clone());
        }
        let holds = self.holds();
        let Some(stream) = self.stream.as_mut().filter(|_| !holds) else {
            self.events.push(event);
            return;
        };
        if stream.failed.is_some() {
            return;
        }
        if stream.keeps {
            self.events.push(event.clone());
        }
        let checked = if event.at < before {
            Err(RecordingError::Decreasing(index))
        } else {
            event.check(index, &self.header.channel)
        };
        let taken = checked.map_err(io::Error::other);
        stream.failed = taken.and_then(|()| stream.to.take(event)).err();
    }

    /// Passes on what was not before everything was masked.
    fn pass_on_what_was_held(&mut self) -> io::Result<()> {
        let holds = self.holds();
        let Some(stream) = self.stream.as_mut().filter(|_| holds) else {
            return Ok(());
        };
        let mut before = Duration::ZERO;
        for (index, event) in self.events.iter().enumerate().skip(self.passed_on) {
            if event.at < before {
                return Err(io::Error::other(RecordingError::Decreasing(index)));
            }
            before = event.at;
            let checked = event.check(index, &self.header.channel);
            checked.map_err(io::Error::other)?;
            stream.to.take(event.clone())?;
        }
        Ok(())
    }

    /// Passes on what was held back, masked: the run is given up.
    pub(crate) fn give_up(mut self) {
        self.mask();
        // What cannot be passed on is lost with the run.
        let _ = self.pass_on_what_was_held();
    }

    /// Whether everything could be taken down so far.
    ///
    /// # Errors
    /// The sink's error, once.
    pub(crate) fn check(&mut self) -> io::Result<()> {
        let failed = self.stream.as_mut().and_then(|stream| {
            let error = stream.failed.as_ref()?;
            // What follows is not passed on either.
            let again = io::Error::new(error.kind(), error.to_string());
            stream.failed.replace(again)
        });
        failed.map_or(Ok(()), Err)
    }

    /// This instant, or that of the last event if it is later.
    #[must_use]
    pub fn not_before(&self, at: Duration) -> Duration {
        at.max(self.last)
    }

    /// Notes the questions whose answers the program waited for and never got, a line each.
    pub fn note_unanswered(&mut self, questions: impl IntoIterator<Item = String>) {
        let notes = questions
            .into_iter()
            .map(|question| format!("{UNANSWERED}{question}"));
        self.header.note.extend(notes);
    }

    /// Notes the first step that was left undone when the run ended, and why.
    pub(crate) fn note_not_done(&mut self, step: &str) {
        self.header.note.push(format!("{NOT_DONE}{step}"));
    }

    /// Takes note of why another run may differ, a line each.
    pub fn note_varies(&mut self, why: impl IntoIterator<Item = String>) {
        for reason in why {
            self.header.vary(&reason);
        }
    }

    /// Takes note of what each thread of the program waits for, a line each, where that is why its run is ended.
    pub fn note_waits(&mut self, threads: impl IntoIterator<Item = String>) {
        let notes = threads.into_iter().map(|thread| format!("{WAITS}{thread}"));
        self.header.note.extend(notes);
    }

    /// Takes down the end, and gives the recording. The end comes after everything that was taken down before: what is read
    /// last may be later than the limit that ended the run.
    ///
    /// # Errors
    /// The [`RecordingError`] of [`Recording::new`], when what was taken down is no recording.
    pub fn finish(mut self, at: Duration, end: End) -> Result<Recording, RecordingError> {
        self.record(self.not_before(at), EventKind::End(end));
        Recording::new(self.header, self.events)
    }

    /// Takes down the end, and gives what there is of the recording.
    ///
    /// # Errors
    /// Something could not be passed on, or what was taken down is no recording.
    pub(crate) fn end(mut self, at: Duration, end: End) -> io::Result<Taken> {
        let at = self.precision.floor(self.not_before(at));
        self.record(at, EventKind::End(end));
        self.mask();
        self.pass_on_what_was_held()?;
        self.check()?;
        self.header.check().map_err(io::Error::other)?;
        let is_kept = self.stream.is_none_or(|stream| stream.keeps);
        Ok(Taken {
            outline: Outline {
                header: self.header,
                events: self.count,
                end: (at, end),
                masked: masked_names(&self.events),
                secrets: self.sent,
            },
            events: is_kept.then_some(self.events),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Recorder;
    use crate::recording::{Channel, End, EventKind, Header, Precision, StopReason};
    use proptest::prelude::*;
    use std::time::Duration;

    proptest! {
        #[test]
        fn the_end_comes_after_all_that_was_read(
            mut read in proptest::collection::vec(0..2_000_u64, 0..20),
            limit in 0..2_000_u64,
        ) {
            read.sort_unstable();
            let mut recorder = Recorder::new(Header::new(Channel::Pipe), Precision::Milliseconds);
            for at in &read {
                recorder.record(Duration::from_micros(*at), EventKind::Output(b"a".to_vec()));
            }
            let end = End::Stopped(StopReason::Limit);
            let recording = recorder.finish(Duration::from_micros(limit), end).unwrap();
            let last = read.last().copied().unwrap_or(0).max(limit) / 1000;
            prop_assert_eq!(recording.end(), (Duration::from_millis(last), end));
            prop_assert_eq!(recording.writes().count(), read.len());
        }
    }

    #[test]
    fn instants_are_floored_and_empty_writes_are_dropped() {
        let mut recorder = Recorder::new(Header::new(Channel::Pipe), Precision::Milliseconds);
        recorder.record(
            Duration::from_micros(1999),
            EventKind::Output(b"a".to_vec()),
        );
        recorder.record(Duration::from_millis(2), EventKind::Output(vec![]));
        let recording = recorder
            .finish(Duration::from_micros(2999), End::Exit(0))
            .unwrap();
        let instants: Vec<u128> = recording
            .events()
            .iter()
            .map(|event| event.at.as_micros())
            .collect();
        assert_eq!(instants, [1000, 2000]);
    }
}

//! Takes down a run while it happens.

use super::{
    After, End, Event, EventKind, Header, Precision, Recording, RecordingError, UNANSWERED, WAITS,
};
use std::time::Duration;

/// Takes down the events of a run, one by one, and gives the recording at its end.
#[derive(Debug)]
pub struct Recorder {
    header: Header,
    precision: Precision,
    events: Vec<Event>,
}

impl Recorder {
    /// Starts a recording whose instants are floored to `precision`.
    #[must_use]
    pub fn new(header: Header, precision: Precision) -> Recorder {
        Recorder {
            header,
            precision,
            events: Vec::new(),
        }
    }

    /// What its instants are floored to.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Takes down what happened at an instant since the start. A write of no bytes is no event and leaves no trace.
    pub fn record(&mut self, at: Duration, kind: EventKind) {
        self.record_after(at, None, kind);
    }

    /// Takes down what was done to the program once something had been seen.
    pub fn record_after(&mut self, at: Duration, after: Option<After>, kind: EventKind) {
        if !matches!(&kind, EventKind::Output(bytes) | EventKind::Stderr(bytes) if bytes.is_empty())
        {
            let event = Event::new(self.precision.floor(at), kind).after(after);
            self.events.push(event);
        }
    }

    /// This instant, or that of the last event if it is later.
    #[must_use]
    pub fn not_before(&self, at: Duration) -> Duration {
        let last = self.events.last().map_or(Duration::ZERO, |event| event.at);
        at.max(last)
    }

    /// Notes the questions whose answers the program waited for and never got, a line each.
    pub fn note_unanswered(&mut self, questions: impl IntoIterator<Item = String>) {
        let notes = questions
            .into_iter()
            .map(|question| format!("{UNANSWERED}{question}"));
        self.header.note.extend(notes);
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

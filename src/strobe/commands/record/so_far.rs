//! Keeps what is recorded in memory, so that a run that is given up is not lost.

use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use stroboscope::recording::{
    End, Event, EventKind, EventSink, Header, Outline, Recording, RecordingError, StopReason,
};

/// What was recorded so far.
#[derive(Clone, Debug, Default)]
pub struct SoFar(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    header: Option<Header>,
    events: Vec<Event>,
}

impl SoFar {
    /// The whole recording, of whose end this is known.
    pub fn whole(&self, outline: &Outline) -> Result<Recording, RecordingError> {
        Recording::new(outline.header().clone(), mem::take(&mut self.lock().events))
    }

    /// The recording of a run that was given up; `None` if nothing had happened.
    pub fn interrupted(&self) -> Option<Recording> {
        let State { header, mut events } = mem::take(&mut *self.lock());
        let last = events.last()?;
        if !matches!(last.kind, EventKind::End(_)) {
            let end = EventKind::End(End::Stopped(StopReason::Interrupted));
            events.push(Event::new(last.at, end));
        }
        Recording::new(header?, events).ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for SoFar {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.lock().header = Some(header.clone());
        Ok(())
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        self.lock().events.push(event);
        Ok(())
    }
}

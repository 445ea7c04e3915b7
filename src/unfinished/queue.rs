//! What waits to be written: a bounded queue between a run and the thread that writes its transcript.

use crate::recording::{After, Event, EventKind, Wait};
use std::{
    io, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many bytes may wait. The run waits beyond that.
const MOST: usize = 4 << 20;

/// What is written.
pub(super) enum Item {
    Head(String),
    Event(Event),
}

/// What waits to be written.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    items: Vec<Item>,
    bytes: usize,
    is_closed: bool,
    /// Something was written since somebody last asked.
    has_written: bool,
    /// Why nothing more can be written.
    failed: Option<(io::ErrorKind, String)>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl State {
    fn failure(&self) -> Option<io::Error> {
        let (kind, message) = self.failed.as_ref()?;
        Some(io::Error::new(*kind, message.clone()))
    }
}

impl Queue {
    /// Appends, once there is space.
    ///
    /// # Errors
    /// Why nothing more can be written.
    pub(super) fn push(&self, item: Item) -> io::Result<()> {
        let mut state = self.lock();
        while state.bytes > MOST && state.failed.is_none() {
            state = wait(&self.changed, state);
        }
        if let Some(error) = state.failure() {
            return Err(error);
        }
        state.bytes += item.size();
        state.items.push(item);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes everything that waits, once there is something; `None` if nothing more comes.
    pub(super) fn take(&self) -> Option<Vec<Item>> {
        let mut state = self.lock();
        while state.items.is_empty() && !state.is_closed {
            state = wait(&self.changed, state);
        }
        if state.failed.is_some() || state.items.is_empty() {
            return None;
        }
        state.bytes = 0;
        let items = mem::take(&mut state.items);
        drop(state);
        self.changed.notify_all();
        Some(items)
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Nothing more can be written.
    pub(super) fn fail(&self, error: &io::Error) {
        let failed = (error.kind(), error.to_string());
        self.lock().failed.get_or_insert(failed);
        self.changed.notify_all();
    }

    /// Why nothing more can be written, if that is so.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.lock().failure()
    }

    pub(super) fn note_write(&self) {
        self.lock().has_written = true;
    }

    /// Whether something was written since the last call.
    pub(super) fn has_written(&self) -> bool {
        mem::take(&mut self.lock().has_written)
    }

    /// Waits for this time, or until nothing more comes or can be written. Returns whether more may.
    pub(super) fn wait_for_end(&self, most: Duration) -> bool {
        let is_open = |state: &mut State| !state.is_closed && state.failed.is_none();
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), most, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        waited.1.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'a>(changed: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    changed.wait(state).unwrap_or_else(PoisonError::into_inner)
}

impl Item {
    /// How many bytes it takes, at most about.
    fn size(&self) -> usize {
        let Item::Event(event) = self else {
            return 0;
        };
        let waited = match event.after.as_deref() {
            Some(After {
                wait: Wait::Bytes(bytes),
                ..
            }) => bytes.len(),
            _ => 0,
        };
        let happened = match &event.kind {
            EventKind::Output(bytes)
            | EventKind::Stderr(bytes)
            | EventKind::Reply(bytes)
            | EventKind::Send(bytes)
            | EventKind::Input { bytes, .. } => bytes.capacity(),
            _ => 0,
        };
        size_of::<Event>() + waited + happened
    }
}

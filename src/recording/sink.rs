//! Where events go while they happen.

use super::{Event, Header};
use std::{fmt, io};

/// Takes the events of a run while they happen, so that they are safe before it ends, and need not be kept in memory.
pub trait EventSink: fmt::Debug + Send {
    /// Takes the header before the first event. It may grow until the end: by reasons why another run may differ, and by
    /// notes.
    ///
    /// # Errors
    /// It cannot be taken; the program is not run.
    fn begin(&mut self, header: &Header) -> io::Result<()>;

    /// Takes an event; the last one is the end.
    ///
    /// # Errors
    /// It cannot be taken; the run is ended.
    fn take(&mut self, event: Event) -> io::Result<()>;
}

//! System calls that create private System V objects.

use super::{objects::SystemV, time_out::Wait};
use crate::trace::{arch::Registers, thread::Then, tracer::Tracer};
use libc::pid_t;

impl Tracer<'_> {
    /// A thread creates a semaphore set or a queue without a key.
    pub(super) fn enter_system_v(&mut self, id: pid_t, entry: Registers) {
        let kind = if entry.call() == libc::SYS_semget {
            SystemV::Semaphores
        } else {
            SystemV::Queue
        };
        self.enter(id, entry, Wait::PLAIN, None, Then::NotePrivate(kind));
    }

    /// The object was created.
    pub(super) fn exit_system_v(&mut self, kind: SystemV, returned: i64) {
        if let Ok(object) = i32::try_from(returned)
            && returned >= 0
        {
            self.external.note_private(kind, object);
        }
    }
}

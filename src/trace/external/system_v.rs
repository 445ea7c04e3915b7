//! Semaphores and queues of System V: they are used by number, and nobody can see who uses them.
//!
//! One that was made by the program as `IPC_PRIVATE` has a number that nobody outside knows. One with a key, or that the
//! program has not made, may be used by anybody at any time.

use crate::trace::syscall::objects::SystemV;
use libc::pid_t;
use std::{collections::HashSet, fs};

/// The objects that the program has made for itself.
#[derive(Debug, Default)]
pub(super) struct Private(HashSet<(SystemV, i32)>);

impl Private {
    /// Takes note that the program has made an object as `IPC_PRIVATE`.
    pub(super) fn note(&mut self, kind: SystemV, id: i32) {
        self.0.insert((kind, id));
    }

    /// Whether the program alone can use an object.
    pub(super) fn contains(&self, thread: pid_t, kind: SystemV, id: i32) -> bool {
        self.0.contains(&(kind, id)) || has_own_namespace(thread)
    }
}

/// Whether a thread has left our namespace of such objects (`ipc_namespaces(7)`).
fn has_own_namespace(thread: pid_t) -> bool {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/ipc")).ok();
    let (own, theirs) = (namespace("self"), namespace(&thread.to_string()));
    theirs.is_some() && own != theirs
}

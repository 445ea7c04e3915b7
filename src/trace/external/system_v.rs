//! System V semaphores and queues: they are used by number, and nothing shows who uses them.
//!
//! Nobody outside knows the number of an object that the program created as `IPC_PRIVATE`. An object with a key, or
//! that the program did not create, may be used by anybody at any time.

use crate::trace::syscall::objects::SystemV;
use libc::pid_t;
use std::{collections::HashSet, fs};

/// The objects that the program created as `IPC_PRIVATE`.
#[derive(Debug, Default)]
pub(super) struct Private(HashSet<(SystemV, i32)>);

impl Private {
    /// Notes that the program has created an object as `IPC_PRIVATE`.
    pub(super) fn note(&mut self, kind: SystemV, id: i32) {
        self.0.insert((kind, id));
    }

    /// Whether only the program can use an object.
    pub(super) fn contains(&self, thread: pid_t, kind: SystemV, id: i32) -> bool {
        self.0.contains(&(kind, id)) || has_own_namespace(thread)
    }
}

/// Whether a thread is in another IPC namespace than the tracer (`ipc_namespaces(7)`).
fn has_own_namespace(thread: pid_t) -> bool {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/ipc")).ok();
    let (own, theirs) = (namespace("self"), namespace(&thread.to_string()));
    theirs.is_some() && own != theirs
}

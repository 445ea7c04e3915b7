//! The ids of threads in the PID namespaces of the program: the tracer and the kernel's reports to it use the ids of the
//! tracer's own namespace, the program uses those of its own (`pid_namespaces(7)`).
//!
//! Most system calls never need this, as the kernel translates what they name and return. The tracer only does where it
//! acts in the kernel's place.

use super::{
    proc::{nested_ids, status},
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// The traced thread that another one knows by this id; `None` if there is none.
    pub(super) fn thread_named(&self, by: pid_t, named: pid_t) -> Option<pid_t> {
        let depth = nested_ids(by).len();
        if depth <= 1 {
            return self.threads.contains_key(&named).then_some(named);
        }
        let mut threads = self.threads.keys().copied();
        threads.find(|id| nested_ids(*id).get(depth - 1) == Some(&named))
    }

    /// When the traced process began that another one knows by this id, if that has ended and its parent has not waited for
    /// it; `None` if there is none.
    pub(super) fn zombie_named(&mut self, by: pid_t, named: pid_t) -> Option<u64> {
        let depth = nested_ids(by).len();
        self.ended.retain(|id, _| is_zombie(*id));
        let mut ended = self.ended.iter();
        let is_it = |id: pid_t| match depth {
            0 | 1 => id == named,
            depth => nested_ids(id).get(depth - 1) == Some(&named),
        };
        ended.find(|(id, _)| is_it(**id)).map(|(_, born)| *born)
    }
}

/// Whether a process has ended, and its parent has not waited for it.
fn is_zombie(process: pid_t) -> bool {
    status(process, "State:").is_some_and(|state| state.starts_with('Z'))
}

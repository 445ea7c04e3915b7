//! The ids of threads in the PID namespaces of the program: the tracer and the kernel's reports to it use the ids of the
//! tracer's own namespace, the program uses those of its own (`pid_namespaces(7)`).
//!
//! Most system calls never need this, as the kernel translates what they name and return. The tracer only does where it
//! acts in the kernel's place.

use super::{proc::nested_ids, tracer::Tracer};
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
}

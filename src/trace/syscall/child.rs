//! Threads of one process that wait for its children compete for them: each waits without reaping a child, and reaps
//! one on its turn.
//!
//! A `wait4` or `waitid` that may block becomes a `waitid` with `WNOWAIT`, which leaves the child waitable; then the
//! system call itself is made with `WNOHANG`. If another thread has reaped the child meanwhile, it waits again.

use super::{clock_read::hides_usage, time_out::Wait};
use crate::trace::{arch::Registers, memory::read, thread::Step, tracer::Tracer};
use libc::pid_t;

/// Options that `waitid` and `wait4` have in common.
const COMMON: i32 = libc::WCONTINUED | libc::__WNOTHREAD | libc::__WALL | libc::__WCLONE;

impl Tracer<'_> {
    /// A thread waits for a child, or checks for one.
    pub(super) fn enter_child_wait(&mut self, id: pid_t, entry: Registers) {
        let (options, computed) = if entry.call() == libc::SYS_wait4 {
            (2, 3)
        } else {
            (3, 4)
        };
        let then = hides_usage(&entry, computed);
        if let Some((changed, step)) = self.wait_for_child(id, &entry) {
            self.enter_step(id, entry, Wait::PLAIN, Some(changed), then, step);
        } else {
            let wait = Wait::unless(entry.int(options) & libc::WNOHANG != 0);
            self.enter(id, entry, wait, None, then);
        }
    }

    /// The system call to make instead of a wait for a child, if other threads of the process may wait, too.
    fn wait_for_child(&mut self, id: pid_t, entry: &Registers) -> Option<(Registers, Step)> {
        let options = options(entry)?;
        let process = self.threads.get(&id)?.process;
        let mut others = self.threads.iter().filter(|(other, _)| **other != id);
        let is_alone = others.all(|(_, other)| other.process != process);
        if options & (libc::WNOHANG | libc::WNOWAIT) != 0 || is_alone {
            return None;
        }
        let is_ready = std::mem::take(&mut self.threads.get_mut(&id)?.child_is_ready);
        let mut changed = *entry;
        if is_ready {
            let argument = if entry.call() == libc::SYS_wait4 {
                2
            } else {
                3
            };
            changed.set_argument(argument, int(options | libc::WNOHANG));
            return Some((changed, Step::Child));
        }
        let (kind, child, options) = if entry.call() == libc::SYS_wait4 {
            let (kind, child) = wait_target(entry.int(0));
            let stopped = if options & libc::WUNTRACED != 0 {
                libc::WSTOPPED
            } else {
                0
            };
            (kind, child, options & COMMON | libc::WEXITED | stopped)
        } else {
            (
                entry.argument(0).try_into().unwrap_or(libc::P_ALL),
                entry.int(1),
                options,
            )
        };
        changed.set_call(libc::SYS_waitid);
        let arguments = [kind.into(), int(child), 0, int(options | libc::WNOWAIT), 0];
        for (index, value) in arguments.into_iter().enumerate() {
            changed.set_argument(index, value);
        }
        Some((changed, Step::Readiness))
    }
}

/// The options of a system call that waits for a child.
fn options(entry: &Registers) -> Option<i32> {
    match entry.call() {
        libc::SYS_wait4 => Some(entry.int(2)),
        // Without this structure, nothing says whether it has found a child.
        libc::SYS_waitid if entry.argument(2) != 0 => Some(entry.int(3)),
        _ => None,
    }
}

/// Whether a system call made with `WNOHANG` has found no child, and has not failed.
pub(super) fn found_no_child(id: pid_t, entry: &Registers, returned: i64) -> bool {
    returned == 0
        && (entry.call() == libc::SYS_wait4
            || read(id, entry.argument(2)) == Some(0_i32.to_ne_bytes()))
}

/// `wait4`'s argument as arguments of `waitid`.
fn wait_target(pid: pid_t) -> (libc::idtype_t, pid_t) {
    match pid {
        -1 => (libc::P_ALL, 0),
        1.. => (libc::P_PID, pid),
        group => (libc::P_PGID, group.saturating_neg()),
    }
}

fn int(value: i32) -> u64 {
    value.cast_unsigned().into()
}

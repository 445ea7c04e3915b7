//! How a system call that a signal has ended is restarted: what it returns on its way out of the kernel says so, and with
//! which arguments (`signal(7)`, `restart_syscall(2)`).

use super::time_out::Kind;
use crate::trace::thread::{Call, Step};
use libc::EINTR;

// Results, inside the kernel, of a system call that a signal has ended: how to restart it.
const ERESTARTSYS: i64 = 512;
const ERESTARTNOINTR: i64 = 513;
pub(in crate::trace) const ERESTARTNOHAND: i64 = 514;
const ERESTART_RESTARTBLOCK: i64 = 516;

/// Whether this result says that a signal has ended the system call.
pub(in crate::trace) fn is_ended_by_signal(returned: i64) -> bool {
    let restarts = [
        ERESTARTSYS,
        ERESTARTNOINTR,
        ERESTARTNOHAND,
        ERESTART_RESTARTBLOCK,
    ];
    returned == -i64::from(EINTR) || restarts.contains(&-returned)
}

/// The result that the program, or the kernel on its way out, gets of a call that a signal has ended.
pub(super) fn result(call: &Call, returned: i64, has_time_out: bool) -> i64 {
    match -returned {
        // With a time-out, a socket call is not restarted.
        ERESTARTSYS | ERESTARTNOHAND
            if matches!(call.wait.kind, Kind::Socket | Kind::Connection) =>
        {
            -i64::from(EINTR)
        }
        // As the read itself would have returned.
        ERESTARTNOHAND if call.step == Step::Readiness => -ERESTARTSYS,

        // The kernel would restart its own version of the call.
        ERESTART_RESTARTBLOCK => -ERESTARTNOHAND,
        // With its time-out, this would have been such a call.
        ERESTARTSYS if has_time_out && call.entry.call() == libc::SYS_futex => -ERESTARTNOHAND,
        // The kernel restarts the program's own call, whose time-out is absolute.
        _ => returned,
    }
}

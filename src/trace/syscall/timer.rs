//! Calls that set a timer, which virtual time does not have yet.

use super::unsupported;
use crate::trace::{
    Halt,
    arch::Registers,
    memory::{Unit, read_time},
    tracer::Tracer,
};
use libc::pid_t;

const TIMER: &str = "timers are not known to virtual time yet";
const SOCKET: &str = "time-outs of sockets are not known to virtual time yet";

/// Which timer a call sets, and where its arguments say when it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Sets {
    /// The alarm, in so many seconds.
    Alarm,
    /// A timer that the second argument sets, in microseconds.
    Interval,
    /// A timer that the third argument sets, in nanoseconds.
    Posix,
    /// An option of a socket, which may be its time-out.
    Socket,
}

impl Tracer<'_> {
    /// A thread sets a timer, or stops one.
    pub(super) fn enter_timer(
        &mut self,
        id: pid_t,
        entry: Registers,
        sets: Sets,
    ) -> Result<(), Halt> {
        let is_set = match sets {
            Sets::Alarm => entry.int(0) != 0,
            Sets::Interval => is_set(id, entry.argument(1), Unit::Microseconds),
            Sets::Posix => is_set(id, entry.argument(2), Unit::Nanoseconds),
            Sets::Socket => {
                let is_time_out = entry.int(1) == libc::SOL_SOCKET
                    && read_time(id, entry.argument(3), Unit::Microseconds)
                        .is_some_and(|time| time != 0);
                if is_time_out {
                    return unsupported(id, &entry, SOCKET);
                }
                // How much wakes its reader.
                return self.enter_plain(id, entry);
            }
        };
        if is_set {
            return unsupported(id, &entry, TIMER);
        }
        self.pass(id);
        Ok(())
    }
}

/// Whether a timer that is given an interval and a time is set by it, and not stopped.
fn is_set(id: pid_t, timer: u64, unit: Unit) -> bool {
    timer != 0 && read_time(id, timer + 16, unit) != Some(0)
}

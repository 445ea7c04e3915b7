//! How a run ends.

use super::Signal;
use std::fmt;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The program left by itself, with this status.
    Exit(u8),
    /// A signal killed it.
    Killed(Signal),
    /// We ended it.
    Stopped(StopReason),
}

/// Why we ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Its real time was up.
    Limit,
    /// Its virtual time was up.
    VirtualLimit,
    /// It wrote too much.
    OutputLimit,
    /// Every thread of it waited for what could not come.
    Waits,
    /// Its script could not go on.
    Script,
    /// Its recording was interrupted: whoever recorded it was killed, or could not write any more. What had been written
    /// by then was recovered.
    Interrupted,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(status) => write!(f, "exit {status}"),
            End::Killed(signal) => write!(f, "killed {signal}"),
            End::Stopped(stop) => write!(f, "stopped {stop}"),
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Limit => "limit",
            StopReason::VirtualLimit => "virtual-limit",
            StopReason::OutputLimit => "output-limit",
            StopReason::Waits => "waits",
            StopReason::Script => "script",
            StopReason::Interrupted => "interrupted",
        })
    }
}

//! Virtual time: an unmodified program whose clocks and sleeps are answered from a clock that does not wait.

use crate::recording::{Precision, Seed};
use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The wall clock's start unless the caller says otherwise, in seconds since 1970: 2025-01-01T00:00:00Z.
const DATE: u64 = 1_735_689_600;
/// How much virtual time a program has unless the caller says otherwise: an hour.
const LIMIT: Duration = Duration::from_secs(3600);

/// What a program finds under virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualTime {
    /// What the recording's instants are floored to.
    pub precision: Precision,
    /// Where the wall clock starts: 2025-01-01T00:00:00Z unless set.
    pub date: SystemTime,
    /// What the program's random numbers grow from: 0 unless set.
    pub seed: Seed,
    /// Ends the run after this much virtual time: an hour unless set.
    pub limit: Duration,
}

impl Default for VirtualTime {
    fn default() -> VirtualTime {
        VirtualTime {
            precision: Precision::default(),
            date: UNIX_EPOCH + Duration::from_secs(DATE),
            seed: Seed::Number(0),
            limit: LIMIT,
        }
    }
}

/// Why virtual time cannot be had on this system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Missing {
    /// It is another system, or another processor.
    #[error("it needs Linux on x86_64")]
    System,
    /// Programs may not be traced.
    #[error("ptrace is forbidden here ({0})")]
    Ptrace(io::Error),
    /// System calls may not be filtered.
    #[error("seccomp is forbidden here ({0})")]
    Seccomp(io::Error),
}

/// Whether virtual time can be had on this system; found out once, by trying.
///
/// # Errors
/// What is [`Missing`].
pub fn available() -> Result<(), &'static Missing> {
    Err(&Missing::System)
}

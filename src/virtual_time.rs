//! Virtual time: an unmodified program whose clocks and sleeps are answered from a clock that does not wait.
//!
//! The program is traced (ptrace(2)), and a filter (seccomp(2)) reports the calls that read a clock, wait or write. A read
//! of a clock is answered from the virtual clock. A wait is made endless and left to the system, so that what ends it in
//! real time ends it here; its deadline is kept. One thread runs at a time, and when none can, the clock jumps to the next
//! deadline and wakes its thread. So three seconds take some tens of milliseconds, every write is seen on its own with its
//! instant, and as nothing depends on who is faster, every run is the same.
//!
//! What it promises, it promises of programs that wait for time, for each other and for what a script sends. Computing
//! costs no virtual time. The world outside has none: while a program waits for it the clock goes with real time, and the
//! recording says that it `varies`. A call whose time is not known here ends the run with an error that names it.

use crate::recording::{Precision, Seed};
use std::{
    io,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The law by which the virtual clock moves while a program reads it and polls. A recording names the law of its clock: by
/// another one its program may see other times.
///
/// 1. A read costs a nanosecond or goes to the next microsecond, and after a thousand more, up to 100 microseconds.
/// 2. A read costs 20 nanoseconds, by whatever a program reads the clock. What the program computes between two reads costs
///    nothing until it has done so, without another call, for about three quarters of a second of a real machine.
pub const COST_LAW: u32 = 2;

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
    static AVAILABLE: LazyLock<Result<(), Missing>> = LazyLock::new(try_out);
    AVAILABLE.as_ref().copied()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn try_out() -> Result<(), Missing> {
    // What a thread traces is its own, and gone with it.
    let tried = std::thread::spawn(crate::trace::try_out).join();
    tried.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn try_out() -> Result<(), Missing> {
    Err(Missing::System)
}

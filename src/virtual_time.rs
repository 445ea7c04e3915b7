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

use crate::recording::{Machine, Precision, Seed};
use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(dead_code, reason = "only the tracer shows them")
)]
pub(crate) mod known_files;

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
///
/// ```
/// use std::time::Duration;
/// use stroboscope::{VirtualTime, recording::Seed};
///
/// let minute = VirtualTime::default().seed(Seed::Number(7)).limit(Duration::from_secs(60));
/// assert!(minute.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VirtualTime {
    /// What the recording's instants are floored to.
    pub precision: Precision,
    /// Where the wall clock starts: 2025-01-01T00:00:00Z unless set.
    pub date: SystemTime,
    /// What the program's random numbers grow from: 0 unless set.
    pub seed: Seed,
    /// Ends the run after this much virtual time: an hour unless set.
    pub limit: Duration,
    /// Which machine it finds: the virtual one unless set.
    pub machine: Machine,
}

impl Default for VirtualTime {
    fn default() -> VirtualTime {
        VirtualTime {
            precision: Precision::default(),
            date: UNIX_EPOCH + Duration::from_secs(DATE),
            seed: Seed::Number(0),
            limit: LIMIT,
            machine: Machine::default(),
        }
    }
}

/// The clocks of virtual time, like Linux's own, count nanoseconds in 63 bits: dates from 1970 to this many seconds later, and
/// limits of as much.
const COUNTED: Duration = Duration::from_nanos(i64::MAX.unsigned_abs());

/// Why virtual time cannot be as the caller sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The wall clock cannot start there.
    #[error("the virtual clock starts between 1970-01-01T00:00:00Z and 2262-04-11T23:47:16Z")]
    Date,
    /// The limit cannot be reached.
    #[error("the virtual clock runs for at most 292 years")]
    Limit,
}

impl VirtualTime {
    /// What a session runs in unless the caller says otherwise: virtual time where this build can trace programs.
    pub(crate) fn of_this_platform() -> Option<VirtualTime> {
        cfg!(all(target_os = "linux", target_arch = "x86_64")).then(VirtualTime::default)
    }

    /// Floors the recording's instants to this.
    #[must_use]
    pub fn precision(mut self, precision: Precision) -> VirtualTime {
        self.precision = precision;
        self
    }

    /// Starts the wall clock here, between 1970 and 2262.
    #[must_use]
    pub fn date(mut self, date: SystemTime) -> VirtualTime {
        self.date = date;
        self
    }

    /// Lets the program's random numbers grow from this.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> VirtualTime {
        self.seed = seed;
        self
    }

    /// Ends the run after this much virtual time.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> VirtualTime {
        self.limit = limit;
        self
    }

    /// Shows the program this machine.
    #[must_use]
    pub fn machine(mut self, machine: Machine) -> VirtualTime {
        self.machine = machine;
        self
    }

    /// Checks that the clocks can be told from the date to the limit.
    ///
    /// # Errors
    /// The [`SettingError`] of the first setting that cannot be kept.
    pub fn check(&self) -> Result<(), SettingError> {
        let date = self.date.duration_since(UNIX_EPOCH).ok();
        if date.is_none_or(|date| date > COUNTED) {
            return Err(SettingError::Date);
        }
        if self.limit > COUNTED {
            return Err(SettingError::Limit);
        }
        Ok(())
    }
}

/// Whether something by this name marks a recording as varying, unless it is [allowed](crate::Session::allow).
#[must_use]
pub fn is_difference(name: &str) -> bool {
    [PORTS, PROCESS_IDS, TERMINAL].contains(&name) || known_files::is_name(name)
}

/// The names of the differences that are in the ids of processes and threads, and in the name of the terminal.
pub(crate) const PORTS: &str = "ports";
pub(crate) const PROCESS_IDS: &str = "process ids";
pub(crate) const TERMINAL: &str = "terminal";

/// Why virtual time cannot be had on this system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnavailableError {
    /// It is another system, or another processor.
    #[error("it needs Linux on x86_64")]
    System,
    /// `/proc` is missing, or shows another PID namespace.
    #[error("`/proc` does not show this process: mount that of its PID namespace")]
    Proc,
    /// Programs may not be traced.
    #[error("ptrace is forbidden here ({0})")]
    Ptrace(io::Error),
    /// System calls may not be filtered.
    #[error("seccomp is forbidden here ({0})")]
    Seccomp(io::Error),
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, SettingError, VirtualTime};
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    const SECOND: Duration = Duration::from_secs(1);

    #[track_caller]
    fn date_is(date: SystemTime, checked: Result<(), SettingError>) {
        let settings = VirtualTime {
            date,
            ..VirtualTime::default()
        };
        assert_eq!(settings.check(), checked);
    }

    #[test]
    fn a_date_that_63_bits_of_nanoseconds_cannot_count_is_refused() {
        date_is(UNIX_EPOCH, Ok(()));
        date_is(UNIX_EPOCH - SECOND, Err(SettingError::Date));
        date_is(UNIX_EPOCH + COUNTED, Ok(()));
        date_is(UNIX_EPOCH + COUNTED + SECOND, Err(SettingError::Date));
    }

    #[test]
    fn the_message_names_the_last_second_that_is_counted() {
        let last = humantime::format_rfc3339_seconds(UNIX_EPOCH + COUNTED).to_string();
        assert!(SettingError::Date.to_string().ends_with(&last));
    }

    #[test]
    fn a_limit_that_cannot_be_counted_is_refused() {
        let limit = |limit| VirtualTime {
            limit,
            ..VirtualTime::default()
        };
        assert_eq!(limit(COUNTED).check(), Ok(()));
        assert_eq!(limit(COUNTED + SECOND).check(), Err(SettingError::Limit));
    }
}

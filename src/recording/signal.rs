//! A signal, by its number here and its name everywhere.

use std::{fmt, str::FromStr};

/// A signal of this system; `Display` gives its name without `SIG`, or its number where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signal(i32);

/// Numbers differ between systems; names do not (POSIX.1-2024, `<signal.h>`, and what Linux and macOS add).
const NAMES: &[(i32, &str)] = &[
    (libc::SIGHUP, "HUP"),
    (libc::SIGINT, "INT"),
    (libc::SIGQUIT, "QUIT"),
    (libc::SIGILL, "ILL"),
    (libc::SIGTRAP, "TRAP"),
    (libc::SIGABRT, "ABRT"),
    (libc::SIGBUS, "BUS"),
    (libc::SIGFPE, "FPE"),
    (libc::SIGKILL, "KILL"),
    (libc::SIGUSR1, "USR1"),
    (libc::SIGSEGV, "SEGV"),
    (libc::SIGUSR2, "USR2"),
    (libc::SIGPIPE, "PIPE"),
    (libc::SIGALRM, "ALRM"),
    (libc::SIGTERM, "TERM"),
    (libc::SIGCHLD, "CHLD"),
    (libc::SIGCONT, "CONT"),
    (libc::SIGSTOP, "STOP"),
    (libc::SIGTSTP, "TSTP"),
    (libc::SIGTTIN, "TTIN"),
    (libc::SIGTTOU, "TTOU"),
    (libc::SIGURG, "URG"),
    (libc::SIGXCPU, "XCPU"),
    (libc::SIGXFSZ, "XFSZ"),
    (libc::SIGVTALRM, "VTALRM"),
    (libc::SIGPROF, "PROF"),
    (libc::SIGWINCH, "WINCH"),
    (libc::SIGIO, "IO"),
    (libc::SIGSYS, "SYS"),
    #[cfg(target_os = "linux")]
    (libc::SIGPWR, "PWR"),
    #[cfg(target_os = "linux")]
    (libc::SIGSTKFLT, "STKFLT"),
];

impl Signal {
    /// The end of the terminal, or of the session on it.
    pub const HUP: Signal = Signal(libc::SIGHUP);
    /// The interrupt key, Ctrl-C.
    pub const INT: Signal = Signal(libc::SIGINT);
    /// A polite request to end.
    pub const TERM: Signal = Signal(libc::SIGTERM);
    /// A write to a pipe that nobody reads.
    pub const PIPE: Signal = Signal(libc::SIGPIPE);

    /// Its number on this system.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }
}

/// Why a number or a word is no signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signal is a name without `SIG`, such as `TERM`, or a number from 1 to 127")]
pub struct SignalError;

impl TryFrom<i32> for Signal {
    type Error = SignalError;

    /// The signal of this number, from 1 to 127.
    fn try_from(number: i32) -> Result<Signal, SignalError> {
        if (1..=127).contains(&number) {
            Ok(Signal(number))
        } else {
            Err(SignalError)
        }
    }
}

impl FromStr for Signal {
    type Err = SignalError;

    /// The signal of this name, such as `TERM`, or of this number in decimal.
    fn from_str(name: &str) -> Result<Signal, SignalError> {
        let number = match NAMES.iter().find(|(_, known)| *known == name) {
            Some((number, _)) => *number,
            None => crate::text::number(name).ok_or(SignalError)?,
        };
        Signal::try_from(number)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Signal, SignalError};

    #[test]
    fn every_number_survives_its_name() {
        for number in 1..=127 {
            let signal = Signal::try_from(number).unwrap();
            assert_eq!(signal.to_string().parse(), Ok(signal));
        }
    }

    #[test]
    fn an_unknown_signal_is_refused() {
        for name in ["", "SIGTERM", "term", "0", "128", "-1", "+2", "99999999999"] {
            assert_eq!(name.parse::<Signal>(), Err(SignalError), "{name}");
        }
        assert_eq!(Signal::try_from(0), Err(SignalError));
        assert_eq!(Signal::try_from(-9), Err(SignalError));
    }
}

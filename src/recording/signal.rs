//! A signal, by its number here and its name everywhere.

use std::fmt;

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

    /// The signal of this number, from 1 to 127; `None` for any other.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Signal> {
        (1..=127).contains(&number).then_some(Signal(number))
    }

    /// The signal of this name, such as `TERM`, or of this number in decimal; `None` for any other word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Signal> {
        match NAMES.iter().find(|(_, known)| *known == name) {
            Some((number, _)) => Signal::from_number(*number),
            None if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                Signal::from_number(name.parse().ok()?)
            }
            None => None,
        }
    }

    /// Its number on this system.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
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
    use super::Signal;

    #[test]
    fn every_number_survives_its_name() {
        for number in 1..=127 {
            let signal = Signal::from_number(number).unwrap();
            assert_eq!(Signal::from_name(&signal.to_string()), Some(signal));
        }
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        for name in ["", "SIGTERM", "term", "0", "128", "-1", "+2", "99999999999"] {
            assert_eq!(Signal::from_name(name), None, "{name}");
        }
        assert_eq!(Signal::from_number(0), None);
        assert_eq!(Signal::from_number(-9), None);
    }
}

//! Why a session produced no recording.

use super::{FailedStep, SecretError};
use crate::virtual_time::{SettingError, UnavailableError};
use std::io;

/// Why a session produced no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The program could not be started.
    #[error("cannot run `{program}`: {error}")]
    Run {
        /// The program, escaped.
        program: String,
        /// The system's error.
        error: io::Error,
    },
    /// The program could not be given a network of its own; it runs in [the system's](super::Session::network).
    #[error("the program cannot have a network of its own: {0}")]
    Network(io::Error),
    /// The working directory could not be entered.
    #[error("cannot run in the folder `{folder}`: {error}")]
    Folder {
        /// The folder, escaped.
        folder: String,
        /// The system's error.
        error: io::Error,
    },
    /// A step of the script could not be taken, or its check did not hold.
    #[error("{0}")]
    Step(Box<FailedStep>),
    /// The script needs a terminal.
    #[error("the script has `{0}`, which a pipe cannot have: use the channel `pty`")]
    StepOnPipe(String),
    /// A secret that the script sends is not known, or cannot be sent.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// In real time nobody knows when every thread of a program waits.
    #[error(
        "in real time quiet is that nothing is written for a while: say how long, as in `after quiet 0.2 press Enter`"
    )]
    QuietInRealTime,
    /// A program of this package that cargo has not built.
    #[error("cargo has built no program `{0}` for this test")]
    NotBuilt(String),
    /// The caller cancelled the run.
    #[error("the run was cancelled")]
    Cancelled,
    /// Virtual time is not available on this system; [real time](super::Session::real_time) is.
    #[error("virtual time is not available: {0}")]
    NoVirtualTime(UnavailableError),
    /// A setting of virtual time is out of range.
    #[error("invalid virtual time setting: {0}")]
    Setting(SettingError),
    /// The program is not supported in virtual time; it runs in [real time](super::Session::real_time).
    #[error("`{program}` cannot be run in virtual time: {why}")]
    Unsupported {
        /// The program, escaped.
        program: String,
        /// What it is, or what it did.
        why: String,
    },
    /// A person can type to a program only in real time.
    #[error("typing to a program needs real time")]
    LiveInVirtualTime,
    /// Another error of the system.
    #[error("cannot record: {0}")]
    System(io::Error),
}

// Written by hand: `#[from]` would make the error a source, and a chain of errors would print it twice.
impl From<UnavailableError> for SessionError {
    fn from(error: UnavailableError) -> SessionError {
        SessionError::NoVirtualTime(error)
    }
}

impl From<SettingError> for SessionError {
    fn from(error: SettingError) -> SessionError {
        SessionError::Setting(error)
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> SessionError {
        SessionError::System(error)
    }
}

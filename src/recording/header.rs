//! The header: what was run, on what channel, by what clock.

use super::{Level, Mask, RecordingError};
use std::{
    ffi::OsString,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What was run, and how. Only the channel is required; an empty list or `None` means «not said».
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Where it ran, relative to the transcript's folder; `None` is that folder.
    pub cwd: Option<PathBuf>,
    /// What the environment held besides the clean ground, in the order in which it was set.
    pub env: Vec<(OsString, OsString)>,
    /// The variables that it got from its caller's environment: their names, as their values are not kept.
    pub passed: Vec<OsString>,
    /// What its output went to.
    pub channel: Channel,
    /// Who answers what the program asks its terminal.
    pub answers: Answers,
    /// Whom it could reach by the Internet's protocols.
    pub network: Network,
    /// What stamped its events.
    pub clock: Option<Clock>,
    /// Where the virtual wall clock started; from 1970 to 9999.
    pub date: Option<SystemTime>,
    /// What its random numbers grew from.
    pub seed: Option<Seed>,
    /// How much virtual time it had; not zero.
    pub limit: Option<Duration>,
    /// How many bytes it might write, if not as many as by default.
    pub output_limit: Option<usize>,
    /// Which machine it found, if not the virtual one.
    pub machine: Option<Machine>,
    /// What it may show although that differs from run to run or from machine to machine: a name each.
    pub allow: Vec<String>,
    /// How closely another run must agree; `None` is the clock's own level.
    pub level: Option<Level>,
    /// Why another run may differ: a line each.
    pub varies: Vec<String>,
    /// What of its output was not kept.
    pub mask: Vec<Mask>,
    /// Whatever its maker wanted to say: a line each.
    pub note: Vec<String>,
}

/// What a program's output goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channel {
    /// A terminal.
    Pty {
        /// Characters in a line; 0 is unknown.
        columns: u16,
        /// Lines on the screen; 0 is unknown.
        rows: u16,
        /// The terminal's type, as in `TERM`.
        term: String,
    },
    /// Pipes, one for stdout and one for stderr.
    Pipe,
}

/// Who answers what a program asks its terminal: where its cursor is, what it is, which colors it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answers {
    /// The terminal, as every real one does.
    #[default]
    Terminal,
    /// Nobody.
    None,
}

/// Whom a program can reach by the Internet's protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// Whoever the system can reach.
    #[default]
    Host,
    /// Itself alone, by a loopback of its own, on which every port is free.
    Inside,
    /// Nobody.
    None,
}

/// What stamps the events of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// The system's monotonic clock.
    Real,
    /// The program's own paused clock, whose sleeps end on a grid of `grain`, at least [`LEAST_GRAIN`].
    Paused {
        /// The timer granularity it models.
        grain: Duration,
    },
    /// A clock that the traced program took for the system's.
    Virtual {
        /// By which law it moved while the program read it, from 1 on: [`COST_LAW`](crate::virtual_time::COST_LAW) was the
        /// one of then.
        law: u32,
        /// What instants were floored to.
        precision: Precision,
    },
}

/// The least grain of a paused clock: tokio's timers cannot tell shorter spans apart.
pub const LEAST_GRAIN: Duration = Duration::from_millis(1);

/// What a recording's instants are floored to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// Whole milliseconds.
    #[default]
    Milliseconds,
    /// Whole microseconds.
    Microseconds,
    /// Whole nanoseconds: as they come.
    Nanoseconds,
}

/// What a program's random numbers grow from under virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// This number.
    Number(u64),
    /// The system's randomness, untouched.
    None,
}

/// Which machine a program finds under virtual time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Machine {
    /// The same everywhere: one processor, 4 GiB of memory, no load, `localhost`; and where the system allows that, no
    /// processes but the program's, with the same ids in each run.
    #[default]
    Virtual,
    /// The one that it runs on, with all its processes.
    Host,
}

impl Header {
    /// A header that says nothing but the channel.
    #[must_use]
    pub fn new(channel: Channel) -> Header {
        Header {
            command: Vec::new(),
            cwd: None,
            env: Vec::new(),
            passed: Vec::new(),
            channel,
            answers: Answers::Terminal,
            network: Network::Host,
            clock: None,
            date: None,
            seed: None,
            limit: None,
            output_limit: None,
            machine: None,
            allow: Vec::new(),
            level: None,
            varies: Vec::new(),
            mask: Vec::new(),
            note: Vec::new(),
        }
    }

    /// Adds a reason why another run may differ, unless it is said already.
    pub(crate) fn vary(&mut self, reason: &str) {
        if !self.varies.iter().any(|known| known == reason) {
            self.varies.push(reason.to_owned());
        }
    }

    /// The notes that begin so, without that.
    pub(super) fn notes(&self, prefix: &'static str) -> impl Iterator<Item = &str> {
        let notes = self.note.iter();
        notes.filter_map(move |note| note.strip_prefix(prefix))
    }

    pub(crate) fn check(&self) -> Result<(), RecordingError> {
        for name in self.env.iter().map(|(name, _)| name).chain(&self.passed) {
            if name.is_empty() || name.as_bytes().contains(&b'=') {
                return Err(RecordingError::Variable(
                    name.as_bytes().escape_ascii().to_string(),
                ));
            }
        }
        if self.limit == Some(Duration::ZERO) {
            return Err(RecordingError::Range("limit"));
        }
        if let Some(Clock::Paused { grain }) = self.clock
            && grain < LEAST_GRAIN
        {
            return Err(RecordingError::Range("clock"));
        }
        if let Some(Clock::Virtual { law: 0, .. }) = self.clock {
            return Err(RecordingError::Range("clock"));
        }
        if let Some(date) = self.date {
            // What RFC 3339 can write: years of four digits, and no leap into the past of the epoch.
            let since = date
                .duration_since(UNIX_EPOCH)
                .map_err(|_| RecordingError::Range("date"))?;
            if since >= Duration::from_secs(253_402_300_800) {
                return Err(RecordingError::Range("date"));
            }
        }
        let texts = self
            .allow
            .iter()
            .map(|text| ("allow", text))
            .chain(self.varies.iter().map(|text| ("varies", text)))
            .chain(self.note.iter().map(|text| ("note", text)));
        for (key, text) in texts {
            if !crate::text::is_line(text) {
                return Err(RecordingError::Text(key));
            }
        }
        Ok(())
    }
}

impl Precision {
    /// Floors an instant to this precision.
    #[must_use]
    pub fn floor(self, at: Duration) -> Duration {
        let unit = match self {
            Precision::Milliseconds => 1_000_000,
            Precision::Microseconds => 1_000,
            Precision::Nanoseconds => 1,
        };
        Duration::new(at.as_secs(), at.subsec_nanos() / unit * unit)
    }
}

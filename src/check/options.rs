//! How a case is run.

use super::outcome::requires;
use crate::recording::Level;
use std::{num::NonZeroU32, os::fd::OwnedFd, path::PathBuf, sync::Arc, time::Duration};

/// How a case is run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckOptions {
    /// How closely the runs must agree; by default the file, or else its clock, decides.
    pub level: Option<Level>,
    /// How much real time a run may take; by default what `strobe.toml` says, or else [`DEFAULT_LIMIT`](crate::session::DEFAULT_LIMIT).
    pub limit: Option<Duration>,
    /// Folders to prepend to `PATH`.
    pub path: Vec<PathBuf>,
    /// How many runs are made; all of them must agree.
    pub repeat: NonZeroU32,
    /// Whether it is an error if virtual time is not available for a case, which is otherwise skipped.
    pub require_virtual: bool,
    /// Cancels all runs when it becomes readable.
    pub cancel: Option<Arc<OwnedFd>>,
}

impl Default for CheckOptions {
    /// One run at the case's own level; a case that cannot run here is skipped unless `STROBE_REQUIRE` says otherwise.
    fn default() -> CheckOptions {
        CheckOptions {
            level: None,
            limit: None,
            path: Vec::new(),
            repeat: NonZeroU32::MIN,
            require_virtual: requires("virtual"),
            cancel: None,
        }
    }
}

impl CheckOptions {
    /// Compares this closely, whatever the cases say.
    #[must_use]
    pub fn level(mut self, level: Level) -> CheckOptions {
        self.level = Some(level);
        self
    }

    /// Stops a run after this much real time.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> CheckOptions {
        self.limit = Some(limit);
        self
    }

    /// Prepends a folder to `PATH`, after folders that were prepended before.
    #[must_use]
    pub fn path(mut self, folder: impl Into<PathBuf>) -> CheckOptions {
        self.path.push(folder.into());
        self
    }

    /// Runs each case this many times.
    #[must_use]
    pub fn repeat(mut self, runs: NonZeroU32) -> CheckOptions {
        self.repeat = runs;
        self
    }

    /// Makes it an error if virtual time is not available for a case.
    #[must_use]
    pub fn require_virtual(mut self) -> CheckOptions {
        self.require_virtual = true;
        self
    }

    /// Cancels all runs when this becomes readable.
    #[must_use]
    pub fn cancelled_by(mut self, readable: Arc<OwnedFd>) -> CheckOptions {
        self.cancel = Some(readable);
        self
    }
}

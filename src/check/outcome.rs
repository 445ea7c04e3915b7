//! The outcome of running a case again.

use super::{
    Case, CheckError, CheckOptions, Difference,
    flaky::{Flaky, Runs},
};
use crate::{
    recording::{Clock, Recording},
    session::{self, SessionError},
};
use std::env;

/// The outcome of a case.
#[derive(Debug)]
pub enum CheckOutcome {
    /// All runs agreed with it.
    Same,
    /// A run differed, or its script failed.
    #[non_exhaustive]
    Different {
        /// How the first that differed did.
        difference: Difference,
        /// The recording of that run.
        new: Box<Recording>,
        /// How the runs differ from each other, if they do.
        flaky: Option<Flaky>,
    },
    /// It was not run: virtual time is not available, and not required.
    #[non_exhaustive]
    Skipped {
        /// What is missing, as a sentence.
        reason: String,
    },
}

/// Whether the environment variable `STROBE_REQUIRE`, a comma-separated list, contains this word.
pub(super) fn requires(what: &str) -> bool {
    let list = env::var_os("STROBE_REQUIRE").unwrap_or_default();
    has(&list.to_string_lossy(), what)
}

fn has(list: &str, what: &str) -> bool {
    list.split(',').any(|word| word.trim() == what)
}

impl Case {
    /// Why it cannot run on this system, if it cannot: a sentence.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let Some(Clock::Virtual { .. }) = self.recording.header().clock else {
            return None;
        };
        let missing = session::virtual_time_available().err()?;
        Some(format!("virtual time is not available: {missing}"))
    }

    /// Runs it again as often as the options say.
    ///
    /// # Errors
    /// [`CheckError::Session`] or [`CheckError::Required`].
    pub fn outcome(&self, options: &CheckOptions) -> Result<CheckOutcome, CheckError> {
        match self.missing() {
            Some(reason) if options.require_virtual => return Err(CheckError::Required(reason)),
            Some(reason) => return Ok(CheckOutcome::Skipped { reason }),
            None => {}
        }
        let mut runs = Runs::new(self, options);
        for _ in 0..options.repeat.get() {
            let (new, failed) = match self.run(options) {
                Ok(new) => (new, None),
                Err(SessionError::Step(failed)) => {
                    // Without a sink there is one.
                    let Some(run) = failed.recording() else {
                        return Err(SessionError::Step(failed).into());
                    };
                    let new = self.with_old_header(run.events().to_vec(), run.header())?;
                    (new, Some(failed))
                }
                Err(error) => return Err(error.into()),
            };
            runs.add(new, failed)?;
        }
        Ok(match runs.different() {
            None => CheckOutcome::Same,
            Some((new, difference, flaky)) => CheckOutcome::Different {
                difference,
                new: Box::new(new),
                flaky,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn a_requirement_is_matched_by_its_whole_name() {
        assert!(has("npm", "npm") && has("pytest, npm,go", "npm"));
        assert!(!has("", "npm") && !has("pnpm,npms", "npm"));
    }
}

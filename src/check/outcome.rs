//! What becomes of a case that is run again.

use super::{Case, Difference, Options};
use crate::{
    recording::{Clock, Recording},
    session,
};
use std::env;

/// What became of a case.
#[derive(Debug)]
pub enum Outcome {
    /// Every run agreed with it.
    Same,
    /// A run did not, and was the last.
    Different {
        /// In what.
        difference: Difference,
        /// What the run gave.
        new: Box<Recording>,
    },
    /// It was not run: its time is virtual, which cannot be had here and is not required.
    Skipped {
        /// What is missing, in a sentence.
        reason: String,
    },
}

/// Why nothing became of a case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// It could not be run to its end.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// It was not run: its time is virtual, which cannot be had here though it is required.
    #[error("{0}; `--require` or `STROBE_REQUIRE` requires it")]
    Required(String),
}

/// Whether the environment variable `STROBE_REQUIRE`, words with commas between them, has this word.
#[must_use]
pub fn requires(what: &str) -> bool {
    let list = env::var_os("STROBE_REQUIRE").unwrap_or_default();
    has(&list.to_string_lossy(), what)
}

fn has(list: &str, what: &str) -> bool {
    list.split(',').any(|word| word.trim() == what)
}

impl Case {
    /// Why it cannot be run on this system, if it cannot: a sentence.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        let Some(Clock::Virtual { .. }) = self.recording.header().clock else {
            return None;
        };
        let missing = session::virtual_time_available().err()?;
        Some(format!("virtual time cannot be had: {missing}"))
    }

    /// Runs it again as often as the options say, until a run does not agree with what it was.
    ///
    /// # Errors
    /// A [`CaseError`].
    pub fn outcome(&self, options: &Options) -> Result<Outcome, CaseError> {
        match self.missing() {
            Some(reason) if options.require_virtual => return Err(CaseError::Required(reason)),
            Some(reason) => return Ok(Outcome::Skipped { reason }),
            None => {}
        }
        let level = self.level(options);
        for _ in 0..options.repeat.get() {
            let new = self.run(options)?;
            if let Some(difference) = self.compare(&new, level)? {
                return Ok(Outcome::Different {
                    difference,
                    new: Box::new(new),
                });
            }
        }
        Ok(Outcome::Same)
    }
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn something_is_required_by_its_whole_name() {
        assert!(has("npm", "npm") && has("pytest, npm,go", "npm"));
        assert!(!has("", "npm") && !has("pnpm,npms", "npm"));
    }
}

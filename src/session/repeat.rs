//! Runs a program more than once: that it is repeatable is found out, and not hoped for.

use super::{Session, SessionError};
use crate::{
    comparison,
    recording::{End, Level, Recording, StopReason},
};
use std::{io, num::NonZeroU32};

/// Why a run may differ that was ended by the limit of real time.
const LIMIT: &str = "it was ended by the limit of real time";

impl Session {
    /// Runs the program to its end so many times, and gives the first recording. Where another run is not the same, its
    /// header says so: a line `varies` for each difference, as [`compare`](comparison::compare) names it. The first run that
    /// differs is the last one; one that was ended by the limit of real time varies without that.
    ///
    /// In real time no run is the same as another, and there is one.
    ///
    /// # Errors
    /// What [`run`](Session::run) says, whichever run it is.
    pub fn proved(&self, runs: NonZeroU32) -> Result<Recording, SessionError> {
        let first = self.run()?;
        if self.virtual_time.is_none() {
            return Ok(first);
        }
        if is_ended_by_limit(&first) {
            return varying(&first, &[LIMIT.to_owned()]);
        }
        let mut reasons = Vec::new();
        for _ in 1..runs.get() {
            let another = self.run()?;
            reasons.extend_from_slice(&another.header().varies);
            if is_ended_by_limit(&another) {
                reasons.push(LIMIT.to_owned());
            }
            let comparison = comparison::compare(&first, &another, Level::Exact);
            reasons.extend(comparison.causes().iter().map(ToString::to_string));
            if !comparison.is_same() {
                break;
            }
        }
        varying(&first, &reasons)
    }
}

fn is_ended_by_limit(recording: &Recording) -> bool {
    recording.end().1 == End::Stopped(StopReason::Limit)
}

/// The recording with these reasons why another run may differ, besides its own, each once.
pub(super) fn varying(
    recording: &Recording,
    reasons: &[String],
) -> Result<Recording, SessionError> {
    let mut header = recording.header().clone();
    for reason in reasons {
        header.vary(reason);
    }
    Recording::new(header, recording.events().to_vec())
        .map_err(|flaw| SessionError::System(io::Error::other(flaw)))
}

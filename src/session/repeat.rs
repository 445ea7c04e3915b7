//! Runs a program more than once, to find out whether it is repeatable.

use super::{Session, SessionError};
use crate::{
    comparison,
    recording::{End, EventSink, Level, Outline, Recording, StopReason, Varies},
};
use std::{io, num::NonZeroU32};

impl Session {
    /// Runs the program this many times, and returns the first recording. If another run differs, the header says so:
    /// one line `varies` for each difference, as [`compare`](comparison::compare) names it. The first run that differs
    /// is the last one; a run that ended at the real time limit varies in any case.
    ///
    /// In real time no two runs are the same, so there is only one.
    ///
    /// # Errors
    /// Those of [`run`](Session::run), in any of the runs.
    pub fn proved(&self, runs: NonZeroU32) -> Result<Recording, SessionError> {
        let first = self.run()?;
        if self.virtual_time.is_none() {
            return Ok(first);
        }
        self.prove(&first, runs)
    }

    /// Does the same, and passes the events of the first run to a sink while they happen. In real time they are not kept
    /// besides. Of the sink's header and the recording's, this one is right.
    ///
    /// # Errors
    /// Those of [`run`](Session::run), in any of the runs; and the sink's.
    pub fn proved_to(
        &self,
        runs: NonZeroU32,
        sink: Box<dyn EventSink>,
    ) -> Result<Outline, SessionError> {
        let first = self.run_once(Some(sink))?;
        let outline = first.outline().clone();
        match first.into_recording().map_err(io::Error::other)? {
            Some(first) => Ok(self.prove(&first, runs)?.outline()),
            None => Ok(outline),
        }
    }

    /// Runs the program in virtual time until there are so many runs, or one differs from the first.
    fn prove(&self, first: &Recording, runs: NonZeroU32) -> Result<Recording, SessionError> {
        if is_ended_by_limit(first) {
            return varying(first, &[Varies::Limit.to_string()]);
        }
        let mut reasons = Vec::new();
        for _ in 1..runs.get() {
            let another = self.run()?;
            reasons.extend_from_slice(&another.header().varies);
            if is_ended_by_limit(&another) {
                reasons.push(Varies::Limit.to_string());
            }
            let comparison = comparison::compare(first, &another, Level::Exact);
            reasons.extend(comparison.causes().iter().map(ToString::to_string));
            if !comparison.is_same() {
                if let Some(proposals) = &self.proposals {
                    for proposal in comparison::proposals(first, &another) {
                        // Whoever asked may not wait for them any more.
                        let _ = proposals.send(proposal);
                    }
                }
                break;
            }
        }
        varying(first, &reasons)
    }
}

fn is_ended_by_limit(recording: &Recording) -> bool {
    recording.end().1 == End::Stopped(StopReason::Limit)
}

/// The recording with more reasons why another run may differ, each once.
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

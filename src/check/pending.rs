//! What a check leaves beside a case whose run was different, until somebody has reviewed it.

use super::{Case, CheckError, Difference};
use crate::{
    file::Destination,
    recording::{End, Recording, StopReason},
};
use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// The end of the name of a pending recording, behind the whole name of its case; insta's snapshots have the same.
pub const PENDING: &str = "new";

/// Where the new recording of a case is left: `NAME.strobe.new`, or `NAME.snap.new`.
#[must_use]
pub fn pending_path(case: &Path) -> PathBuf {
    let mut name = OsString::from(case);
    name.push(".");
    name.push(PENDING);
    name.into()
}

/// Why a run that differs must not replace its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Its script failed, so that it lacks what was not done.
    Script,
    /// The limit of real time ended it, which did not end the case.
    Limit,
    /// Other runs gave other recordings.
    Flaky,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Script => {
                "its script failed; edit the lines of the transcript that begin with `@`"
            }
            Refusal::Limit => "it was ended by the limit of real time, so that it is not whole",
            Refusal::Flaky => "its runs differ from each other",
        })
    }
}

/// What precedes a refusal in the front matter of a pending recording.
const REFUSED: &str = "not to be accepted: ";

/// Why a pending recording must not be accepted, by the front matter of its file; `None` if it may be.
#[must_use]
pub fn refusal(front_matter: &str) -> Option<&str> {
    let mut lines = front_matter.lines();
    lines.find_map(|line| line.strip_prefix(REFUSED))
}

impl Case {
    /// Why a run that differs must not replace the case; `None` if it may.
    #[must_use]
    pub fn refusal(
        &self,
        difference: &Difference,
        new: &Recording,
        is_flaky: bool,
    ) -> Option<Refusal> {
        let is_cut = |recording: &Recording| recording.end().1 == End::Stopped(StopReason::Limit);
        if difference.failed.is_some() {
            Some(Refusal::Script)
        } else if is_flaky {
            Some(Refusal::Flaky)
        } else {
            (is_cut(new) && !is_cut(&self.recording)).then_some(Refusal::Limit)
        }
    }

    /// Leaves the recording of a different run beside the case, with what precedes the transcript there, for a review, and
    /// with the reason if it must not be accepted. Returns its path.
    ///
    /// # Errors
    /// [`CheckError::File`] if it cannot be written.
    pub fn leave(&self, new: &Recording, refusal: Option<Refusal>) -> Result<PathBuf, CheckError> {
        let path = pending_path(&self.path);
        let text = match refusal {
            // What insta has written there is not ours to extend.
            Some(refusal) if self.front_matter.is_empty() => {
                format!("---\n{REFUSED}{refusal}\n---\n{new}")
            }
            _ => format!("{}{new}", self.front_matter),
        };
        let written = Destination::new(&path).and_then(|file| file.write(text.as_bytes()));
        match written {
            Ok(()) => Ok(path),
            Err(error) => Err(CheckError::File { path, error }),
        }
    }

    /// Removes what an earlier check has left, now that the case is the same or was accepted. A pending snapshot of insta's
    /// that is of something else stays.
    ///
    /// # Errors
    /// [`CheckError::File`] if it is there and cannot be removed.
    pub fn remove_pending(&self) -> Result<(), CheckError> {
        let path = pending_path(&self.path);
        let is_snapshot = self.path.extension().is_some_and(|end| end == "snap");
        let is_own = || Case::read(&path).is_ok_and(|pending| pending.command() == self.command());
        if is_snapshot && !is_own() {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(CheckError::File { path, error })
            }
            _ => Ok(()),
        }
    }
}

//! What a check leaves beside a case whose run was different, until somebody has reviewed it.

use super::{Case, CheckError};
use crate::{file::Destination, recording::Recording};
use std::{
    ffi::OsString,
    fs, io,
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

impl Case {
    /// Leaves the recording of a different run beside the case, with what precedes the transcript there, for a review.
    /// Returns its path.
    ///
    /// # Errors
    /// [`CheckError::File`] if it cannot be written.
    pub fn leave(&self, new: &Recording) -> Result<PathBuf, CheckError> {
        let path = pending_path(&self.path);
        let text = format!("{}{new}", self.front_matter);
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

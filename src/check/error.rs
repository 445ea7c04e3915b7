//! Why a file is not a case, or could not be checked or rewritten.

use crate::{session::SessionError, text, transcript};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a file is not a case, or could not be checked or rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The file or folder cannot be read or written.
    #[error("{}: {error}", show(path))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The file is not text.
    #[error("{}: it is not text in UTF-8", show(.0))]
    NotText(PathBuf),
    /// The file contains no transcript.
    #[error("{}: {error}", show(path))]
    Transcript {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        error: transcript::TranscriptError,
    },
    /// The transcript has no command.
    #[error("{}: its header names no `command`, so that it cannot be run again", show(.0))]
    NoCommand(PathBuf),
    /// The `strobe.toml` of its folder cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Nothing was found.
    #[error("nothing to check: no `*.strobe`, and no `*.snap` that holds a transcript with a command, in {}; `strobe record -o {}/NAME.strobe -- COMMAND` makes the first", show(.0), show(.0))]
    Nothing(PathBuf),
    /// The run failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It was not run: virtual time is required, but not available.
    #[error("{0}, and it is required")]
    Required(String),
}

/// A path in an error message: printable, whatever it is.
pub(crate) fn show(path: &Path) -> String {
    text::escape(path.as_os_str().as_encoded_bytes(), 4096)
}

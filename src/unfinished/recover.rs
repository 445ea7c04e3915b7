//! Makes a transcript of an unfinished one.

use super::{
    left::{claimed, is_lost, left},
    name, shown,
};
use crate::{
    file::{Destination, is_claimed},
    recording::{End, StopReason},
    text,
    transcript::{TranscriptError, salvage},
};
use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// What was recovered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// Where the transcript is.
    pub destination: Destination,
    /// How many events it has, with the end.
    pub events: usize,
    /// How it ends, and when.
    pub end: (Duration, End),
    /// How many bytes were no whole event, and are not in it.
    pub torn: usize,
    /// The unfinished transcript, where it could not be removed, or was not as the transcript went to a device.
    pub kept: Option<PathBuf>,
}

/// Why nothing was recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// Nothing is there.
    #[error("there is no unfinished recording of `{}`", shown(.0))]
    Nothing(PathBuf),
    /// Its masks have kept everything from the disk, and whoever recorded it was killed before the end.
    #[error(
        "the recording of `{}` is lost: where there are masks, nothing is written before it is known what they match, at the end",
        shown(.0)
    )]
    Masked(PathBuf),
    /// More than one is there.
    #[error(
        "there are several unfinished recordings of `{}`: name one of {}",
        shown(transcript),
        list(files)
    )]
    Several {
        /// The transcript.
        transcript: PathBuf,
        /// The unfinished ones.
        files: Vec<PathBuf>,
    },
    /// Somebody is recording.
    #[error("`{}` is still being recorded", shown(.0))]
    Claimed(PathBuf),
    /// The file is a finished transcript.
    #[error("`{}` is a finished transcript: there is nothing to recover", shown(.0))]
    Finished(PathBuf),
    /// Not even the header is whole.
    #[error("{}: {error}", shown(path))]
    Transcript {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: TranscriptError,
    },
    /// The file cannot be read or written.
    #[error("{}: {error}", shown(path))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The transcript cannot be written.
    #[error("cannot write {destination}: {error}")]
    Write {
        /// The transcript.
        destination: Destination,
        /// The system's error.
        error: io::Error,
    },
}

fn list(files: &[PathBuf]) -> String {
    let names: Vec<String> = files
        .iter()
        .map(|file| format!("`{}`", shown(file)))
        .collect();
    names.join(", ")
}

/// Makes a transcript of an unfinished one up to its last whole event, and removes that. `file` is either the unfinished one, or
/// the transcript that it was to be. It goes to `output`, or gets the name that it was to have; if that is taken, the
/// same with `.recovered`.
///
/// # Errors
/// A [`RecoverError`]; the unfinished transcript is untouched.
pub fn recover(file: &Path, output: Option<&Path>) -> Result<Recovered, RecoverError> {
    let (from, transcript) = find(file)?;
    if is_claimed(&from) {
        return Err(RecoverError::Claimed(from));
    }
    let bytes = fs::read(&from).map_err(|error| RecoverError::File {
        path: from.clone(),
        error,
    })?;
    let found = salvage(&bytes).map_err(|error| RecoverError::Transcript {
        path: from.clone(),
        error,
    })?;
    if from == transcript && found.end.is_some() && found.torn == 0 {
        return Err(RecoverError::Finished(from));
    }
    if found.is_held_back {
        return Err(RecoverError::Masked(transcript));
    }
    let end = found.end.unwrap_or(End::Stopped(StopReason::Interrupted));
    let last = match found.end {
        Some(_) => String::new(),
        None => format!("@{} {end}\n", text::seconds(found.at)),
    };
    let to = output.map_or_else(|| free(&transcript), Path::to_owned);
    let destination =
        Destination::new(&to).map_err(|error| RecoverError::File { path: to, error })?;
    let written = destination.write_with(|file| {
        file.write_all(&bytes[..found.len])?;
        file.write_all(last.as_bytes())
    });
    written.map_err(|error| RecoverError::Write {
        destination: destination.clone(),
        error,
    })?;
    let is_safe = destination.is_regular() && from != transcript;
    let kept = !is_safe || fs::remove_file(&from).is_err();
    Ok(Recovered {
        destination,
        events: found.events + usize::from(found.end.is_none()),
        end: (found.at, end),
        torn: found.torn,
        kept: kept.then_some(from),
    })
}

/// The unfinished transcript, and the finished one that it was to be.
fn find(file: &Path) -> Result<(PathBuf, PathBuf), RecoverError> {
    let failed = |error| RecoverError::File {
        path: file.to_owned(),
        error,
    };
    // At a named pipe one may wait for ever, and a device may never end.
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(failed(io::Error::other("it is not a regular file")));
    }
    if let Some(name) = file.file_name().and_then(name::transcript)
        && file.exists()
    {
        return Ok((file.to_owned(), file.with_file_name(name)));
    }
    let destination = Destination::new(file).map_err(failed)?;
    // What holds no event is removed with the search for what does.
    let is_lost = is_lost(&destination);
    let mut found = left(&destination);
    match found.len() {
        1 => Ok((found.remove(0).path, destination.path().to_owned())),
        // It may have been given another name.
        0 if file.is_file() && !is_lost => Ok((file.to_owned(), file.to_owned())),
        0 => match claimed(&destination) {
            Some(claimed) => Err(RecoverError::Claimed(claimed)),
            None if is_lost => Err(RecoverError::Masked(file.to_owned())),
            None => Err(RecoverError::Nothing(file.to_owned())),
        },
        _ => Err(RecoverError::Several {
            transcript: file.to_owned(),
            files: found.into_iter().map(|left| left.path).collect(),
        }),
    }
}

/// The transcript's name if nothing has it, or the same with `.recovered`.
fn free(transcript: &Path) -> PathBuf {
    let with = |suffix: String| {
        let mut name = OsString::from(transcript);
        name.push(suffix);
        PathBuf::from(name)
    };
    let names = (0_u32..).map(|number| match number {
        0 => transcript.to_owned(),
        1 => with(".recovered".to_owned()),
        number => with(format!(".recovered-{number}")),
    });
    let mut free = names.filter(|path| path.symlink_metadata().is_err());
    free.next().unwrap_or_else(|| transcript.to_owned())
}

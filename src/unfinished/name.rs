//! The names of unfinished transcripts.

use crate::file::{Destination, claim};
use std::{
    ffi::{OsStr, OsString},
    fs::{File, OpenOptions},
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

const SUFFIX: &str = ".recording";
/// How many there may be of one transcript.
const MOST: u32 = 1000;
/// How long a name may be (`NAME_MAX`), less what the number takes.
const LONGEST: usize = 255 - "-1000".len();

/// Creates the file in which a transcript grows, and claims it: `.NAME.recording`, or `.NAME.recording-2` and so on where
/// that is taken.
pub(super) fn create(destination: &Destination) -> io::Result<(PathBuf, File)> {
    let first = of(destination.path().file_name().unwrap_or_default());
    for number in 1..=MOST {
        let mut name = first.clone();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let path = destination.path().with_file_name(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => {
                claim(&file);
                return Ok((path, file));
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The first name for the transcript of this name. Two long names may share it.
fn of(transcript: &OsStr) -> OsString {
    let transcript = transcript.as_bytes();
    let most = LONGEST - ".".len() - SUFFIX.len();
    let kept = &transcript[..transcript.len().min(most)];
    OsString::from_vec([b".", kept, SUFFIX.as_bytes()].concat())
}

/// Whether a file in the folder of this transcript is one of its unfinished ones.
pub(super) fn is_of(file: &OsStr, transcript: &OsStr) -> bool {
    let first = of(transcript);
    let number = file.as_bytes().strip_prefix(first.as_bytes());
    number.is_some_and(is_number)
}

/// The name of the transcript that a file is the unfinished one of.
pub(super) fn transcript(file: &OsStr) -> Option<OsString> {
    let name = file.as_bytes().strip_prefix(b".")?;
    let at = memchr::memmem::rfind(name, SUFFIX.as_bytes()).filter(|at| *at > 0)?;
    is_number(&name[at + SUFFIX.len()..]).then(|| OsString::from_vec(name[..at].to_vec()))
}

/// Whether nothing follows the suffix, or a number from 2 on.
fn is_number(rest: &[u8]) -> bool {
    let number = str::from_utf8(rest)
        .ok()
        .and_then(|rest| rest.strip_prefix('-'));
    rest.is_empty()
        || number.is_some_and(|number| {
            number
                .parse()
                .is_ok_and(|number| (2..=MOST).contains(&number))
        })
}

#[cfg(test)]
mod tests {
    use super::{is_of, of, transcript};
    use std::ffi::OsStr;

    #[test]
    fn a_name_tells_which_transcript_is_unfinished() {
        let name = OsStr::new;
        for (file, of) in [
            (".a.strobe.recording", Some("a.strobe")),
            (".a.strobe.recording-2", Some("a.strobe")),
            (".a.recording.recording", Some("a.recording")),
            (".a.strobe.recording-1", None),
            (".a.strobe.recording-x", None),
            (".recording", None),
            ("a.strobe.recording", None),
        ] {
            assert_eq!(transcript(name(file)).as_deref(), of.map(name), "{file}");
            if let Some(of) = of {
                assert!(is_of(name(file), name(of)) && !is_of(name(file), name("b")));
            }
        }
        let long = "x".repeat(255);
        assert!(of(name(&long)).len() + "-1000".len() <= 255);
        assert!(is_of(&of(name(&long)), name(&long)));
    }
}

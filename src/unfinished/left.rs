//! The unfinished transcripts that killed runs have left.

use super::name;
use crate::{
    file::{Destination, is_claimed},
    text,
    transcript::salvage,
};
use std::{
    fmt,
    fs::{self, File},
    io::{Read, Seek},
    path::PathBuf,
    time::{Duration, SystemTime},
};

/// A younger file without an event may belong to a run that has just begun.
const YOUNG: Duration = Duration::from_secs(60);

/// An unfinished transcript that nobody writes any more.
#[derive(Clone, Debug)]
pub struct Left {
    /// Where it is.
    pub path: PathBuf,
}

/// What runs with the same destination have left, the oldest first. What holds no event is removed.
#[must_use]
pub fn left(destination: &Destination) -> Vec<Left> {
    let mut left: Vec<(SystemTime, PathBuf)> = Vec::new();
    for path in files(destination).filter(|path| !is_claimed(path)) {
        let modified = fs::metadata(&path).and_then(|file| file.modified());
        let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
        if File::open(&path).map_or(true, |file| holds_event(&file)) {
            left.push((modified, path));
        } else if modified.elapsed().is_ok_and(|age| age > YOUNG) {
            let _ = fs::remove_file(path);
        }
    }
    left.sort();
    left.into_iter().map(|(_, path)| Left { path }).collect()
}

/// Whether a run with the same destination was killed before any of its events was written, as it had masks: what they match
/// is known at the end.
#[must_use]
pub fn is_lost(destination: &Destination) -> bool {
    files(destination).any(|path| {
        let bytes = fs::read(&path).unwrap_or_default();
        salvage(&bytes).is_ok_and(|found| found.is_held_back) && !is_claimed(&path)
    })
}

/// An unfinished transcript that somebody is writing to.
pub(super) fn claimed(destination: &Destination) -> Option<PathBuf> {
    files(destination).find(|path| is_claimed(path))
}

/// Every unfinished transcript of a destination.
fn files(destination: &Destination) -> impl Iterator<Item = PathBuf> {
    let path = destination.path();
    let files = fs::read_dir(destination.folder()).into_iter().flatten();
    let files = files.flatten().filter(|file| {
        let name = path.file_name();
        name.is_some_and(|name| name::is_of(&file.file_name(), name))
            && file.file_type().is_ok_and(|kind| kind.is_file())
    });
    // Not `DirEntry::path`, which begins with `./` where the folder is this one.
    files.map(|file| path.with_file_name(file.file_name()))
}

/// Whether something can be recovered. A file that is long, or cannot be read, is taken to hold something.
pub(super) fn holds_event(mut file: &File) -> bool {
    let is_long = file.metadata().is_ok_and(|file| file.len() > 1 << 20);
    let mut bytes = Vec::new();
    let mut read = || file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    is_long || read().is_err() || salvage(&bytes).is_ok_and(|found| found.events > 0)
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_os_str().as_encoded_bytes();
        write!(f, "`{}`", text::escape(path, 4096))
    }
}

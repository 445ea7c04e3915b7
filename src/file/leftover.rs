//! Temporary files that a killed process has left.

use super::PREFIX;
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{
    fs::{self, DirEntry, File},
    os::unix::ffi::OsStrExt,
    path::Path,
    time::Duration,
};

/// A younger one may belong to a process that has not claimed it yet.
const YOUNG: Duration = Duration::from_secs(60);
/// How many characters follow the prefix (`tempfile`).
const RANDOM: usize = 6;

/// Claims a temporary file: as long as it is open it is no leftover.
pub(crate) fn claim(file: &File) {
    // Where a file system has no locks, it is kept by its age.
    let _ = flock(file, FlockOperation::NonBlockingLockExclusive);
}

/// Ends the claim, whoever else has the file open.
pub(crate) fn release(file: &File) {
    let _ = flock(file, FlockOperation::Unlock);
}

/// Whether somebody has claimed a file.
pub(crate) fn is_claimed(path: &Path) -> bool {
    let lock = |file: File| flock(&file, FlockOperation::NonBlockingLockExclusive);
    File::open(path).is_ok_and(|file| lock(file) == Err(Errno::WOULDBLOCK))
}

/// Removes those in a folder that nobody has claimed. One that cannot be removed stays.
pub(super) fn remove(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(is_leftover) {
        let _ = fs::remove_file(entry.path());
    }
}

fn is_leftover(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let random = name.as_bytes().strip_prefix(PREFIX.as_bytes());
    let is_ours = random.is_some_and(|random| {
        random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric)
    });
    is_ours
        && entry.metadata().is_ok_and(|file| {
            let age = file.modified().ok().and_then(|time| time.elapsed().ok());
            file.is_file() && age.is_some_and(|age| age > YOUNG)
        })
        && File::open(entry.path())
            .is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok())
}

//! Opens a file to read it.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// What stands for an open descriptor, such as a shell's `<(command)`.
const DESCRIPTORS: [&str; 4] = [
    "/dev/fd",
    "/dev/stdin",
    "/proc/self/fd",
    "/proc/thread-self/fd",
];

/// Opens a file to read it. At a named pipe one may wait for ever for a writer, and a device may never end: both are refused,
/// unless the path stands for a descriptor that is open already.
///
/// # Errors
/// What the system says, or that it is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let is_descriptor = DESCRIPTORS.iter().any(|folder| path.starts_with(folder));
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !is_descriptor && !kind.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    File::open(path)
}

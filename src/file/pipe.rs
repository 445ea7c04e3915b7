//! Opens a named pipe to write it, and waits for its reader no longer than that takes to start.

use rustix::{
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::Errno,
};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How long to wait for a reader.
const LIMIT: Duration = Duration::from_secs(2);
/// How often to look for one: the system cannot wait for that with a limit.
const INTERVAL: Duration = Duration::from_millis(10);

/// Opens a named pipe that somebody reads.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let started = Instant::now();
    let mut options = OpenOptions::new();
    options.append(true).custom_flags(libc::O_NONBLOCK);
    let pipe = loop {
        match options.open(path) {
            Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
                if started.elapsed() > LIMIT {
                    return Err(io::Error::other("nobody reads this named pipe"));
                }
                thread::sleep(INTERVAL);
            }
            opened => break opened?,
        }
    };
    // From now on a slow reader is waited for.
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? - OFlags::NONBLOCK)?;
    Ok(pipe)
}

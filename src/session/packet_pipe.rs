//! A pipe that keeps the writes of a program apart, where the system has one (`pipe2(2)`, `O_DIRECT`).

use std::{io, os::fd::OwnedFd};

#[cfg(target_os = "linux")]
/// The capacity of a packet pipe: 256 packets, so that a program rarely waits for its reader.
const PIPE_SIZE: usize = 1 << 20;

/// A packet pipe, which keeps writes of up to 4,096 bytes apart (`pipe2(2)`, `O_DIRECT`): its read end and its write
/// end.
#[cfg(target_os = "linux")]
pub(super) fn packet_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
    let (reading, writing) = pipe_with(PipeFlags::DIRECT | PipeFlags::CLOEXEC)?;
    // If the kernel does not allow this size, the pipe holds less.
    let _ = fcntl_setpipe_size(&writing, PIPE_SIZE);
    Ok((reading, writing))
}

/// A pipe: its read end and its write end. It merges writes that have not been read yet.
#[cfg(not(target_os = "linux"))]
pub(super) fn packet_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reading, writing) = io::pipe()?;
    Ok((reading.into(), writing.into()))
}

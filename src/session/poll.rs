//! Waits for the next event: output, space for input, the end, the person, the caller.

use rustix::{
    event::{PollFd, Timespec, poll},
    io::Errno,
};
use std::{io, time::Duration};

/// What can wake the loop.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// There is output to read.
    Stream(usize),
    /// The program's input accepts more.
    Input,
    /// The program has ended.
    Ended,
    /// The person has typed, or their terminal has another size.
    Screen,
    /// The caller cancels the run.
    Cancel,
}

/// The result of poll(2).
#[derive(Default)]
pub(super) struct Ready {
    pub(super) streams: [bool; 2],
    pub(super) ended: bool,
    pub(super) screen: bool,
    pub(super) cancelled: bool,
}

/// Waits for any of these, for at most this time.
pub(super) fn ready(sources: Vec<(Source, PollFd<'_>)>, most: Duration) -> io::Result<Ready> {
    let (sources, mut fds): (Vec<Source>, Vec<PollFd<'_>>) = sources.into_iter().unzip();
    // A time that is too long for `poll` is as good as none.
    let timeout = Timespec::try_from(most).ok();
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) => {}
        Err(Errno::INTR) => return Ok(Ready::default()),
        Err(error) => return Err(error.into()),
    }
    let mut ready = Ready::default();
    for (source, _) in sources
        .iter()
        .zip(&fds)
        .filter(|(_, fd)| !fd.revents().is_empty())
    {
        match source {
            Source::Stream(stream) => ready.streams[*stream] = true,
            Source::Input => {}
            Source::Ended => ready.ended = true,
            Source::Screen => ready.screen = true,
            Source::Cancel => ready.cancelled = true,
        }
    }
    Ok(ready)
}

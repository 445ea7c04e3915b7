//! Waits for whatever comes next: output, room for input, the end, the person, the caller.

use rustix::{
    event::{PollFd, Timespec, poll},
    io::Errno,
};
use std::{io, time::Duration};

/// What can wake the loop.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// Output to be read.
    Stream(usize),
    /// The program's input takes more.
    Input,
    /// The program has ended.
    Ended,
    /// The person has typed, or their terminal has another size.
    Screen,
    /// The caller gives the run up.
    Cancel,
}

/// What poll(2) found.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) streams: [bool; 2],
    pub(super) ended: bool,
    pub(super) screen: bool,
    pub(super) cancelled: bool,
}

/// Waits for any of these, at most as long as given.
pub(super) fn ready(sources: Vec<(Source, PollFd<'_>)>, most: Duration) -> io::Result<Ready> {
    let (sources, mut fds): (Vec<Source>, Vec<PollFd<'_>>) = sources.into_iter().unzip();
    // A wait too long to be counted is as good as none.
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

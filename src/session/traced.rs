//! A run in virtual time: the tracer says when, and the capture is its stage.

use super::{
    Error, Session,
    capture::{Capture, Took},
    ground::Ground,
    spawn::{Ends, gone, spawn_attended},
};
use crate::{
    recording::{End, Recorder, Recording, Stop},
    trace::{Halt, Stage, Submission, Watch, take_over},
    virtual_time::VirtualTime,
};
use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, epoll, poll},
    io::{Errno, ioctl_fionread},
};
use std::{
    ffi::OsString,
    fs::File,
    io, mem,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    panic::resume_unwind,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long the system may take to bring to the program what was typed while it had not read what was typed before.
const DELIVERY: Duration = Duration::from_millis(2);
/// How much is typed at once, until whoever reads has come to rest again. More the system brings over in pieces of its own,
/// some two thousand bytes each, and the reader wakes between them, or not.
const PIECE: usize = 1024;
/// How much may stand unread so that a piece has room: a terminal keeps 4,095 bytes, and more comes over in the system's time.
const UNREAD: u64 = 4095 - PIECE as u64;
/// How long others of ours may hold the program's input open.
const END: Duration = Duration::from_secs(1);
const AT_ONCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Runs the session's program in virtual time and takes it down with `recorder`.
///
/// The tracer is a thread of its own: it traces what it alone may ask about, and stays on one processor.
pub(super) fn run(
    session: &Session,
    settings: &VirtualTime,
    cwd: &Path,
    ground: &Ground,
    recorder: Recorder,
) -> Result<Recording, Error> {
    thread::scope(|scope| {
        let tracer = thread::Builder::new().name("strobe-trace".to_owned());
        let tracer =
            tracer.spawn_scoped(scope, || trace(session, settings, cwd, ground, recorder))?;
        tracer.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn trace(
    session: &Session,
    settings: &VirtualTime,
    cwd: &Path,
    ground: &Ground,
    recorder: Recorder,
) -> Result<Recording, Error> {
    let watch = Watch::new(session.limit, session.cancel.as_deref());
    let (submission, key) = Submission::new()?;
    let handover = Box::new(move || submission.submit());
    let attend = |process| take_over(process, key);
    let (spawned, traced) = spawn_attended(session, cwd, ground, handover, attend)
        .map_err(|failure| failure.of(session))?;
    let traced = traced.ok_or_else(gone)?;
    let mut theatre = Theatre::new(Capture::new(session, spawned, recorder)?)?;
    let outcome = traced.run(settings, theatre.terminal()?, &mut theatre, watch);
    // What was written last, and not by a call that has ended.
    let mut halt = outcome.halt;
    let rest = theatre.drain().and_then(|_| theatre.wrote(outcome.at));
    if let (Err(error), Halt::Ended(_)) = (rest, &halt) {
        halt = error;
    }
    let mut capture = theatre.capture;
    capture.note_varies(outcome.varies);
    let (end, how) = match halt {
        Halt::Ended(end) => (end, "the program ended"),
        Halt::Waits(threads) => {
            capture.note_waits(threads);
            (
                End::Stopped(Stop::Waits),
                "every thread of the program waits for what cannot come",
            )
        }
        Halt::VirtualLimit => (End::Stopped(Stop::VirtualLimit), "the virtual time was up"),
        Halt::Limit => (End::Stopped(Stop::Limit), "the time was up"),
        Halt::OutputLimit => (End::Stopped(Stop::OutputLimit), "it wrote too much"),
        Halt::Cancelled => return Err(Error::Cancelled),
        Halt::Unfit { program, why } => return Err(Error::Unfit { program, why }),
        Halt::System(error) => return Err(error.into()),
    };
    capture.finish(outcome.at, end, how)
}

/// The stage of a traced program.
struct Theatre<'a> {
    capture: Capture<'a>,
    /// What was taken of a write that has not ended, of each stream.
    pending: [Vec<u8>; 2],
    /// Tells when something typed has reached who waits for it; on a terminal.
    delivery: Option<OwnedFd>,
}

impl<'a> Theatre<'a> {
    fn new(capture: Capture<'a>) -> io::Result<Theatre<'a>> {
        let delivery = slave(&capture).map(delivery).transpose()?;
        Ok(Theatre {
            capture,
            pending: [Vec::new(), Vec::new()],
            delivery,
        })
    }

    /// The terminal's name.
    fn terminal(&self) -> io::Result<Option<PathBuf>> {
        let Some(slave) = slave(&self.capture) else {
            return Ok(None);
        };
        let name = rustix::termios::ttyname(slave, Vec::new())?;
        Ok(Some(OsString::from_vec(name.into_bytes()).into()))
    }

    /// Waits until what was typed has reached who waits for it.
    ///
    /// The system brings it over in a worker of its own. To ask whether there is input waits for that worker, unless there is
    /// some. Then the worker may be about to wake the readers; but our own entry, the oldest in the queue, is woken last. That
    /// may be with the first of several lines: to ask how much there is waits until the worker has seen to all of them, and
    /// has echoed them.
    fn deliver(&self) -> io::Result<()> {
        let (Some(slave), Some(delivery)) = (slave(&self.capture), &self.delivery) else {
            return Ok(());
        };
        let begun = Instant::now();
        loop {
            let mut input = [PollFd::from_borrowed_fd(slave, PollFlags::IN)];
            poll(&mut input, Some(&AT_ONCE))?;
            let is_there = input[0].revents().contains(PollFlags::IN);
            if !is_there || edges(delivery)? || begun.elapsed() > DELIVERY {
                ioctl_fionread(slave)?;
                return Ok(());
            }
            thread::yield_now();
        }
    }
}

fn slave<'a>(capture: &'a Capture<'_>) -> Option<BorrowedFd<'a>> {
    match &capture.ends {
        Ends::Pty { slave, .. } => slave.as_ref().map(OwnedFd::as_fd),
        Ends::Pipe { .. } => None,
    }
}

/// What becomes readable each time that somebody who waits for a terminal's input is woken.
fn delivery(slave: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let delivery = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let edge = epoll::EventFlags::IN | epoll::EventFlags::ET;
    epoll::add(&delivery, slave, epoll::EventData::new_u64(0), edge)?;
    Ok(delivery)
}

/// Whether somebody was woken since this was asked last.
fn edges(delivery: &OwnedFd) -> io::Result<bool> {
    let mut events = Vec::with_capacity(1);
    epoll::wait(delivery, spare_capacity(&mut events), Some(&AT_ONCE))?;
    Ok(!events.is_empty())
}

/// The reading end of a pipe whose writing end this is (`proc_pid_fd(5)`).
fn reading_end(writing: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let file = File::open(format!("/proc/self/fd/{}", writing.as_raw_fd()))?;
    Ok(file.into())
}

/// Waits until nobody can write to a pipe. A process that another thread of ours forks has all our descriptors until it
/// has become its program: while it has, closing ours is not the end.
fn await_end(reading: &OwnedFd) -> io::Result<()> {
    let most = Timespec::try_from(END).ok();
    loop {
        let mut pipe = [PollFd::new(reading, PollFlags::empty())];
        match poll(&mut pipe, most.as_ref()) {
            Err(Errno::INTR) => {}
            waited => return waited.map(drop).map_err(io::Error::from),
        }
    }
}

impl Stage for Theatre<'_> {
    fn drain(&mut self) -> Result<bool, Halt> {
        let mut any = false;
        for (stream, pending) in self.pending.iter_mut().enumerate() {
            loop {
                let mut bytes = self.capture.read(stream)?;
                if bytes.is_empty() {
                    break;
                }
                any = true;
                pending.append(&mut bytes);
                if pending.len() > self.capture.room() {
                    return Err(Halt::OutputLimit);
                }
            }
        }
        Ok(any)
    }

    fn wrote(&mut self, at: Duration) -> Result<(), Halt> {
        for stream in 0..self.pending.len() {
            let bytes = mem::take(&mut self.pending[stream]);
            if self.capture.keep(stream, bytes, at) == Took::TooMuch {
                return Err(Halt::OutputLimit);
            }
        }
        Ok(())
    }

    fn due(&self) -> Option<Duration> {
        self.capture.due()
    }

    fn is_due(&mut self, at: Duration) -> bool {
        self.capture.is_due(at)
    }

    fn act(&mut self, at: Duration) -> Result<(), Halt> {
        self.capture.take_step(at)?;
        self.send_more()?;
        Ok(())
    }

    fn send_more(&mut self) -> Result<bool, Halt> {
        if !self.capture.has_unsent() {
            return Ok(false);
        }
        if let Some(slave) = slave(&self.capture)
            && ioctl_fionread(slave).map_err(io::Error::from)? > UNREAD
        {
            // The rest goes when some of that has been read.
            return Ok(false);
        }
        if let Some(delivery) = &self.delivery {
            // What came before is forgotten.
            edges(delivery)?;
        }
        let stdin = self.capture.stdin_to_close().map(reading_end).transpose()?;
        let most = match &self.capture.ends {
            Ends::Pty { .. } => PIECE,
            Ends::Pipe { .. } => usize::MAX,
        };
        let any = self.capture.send(most)?;
        if any {
            self.deliver()?;
        }
        if let Some(stdin) = stdin.filter(|_| self.capture.stdin_to_close().is_none()) {
            await_end(&stdin)?;
        }
        Ok(any)
    }
}

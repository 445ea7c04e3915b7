//! The run itself: one loop that reads what the program writes, and does to it what the script says.

use super::{
    Error, Session,
    end::{Guard, kill_session, status},
    ground::Ground,
    live::{Live, Screen},
    matcher::Matcher,
    spawn::{self, Ends, Spawned},
    wait::{Ready, Source, ready},
};
use crate::{
    recording::{End, Kind, Recorder, Recording, Stop},
    script::{Step, When},
    transcript,
};
use rustix::{
    event::{PollFd, PollFlags},
    io::Errno,
    process::{Pid, WaitId, WaitIdOptions, kill_process, waitid},
    termios::{SpecialCodeIndex, Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, PipeReader, Read, Write},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How much one read takes.
const READ: usize = 64 << 10;
/// How often a terminal is read before the next wait.
const READS: usize = 16;
/// After the program's end, how long a terminal that somebody outside its session still holds open may be silent: the
/// system brings over what was written a little later. What was written to a pipe is there at once.
const SILENCE: Duration = Duration::from_millis(200);
/// After the program's end, how long such a channel is read at most, if it is never silent.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs the session's program and takes it down with `recorder`.
pub(super) fn run(
    session: &Session,
    cwd: &Path,
    ground: &Ground,
    recorder: Recorder,
) -> Result<Recording, Error> {
    let started = Instant::now();
    let spawned = spawn::spawn(session, cwd, ground).map_err(|error| Error::Run {
        program: transcript::escape(session.program.as_encoded_bytes(), 200),
        error,
    })?;
    let mut capture = Capture::new(session, spawned, recorder, started)?;
    let outcome = capture.record();
    // Whatever happened: nobody is left, and nothing unread that was written before.
    let end = capture.bury();
    let (how, end) = match outcome? {
        Outcome::Ended => ("the program ended", end),
        Outcome::Stopped(Stop::OutputLimit) => {
            ("it wrote too much", End::Stopped(Stop::OutputLimit))
        }
        Outcome::Stopped(stop) => ("the time was up", End::Stopped(stop)),
    };
    capture.finish(end, how)
}

/// What a read gave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Took {
    /// Nothing was there, or the stream has ended.
    Nothing,
    /// Bytes that were taken down.
    Something,
    /// More than is kept.
    TooMuch,
}

/// Why the loop was left.
#[derive(Clone, Copy)]
enum Outcome {
    Ended,
    Stopped(Stop),
}

struct Capture<'a> {
    session: &'a Session,
    pid: Pid,
    ends: Ends,
    /// Readable once the program has ended.
    ended: PipeReader,
    recorder: Recorder,
    started: Instant,
    /// How many more bytes are kept.
    room: usize,
    steps: VecDeque<Step>,
    /// When the last step was taken.
    stepped: Duration,
    matcher: Matcher,
    /// What could not be sent yet.
    unsent: VecDeque<u8>,
    /// The input ends once everything is sent.
    closing: bool,
    screen: Option<Screen>,
    buffer: Vec<u8>,
    /// Which of the streams have not ended: stdout or the terminal, and stderr.
    open: [bool; 2],
}

impl<'a> Capture<'a> {
    fn new(
        session: &'a Session,
        spawned: Spawned,
        recorder: Recorder,
        started: Instant,
    ) -> Result<Capture<'a>, Error> {
        let Spawned { pid, ends } = spawned;
        let guard = Guard(Some(pid));
        let nonblocking =
            |file: &File| -> io::Result<()> { Ok(rustix::io::ioctl_fionbio(file, true)?) };
        match &ends {
            Ends::Pty { master, .. } => nonblocking(master)?,
            Ends::Pipe {
                stdin,
                stdout,
                stderr,
            } => {
                stdin.iter().try_for_each(nonblocking)?;
                nonblocking(stdout)?;
                nonblocking(stderr)?;
            }
        }
        let (ended, ending) = io::pipe()?;
        thread::Builder::new()
            .name("strobe-wait".to_owned())
            .spawn(move || {
                // The status is left for the one who buries the program: until then its pid cannot be another's.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
                drop(ending);
            })?;
        let screen = session.live.as_ref().map(Live::open).transpose()?;
        guard.disarm();
        Ok(Capture {
            session,
            pid,
            open: [true, matches!(ends, Ends::Pipe { .. })],
            ends,
            ended,
            recorder,
            started,
            room: session.output_limit,
            steps: session.script.steps().iter().cloned().collect(),
            stepped: Duration::ZERO,
            matcher: Matcher::default(),
            unsent: VecDeque::new(),
            closing: false,
            screen,
            buffer: vec![0; READ],
        })
    }

    /// Reads and sends until the program has ended, or is to be ended.
    fn record(&mut self) -> Result<Outcome, Error> {
        loop {
            self.take_steps()?;
            self.send()?;
            let now = self.started.elapsed();
            if now >= self.session.limit {
                return Ok(Outcome::Stopped(Stop::Limit));
            }
            let due = self
                .due()
                .unwrap_or(self.session.limit)
                .min(self.session.limit);
            let ready = self.wait(due.saturating_sub(now))?;
            if ready.cancelled {
                return Err(Error::Cancelled);
            }
            for stream in 0..self.open.len() {
                if ready.streams[stream] && self.read_some(stream)? == Took::TooMuch {
                    return Ok(Outcome::Stopped(Stop::OutputLimit));
                }
            }
            if ready.screen {
                self.type_in()?;
            }
            if ready.ended {
                return Ok(Outcome::Ended);
            }
        }
    }

    /// What can wake the loop, as far as something is wanted of it: a hangup would wake it for the rest, too.
    fn sources(&self) -> Vec<(Source, PollFd<'_>)> {
        let (first, second, input) = match &self.ends {
            Ends::Pty { master, .. } => (master, None, Some(master)),
            Ends::Pipe {
                stdin,
                stdout,
                stderr,
            } => (stdout, Some(stderr), stdin.as_ref()),
        };
        let mut sources = Vec::with_capacity(8);
        for (stream, of) in [Some(first), second].into_iter().enumerate() {
            sources.extend(
                of.filter(|_| self.open[stream])
                    .map(|of| (Source::Stream(stream), PollFd::new(of, PollFlags::IN))),
            );
        }
        let input = input.filter(|_| !self.unsent.is_empty());
        sources.extend(input.map(|input| (Source::Input, PollFd::new(input, PollFlags::OUT))));
        sources
    }

    /// Waits until there is something to do, at most as long as given.
    fn wait(&self, most: Duration) -> io::Result<Ready> {
        let mut sources = self.sources();
        sources.push((Source::Ended, PollFd::new(&self.ended, PollFlags::IN)));
        if let Some(screen) = &self.screen {
            let watched = [screen.keyboard(), Some(screen.resized())]
                .into_iter()
                .flatten();
            sources.extend(
                watched.map(|fd| (Source::Screen, PollFd::from_borrowed_fd(fd, PollFlags::IN))),
            );
        }
        sources.extend(
            self.session
                .cancel
                .iter()
                .map(|fd| (Source::Cancel, PollFd::new(fd, PollFlags::IN))),
        );
        ready(sources, most)
    }

    /// Takes down what a stream gives now. A terminal, which is one stream, is read a few times before the next wait; of
    /// pipes only one write is taken, as the other may hold the next.
    fn read_some(&mut self, stream: usize) -> Result<Took, Error> {
        let reads = if matches!(self.ends, Ends::Pty { .. }) {
            READS
        } else {
            1
        };
        let mut took = Took::Nothing;
        for _ in 0..reads {
            took = self.read(stream)?;
            if took != Took::Something {
                break;
            }
        }
        Ok(took)
    }

    /// Takes down what one read of a stream gives.
    fn read(&mut self, stream: usize) -> Result<Took, Error> {
        let file = match (&mut self.ends, stream) {
            (Ends::Pty { master, .. }, _) => master,
            (Ends::Pipe { stdout, .. }, 0) => stdout,
            (Ends::Pipe { stderr, .. }, _) => stderr,
        };
        let len = match file.read(&mut self.buffer) {
            Ok(0) => {
                self.open[stream] = false;
                return Ok(Took::Nothing);
            }
            Ok(len) => len,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                return Ok(Took::Nothing);
            }
            // What Linux says once nobody has the terminal open.
            Err(error) if error.raw_os_error() == Some(libc::EIO) => {
                self.open[stream] = false;
                return Ok(Took::Nothing);
            }
            Err(error) => return Err(error.into()),
        };
        let at = self.started.elapsed();
        let kept = &self.buffer[..len.min(self.room)];
        self.room -= kept.len();
        self.matcher.push(kept);
        if let Some(screen) = &mut self.screen {
            screen.show(kept)?;
        }
        let kind = if stream == 0 {
            Kind::Output(kept.to_vec())
        } else {
            Kind::Stderr(kept.to_vec())
        };
        self.recorder.record(at, kind);
        Ok(if kept.len() == len {
            Took::Something
        } else {
            Took::TooMuch
        })
    }

    /// When the next step is due; `None` where bytes, or nothing, must come first.
    fn due(&self) -> Option<Duration> {
        match self.steps.front()?.when {
            When::At(at) => Some(at),
            When::Gap(gap) => Some(self.stepped.saturating_add(gap)),
            When::Bytes => None,
        }
    }

    /// Takes every step whose time or bytes have come.
    fn take_steps(&mut self) -> Result<(), Error> {
        while let Some(step) = self.steps.front() {
            let is_due = match (&step.kind, self.due()) {
                (_, Some(due)) => self.started.elapsed() >= due,
                (
                    Kind::Send {
                        after: Some(trigger),
                        ..
                    },
                    None,
                ) => self.matcher.find(trigger),
                (_, None) => true,
            };
            if !is_due {
                break;
            }
            if let Some(step) = self.steps.pop_front() {
                self.act(step.kind)?;
            }
        }
        if !self.steps.iter().any(|step| step.when == When::Bytes) {
            self.matcher.forget();
        }
        Ok(())
    }

    /// Does something to the program, and takes it down.
    fn act(&mut self, kind: Kind) -> Result<(), Error> {
        match &kind {
            Kind::Send { bytes, .. } => self.unsent.extend(bytes),
            Kind::Eof => match &self.ends {
                Ends::Pty { master, .. } => {
                    let key = tcgetattr(master).map_err(io::Error::from)?.special_codes
                        [SpecialCodeIndex::VEOF];
                    self.unsent.push_back(key);
                }
                Ends::Pipe { .. } => self.closing = true,
            },
            Kind::Resize { columns, rows } => {
                if let Ends::Pty { master, .. } = &self.ends {
                    let size = Winsize {
                        ws_col: *columns,
                        ws_row: *rows,
                        ws_xpixel: 0,
                        ws_ypixel: 0,
                    };
                    tcsetwinsize(master, size).map_err(io::Error::from)?;
                }
            }
            Kind::Signal(signal) => {
                if let Some(signal) = rustix::process::Signal::from_named_raw(signal.number()) {
                    // It may have ended, which the next wait shows.
                    let _ = kill_process(self.pid, signal);
                }
            }
            Kind::Output(_) | Kind::Stderr(_) | Kind::End(_) => {}
        }
        self.stepped = self.started.elapsed();
        self.recorder.record(self.stepped, kind);
        Ok(())
    }

    /// Sends as much as the program's input takes now.
    fn send(&mut self) -> Result<(), Error> {
        while !self.unsent.is_empty() {
            let input = match &mut self.ends {
                Ends::Pty { master, .. } => master,
                Ends::Pipe {
                    stdin: Some(stdin), ..
                } => stdin,
                Ends::Pipe { stdin: None, .. } => break,
            };
            let (bytes, _) = self.unsent.as_slices();
            match input.write(bytes) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The program does not listen any more; that it was told stays true.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EPIPE | libc::EIO)) => {
                    self.unsent.clear();
                }
                Err(error) => return Err(error.into()),
            }
        }
        if let (true, Ends::Pipe { stdin, .. }) = (self.closing, &mut self.ends) {
            *stdin = None;
        }
        Ok(())
    }

    /// Passes on what the person types, and the size of their terminal.
    fn type_in(&mut self) -> Result<(), Error> {
        let Some(screen) = &mut self.screen else {
            return Ok(());
        };
        let (typed, size) = (screen.typed()?, screen.new_size());
        if let Some((columns, rows)) = size.filter(|_| matches!(self.ends, Ends::Pty { .. })) {
            self.act(Kind::Resize { columns, rows })?;
        }
        if !typed.is_empty() {
            self.act(Kind::Send {
                after: None,
                bytes: typed,
            })?;
        }
        Ok(())
    }

    /// Ends every process of the session, reads what they wrote before, and says how the program ended.
    fn bury(&mut self) -> End {
        // What they wrote is in the channel, and stays there.
        kill_session(self.pid);
        if let Ends::Pty { slave, .. } = &mut self.ends {
            *slave = None;
        }
        let took = self.drain();
        let end = status(self.pid);
        if took == Took::TooMuch {
            End::Stopped(Stop::OutputLimit)
        } else {
            end
        }
    }

    /// Reads until the streams end, or nothing has come for a while, or that was long enough: somebody outside the session
    /// may hold them open, and write to them for ever.
    fn drain(&mut self) -> Took {
        let begun = Instant::now();
        let silence = if matches!(self.ends, Ends::Pty { .. }) {
            SILENCE
        } else {
            Duration::ZERO
        };
        while self.open.contains(&true) && begun.elapsed() < AFTERWARDS {
            let Ok(ready) = ready(self.sources(), silence) else {
                break;
            };
            if !ready.streams.contains(&true) {
                break;
            }
            for stream in 0..ready.streams.len() {
                if ready.streams[stream] {
                    match self.read(stream) {
                        Ok(Took::TooMuch) => return Took::TooMuch,
                        Ok(_) => {}
                        Err(_) => return Took::Nothing,
                    }
                }
            }
        }
        Took::Nothing
    }

    fn finish(self, end: End, how: &'static str) -> Result<Recording, Error> {
        let at = match end {
            End::Stopped(Stop::Limit) => self.session.limit.max(self.stepped),
            _ => self.started.elapsed(),
        };
        let recording = self.recorder.finish(at, end).map_err(io::Error::other)?;
        let awaited = self.steps.into_iter().find_map(|step| match step.kind {
            Kind::Send { after, .. } => after,
            _ => None,
        });
        match awaited {
            None => Ok(recording),
            Some(awaited) => Err(Error::Trigger {
                awaited: transcript::escape(&awaited, 200),
                how,
                came: transcript::escape(self.matcher.came(), 200),
                recording: Box::new(recording),
            }),
        }
    }
}

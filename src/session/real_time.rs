//! A run in real time: one loop that reads what the program writes, and does to it what the script says.

use self::reap::{Guard, kill_session, status};
use super::{
    Session, SessionError,
    capture::{Capture, Took},
    environment::Environment,
    live::{Live, RawTerminal},
    poll::{Ready, Source, ready},
    spawn::{self, Ends},
    system,
};
use crate::recording::{End, EventKind, Recorder, StopReason, Taken};
use rustix::{
    event::{PollFd, PollFlags},
    io::Errno,
    process::{Pid, WaitId, WaitIdOptions, waitid},
};
use std::{
    io,
    os::fd::OwnedFd,
    path::Path,
    thread,
    time::{Duration, Instant},
};

mod reap;

/// How often a terminal is read before the next wait.
const READS: usize = 16;
/// After the program's end, how long to wait for more output of a terminal that somebody outside its session still has
/// open: what was written arrives a little later. On a pipe it is there at once.
const SILENCE: Duration = Duration::from_millis(200);
/// After the program's end, how long such a channel is read at most.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs the session's program in real time and records it with `recorder`.
pub(super) fn run(
    session: &Session,
    cwd: &Path,
    environment: &Environment,
    recorder: Recorder,
) -> Result<Taken, SessionError> {
    let started = Instant::now();
    let spawned = spawn::spawn(session, cwd, environment).map_err(|failure| failure.of(session))?;
    let guard = Guard(Some(spawned.pid));
    let capture = Capture::new(session, environment, spawned, recorder)?;
    let mut run = Run::new(capture, started)?;
    guard.disarm();
    let outcome = run.record();
    // Whatever happened, no process is left, and everything that was written has been read.
    let end = run.reap();
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            run.capture.give_up();
            return Err(error);
        }
    };
    let (how, end) = match outcome {
        LoopEnd::Ended => ("the program ended", end),
        LoopEnd::Stopped(StopReason::OutputLimit) => {
            ("it wrote too much", End::Stopped(StopReason::OutputLimit))
        }
        LoopEnd::Stopped(StopReason::Script) => (
            "the script could not go on",
            End::Stopped(StopReason::Script),
        ),
        LoopEnd::Stopped(stop) => ("the time was up", End::Stopped(stop)),
    };
    let at = match end {
        End::Stopped(StopReason::Limit) => session.limit,
        _ => started.elapsed(),
    };
    run.capture.finish(at, end, how)
}

/// Readable once the program has ended. It is reaped by `reap`: until then no other process can get its pid.
fn end_of(program: Pid) -> io::Result<OwnedFd> {
    if let Some(end) = system::end_of(program) {
        return Ok(end);
    }
    let (ended, ending) = io::pipe()?;
    let wait = move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(program), options) {}
        drop(ending);
    };
    let thread = thread::Builder::new().name("strobe-wait".to_owned());
    thread.spawn(wait)?;
    Ok(ended.into())
}

/// Why the loop ended.
#[derive(Clone, Copy)]
enum LoopEnd {
    Ended,
    Stopped(StopReason),
}

struct Run<'a> {
    capture: Capture<'a>,
    /// Readable once the program has ended.
    ended: OwnedFd,
    started: Instant,
    screen: Option<RawTerminal>,
}

impl<'a> Run<'a> {
    fn new(capture: Capture<'a>, started: Instant) -> Result<Run<'a>, SessionError> {
        let live = capture.session.live.as_ref();
        Ok(Run {
            screen: live.map(Live::open).transpose()?,
            ended: end_of(capture.pid)?,
            capture,
            started,
        })
    }

    /// Reads and sends until the program ends, or has to be stopped.
    fn record(&mut self) -> Result<LoopEnd, SessionError> {
        let limit = self.capture.session.limit;
        loop {
            if !self.take_steps()? {
                return Ok(LoopEnd::Stopped(StopReason::Script));
            }
            self.capture.send(usize::MAX)?;
            let now = self.started.elapsed();
            if now >= limit {
                return Ok(LoopEnd::Stopped(StopReason::Limit));
            }
            let due = self.capture.due().unwrap_or(limit).min(limit);
            let ready = self.wait(due.saturating_sub(now))?;
            if ready.cancelled {
                return Err(SessionError::Cancelled);
            }
            for stream in 0..ready.streams.len() {
                if ready.streams[stream] && self.read_some(stream)? == Took::TooMuch {
                    return Ok(LoopEnd::Stopped(StopReason::OutputLimit));
                }
            }
            if ready.screen {
                self.type_in()?;
            }
            if ready.ended {
                return Ok(LoopEnd::Ended);
            }
        }
    }

    /// Waits until there is something to do, for at most this time.
    fn wait(&self, most: Duration) -> io::Result<Ready> {
        let mut sources = self.capture.sources();
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
            self.capture
                .session
                .cancel
                .iter()
                .map(|fd| (Source::Cancel, PollFd::new(fd, PollFlags::IN))),
        );
        ready(sources, most)
    }

    /// Takes all steps that are due. Returns whether the script can go on.
    fn take_steps(&mut self) -> Result<bool, SessionError> {
        while self.capture.is_due(self.started.elapsed()) {
            let now = self.started.elapsed();
            if !self.capture.take_step(now)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads and records a stream. A terminal, which is the only stream, is read several times before the next wait; of
    /// a pipe only one write is read, as the other pipe may have the next.
    fn read_some(&mut self, stream: usize) -> Result<Took, SessionError> {
        let reads = if matches!(self.capture.ends, Ends::Pty { .. }) {
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

    /// Records, and shows, what one read of a stream returns.
    fn read(&mut self, stream: usize) -> Result<Took, SessionError> {
        let bytes = self.capture.read(stream)?;
        if bytes.is_empty() {
            return Ok(Took::Nothing);
        }
        let at = self.started.elapsed();
        let Some(screen) = &mut self.screen else {
            return Ok(self.capture.keep(stream, bytes, at)?);
        };
        let took = self.capture.keep(stream, bytes.clone(), at);
        screen.show(&bytes, self.capture.restoring())?;
        Ok(took?)
    }

    /// Passes on what the person types, and the size of their terminal.
    fn type_in(&mut self) -> Result<(), SessionError> {
        let Some(screen) = &mut self.screen else {
            return Ok(());
        };
        let (typed, size) = (screen.typed()?, screen.new_size());
        let on_pty = matches!(self.capture.ends, Ends::Pty { .. });
        if let Some((columns, rows)) = size.filter(|_| on_pty) {
            let now = self.started.elapsed();
            let resize = EventKind::Resize { columns, rows };
            self.capture.act(None, resize, now)?;
        }
        if !typed.is_empty() {
            let now = self.started.elapsed();
            self.capture.pass_on(&typed, now)?;
        }
        Ok(())
    }

    /// Kills all processes of the session, reads what they had written, and returns how the program ended.
    fn reap(&mut self) -> End {
        // What they had written stays in the channel.
        kill_session(self.capture.pid);
        if let Ends::Pty { slave, .. } = &mut self.capture.ends {
            *slave = None;
        }
        let took = self.drain();
        let end = status(self.capture.pid);
        if took == Took::TooMuch {
            End::Stopped(StopReason::OutputLimit)
        } else {
            end
        }
    }

    /// Reads until the streams end, or there is nothing for a while, or the time is up: a process outside the session
    /// may have them open, and write to them forever.
    fn drain(&mut self) -> Took {
        let begun = Instant::now();
        let silence = if matches!(self.capture.ends, Ends::Pty { .. }) {
            SILENCE
        } else {
            Duration::ZERO
        };
        while self.capture.is_open() && begun.elapsed() < AFTERWARDS {
            let Ok(ready) = ready(self.capture.sources(), silence) else {
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
}

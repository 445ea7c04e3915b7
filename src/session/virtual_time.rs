//! A run in virtual time: the tracer supplies the instants, and does its input and output through the capture.

use super::{
    Session, SessionError,
    capture::{Capture, Took},
    environment::Environment,
    namespaces::Namespace,
    repeat,
    shown::Shown,
    spawn::{Attended, Ends, exited_early, spawn_attended},
};
use crate::{
    recording::{End, Machine, Recorder, StopReason, Taken, Unseen, Varies},
    trace::{
        ClockFile, FileTimes, Halt, Host, SessionIo, TracedChild, Watch, shows_us, take_over,
        typed_input::{self, Delivery},
    },
    virtual_time::{PORTS, PROCESS_IDS, TERMINAL, UnavailableError, VirtualTime},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fs::{self, File},
    io, mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    panic::resume_unwind,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

/// How long forked children of ours may keep the program's input open.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs the session's program in virtual time and records it with `recorder`. It has started before its environment was
/// made, whose folders are of the run.
///
/// The tracer is a thread of its own: only this thread can trace the program, and it stays on one processor.
pub(super) fn run(
    session: &Session,
    settings: &VirtualTime,
    cwd: &Path,
    environment: &Environment,
    started: SystemTime,
    recorder: Recorder,
) -> Result<Taken, SessionError> {
    thread::scope(|scope| {
        let tracer = thread::Builder::new().name("strobe-trace".to_owned());
        let tracer = tracer.spawn_scoped(scope, || {
            trace(session, settings, cwd, environment, started, recorder)
        })?;
        tracer.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn trace(
    session: &Session,
    settings: &VirtualTime,
    cwd: &Path,
    environment: &Environment,
    started: SystemTime,
    recorder: Recorder,
) -> Result<Taken, SessionError> {
    if !shows_us() {
        return Err(UnavailableError::Proc.into());
    }
    let watch = Watch::new(session.limit, session.cancel.as_deref());
    let host = Host::of_this_process();
    let (traced_child, key) = TracedChild::new()?;
    let handover = Box::new(move || traced_child.prepare());
    let attend = |process| take_over(process, key, &host);
    let mut clock_file = ClockFile::new()?;
    let shared = (settings.machine == Machine::Virtual).then(|| clock_file.descriptor());
    let prepare = || FileTimes::new(started, settings.date, cwd);
    let Attended {
        spawned,
        by: traced,
        prepared: file_times,
        // Dropped last.
        mut namespace,
    } = spawn_attended(session, cwd, environment, shared, handover, prepare, attend)
        .map_err(|failure| failure.of(session))?;
    let traced = traced.ok_or_else(exited_early)?;
    if namespace.is_some() {
        clock_file.found_at(Namespace::SHARED);
    }
    let mut traced_io = TracedIo::new(Capture::new(session, environment, spawned, recorder)?)?;
    let terminal = traced_io.terminal()?;
    let outcome = traced.run(
        settings,
        clock_file,
        file_times?,
        terminal.clone(),
        &mut traced_io,
        watch,
    );
    let terminal = terminal.and_then(|name| name.into_os_string().into_string().ok());
    // On a busy machine the init takes a while to exit.
    if let Some(namespace) = &mut namespace {
        namespace.end();
    }
    // The last output, which no system call has completed.
    let mut halt = outcome.halt;
    let rest = traced_io.drain().and_then(|_| traced_io.wrote(outcome.at));
    if let (Err(error), Halt::Ended(_)) = (rest, &halt) {
        halt = error;
    }
    let mut capture = traced_io.capture;
    capture.note_varies(outcome.varies);
    let is_marked = |name: &str| session.allow.iter().all(|allowed| allowed != name);
    let differing = outcome.differing.into_iter().filter(|file| is_marked(file));
    capture.note_varies(differing.map(|file| Varies::Read(file).to_string()));
    let (end, how) = match halt {
        Halt::Ended(end) => (end, "the program ended"),
        Halt::Waits(threads) => {
            capture.note_waits(threads);
            (
                End::Stopped(StopReason::Waits),
                "every thread of the program waits for what cannot come",
            )
        }
        Halt::VirtualLimit => (
            End::Stopped(StopReason::VirtualLimit),
            "the virtual time was up",
        ),
        Halt::Limit => (End::Stopped(StopReason::Limit), "the time was up"),
        Halt::Script => (
            End::Stopped(StopReason::Script),
            "the script could not go on",
        ),
        Halt::OutputLimit => (End::Stopped(StopReason::OutputLimit), "it wrote too much"),
        Halt::Cancelled => return given_up(capture, SessionError::Cancelled),
        Halt::Unsupported { program, why } => {
            return given_up(capture, SessionError::Unsupported { program, why });
        }
        Halt::System(error) => return given_up(capture, error.into()),
    };
    let taken = capture.finish(outcome.at, end, how)?;
    // With a sink, too, they are kept: another run may be compared with them.
    let recording = taken.into_recording().map_err(io::Error::other)?;
    let recording = recording.ok_or_else(|| io::Error::other("the events were not kept"))?;
    let shown = Shown::in_recording(&recording);
    let mut reasons = Vec::new();
    if namespace.is_none() && is_marked(PROCESS_IDS) && shown.any_number(&outcome.ids) {
        reasons.push(Varies::ProcessIds.to_string());
    }
    if is_marked(PORTS) && shown.any_number(&outcome.ports) {
        reasons.push(Varies::Ports.to_string());
    }
    if namespace.is_none()
        && is_marked(TERMINAL)
        && let Some(terminal) = terminal
        && shown.terminal(&terminal)
    {
        reasons.push(Varies::Terminal(terminal).to_string());
    }
    if reasons.is_empty() {
        return Ok(recording.into());
    }
    Ok(repeat::varying(&recording, &reasons)?.into())
}

fn given_up(capture: Capture<'_>, why: SessionError) -> Result<Taken, SessionError> {
    capture.give_up();
    Err(why)
}

/// The input and output of a traced program.
struct TracedIo<'a> {
    capture: Capture<'a>,
    /// What was read of a write that has not returned, for each stream.
    pending: [Vec<u8>; 2],
    /// Delivers typed input to a terminal.
    delivery: Option<Delivery>,
}

impl<'a> TracedIo<'a> {
    fn new(capture: Capture<'a>) -> io::Result<TracedIo<'a>> {
        let delivery = slave(&capture).map(Delivery::new).transpose()?;
        Ok(TracedIo {
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
        // In a namespace of its own it is not found by its name here.
        let link = format!("/proc/self/fd/{}", slave.as_raw_fd());
        Ok(Some(fs::read_link(link)?))
    }

    /// Types the next piece of input, if the terminal has space for it. Returns whether it has.
    fn type_more(&mut self) -> io::Result<bool> {
        let next = self.capture.unsent(typed_input::PIECE).to_vec();
        let (
            Some(delivery),
            Ends::Pty {
                master,
                slave: Some(slave),
                ..
            },
        ) = (&mut self.delivery, &self.capture.ends)
        else {
            return Ok(false);
        };
        let Some(piece) = delivery.piece(master.as_fd(), slave.as_fd(), &next)? else {
            return Ok(false);
        };
        if !self.capture.send(piece.len)? {
            return Ok(false);
        }
        let Ends::Pty {
            master,
            slave: Some(slave),
            ..
        } = &self.capture.ends
        else {
            return Ok(true);
        };
        if !delivery.await_arrival(master.as_fd(), slave.as_fd(), &piece)? {
            self.capture
                .note_varies([Varies::Arrival(Unseen::Typed).to_string()]);
        }
        Ok(true)
    }
}

fn slave<'a>(capture: &'a Capture<'_>) -> Option<BorrowedFd<'a>> {
    match &capture.ends {
        Ends::Pty { slave, .. } => slave.as_ref().map(OwnedFd::as_fd),
        Ends::Pipe { .. } => None,
    }
}

/// The read end of the pipe with this write end (`proc_pid_fd(5)`).
fn reading_end(writing: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let file = File::open(format!("/proc/self/fd/{}", writing.as_raw_fd()))?;
    Ok(file.into())
}

/// Waits until nobody can write to a pipe. Returns whether that is so. A child forked by another thread of ours has
/// copies of all our descriptors until its exec; while it has, closing ours does not end the input.
fn await_end(reading: &OwnedFd, most: Duration) -> io::Result<bool> {
    let most = Timespec::try_from(most).ok();
    loop {
        let mut pipe = [PollFd::new(reading, PollFlags::empty())];
        match poll(&mut pipe, most.as_ref()) {
            Err(Errno::INTR) => {}
            waited => return Ok(waited? > 0),
        }
    }
}

impl SessionIo for TracedIo<'_> {
    fn keeps_all(&self) -> bool {
        self.capture.keeps_all()
    }

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

    fn wrote(&mut self, at: Duration) -> Result<bool, Halt> {
        for stream in 0..self.pending.len() {
            let bytes = mem::take(&mut self.pending[stream]);
            if self.capture.keep(stream, bytes, at)? == Took::TooMuch {
                return Err(Halt::OutputLimit);
            }
        }
        Ok(self.capture.has_answered())
    }

    fn due(&self) -> Option<Duration> {
        self.capture.due()
    }

    fn is_due(&mut self, at: Duration) -> bool {
        self.capture.is_due(at)
    }

    fn note_quiet(&mut self, at: Duration) -> bool {
        self.capture.note_quiet(at)
    }

    fn has_open_questions(&self) -> bool {
        self.capture.has_open_questions()
    }

    fn note_wait_for_terminal(&mut self) {
        self.capture.note_wait_for_terminal();
    }

    fn act(&mut self, at: Duration) -> Result<(), Halt> {
        if !self.capture.take_step(at)? {
            return Err(Halt::Script);
        }
        self.send_more()?;
        Ok(())
    }

    fn send_more(&mut self) -> Result<bool, Halt> {
        if !self.capture.has_unsent() {
            return Ok(false);
        }
        if self.delivery.is_some() {
            return Ok(self.type_more()?);
        }
        let stdin = self.capture.stdin_to_close().map(reading_end).transpose()?;
        let any = self.capture.send(usize::MAX)?;
        if let Some(stdin) = stdin.filter(|_| self.capture.stdin_to_close().is_none())
            && !await_end(&stdin, END_TIMEOUT)?
        {
            self.capture.note_varies([Varies::HeldOpen.to_string()]);
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use super::{AsFd, Duration, await_end, io, reading_end};

    #[test]
    fn input_held_open_and_ended_input_are_distinguished() {
        let most = Duration::from_millis(10);
        let (reading, writing) = io::pipe().unwrap();
        let held = writing.try_clone().unwrap();
        let end = reading_end(writing.as_fd()).unwrap();
        drop((reading, writing));
        assert!(!await_end(&end, most).unwrap());
        drop(held);
        // A process that another test starts has it, too, until it becomes its program.
        assert!(await_end(&end, Duration::from_secs(20)).unwrap());
    }
}

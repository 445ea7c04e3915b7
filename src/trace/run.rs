//! One run: takes a started program over, traces it to its end, and leaves nobody behind.

use super::{
    affinity::Processor,
    arch::CpuidFaulting,
    host::Host,
    proc,
    ptrace::{self, Resume, Stop},
    traced_child::TracedChild,
    tracer::Tracer,
};
use crate::{
    recording::End,
    text,
    virtual_time::{UnavailableError, VirtualTime},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process},
    thread::set_current_timer_slack,
};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, PipeWriter, Write},
    mem,
    num::NonZeroU64,
    os::fd::OwnedFd,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// How long killed processes may take to be gone.
const DEATH: Duration = Duration::from_secs(5);

/// The terminal or the pipes on which a traced program runs, and what is done to it.
pub(crate) trait SessionIo {
    /// Takes what the program has written by now, and says whether there was anything.
    fn drain(&mut self) -> Result<bool, Halt>;
    /// What was taken since the last time was one write, at this instant.
    fn wrote(&mut self, at: Duration) -> Result<(), Halt>;
    /// When the next thing is to be done; `None` where bytes, or nothing, must come first.
    fn due(&self) -> Option<Duration>;
    /// Whether something is to be done at this instant.
    fn is_due(&mut self, at: Duration) -> bool;
    /// Does it, and comes back when the system has brought it to the program.
    fn act(&mut self, at: Duration) -> Result<(), Halt>;
    /// Goes on with what could not be brought whole, and says whether any of it was.
    fn send_more(&mut self) -> Result<bool, Halt>;
}

/// Why a run is over.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The program has ended.
    Ended(End),
    /// Every thread of it waits for what cannot come: for what, a line each.
    Waits(Vec<String>),
    /// Its virtual time is up.
    VirtualLimit,
    /// Its real time is up.
    Limit,
    /// It has written too much.
    OutputLimit,
    /// The caller gives the run up.
    Cancelled,
    /// It is, or does, what virtual time cannot be given to.
    Unsupported { program: String, why: String },
    /// The system refused something.
    System(io::Error),
}

impl Halt {
    /// A process is, or does, what virtual time cannot be given to.
    pub(super) fn unsupported(process: libc::pid_t, why: &str) -> Halt {
        let program = proc::program(process);
        let name = match program.as_ref().and_then(|program| program.file_name()) {
            Some(name) => name.as_bytes().to_owned(),
            // What may not be read shows no more than the start of its name.
            None => fs::read(format!("/proc/{process}/comm")).unwrap_or_default(),
        };
        Halt::Unsupported {
            program: text::escape(name.trim_ascii_end(), 200),
            why: why.to_owned(),
        }
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::System(error)
    }
}

/// When a run is to be given up.
pub(crate) struct Watch<'a> {
    cancel: Option<&'a OwnedFd>,
    /// `None` is never.
    until: Option<Instant>,
    checks: u32,
}

impl<'a> Watch<'a> {
    /// Gives a run up when its real time is up, or this becomes readable.
    pub(crate) fn new(limit: Duration, cancel: Option<&'a OwnedFd>) -> Watch<'a> {
        Watch {
            cancel,
            until: Instant::now().checked_add(limit),
            checks: 0,
        }
    }

    /// Looks every so often whether the run is to be given up.
    pub(super) fn check_periodically(&mut self) -> Result<(), Halt> {
        /// Some hundred microseconds of turns.
        const OFTEN: u32 = 64;
        self.checks = self.checks.wrapping_add(1);
        if self.checks.is_multiple_of(OFTEN) {
            self.check()?;
        }
        Ok(())
    }

    /// Looks whether the run is to be given up.
    pub(super) fn check(&self) -> Result<(), Halt> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Err(Halt::Limit);
        }
        let Some(cancel) = self.cancel else {
            return Ok(());
        };
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        match poll(&mut [PollFd::new(cancel, PollFlags::IN)], Some(&at_once)) {
            Ok(0) | Err(_) => Ok(()),
            Ok(_) => Err(Halt::Cancelled),
        }
    }
}

/// A program that has been taken over, and stands at its first instruction. When this is dropped nobody of it is left.
pub(crate) struct Traced {
    process: Pid,
    /// Those of its threads that are known.
    threads: BTreeSet<libc::pid_t>,
    host: Host,
    _processor: Option<Processor>,
}

/// What a run gave.
pub(crate) struct Outcome {
    pub(crate) halt: Halt,
    /// When.
    pub(crate) at: Duration,
    /// Why another run may differ.
    pub(crate) varies: BTreeSet<String>,
}

/// Takes over a child that waits at its gate, and lets it become the program. `None` where it could not: it is gone then,
/// and has said why.
///
/// # Errors
/// [`UnavailableError::Ptrace`]; the child ends as its gate is closed.
pub(crate) fn take_over(
    process: Pid,
    mut key: PipeWriter,
    host: &Host,
) -> Result<Option<Traced>, UnavailableError> {
    let id = process.as_raw_nonzero().get();
    ptrace::seize(id).map_err(UnavailableError::Ptrace)?;
    let processor = Processor::take(host);
    // Rests are as short as they are meant; a system that does not know this makes them longer.
    let _ = set_current_timer_slack(Some(NonZeroU64::MIN));
    if let Some(processor) = &processor {
        processor.put(process);
    }
    // A child that has gone shows in its next report.
    let _ = key.write_all(&[1]);
    drop(key);
    loop {
        match ptrace::next_report(id) {
            None | Some(Stop::Exited(_) | Stop::Killed(_)) => return Ok(None),
            Some(Stop::Exec(_)) => {
                return Ok(Some(Traced {
                    process,
                    threads: BTreeSet::from([id]),
                    host: host.clone(),
                    _processor: processor,
                }));
            }
            Some(Stop::Signal(signal)) => ptrace::resume(id, Resume::WithSignal(signal)),
            Some(Stop::StoppedWithProcess) => ptrace::leave_stopped(id),
            Some(_) => ptrace::resume(id, Resume::Continue),
        }
    }
}

/// Finds out whether a child can be traced and filtered, by doing it to one.
pub(crate) fn try_out() -> Result<(), UnavailableError> {
    let (traced_child, key) = TracedChild::new().map_err(UnavailableError::Ptrace)?;
    // SAFETY: the child makes system calls only.
    match unsafe { libc::fork() } {
        -1 => Err(UnavailableError::Ptrace(io::Error::last_os_error())),
        0 => {
            let errno = match traced_child.prepare() {
                Ok(()) => 0,
                Err(error) => error.raw_os_error().unwrap_or(libc::EINVAL),
            };
            // SAFETY: the child ends here, and nothing of the parent's is run or flushed.
            unsafe { libc::_exit(errno) }
        }
        child => {
            let seized = ptrace::seize(child).map_err(UnavailableError::Ptrace);
            let mut key = Some(key).filter(|_| seized.is_ok());
            // A child that has gone shows in its next report.
            let _ = key.take().map(|mut key| key.write_all(&[1]));
            let errno = loop {
                match ptrace::next_report(child) {
                    Some(Stop::Exited(errno)) => break errno,
                    None | Some(Stop::Killed(_)) => break libc::EINVAL,
                    Some(_) => ptrace::resume(child, Resume::Continue),
                }
            };
            seized?;
            match errno {
                0 => Ok(()),
                errno => Err(UnavailableError::Seccomp(io::Error::from_raw_os_error(
                    errno,
                ))),
            }
        }
    }
}

impl Traced {
    /// Runs the program until it has ended or is to be ended. Nobody of it is left then.
    pub(crate) fn run(
        mut self,
        settings: &VirtualTime,
        terminal: Option<PathBuf>,
        session_io: &mut dyn SessionIo,
        watch: Watch<'_>,
    ) -> Outcome {
        let id = self.process.as_raw_nonzero().get();
        let mut tracer =
            match Tracer::new(id, self.host.clone(), settings, terminal, session_io, watch) {
                Ok(tracer) => tracer,
                Err(error) => {
                    return Outcome {
                        halt: error.into(),
                        at: Duration::ZERO,
                        varies: BTreeSet::new(),
                    };
                }
            };
        let faults_here = CpuidFaulting::new();
        let halt = tracer.run();
        drop(faults_here);
        let at = match halt {
            Halt::VirtualLimit => settings.limit,
            _ => tracer.clock.instant(),
        };
        let varies = mem::take(&mut tracer.varies);
        let known = tracer.threads.keys().chain(tracer.early.keys());
        // Those that have been taken in are gone, and their ids may be others' by now.
        self.threads = known.copied().collect();
        Outcome { halt, at, varies }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        kill(&self.threads);
    }
}

/// Kills threads, with their processes, and waits until they are gone.
fn kill(threads: &BTreeSet<libc::pid_t>) {
    for id in threads {
        // It may have gone by itself.
        let _ = Pid::from_raw(*id).map(|id| kill_process(id, Signal::KILL));
        // It may be stopped on its way to its end, where it takes no signal.
        ptrace::resume(*id, Resume::Continue);
    }
    let begun = Instant::now();
    while ptrace::has_tracees() && begun.elapsed() < DEATH {
        match ptrace::report_or_end() {
            None | Some((_, Stop::Exited(_) | Stop::Killed(_))) => thread::yield_now(),
            Some((id, Stop::Exiting)) => ptrace::resume(id, Resume::Continue),
            // One that was being made when the others were killed.
            Some((id, _)) => {
                let _ = Pid::from_raw(id).map(|id| kill_process(id, Signal::KILL));
            }
        }
    }
}

//! One run: takes over a started program, traces it until it ends, and kills what is left of it.

use super::{
    affinity::Processor,
    arch::CpuidFaulting,
    clock_page::ClockFile,
    file_times::FileTimes,
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

/// How long killed processes may take to exit.
const DEATH: Duration = Duration::from_secs(5);

/// The terminal or pipes of a traced program, and the input that the session sends to it.
pub(crate) trait SessionIo {
    /// Reads what the program has written so far. Returns whether there was anything.
    fn drain(&mut self) -> Result<bool, Halt>;
    /// Records what was read since the last call as one write at this instant. Returns whether the
    /// terminal has answered, so that there is input to deliver.
    fn wrote(&mut self, at: Duration) -> Result<bool, Halt>;
    /// When the next action is due; `None` if it waits for output first, or if there is none.
    fn due(&self) -> Option<Duration>;
    /// Whether an action is due at this instant.
    fn is_due(&mut self, at: Duration) -> bool;
    /// Every thread waits. Returns whether the next action waits for that.
    fn note_quiet(&mut self, at: Duration) -> bool;
    /// Whether the program has asked its terminal something that nobody answered.
    fn has_open_questions(&self) -> bool;
    /// Whether all that the program writes is kept, so that a log may show it.
    fn keeps_all(&self) -> bool;
    /// The program waits for its terminal.
    fn note_wait_for_terminal(&mut self);
    /// Performs the action, and returns once the kernel has delivered it to the program.
    fn act(&mut self, at: Duration) -> Result<(), Halt>;
    /// Continues an action that could only be delivered in part. Returns whether any more was delivered.
    fn send_more(&mut self) -> Result<bool, Halt>;
}

/// Why a run ended.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The program ended.
    Ended(End),
    /// Every thread waits for something that cannot happen; one line for each.
    Waits(Vec<String>),
    /// Its virtual time is up.
    VirtualLimit,
    /// Its real time is up.
    Limit,
    /// It has written too much.
    OutputLimit,
    /// The session cannot do what is due.
    Script,
    /// The caller cancelled the run.
    Cancelled,
    /// The program, or something it does, is not supported in virtual time.
    Unsupported { program: String, why: String },
    /// A system call of the tracer failed.
    System(io::Error),
}

impl Halt {
    /// A process, or something it does, is not supported in virtual time.
    pub(super) fn unsupported(process: libc::pid_t, why: &str) -> Halt {
        let program = proc::program(process);
        let name = match program.as_ref().and_then(|program| program.file_name()) {
            Some(name) => name.as_bytes().to_owned(),
            // The program may not be read: `comm` has the first bytes of its name.
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

/// When to give up on a run.
pub(crate) struct Watch<'a> {
    cancel: Option<&'a OwnedFd>,
    /// `None` is never.
    until: Option<Instant>,
    checks: u32,
}

impl<'a> Watch<'a> {
    /// Gives up when this much real time has passed, or `cancel` becomes readable.
    pub(crate) fn new(limit: Duration, cancel: Option<&'a OwnedFd>) -> Watch<'a> {
        Watch {
            cancel,
            until: Instant::now().checked_add(limit),
            checks: 0,
        }
    }

    /// Checks now and then whether to give up.
    pub(super) fn check_periodically(&mut self) -> Result<(), Halt> {
        /// A few hundred microseconds of turns.
        const OFTEN: u32 = 64;
        self.checks = self.checks.wrapping_add(1);
        if self.checks.is_multiple_of(OFTEN) {
            self.check()?;
        }
        Ok(())
    }

    /// Checks whether to give up.
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

/// A program that is being traced and has stopped at its first instruction. Dropping this kills all of its processes.
pub(crate) struct Traced {
    process: Pid,
    /// Its known threads.
    threads: BTreeSet<libc::pid_t>,
    host: Host,
    _processor: Option<Processor>,
}

/// The result of a run.
pub(crate) struct Outcome {
    pub(crate) halt: Halt,
    /// The instant at which it ended.
    pub(crate) at: Duration,
    /// Why another run may differ.
    pub(crate) varies: BTreeSet<String>,
    /// The files that it has read and that differ from run to run, by name.
    pub(crate) differing: BTreeSet<String>,
    /// The ids of its processes and threads, and of ours.
    pub(crate) ids: BTreeSet<libc::pid_t>,
    /// The ports that the system has chosen for its sockets.
    pub(crate) ports: BTreeSet<i32>,
}

/// Takes over a child that waits at its gate, and lets it execute the program. `None` if it exited before exec; it has
/// reported the error itself.
///
/// # Errors
/// [`UnavailableError::Ptrace`]; the child exits, as its gate is closed.
pub(crate) fn take_over(
    process: Pid,
    mut key: PipeWriter,
    host: &Host,
) -> Result<Option<Traced>, UnavailableError> {
    let id = process.as_raw_nonzero().get();
    ptrace::seize(id).map_err(UnavailableError::Ptrace)?;
    let processor = Processor::take(host);
    // Makes short sleeps as short as asked for. Where the kernel refuses, they take longer.
    let _ = set_current_timer_slack(Some(NonZeroU64::MIN));
    if let Some(processor) = &processor {
        processor.put(process);
    }
    // If the child is gone, its next wait status says so.
    let _ = key.write_all(&[1]);
    drop(key);
    loop {
        match ptrace::wait_stop(id) {
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
            Some(Stop::Group) => ptrace::listen(id),
            Some(_) => ptrace::resume(id, Resume::Continue),
        }
    }
}

/// Finds out whether a child can be traced and filtered, by trying it.
pub(crate) fn try_out() -> Result<(), UnavailableError> {
    if !proc::shows_us() {
        return Err(UnavailableError::Proc);
    }
    let (traced_child, key) = TracedChild::new().map_err(UnavailableError::Ptrace)?;
    // SAFETY: the child only makes system calls.
    match unsafe { libc::fork() } {
        -1 => Err(UnavailableError::Ptrace(io::Error::last_os_error())),
        0 => {
            let errno = match traced_child.prepare() {
                Ok(()) => 0,
                Err(error) => error.raw_os_error().unwrap_or(libc::EINVAL),
            };
            // SAFETY: the child exits here; no destructor of the parent runs, and no buffer of it is flushed.
            unsafe { libc::_exit(errno) }
        }
        child => {
            let seized = ptrace::seize(child).map_err(UnavailableError::Ptrace);
            let mut key = Some(key).filter(|_| seized.is_ok());
            // If the child is gone, its next wait status says so.
            let _ = key.take().map(|mut key| key.write_all(&[1]));
            let errno = loop {
                match ptrace::wait_stop(child) {
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
    /// Runs the program until it ends or the tracer gives up. None of its processes are left then.
    pub(crate) fn run(
        mut self,
        settings: &VirtualTime,
        clock_file: ClockFile,
        file_times: FileTimes,
        terminal: Option<PathBuf>,
        session_io: &mut dyn SessionIo,
        watch: Watch<'_>,
    ) -> Outcome {
        let id = self.process.as_raw_nonzero().get();
        let host = self.host.clone();
        let mut tracer = match Tracer::new(
            id, host, clock_file, settings, file_times, terminal, session_io, watch,
        ) {
            Ok(tracer) => tracer,
            Err(error) => {
                return Outcome {
                    halt: error.into(),
                    at: Duration::ZERO,
                    varies: BTreeSet::new(),
                    differing: BTreeSet::new(),
                    ids: BTreeSet::new(),
                    ports: BTreeSet::new(),
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
        let differing = mem::take(&mut tracer.differing);
        let ids = mem::take(&mut tracer.ids);
        let ports = tracer.external.sockets.take_ports();
        let known = tracer.threads.keys().chain(tracer.early.keys());
        // Threads that were reaped are not among them: their ids may have been reused.
        self.threads = known.copied().collect();
        Outcome {
            halt,
            at,
            varies,
            differing,
            ids,
            ports,
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        kill(&self.threads);
    }
}

/// Kills threads with their processes, and waits until they are gone.
fn kill(threads: &BTreeSet<libc::pid_t>) {
    for id in threads {
        // It may have exited by itself.
        let _ = Pid::from_raw(*id).map(|id| kill_process(id, Signal::KILL));
        // It may be in its exit stop, where a signal does not end it.
        ptrace::resume(*id, Resume::Continue);
    }
    let begun = Instant::now();
    while ptrace::has_tracees() && begun.elapsed() < DEATH {
        match ptrace::poll_stop_or_exit() {
            None | Some((_, Stop::Exited(_) | Stop::Killed(_))) => thread::yield_now(),
            Some((id, Stop::Exiting)) => ptrace::resume(id, Resume::Continue),
            // It was being cloned when the others were killed.
            Some((id, _)) => {
                let _ = Pid::from_raw(id).map(|id| kill_process(id, Signal::KILL));
            }
        }
    }
}

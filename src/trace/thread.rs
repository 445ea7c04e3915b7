//! A traced thread, as the tracer knows it.

use super::{
    arch::Registers,
    blocked::{Probe, Sleep},
    clock::Base,
    clock_page::Slot,
    external::Reach,
    host::Host,
    polling::ClockReads,
    ptrace::Resume,
    spin_loops::Computation,
    syscall::{
        linux_aio::Submitted, objects::SystemV, processor::Affinity, table,
        terminal_read::TerminalRead, time_out::Wait, wake_ups::Waits,
    },
};
use libc::pid_t;

/// A traced thread.
pub(super) struct Thread {
    /// The process that it belongs to.
    pub(super) process: pid_t,
    /// Its number in creation order. Threads that are woken together queue in this order.
    pub(super) creation: u64,
    pub(super) state: State,
    pub(super) probe: Probe,
    /// The call that it is in, if the tracer waits for its end.
    pub(super) call: Option<Call>,
    /// A wait that a signal has ended, and that may be made again with what is left of its time.
    pub(super) ended_early: Option<EndedEarly>,
    /// Reads of clocks, and failed polls, since it last made another call.
    pub(super) clock_reads: ClockReads,
    pub(super) polls: u64,
    /// Calls since it last got its turn.
    pub(super) calls: u32,
    /// Turns since it last waited.
    pub(super) turns: u64,
    /// What is known of its present computation.
    pub(super) computation: Computation,
    /// It is being interrupted so that it stands outside the kernel.
    pub(super) is_pulled_out: bool,
    /// A child has been there that its call waits for, since it has its turn.
    pub(super) child_is_ready: bool,
    /// `cpuid` faults, or cannot.
    pub(super) cpuid_faults: bool,
    /// Its place on the clock page, once it has waited for readiness.
    pub(super) slot: Option<Slot>,
    /// The read of a terminal with a timer that it makes.
    pub(super) reading: Option<TerminalRead>,
    /// The sleep in which it was last seen.
    pub(super) sleep: Option<Sleep>,
    /// What it submits to Linux AIO.
    pub(super) submitted: Option<Submitted>,
    /// How far what it waits for reaches, once that has been asked.
    pub(super) reach: Option<Reach>,
}

/// What a thread is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has been made, and has not reported itself.
    New,
    /// It has its turn.
    Running,
    /// It is stopped, and resumes like this when its turn comes.
    Ready(Next),
    /// It waits in a call.
    Waiting,
    /// It is stopped at the entry of a call until another thread has come back from such a call.
    HeldAtEntry,
    /// It is stopped on its way to its end.
    Exiting,
    /// It has left a call for a signal, and reports that next.
    Signalled,
    /// It waits until a process that it made has become another program or ended.
    WaitingForVfork,
    /// Its process was stopped.
    Stopped,
    /// It has ended, and its process has not.
    Ended,
}

/// What comes first when a thread's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Resume(Resume),
    /// The entry of a system call.
    Entry,
    /// The exit of a system call.
    Exit,
}

/// A call while it is made.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The registers with which the program made it.
    pub(super) entry: Registers,
    /// When, in nanoseconds since the start.
    pub(super) from: u64,
    pub(super) wait: Wait,
    pub(super) then: Then,
    /// Its time is up, and it is being ended.
    pub(super) is_due: bool,
    pub(super) step: Step,
}

/// What the thread does inside the kernel for its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The call itself.
    Call,
    /// It waits until the call would not block.
    Readiness,
    /// The call itself, for a child, in such a way that it does not block.
    Child,
    /// It waits until the tracer finds that a terminal has enough bytes, or the terminal's time is up.
    MoreBytes,
}

/// A wait that a signal has ended before its time.
#[derive(Clone, Copy)]
pub(super) struct EndedEarly {
    /// The registers with which the program made the call.
    pub(super) entry: Registers,
    /// The call is not made again by the system: it gives `EINTR` even where nothing handles the signal.
    pub(super) is_final: bool,
    pub(super) wait: Wait,
}

/// What is done when a call has been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// Something may have been written to the terminal or the pipes.
    DrainOutput,
    /// It moved others that need not have been blocked: they come to rest before the thread resumes.
    WaitUntilQuiescent,
    /// Where the system found the clock, its time is replaced; `None` is one that has no virtual time.
    ReadClock(Option<Base>),
    /// Where the system found the clock, sleeping by it is not supported.
    RefuseSleep,
    /// Where the system found the process, its processors are replaced.
    Affinity(Affinity),
    /// Its thread-local memory is set, and `cpuid` faults unless the processor cannot.
    ThreadMemory,
    /// A time that was computed, in memory at this address, is taken away.
    HideCpuTimes(u64),
    /// A timer was made, by this clock; `None` is one that has no virtual time.
    NoteTimer(Option<Base>),
    NoteTimerFile(Option<Base>),
    /// What it gave is a socket whose other end is outside.
    NoteSocket,
    /// The same, of a connection that was taken.
    NoteAccepted,
    /// What it returns is an object of System V that nobody outside knows.
    NotePrivate(SystemV),
    /// It submitted requests to Linux AIO: they are completed before the thread resumes.
    Complete,
}

impl Thread {
    pub(super) fn new(thread: pid_t, process: pid_t, creation: u64, host: &Host) -> Thread {
        Thread {
            process,
            creation,
            state: State::New,
            probe: Probe::new(thread, host),
            call: None,
            ended_early: None,
            clock_reads: ClockReads::NONE,
            polls: 0,
            calls: 0,
            turns: 0,
            computation: Computation::default(),
            is_pulled_out: false,
            child_is_ready: false,
            cpuid_faults: false,
            slot: None,
            reading: None,
            sleep: None,
            submitted: None,
            reach: None,
        }
    }

    /// What it is blocked for, if it is.
    pub(super) fn waits(&self) -> Waits {
        match (self.state, &self.call) {
            (State::Waiting, Some(call)) => {
                table::of(call.entry.call()).map_or(Waits::NONE, |row| row.waits)
            }
            (State::Waiting, None) => Waits::ANY,
            _ => Waits::NONE,
        }
    }

    /// It has made a call that is neither a read of a clock nor a failed poll.
    pub(super) fn reset_polling(&mut self) {
        self.clock_reads = ClockReads::NONE;
        self.polls = 0;
    }

    /// Whether it is stopped, or will report before it resumes: a call that the filter does not report can end without.
    pub(super) fn reports_before_running(&self) -> bool {
        self.state != State::Waiting || self.call.is_some()
    }
}

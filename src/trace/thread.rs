//! The state that the tracer keeps for a traced thread.

use super::{
    arch::Registers,
    blocked::{Probe, Sleep},
    calibration::Calibration,
    clock::Base,
    clock_cost::ClockReads,
    clock_page::Slot,
    external::Reach,
    host::Host,
    ptrace::Resume,
    spin_loops::Computation,
    syscall::{
        linux_aio::Submitted, messages::Messages, objects::SystemV, processor::Affinity, table,
        terminal_read::TerminalRead, time_out::Wait, wake_ups::Waits,
    },
};
use libc::pid_t;

/// A traced thread.
pub(super) struct Thread {
    /// Its process (thread group).
    pub(super) process: pid_t,
    /// When it was created, in nanoseconds since the start.
    pub(super) born: u64,
    /// Its number in creation order. Threads that are woken together queue in this order.
    pub(super) creation: u64,
    pub(super) state: State,
    pub(super) probe: Probe,
    /// The system call that it is in, if the tracer handles the exit.
    pub(super) call: Option<Call>,
    /// A wait that a signal has interrupted and that may be restarted with the remaining time.
    pub(super) ended_early: Option<EndedEarly>,
    /// Clock reads, and failed polls, since its last other system call.
    pub(super) clock_reads: ClockReads,
    pub(super) polls: u64,
    /// System calls in this turn.
    pub(super) calls: u32,
    /// Turns since it last waited.
    pub(super) turns: u64,
    /// What is known of its current computation.
    pub(super) computation: Computation,
    pub(super) calibration: Calibration,
    /// It is being interrupted, so that it leaves the kernel.
    pub(super) is_pulled_out: bool,
    /// The read that it restarts in the kernel, which keeps the file: the descriptor is about to be closed.
    pub(super) keeps_file: Option<Registers>,
    /// In this turn, a child that it waits for has become ready.
    pub(super) child_is_ready: bool,
    /// Its `cpuid` faults, or the processor cannot do that.
    pub(super) cpuid_faults: bool,
    /// Its slot on the clock page, once it has waited for readiness.
    pub(super) slot: Option<Slot>,
    /// The terminal read with a timer that it is in.
    pub(super) reading: Option<TerminalRead>,
    /// The sleep in which it was last seen.
    pub(super) sleep: Option<Sleep>,
    /// The messages that it has received in its `recvmmsg` with a time-out.
    pub(super) messages: Option<Messages>,
    /// What it is submitting to Linux AIO.
    pub(super) submitted: Option<Submitted>,
    /// Who can use what it waits for, once that has been determined.
    pub(super) reach: Option<Reach>,
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was cloned and has not yet stopped for the first time.
    New,
    /// It has the turn.
    Running,
    /// It is stopped, and resumes like this on its turn.
    Ready(Next),
    /// It is blocked in a system call.
    Waiting,
    /// It is stopped at the entry of a write until another thread returns from a write to the same object.
    HeldAtEntry,
    /// It is in its exit stop.
    Exiting,
    /// It has left a system call for a signal, and the signal-delivery-stop comes next.
    Signalled,
    /// It waits in `vfork` until the child executes a program or exits.
    WaitingForVfork,
    /// Its process is in a group-stop.
    Stopped,
    /// It has ended, but its process has not.
    Ended,
}

/// What a thread does first on its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Resume(Resume),
    /// The entry of a system call.
    Entry,
    /// The exit of a system call.
    Exit,
}

/// A system call between entry and exit.
#[derive(Clone, Copy)]
pub(super) struct Call {
    /// The registers at entry.
    pub(super) entry: Registers,
    /// The instant of the entry, in nanoseconds since the start.
    pub(super) from: u64,
    /// The number of the entry, which a restart keeps.
    pub(super) number: u64,
    pub(super) wait: Wait,
    pub(super) then: Then,
    /// Its time is up, and it is being interrupted.
    pub(super) is_due: bool,
    pub(super) step: Step,
}

/// What the thread does in the kernel for its system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The call itself.
    Call,
    /// It waits until the call would not block.
    Readiness,
    /// The call itself, waiting for a child, changed so that it does not block.
    Child,
    /// The call itself, changed so that it receives one message.
    Message,
    /// It waits until the terminal has enough bytes, as the tracer checks, or its time is up.
    MoreBytes,
}

/// A wait that a signal has interrupted.
#[derive(Clone, Copy)]
pub(super) struct EndedEarly {
    pub(super) call: Call,
    /// The kernel does not restart the call: it returns `EINTR` even if nothing handles the signal.
    pub(super) is_final: bool,
}

/// What to do at the exit of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    /// Something may have been written to the terminal or the pipes.
    DrainOutput,
    /// It may have moved threads that were not blocked: the thread resumes once all threads are quiescent.
    WaitUntilQuiescent,
    /// If the kernel has found the clock, its time is replaced; `None` is a clock without virtual time.
    ReadClock(Option<Base>),
    /// If the kernel has found the clock, sleeping by it is not supported.
    RefuseSleep,
    /// If the kernel has found the process, its CPU set is replaced.
    Affinity(Affinity),
    /// It has read or written one of Python's compiled files, in which a time is translated.
    ReadCompiled,
    WriteCompiled,
    /// It has returned a file's times, which are translated.
    TranslateTimes,
    /// Thread-local memory is set, and `cpuid` faults from now on if the processor can do that.
    ThreadMemory,
    /// It returns this.
    Return(i64),
    /// The names of the host are hidden.
    HideNames,
    /// The uptime is hidden.
    HideUptime,
    /// The usage of resources at this address is hidden.
    HideUsage(u64),
    /// It returns a timer by this clock; `None` is a clock without virtual time.
    NoteTimer(Option<Base>),
    NoteTimerFile(Option<Base>),
    /// It returns a socket of this family, whose other end may be outside.
    NoteSocket(i32),
    /// It binds a socket to a port of the system's choice.
    NotePort,
    /// It connects a socket, perhaps to the outside.
    NoteConnected,
    /// It returns the socket of an accepted connection.
    NoteAccepted,
    /// It returns a private System V object.
    NotePrivate(SystemV),
    /// It submitted requests to Linux AIO: they complete before the thread resumes.
    Complete,
}

impl Thread {
    pub(super) fn new(thread: pid_t, process: pid_t, creation: u64, host: &Host) -> Thread {
        Thread {
            process,
            born: 0,
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
            calibration: Calibration::default(),
            is_pulled_out: false,
            keeps_file: None,
            child_is_ready: false,
            cpuid_faults: false,
            slot: None,
            reading: None,
            sleep: None,
            messages: None,
            submitted: None,
            reach: None,
        }
    }

    /// What it is blocked on, if it is.
    pub(super) fn waits(&self) -> Waits {
        match (self.state, &self.call) {
            (State::Waiting, Some(call)) => {
                table::of(call.entry.call()).map_or(Waits::NONE, |row| row.waits)
            }
            (State::Waiting, None) => Waits::ANY,
            _ => Waits::NONE,
        }
    }

    /// It has made a system call that is neither a clock read nor a failed poll.
    pub(super) fn reset_polling(&mut self) {
        self.clock_reads = ClockReads::NONE;
        self.polls = 0;
    }

    /// Whether it is stopped, or will stop before it runs: a system call that the filter does not report can return
    /// without a stop.
    pub(super) fn stops_before_running(&self) -> bool {
        self.state != State::Waiting || self.call.is_some()
    }
}

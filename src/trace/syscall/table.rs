//! Every system call of the architecture, one row each: whether the filter reports it, which family handles it, what it
//! may wait for and until when, and which waits it may end.
//!
//! These rows are used by the seccomp filter ([`super::bpf`]), dispatch ([`super`]), the decoding of
//! time-outs ([`super::time_out`]) and of what a wait is for ([`super::objects`]), causal order ([`super::wake_ups`]),
//! and the log. System calls that only one architecture has are rows of `arch`.

use super::{
    clock_read::ClockRead,
    descriptor::Closes,
    objects::Objects,
    signal::{self, Sends},
    time_out::{Kind, TimeOut},
    timer::TimerCall,
    wake_ups::Waits,
};
use crate::trace::{arch, clock::Base, memory::Unit};
use libc::{ENOSYS, EPERM};
use syscalls::Sysno;

/// What the tracer knows of a system call.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Row {
    pub(in crate::trace) call: Sysno,
    /// How many arguments it has.
    pub(in crate::trace) arguments: u8,
    pub(in crate::trace) family: Family,
    /// When the filter reports or refuses it; it is allowed if no rule matches.
    pub(in crate::trace) rules: &'static [Rule],
    /// What it may wait for.
    pub(in crate::trace) waits: Waits,
    /// Which waits it may end.
    pub(in crate::trace) wakes: Waits,
    /// Where its arguments say what it waits for.
    pub(in crate::trace) objects: Objects,
    /// Where its arguments say how long it waits.
    pub(in crate::trace) time_out: TimeOut,
}

/// System calls that are handled alike, by one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Family {
    /// The filter does not report it.
    Unseen,
    /// A ptrace event reports its effect.
    Event,
    /// The same, and it closes descriptors.
    Exec,
    /// It may block, or wake others, and needs nothing else.
    Plain,
    Aio,
    Attribute,
    Clock(ClockRead),
    /// It changes a file, and so its times.
    ChangeFile,
    Child,
    CpuLimit,
    Descriptor(Closes),
    Processor,
    Random,
    Read,
    Send,
    SetFileTimes,
    Signal(Sends),
    /// It asks for a signal.
    Notify,
    Sleep,
    Socket,
    /// It returns a file's times. Only the code that translates them ([`crate::trace::mapped_code`]) makes it unseen.
    Stat,
    /// It describes the machine.
    System,
    SystemV,
    Terminal,
    /// Specific to one architecture: the address of thread-local memory.
    ThreadMemory,
    SocketOption,
    Timer(TimerCall),
    /// It makes a descriptor by which a thread learns what others do with files.
    Watch,
    Write,
    Yield,
}

/// When a system call is reported or refused.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Rule {
    /// `None` matches any arguments.
    pub(in crate::trace) when: Option<Argument>,
    pub(in crate::trace) verdict: Verdict,
}

/// Matches if the lower half of an argument, masked, is one of these values.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Argument {
    pub(in crate::trace) index: u8,
    pub(in crate::trace) mask: u32,
    pub(in crate::trace) values: &'static [u32],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Verdict {
    Report,
    /// It fails with this error; 0 means success without effect.
    Refuse(i32),
}

const REPORTED: &[Rule] = &[Rule {
    when: None,
    verdict: Verdict::Report,
}];

/// A system call that the filter reports with any arguments.
pub(in crate::trace) const fn row(call: Sysno, arguments: u8, family: Family) -> Row {
    Row {
        call,
        arguments,
        family,
        rules: REPORTED,
        waits: Waits::NONE,
        wakes: Waits::NONE,
        objects: Objects::None,
        time_out: TimeOut::None,
    }
}

/// A system call that always fails.
const fn refused(call: Sysno, rules: &'static [Rule]) -> Row {
    row(call, 0, Family::Unseen).when(rules)
}

impl Row {
    pub(in crate::trace) const fn when(mut self, rules: &'static [Rule]) -> Row {
        self.rules = rules;
        self
    }

    pub(in crate::trace) const fn waits(mut self, waits: Waits, objects: Objects) -> Row {
        self.waits = waits;
        self.objects = objects;
        self
    }

    pub(in crate::trace) const fn wakes(mut self, wakes: Waits) -> Row {
        self.wakes = wakes;
        self
    }

    pub(in crate::trace) const fn time_out(mut self, time_out: TimeOut) -> Row {
        self.time_out = time_out;
        self
    }

    /// It waits for readiness.
    pub(in crate::trace) const fn polls(self, objects: Objects) -> Row {
        self.waits(Waits::READINESS, objects)
    }

    /// Whether the filter reports it, at least with some arguments.
    #[cfg(test)]
    pub(in crate::trace) fn is_reported(&self) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.verdict == Verdict::Report)
    }
}

const fn always(verdict: Verdict) -> Rule {
    Rule {
        when: None,
        verdict,
    }
}

pub(in crate::trace) const fn reported_if(index: u8, values: &'static [u32]) -> Rule {
    when(index, u32::MAX, values, Verdict::Report)
}

/// `open`'s flags, in this argument, create a file or truncate it.
pub(in crate::trace) const fn creates(index: u8) -> Rule {
    const CREATE: u32 = libc::O_CREAT as u32;
    const TRUNCATE: u32 = libc::O_TRUNC as u32;
    const UNNAMED: u32 = libc::O_TMPFILE as u32 & !(libc::O_DIRECTORY as u32);
    when(
        index,
        CREATE | TRUNCATE | UNNAMED,
        &[CREATE, TRUNCATE, CREATE | TRUNCATE, UNNAMED],
        Verdict::Report,
    )
}

const fn when(index: u8, mask: u32, values: &'static [u32], verdict: Verdict) -> Rule {
    Rule {
        when: Some(Argument {
            index,
            mask,
            values,
        }),
        verdict,
    }
}

/// The part of an argument that a filter can load at once.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
const fn low(argument: u64) -> u32 {
    argument as u32
}

/// `futex`'s operations that wait or wake, without flags.
const FUTEX_OPERATIONS: Rule = when(
    1,
    127,
    &[
        libc::FUTEX_WAIT as u32,
        libc::FUTEX_WAIT_BITSET as u32,
        libc::FUTEX_LOCK_PI as u32,
        libc::FUTEX_LOCK_PI2 as u32,
        libc::FUTEX_WAIT_REQUEUE_PI as u32,
        libc::FUTEX_WAKE as u32,
        libc::FUTEX_WAKE_BITSET as u32,
        libc::FUTEX_WAKE_OP as u32,
        libc::FUTEX_REQUEUE as u32,
        libc::FUTEX_CMP_REQUEUE as u32,
        libc::FUTEX_CMP_REQUEUE_PI as u32,
        libc::FUTEX_UNLOCK_PI as u32,
    ],
    Verdict::Report,
);
/// Terminal requests: the one that unlocks a new terminal, which cannot be opened before; and those that may type
/// input, send a signal, or let a reader or writer resume (`ioctl_tty(2)`). Requests of signals.
const TERMINAL_REQUESTS: Rule = reported_if(
    1,
    &[
        low(libc::TIOCSPTLCK),
        low(libc::TCSETS),
        low(libc::TCSETSW),
        low(libc::TCSETSF),
        low(libc::TCSETA),
        low(libc::TCSETAW),
        low(libc::TCSETAF),
        0x402c_542b, // TCSETS2
        0x402c_542c, // TCSETSW2
        0x402c_542d, // TCSETSF2
        low(libc::TCSBRK),
        low(libc::TCSBRKP),
        low(libc::TCXONC),
        low(libc::TCFLSH),
        low(libc::TIOCSTI),
        low(libc::TIOCSWINSZ),
        low(libc::TIOCNOTTY),
        low(libc::TIOCVHANGUP),
        low(libc::TIOCSIG),
        signal::FIOASYNC,
        signal::FIOSETOWN,
        signal::SIOCSPGRP,
    ],
);
/// `fcntl`'s requests that wait for a lock, release one, or enlarge a pipe; and those of signals.
const FILE_REQUESTS: &[Rule] = &[
    reported_if(
        1,
        &[
            libc::F_SETLKW as u32,
            libc::F_OFD_SETLKW as u32,
            libc::F_SETLK as u32,
            libc::F_OFD_SETLK as u32,
            libc::F_SETPIPE_SZ as u32,
            libc::F_SETOWN as u32,
            signal::F_SETSIG,
            signal::F_SETOWN_EX,
            signal::F_SETLEASE,
            signal::F_NOTIFY,
        ],
    ),
    when(
        2,
        libc::O_ASYNC as u32,
        &[libc::O_ASYNC as u32],
        Verdict::Report,
    ),
];
/// Time-outs of a socket, in both widths, how many bytes wake its reader, and whether small writes are delayed.
const SOCKET_OPTIONS: Rule = reported_if(
    2,
    &[
        libc::SO_RCVTIMEO as u32,
        libc::SO_SNDTIMEO as u32,
        66, // SO_RCVTIMEO_NEW
        67, // SO_SNDTIMEO_NEW
        libc::SO_RCVLOWAT as u32,
        libc::TCP_NODELAY as u32,
    ],
);
/// A read at an offset near the start, where all of a file in `/proc` is.
const START: &[Rule] = &[when(3, 0xffff_f000, &[0], Verdict::Report)];
/// The key of a System V object without a key: nobody else knows an object created with it.
const IPC_PRIVATE: Rule = reported_if(0, &[libc::IPC_PRIVATE as u32]);
/// `prctl`'s attributes that the tracer sets, or depends on.
const ATTRIBUTES: &[Rule] = &[
    reported_if(
        0,
        &[
            libc::PR_SET_SECCOMP as u32,
            libc::PR_GET_SECCOMP as u32,
            libc::PR_GET_TSC as u32,
        ],
    ),
    when(
        0,
        u32::MAX,
        &[libc::PR_SET_TSC as u32],
        Verdict::Refuse(EPERM),
    ),
    // The tracer could not write times into a process that hides its memory. The call seems to succeed.
    when(
        0,
        u32::MAX,
        &[libc::PR_SET_DUMPABLE as u32],
        Verdict::Refuse(0),
    ),
];
/// An untraced thread. One that shares its creator's memory is `LeakSanitizer`'s, which would trace the process itself.
const UNTRACED: &[Rule] = &[
    when(
        0,
        (libc::CLONE_VM | libc::CLONE_UNTRACED) as u32,
        &[(libc::CLONE_VM | libc::CLONE_UNTRACED) as u32],
        Verdict::Report,
    ),
    when(
        0,
        libc::CLONE_UNTRACED as u32,
        &[libc::CLONE_UNTRACED as u32],
        Verdict::Refuse(EPERM),
    ),
];
const SECCOMP_MODE: Rule = reported_if(
    0,
    &[libc::SECCOMP_SET_MODE_STRICT, libc::SECCOMP_SET_MODE_FILTER],
);
const CPU_LIMIT: &[Rule] = &[reported_if(0, &[libc::RLIMIT_CPU])];
const CPU_LIMIT_OF_ANOTHER: &[Rule] = &[reported_if(1, &[libc::RLIMIT_CPU])];
/// They would change the system's clocks, or trace a process that is already traced.
const NOT_PERMITTED: &[Rule] = &[always(Verdict::Refuse(EPERM))];
/// Libraries have fallbacks for these: `clone3`, whose flags a filter cannot see; `rseq`, which shows the processor's
/// number without a system call; `io_uring`, whose waits the tracer cannot see.
const MISSING: &[Rule] = &[always(Verdict::Refuse(ENOSYS))];

const fn relative(argument: usize, unit: Unit, kind: Kind) -> TimeOut {
    TimeOut::Relative {
        argument,
        unit,
        kind,
        writes_remaining: false,
    }
}

/// The system calls that the tracer handles, on every architecture.
const ROWS: &[Row] = &[
    // Read a clock, or CPU time.
    row(Sysno::clock_gettime, 2, Family::Clock(ClockRead::Time)),
    row(Sysno::gettimeofday, 2, Family::Clock(ClockRead::TimeOfDay)),
    row(Sysno::times, 1, Family::Clock(ClockRead::Ticks)),
    row(Sysno::getrusage, 2, Family::Clock(ClockRead::CpuTime)),
    // Sleep.
    row(Sysno::nanosleep, 2, Family::Sleep)
        .waits(Waits::SIGNAL, Objects::Time)
        .time_out(TimeOut::Sleep),
    row(Sysno::clock_nanosleep, 4, Family::Sleep)
        .waits(Waits::SIGNAL, Objects::Time)
        .time_out(TimeOut::ClockSleep),
    row(Sysno::sched_yield, 0, Family::Yield),
    // Poll.
    row(Sysno::ppoll, 5, Family::Plain)
        .polls(Objects::Polled)
        .time_out(TimeOut::Relative {
            argument: 2,
            unit: Unit::Nanoseconds,
            kind: Kind::Ready,
            writes_remaining: true,
        }),
    row(Sysno::pselect6, 6, Family::Plain)
        .polls(Objects::Selected)
        .time_out(TimeOut::Relative {
            argument: 4,
            unit: Unit::Nanoseconds,
            kind: Kind::Sets,
            writes_remaining: true,
        }),
    row(Sysno::epoll_pwait, 6, Family::Plain)
        .polls(Objects::Descriptors(&[0]))
        .time_out(TimeOut::Milliseconds(3)),
    row(Sysno::epoll_pwait2, 6, Family::Plain)
        .polls(Objects::Descriptors(&[0]))
        .time_out(relative(3, Unit::Nanoseconds, Kind::Ready)),
    row(Sysno::epoll_ctl, 4, Family::Plain).wakes(Waits::READINESS),
    // Wait on a futex, or wake its waiters.
    row(Sysno::futex, 6, Family::Plain)
        .when(&[FUTEX_OPERATIONS])
        .waits(Waits::FUTEX, Objects::Futex)
        .wakes(Waits::FUTEX)
        .time_out(TimeOut::Futex),
    row(Sysno::futex_wait, 6, Family::Plain)
        .waits(Waits::FUTEX, Objects::NewFutex)
        .wakes(Waits::FUTEX)
        .time_out(TimeOut::NewFutex { time: 4, clock: 5 }),
    row(Sysno::futex_waitv, 5, Family::Plain)
        .waits(Waits::FUTEX, Objects::Futexes)
        .wakes(Waits::FUTEX)
        .time_out(TimeOut::NewFutex { time: 3, clock: 4 }),
    row(Sysno::futex_wake, 4, Family::Plain).wakes(Waits::FUTEX),
    row(Sysno::futex_requeue, 4, Family::Plain).wakes(Waits::FUTEX),
    // Read.
    row(Sysno::read, 3, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::readv, 3, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::pread64, 4, Family::Read).when(START),
    row(Sysno::preadv, 5, Family::Read).when(START),
    row(Sysno::preadv2, 6, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::recvfrom, 6, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::recvmsg, 3, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::recvmmsg, 5, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS)
        .time_out(TimeOut::Messages(4)),
    row(Sysno::accept, 3, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    row(Sysno::accept4, 4, Family::Read)
        .waits(Waits::DATA, Objects::Descriptors(&[0]))
        .wakes(Waits::SPACE_OR_READINESS),
    // Write.
    row(Sysno::write, 3, Family::Write)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::writev, 3, Family::Write)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::pwrite64, 4, Family::Write)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::pwritev, 5, Family::Write)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::pwritev2, 6, Family::Write)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::sendto, 6, Family::Send)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::sendmsg, 3, Family::Send)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::sendmmsg, 4, Family::Send)
        .waits(Waits::SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::DATA_OR_READINESS),
    row(Sysno::splice, 6, Family::Write)
        .waits(Waits::DATA_OR_SPACE, Objects::Descriptors(&[0, 2]))
        .wakes(Waits::IO),
    row(Sysno::tee, 4, Family::Write)
        .waits(Waits::DATA_OR_SPACE, Objects::Descriptors(&[0, 1]))
        .wakes(Waits::IO),
    row(Sysno::vmsplice, 4, Family::Write)
        .waits(Waits::DATA_OR_SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::IO),
    row(Sysno::sendfile, 4, Family::Write)
        .waits(Waits::DATA_OR_SPACE, Objects::Descriptors(&[0, 1]))
        .wakes(Waits::IO),
    row(Sysno::ioctl, 3, Family::Terminal)
        .when(&[TERMINAL_REQUESTS])
        .wakes(Waits::ANY),
    row(Sysno::vhangup, 0, Family::Plain).wakes(Waits::ANY),
    // Open a socket to the outside, or change what a socket waits for.
    row(Sysno::socket, 3, Family::Socket),
    row(Sysno::bind, 3, Family::Socket),
    row(Sysno::connect, 3, Family::Socket)
        .waits(Waits::DATA_OR_SPACE, Objects::Descriptors(&[0]))
        .wakes(Waits::IO),
    row(Sysno::shutdown, 2, Family::Plain).wakes(Waits::IO),
    row(Sysno::getsockopt, 5, Family::SocketOption).when(&[SOCKET_OPTIONS]),
    row(Sysno::setsockopt, 5, Family::SocketOption)
        .when(&[SOCKET_OPTIONS])
        .wakes(Waits::IO),
    // Close descriptors.
    row(Sysno::close, 1, Family::Descriptor(Closes::Argument(0))).wakes(Waits::IO_OR_LOCK),
    row(Sysno::close_range, 3, Family::Descriptor(Closes::Range)).wakes(Waits::IO_OR_LOCK),
    row(Sysno::dup3, 3, Family::Descriptor(Closes::Argument(1))).wakes(Waits::IO_OR_LOCK),
    row(Sysno::execve, 3, Family::Exec).wakes(Waits::LOCK),
    row(Sysno::execveat, 5, Family::Exec).wakes(Waits::LOCK),
    // Wait for a lock, or release one.
    row(Sysno::flock, 2, Family::Plain)
        .waits(Waits::LOCK, Objects::Lock)
        .wakes(Waits::LOCK_OR_SPACE),
    row(Sysno::fcntl, 3, Family::Plain)
        .when(FILE_REQUESTS)
        .waits(Waits::LOCK, Objects::Lock)
        .wakes(Waits::LOCK_OR_SPACE),
    // System V and POSIX queues.
    row(Sysno::semget, 3, Family::SystemV).when(&[IPC_PRIVATE]),
    row(Sysno::msgget, 2, Family::SystemV).when(&[IPC_PRIVATE]),
    row(Sysno::semop, 3, Family::Plain)
        .waits(Waits::QUEUE, Objects::Semaphores)
        .wakes(Waits::QUEUE_OR_READINESS),
    row(Sysno::semtimedop, 4, Family::Plain)
        .waits(Waits::QUEUE, Objects::Semaphores)
        .wakes(Waits::QUEUE_OR_READINESS)
        .time_out(TimeOut::AtLeastOnce(3, Kind::Again)),
    row(Sysno::msgsnd, 4, Family::Plain)
        .waits(Waits::QUEUE, Objects::Queue)
        .wakes(Waits::QUEUE_OR_READINESS),
    row(Sysno::msgrcv, 5, Family::Plain)
        .waits(Waits::QUEUE, Objects::Queue)
        .wakes(Waits::QUEUE_OR_READINESS),
    row(Sysno::semctl, 4, Family::Plain).wakes(Waits::QUEUE),
    row(Sysno::msgctl, 3, Family::Plain).wakes(Waits::QUEUE),
    row(Sysno::mq_timedsend, 5, Family::Plain)
        .waits(Waits::QUEUE, Objects::Descriptors(&[0]))
        .wakes(Waits::QUEUE_OR_READINESS)
        .time_out(TimeOut::Until(4, Base::Wall)),
    row(Sysno::mq_timedreceive, 5, Family::Plain)
        .waits(Waits::QUEUE, Objects::Descriptors(&[0]))
        .wakes(Waits::QUEUE_OR_READINESS)
        .time_out(TimeOut::Until(4, Base::Wall)),
    row(Sysno::mq_notify, 2, Family::Notify),
    // Linux AIO.
    row(Sysno::io_submit, 3, Family::Aio)
        .waits(Waits::NONE, Objects::Submitted)
        .wakes(Waits::IO),
    row(Sysno::io_getevents, 5, Family::Plain)
        .waits(Waits::DATA, Objects::Completions)
        .time_out(relative(4, Unit::Nanoseconds, Kind::Ready)),
    row(Sysno::io_pgetevents, 6, Family::Plain)
        .waits(Waits::DATA, Objects::Completions)
        .time_out(relative(4, Unit::Nanoseconds, Kind::Ready)),
    // Watch files.
    row(Sysno::inotify_init1, 1, Family::Watch),
    row(Sysno::fanotify_init, 2, Family::Watch),
    // Wait for a child.
    row(Sysno::wait4, 4, Family::Child).waits(Waits::CHILD, Objects::Child),
    row(Sysno::waitid, 5, Family::Child).waits(Waits::CHILD, Objects::Child),
    // Wait for a signal, or send one.
    row(Sysno::rt_sigsuspend, 2, Family::Plain).waits(Waits::SIGNAL, Objects::Signal),
    row(Sysno::rt_sigtimedwait, 4, Family::Plain)
        .waits(Waits::SIGNAL, Objects::Signal)
        .time_out(relative(2, Unit::Nanoseconds, Kind::Again)),
    row(Sysno::kill, 2, Family::Signal(Sends::Argument(1))).wakes(Waits::ANY),
    row(Sysno::tkill, 2, Family::Signal(Sends::Argument(1))).wakes(Waits::ANY),
    row(Sysno::tgkill, 3, Family::Signal(Sends::Argument(2))).wakes(Waits::ANY),
    row(
        Sysno::rt_sigqueueinfo,
        3,
        Family::Signal(Sends::Argument(1)),
    )
    .wakes(Waits::ANY),
    row(
        Sysno::rt_tgsigqueueinfo,
        4,
        Family::Signal(Sends::Argument(2)),
    )
    .wakes(Waits::ANY),
    row(
        Sysno::pidfd_send_signal,
        4,
        Family::Signal(Sends::Argument(1)),
    )
    .wakes(Waits::ANY),
    // Create, set or read a timer.
    row(Sysno::setitimer, 3, Family::Timer(TimerCall::SetInterval)),
    row(Sysno::getitimer, 2, Family::Timer(TimerCall::GetInterval)),
    row(Sysno::timer_create, 3, Family::Timer(TimerCall::Create)),
    row(Sysno::timer_settime, 4, Family::Timer(TimerCall::Set)),
    row(Sysno::timer_gettime, 2, Family::Timer(TimerCall::Get)),
    row(
        Sysno::timer_getoverrun,
        1,
        Family::Timer(TimerCall::Overrun),
    ),
    row(Sysno::timer_delete, 1, Family::Timer(TimerCall::Delete)),
    row(
        Sysno::timerfd_create,
        2,
        Family::Timer(TimerCall::CreateFile),
    ),
    row(Sysno::timerfd_settime, 4, Family::Timer(TimerCall::SetFile)),
    row(Sysno::timerfd_gettime, 2, Family::Timer(TimerCall::GetFile)),
    // The times of files.
    row(Sysno::fstat, 2, Family::Stat),
    row(Sysno::newfstatat, 4, Family::Stat),
    row(Sysno::statx, 5, Family::Stat),
    row(Sysno::utimensat, 4, Family::SetFileTimes),
    // Change files.
    row(Sysno::openat, 4, Family::ChangeFile).when(&[creates(2)]),
    row(Sysno::truncate, 2, Family::ChangeFile),
    row(Sysno::ftruncate, 2, Family::ChangeFile),
    row(Sysno::fchmod, 2, Family::ChangeFile),
    row(Sysno::fchown, 3, Family::ChangeFile),
    row(Sysno::setxattr, 5, Family::ChangeFile),
    row(Sysno::lsetxattr, 5, Family::ChangeFile),
    row(Sysno::fsetxattr, 5, Family::ChangeFile),
    row(Sysno::removexattr, 2, Family::ChangeFile),
    row(Sysno::lremovexattr, 2, Family::ChangeFile),
    row(Sysno::fremovexattr, 2, Family::ChangeFile),
    row(Sysno::mkdirat, 3, Family::ChangeFile),
    row(Sysno::mknodat, 4, Family::ChangeFile),
    row(Sysno::fchownat, 5, Family::ChangeFile),
    row(Sysno::unlinkat, 3, Family::ChangeFile),
    row(Sysno::renameat, 4, Family::ChangeFile),
    row(Sysno::linkat, 5, Family::ChangeFile),
    row(Sysno::symlinkat, 3, Family::ChangeFile),
    row(Sysno::fchmodat, 3, Family::ChangeFile),
    row(Sysno::fallocate, 4, Family::ChangeFile),
    row(Sysno::renameat2, 5, Family::ChangeFile),
    row(Sysno::copy_file_range, 6, Family::ChangeFile),
    row(Sysno::fchmodat2, 4, Family::ChangeFile),
    row(Sysno::setxattrat, 6, Family::ChangeFile),
    row(Sysno::removexattrat, 4, Family::ChangeFile),
    row(Sysno::file_setattr, 5, Family::ChangeFile),
    row(Sysno::openat2, 4, Family::ChangeFile),
    // Return the same in every run.
    row(Sysno::uname, 1, Family::System),
    row(Sysno::sysinfo, 1, Family::System),
    row(Sysno::getrandom, 3, Family::Random),
    row(Sysno::sched_getaffinity, 3, Family::Processor),
    row(Sysno::sched_setaffinity, 3, Family::Processor),
    row(Sysno::getcpu, 3, Family::Processor),
    row(Sysno::getrlimit, 2, Family::CpuLimit).when(CPU_LIMIT),
    row(Sysno::setrlimit, 2, Family::CpuLimit).when(CPU_LIMIT),
    row(Sysno::prlimit64, 4, Family::CpuLimit).when(CPU_LIMIT_OF_ANOTHER),
    row(Sysno::prctl, 5, Family::Attribute).when(ATTRIBUTES),
    row(Sysno::seccomp, 3, Family::Attribute).when(&[SECCOMP_MODE]),
    row(Sysno::clone, 5, Family::Attribute).when(UNTRACED),
    // Refused.
    refused(Sysno::clone3, MISSING),
    refused(Sysno::rseq, MISSING),
    refused(Sysno::io_uring_setup, MISSING),
    refused(Sysno::io_uring_enter, MISSING),
    refused(Sysno::io_uring_register, MISSING),
    refused(Sysno::ptrace, NOT_PERMITTED),
    refused(Sysno::clock_settime, NOT_PERMITTED),
    refused(Sysno::settimeofday, NOT_PERMITTED),
    refused(Sysno::adjtimex, NOT_PERMITTED),
    refused(Sysno::clock_adjtime, NOT_PERMITTED),
];

/// System calls that are reported as ptrace events: after each, the tracer waits until all threads are quiescent.
const EVENTS: &[Sysno] = &[Sysno::exit, Sysno::exit_group];

/// System calls that are not reported. They wait for nothing but the disk or the kernel itself, and wake no thread.
/// There are two exceptions, which count as external waits and mark the recording: those that change files may wake a
/// thread that watches them (inotify(7), fanotify(7)), and opening a file waits for who has a lease on it. A third one, that
/// opening a named pipe waits for its other end, the tracer recognizes.
const UNSEEN: &[Sysno] = &[
    Sysno::listen,
    Sysno::lseek,
    Sysno::mmap,
    Sysno::mprotect,
    Sysno::munmap,
    Sysno::brk,
    Sysno::rt_sigaction,
    Sysno::rt_sigprocmask,
    Sysno::rt_sigreturn,
    Sysno::mremap,
    Sysno::msync,
    Sysno::mincore,
    Sysno::madvise,
    Sysno::shmget,
    Sysno::shmat,
    Sysno::shmctl,
    Sysno::dup,
    Sysno::getpid,
    Sysno::getsockname,
    Sysno::getpeername,
    Sysno::socketpair,
    Sysno::shmdt,
    Sysno::fsync,
    Sysno::fdatasync,
    Sysno::getcwd,
    Sysno::chdir,
    Sysno::fchdir,
    Sysno::umask,
    Sysno::getuid,
    Sysno::syslog,
    Sysno::getgid,
    Sysno::setuid,
    Sysno::setgid,
    Sysno::geteuid,
    Sysno::getegid,
    Sysno::setpgid,
    Sysno::getppid,
    Sysno::setsid,
    Sysno::setreuid,
    Sysno::setregid,
    Sysno::getgroups,
    Sysno::setgroups,
    Sysno::setresuid,
    Sysno::getresuid,
    Sysno::setresgid,
    Sysno::getresgid,
    Sysno::getpgid,
    Sysno::setfsuid,
    Sysno::setfsgid,
    Sysno::getsid,
    Sysno::capget,
    Sysno::capset,
    Sysno::rt_sigpending,
    Sysno::sigaltstack,
    Sysno::personality,
    Sysno::statfs,
    Sysno::fstatfs,
    Sysno::getpriority,
    Sysno::setpriority,
    Sysno::sched_setparam,
    Sysno::sched_getparam,
    Sysno::sched_setscheduler,
    Sysno::sched_getscheduler,
    Sysno::sched_get_priority_max,
    Sysno::sched_get_priority_min,
    Sysno::sched_rr_get_interval,
    Sysno::mlock,
    Sysno::munlock,
    Sysno::mlockall,
    Sysno::munlockall,
    Sysno::pivot_root,
    Sysno::chroot,
    Sysno::sync,
    Sysno::acct,
    Sysno::mount,
    Sysno::umount2,
    Sysno::swapon,
    Sysno::swapoff,
    Sysno::reboot,
    Sysno::sethostname,
    Sysno::setdomainname,
    Sysno::init_module,
    Sysno::delete_module,
    Sysno::quotactl,
    Sysno::nfsservctl,
    Sysno::gettid,
    Sysno::readahead,
    Sysno::getxattr,
    Sysno::lgetxattr,
    Sysno::fgetxattr,
    Sysno::listxattr,
    Sysno::llistxattr,
    Sysno::flistxattr,
    Sysno::io_setup,
    Sysno::io_destroy,
    Sysno::io_cancel,
    Sysno::lookup_dcookie,
    Sysno::remap_file_pages,
    Sysno::getdents64,
    Sysno::set_tid_address,
    Sysno::restart_syscall,
    Sysno::fadvise64,
    Sysno::clock_getres,
    Sysno::mbind,
    Sysno::set_mempolicy,
    Sysno::get_mempolicy,
    Sysno::mq_open,
    Sysno::mq_unlink,
    Sysno::mq_getsetattr,
    Sysno::kexec_load,
    Sysno::add_key,
    Sysno::request_key,
    Sysno::keyctl,
    Sysno::ioprio_set,
    Sysno::ioprio_get,
    Sysno::inotify_add_watch,
    Sysno::inotify_rm_watch,
    Sysno::migrate_pages,
    Sysno::readlinkat,
    Sysno::faccessat,
    Sysno::unshare,
    Sysno::set_robust_list,
    Sysno::get_robust_list,
    Sysno::sync_file_range,
    Sysno::move_pages,
    Sysno::signalfd4,
    Sysno::eventfd2,
    Sysno::epoll_create1,
    Sysno::pipe2,
    Sysno::perf_event_open,
    Sysno::fanotify_mark,
    Sysno::name_to_handle_at,
    Sysno::syncfs,
    Sysno::setns,
    Sysno::process_vm_readv,
    Sysno::process_vm_writev,
    Sysno::kcmp,
    Sysno::finit_module,
    Sysno::sched_setattr,
    Sysno::sched_getattr,
    Sysno::memfd_create,
    Sysno::kexec_file_load,
    Sysno::bpf,
    Sysno::userfaultfd,
    Sysno::membarrier,
    Sysno::mlock2,
    Sysno::pkey_mprotect,
    Sysno::pkey_alloc,
    Sysno::pkey_free,
    Sysno::open_tree,
    Sysno::move_mount,
    Sysno::fsopen,
    Sysno::fsconfig,
    Sysno::fsmount,
    Sysno::fspick,
    Sysno::pidfd_open,
    Sysno::pidfd_getfd,
    Sysno::faccessat2,
    Sysno::process_madvise,
    Sysno::mount_setattr,
    Sysno::quotactl_fd,
    Sysno::landlock_create_ruleset,
    Sysno::landlock_add_rule,
    Sysno::landlock_restrict_self,
    Sysno::memfd_secret,
    Sysno::process_mrelease,
    Sysno::set_mempolicy_home_node,
    Sysno::cachestat,
    Sysno::map_shadow_stack,
    Sysno::statmount,
    Sysno::listmount,
    Sysno::lsm_get_self_attr,
    Sysno::lsm_set_self_attr,
    Sysno::lsm_list_modules,
    Sysno::mseal,
    Sysno::getxattrat,
    Sysno::listxattrat,
    Sysno::open_tree_attr,
    Sysno::file_getattr,
    Sysno::open_by_handle_at,
];

const fn unseen(call: Sysno, family: Family) -> Row {
    row(call, 0, family).when(&[])
}

const COUNT: usize = 512;

static TABLE: [Option<Row>; COUNT] = {
    let mut table = [None; COUNT];
    let groups = [ROWS, arch::ROWS];
    let mut group = 0;
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            let row = groups[group][index];
            table[row.call as usize] = Some(row);
            index += 1;
        }
        group += 1;
    }
    let groups = [
        (EVENTS, Family::Event),
        (arch::EVENTS, Family::Event),
        (UNSEEN, Family::Unseen),
        (arch::UNSEEN, Family::Unseen),
    ];
    let mut group = 0;
    while group < groups.len() {
        let (calls, family) = groups[group];
        let mut index = 0;
        while index < calls.len() {
            table[calls[index] as usize] = Some(unseen(calls[index], family));
            index += 1;
        }
        group += 1;
    }
    table
};

/// The row of a system call, by its number; `None` if the number is unknown.
pub(in crate::trace) fn of(call: i64) -> Option<&'static Row> {
    TABLE.get(usize::try_from(call).ok()?)?.as_ref()
}

/// All rows, in the order of their numbers.
pub(in crate::trace) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().flatten()
}

#[cfg(test)]
mod tests;

//! How long a system call waits, and what it returns when its time is up.
//!
//! Every wait becomes endless and is left to the kernel, so that everything else that can end it (data, a signal, a
//! stop) needs no emulation; only its time-out is emulated.

use super::{futex, poll, sleep, table};
use crate::trace::{
    arch::Registers,
    clock::{Base, Clock},
    memory::{self, Unit, read_time},
};
use libc::{EAGAIN, EINPROGRESS, ETIMEDOUT, pid_t};
use std::time::Duration;

const NANOSECONDS_A_MILLISECOND: u64 = 1_000_000;
const CPU_CLOCK: &str = "it waits by a CPU-time clock, which does not exist in virtual time";

/// Where a system call's arguments say how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum TimeOut {
    None,
    /// As for `nanosleep`, and as for `clock_nanosleep`.
    Sleep,
    ClockSleep,
    /// An argument is a number of milliseconds; a negative one means forever.
    Milliseconds(usize),
    /// An argument points to a time; a null pointer means forever, and 0 does not wait.
    Relative {
        argument: usize,
        unit: Unit,
        kind: Kind,
        /// The remaining time is written to the same place.
        writes_remaining: bool,
    },
    /// The same, but 0 waits, too.
    AtLeastOnce(usize, Kind),
    /// An argument points to an instant by this clock; a null pointer means forever.
    Until(usize, Base),
    /// As for `futex`.
    Futex,
    /// An instant by a clock that another argument selects.
    NewFutex {
        time: usize,
        clock: usize,
    },
    /// As for `recvmmsg`.
    Messages(usize),
}

/// A system call that waits, or may wait.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Wait {
    pub(in crate::trace) kind: Kind,
    /// When its time is up; `None` is never.
    pub(in crate::trace) deadline: Option<u64>,
    /// Where it writes its remaining time.
    pub(super) left: Option<Remaining>,
}

/// Where a system call writes its remaining time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remaining {
    pub(super) address: u64,
    pub(super) unit: Unit,
}

/// What a time-out of a wait returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Kind {
    /// It has no time-out.
    Plain,
    /// It polls and does not wait.
    NonBlocking,
    /// It sleeps.
    Sleep,
    /// 0: nothing is ready.
    Ready,
    /// 0, with `select`'s sets empty.
    Sets,
    /// `EAGAIN`.
    Again,
    /// `ETIMEDOUT`.
    TimedOut,
    /// 0: no bytes of a terminal.
    Terminal,
    /// `EAGAIN` from a socket; after a signal the call is not restarted (signal(7)).
    Socket,
    /// `EINPROGRESS` from `connect`.
    Connection,
}

/// The wait in a system call.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for a moment, on the stack"
)]
pub(super) enum Decoded {
    /// A wait, and the registers that make it endless.
    Wait(Wait, Option<Registers>),
    /// The kernel will refuse the system call.
    Refused,
    /// The system call is not supported in virtual time, and why.
    Unsupported(&'static str),
}

impl Decoded {
    /// A wait without a time-out.
    pub(super) fn endless() -> Decoded {
        Decoded::Wait(Wait::PLAIN, None)
    }
}

impl Wait {
    pub(in crate::trace) const PLAIN: Wait = Wait::without_time(Kind::Plain);
    pub(super) const NON_BLOCKING: Wait = Wait::without_time(Kind::NonBlocking);

    /// A read of a terminal with a timer.
    pub(super) const fn terminal(deadline: Option<u64>) -> Wait {
        Wait {
            kind: Kind::Terminal,
            deadline,
            left: None,
        }
    }

    /// A system call on a socket with a time-out.
    pub(super) const fn socket(kind: Kind, deadline: u64) -> Wait {
        Wait {
            kind,
            deadline: Some(deadline),
            left: None,
        }
    }

    const fn without_time(kind: Kind) -> Wait {
        Wait {
            kind,
            deadline: None,
            left: None,
        }
    }

    /// A system call that does not wait if `is_non_blocking` holds.
    pub(super) const fn unless(is_non_blocking: bool) -> Wait {
        if is_non_blocking {
            Wait::NON_BLOCKING
        } else {
            Wait::PLAIN
        }
    }

    /// What the system call returns when its time is up. Also writes its results to memory.
    pub(super) fn time_out(&self, thread: pid_t, entry: &Registers) -> i64 {
        if self.kind == Kind::Sets {
            poll::empty_sets(thread, entry);
        }
        if self.kind != Kind::Sleep {
            self.write_remaining(thread, Duration::ZERO);
        }
        match self.kind {
            Kind::Plain
            | Kind::NonBlocking
            | Kind::Sleep
            | Kind::Ready
            | Kind::Sets
            | Kind::Terminal => 0,
            Kind::Again | Kind::Socket => -i64::from(EAGAIN),
            Kind::Connection => -i64::from(EINPROGRESS),
            Kind::TimedOut => -i64::from(ETIMEDOUT),
        }
    }

    /// Whether the remaining time overwrites the time-out.
    fn writes_remaining(&self) -> bool {
        self.left.is_some() && self.kind != Kind::Sleep
    }

    /// Whether the wait starts anew when its process continues after a stop: with the remaining time that was written,
    /// or with the whole time.
    pub(in crate::trace) fn begins_anew(&self) -> bool {
        self.writes_remaining() || self.kind == Kind::Terminal
    }

    /// Writes the remaining time, after something else has ended the wait; for a sleep, only after a signal.
    pub(in crate::trace) fn write_remaining(&self, thread: pid_t, left: Duration) {
        if let Some(Remaining { address, unit }) = self.left {
            memory::write_time(thread, address, left, unit);
        }
    }
}

/// Decodes how long a system call waits.
pub(super) fn decode(thread: pid_t, entry: &Registers, clock: &Clock) -> Decoded {
    match table::of(entry.call()).map_or(TimeOut::None, |row| row.time_out) {
        // That of messages is looked at only after one has come.
        TimeOut::None | TimeOut::Messages(_) => Decoded::endless(),
        TimeOut::Sleep => sleep::decode(thread, entry, clock),
        TimeOut::ClockSleep => sleep::decode_clock(thread, entry, clock),
        TimeOut::Milliseconds(argument) => milliseconds(entry, argument, clock),
        TimeOut::Relative {
            argument,
            unit,
            kind,
            writes_remaining,
        } => {
            if entry.argument(argument) == 0 {
                return Decoded::endless();
            }
            match read_time(thread, entry.argument(argument), unit) {
                None => Decoded::Refused,
                Some(0) => Decoded::Wait(Wait::NON_BLOCKING, None),
                Some(time_out) => {
                    let address = entry.argument(argument);
                    let left = writes_remaining.then_some(Remaining { address, unit });
                    timed(entry, argument, 0, kind, clock.ahead(time_out), left)
                }
            }
        }
        TimeOut::AtLeastOnce(argument, kind) => at_least_once(thread, entry, argument, kind, clock),
        TimeOut::Until(argument, base) => until(thread, entry, argument, base, clock),
        TimeOut::Futex => futex::decode(thread, entry, clock),
        TimeOut::NewFutex { time, clock: named } => {
            futex::decode_new(thread, entry, time, named, clock)
        }
    }
}

/// A wait until the instant, by a clock, that an argument points to.
pub(super) fn until(
    thread: pid_t,
    entry: &Registers,
    argument: usize,
    base: Base,
    clock: &Clock,
) -> Decoded {
    if entry.argument(argument) == 0 {
        return Decoded::endless();
    }
    match read_time(thread, entry.argument(argument), Unit::Nanoseconds) {
        None => Decoded::Refused,
        Some(_) if base == Base::CpuTime => Decoded::Unsupported(CPU_CLOCK),
        Some(until) => {
            let deadline = clock.instant_of(base, until);
            timed(entry, argument, 0, Kind::TimedOut, deadline, None)
        }
    }
}

/// A wait for at most the time that an argument points to; it sleeps even if that is zero.
pub(super) fn at_least_once(
    thread: pid_t,
    entry: &Registers,
    argument: usize,
    kind: Kind,
    clock: &Clock,
) -> Decoded {
    if entry.argument(argument) == 0 {
        return Decoded::endless();
    }
    match read_time(thread, entry.argument(argument), Unit::Nanoseconds) {
        None => Decoded::Refused,
        Some(time_out) => timed(entry, argument, 0, kind, clock.ahead(time_out), None),
    }
}

/// A wait for at most this many milliseconds.
fn milliseconds(entry: &Registers, argument: usize, clock: &Clock) -> Decoded {
    match entry.int(argument) {
        ..0 => Decoded::endless(),
        0 => Decoded::Wait(Wait::NON_BLOCKING, None),
        milliseconds => {
            let time_out = u64::from(milliseconds.unsigned_abs()) * NANOSECONDS_A_MILLISECOND;
            let deadline = clock.ahead(time_out);
            timed(entry, argument, u64::MAX, Kind::Ready, deadline, None)
        }
    }
}

/// A wait until a deadline, made endless: its time-out becomes `never`.
fn timed(
    entry: &Registers,
    argument: usize,
    never: u64,
    kind: Kind,
    deadline: u64,
    left: Option<Remaining>,
) -> Decoded {
    let mut changed = *entry;
    changed.set_argument(argument, never);
    let wait = Wait {
        kind,
        deadline: Some(deadline),
        left,
    };
    Decoded::Wait(wait, Some(changed))
}

//! How long a call waits, and what it returns when its time is up.
//!
//! Every wait is made endless and left to the system, so that what else can end it (data, a signal, a stop) does so by
//! itself; only its time-out is kept here.

use super::{futex, poll, sleep, table};
use crate::trace::{
    arch::Registers,
    clock::{Base, Clock},
    memory::{self, Unit, read_time},
};
use libc::{EAGAIN, EINPROGRESS, ETIMEDOUT, pid_t};
use std::time::Duration;

const NANOSECONDS_A_MILLISECOND: u64 = 1_000_000;
const CPU_CLOCK: &str = "it waits by computing time, which virtual time does not have";
const MESSAGES: &str = "its time-out is not known to virtual time yet";

/// Where a call's arguments say how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum TimeOut {
    None,
    /// As `nanosleep` and `clock_nanosleep` say it.
    Sleep,
    ClockSleep,
    /// An argument is a number of milliseconds; less than 0 is for ever.
    Milliseconds(usize),
    /// An argument points to a time; none is for ever, and 0 does not wait.
    Relative {
        argument: usize,
        unit: Unit,
        kind: Kind,
        /// What is left is told in the same place.
        writes_remaining: bool,
    },
    /// The same, but 0 waits, too.
    AtLeastOnce(usize, Kind),
    /// An argument points to an instant by a clock; none is for ever.
    Until(usize, Base),
    /// As `futex` says it.
    Futex,
    /// An instant, by a clock that an argument names.
    NewFutex {
        time: usize,
        clock: usize,
    },
    /// As `recvmmsg` says it.
    Messages(usize),
}

/// A call that waits, or may.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Wait {
    pub(in crate::trace) kind: Kind,
    /// When its time is up; `None` is never.
    pub(in crate::trace) deadline: Option<u64>,
    /// Where it tells what is left of its time.
    pub(super) left: Option<Remaining>,
}

/// Where a call tells what is left of its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remaining {
    pub(super) address: u64,
    pub(super) unit: Unit,
}

/// What a call waits for, as far as its time-out makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Kind {
    /// Something; it has no time-out.
    Plain,
    /// It asks for something, and does not wait for it.
    NonBlocking,
    /// Its time.
    Sleep,
    /// Readiness: none is 0.
    Ready,
    /// Readiness in `select`'s sets, which are empty then.
    Sets,
    /// Something whose absence is an `EAGAIN`.
    Again,
    /// Something whose absence is an `ETIMEDOUT`.
    TimedOut,
    /// Bytes of a terminal: none is 0.
    Terminal,
    /// A socket: an `EAGAIN`, and no signal lets it be made again (signal(7)).
    Socket,
    /// A connection: an `EINPROGRESS`.
    Connection,
}

/// What a call turns out to be.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for a moment, on the stack"
)]
pub(super) enum Decoded {
    /// A wait, and the registers with which it is endless.
    Wait(Wait, Option<Registers>),
    /// A call that the system will refuse.
    Refused,
    /// A call that has no virtual time: why.
    Unsupported(&'static str),
}

impl Decoded {
    /// The wait without a time-out, or with an endless one.
    pub(super) fn endless() -> Decoded {
        Decoded::Wait(Wait::PLAIN, None)
    }
}

impl Wait {
    pub(in crate::trace) const PLAIN: Wait = Wait::without_time(Kind::Plain);
    pub(super) const NON_BLOCKING: Wait = Wait::without_time(Kind::NonBlocking);

    /// A read of a terminal, which its timer ends.
    pub(super) const fn terminal(deadline: Option<u64>) -> Wait {
        Wait {
            kind: Kind::Terminal,
            deadline,
            left: None,
        }
    }

    /// A call for a socket that has a time-out.
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

    /// A call that does not wait if this holds.
    pub(super) const fn unless(is_probe: bool) -> Wait {
        if is_probe {
            Wait::NON_BLOCKING
        } else {
            Wait::PLAIN
        }
    }

    /// What the call returns when its time is up. The caller's memory is told, too.
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

    /// Whether what is left stands where the time-out stood.
    fn writes_remaining(&self) -> bool {
        self.left.is_some() && self.kind != Kind::Sleep
    }

    /// Whether a stop of its process begins it anew, and not with what was left before: with the time that it has told, or
    /// with all of it.
    pub(in crate::trace) fn begins_anew(&self) -> bool {
        self.writes_remaining() || self.kind == Kind::Terminal
    }

    /// Tells the caller's memory what is left of the time, when something else has ended the wait. A sleep's is told only
    /// when a signal has ended it.
    pub(in crate::trace) fn write_remaining(&self, thread: pid_t, left: Duration) {
        if let Some(Remaining { address, unit }) = self.left {
            memory::write_time(thread, address, left, unit);
        }
    }
}

/// How long a call waits.
pub(super) fn decode(thread: pid_t, entry: &Registers, clock: &Clock) -> Decoded {
    match table::of(entry.call()).map_or(TimeOut::None, |row| row.time_out) {
        TimeOut::None => Decoded::endless(),
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
        TimeOut::Messages(argument) => match entry.argument(argument) {
            0 => Decoded::endless(),
            _ => Decoded::Unsupported(MESSAGES),
        },
    }
}

/// A wait until an instant by a clock, whose address is an argument.
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

/// A wait for at most as long as an argument points to, that sleeps even for no time at all.
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

/// A wait for at most so many milliseconds.
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

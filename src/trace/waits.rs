//! The calls that wait: what each waits for, how long, and what it gives when its time is up.
//!
//! Every wait is made endless and left to the system, so that what else can end it (data, a signal, a stop) does so by
//! itself; only its time-out is kept here. A sleep becomes a `ppoll` of nothing.

use super::{
    checks::has_clock,
    clock::{Base, Clock},
    memory::{self, Unit, read_time},
    status::status,
    x86_64::{Registers, SYS_FUTEX_WAIT, SYS_IO_PGETEVENTS},
};
use libc::{EAGAIN, ETIMEDOUT, c_long, pid_t};
use std::time::Duration;

/// The low bits of a futex operation that name it, and two flags.
const FUTEX_OPERATION: i32 = 127;
const FUTEX_CLOCK_REALTIME: i32 = 256;
const NANOSECONDS_A_MILLISECOND: u64 = 1_000_000;

/// A call that waits, or may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) kind: Kind,
    /// When its time is up; `None` is never.
    pub(super) deadline: Option<u64>,
    /// Where it says what is left of its time.
    left: Option<(u64, Unit)>,
}

/// What a call waits for, as far as its time-out makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something; it has no time-out.
    Plain,
    /// It asks for something, and does not wait for it.
    Probe,
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
    /// A call that virtual time does not know: why.
    Unknown(&'static str),
}

impl Wait {
    pub(super) const PLAIN: Wait = Wait::without_time(Kind::Plain);
    pub(super) const PROBE: Wait = Wait::without_time(Kind::Probe);

    /// A read of a terminal, which its timer ends.
    pub(super) const fn terminal(deadline: Option<u64>) -> Wait {
        Wait {
            kind: Kind::Terminal,
            deadline,
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

    /// What the call gives when its time is up. The caller's memory is told, too.
    pub(super) fn time_out(&self, thread: pid_t, made: &Registers) -> i64 {
        if self.kind == Kind::Sets {
            let words = descriptors(thread, made.int(0)).div_ceil(64);
            for set in 1..=3 {
                if made.argument(set) != 0 {
                    memory::write(thread, made.argument(set), &vec![0; 8 * words]);
                }
            }
        }
        if self.kind != Kind::Sleep {
            self.tell_left(thread, Duration::ZERO);
        }
        match self.kind {
            Kind::Plain | Kind::Probe | Kind::Sleep | Kind::Ready | Kind::Sets | Kind::Terminal => {
                0
            }
            Kind::Again => -i64::from(EAGAIN),
            Kind::TimedOut => -i64::from(ETIMEDOUT),
        }
    }

    /// Whether what is left stands where the time-out stood.
    pub(super) fn tells_left(&self) -> bool {
        self.left.is_some() && self.kind != Kind::Sleep
    }

    /// Whether a stop of its process begins it anew, and not with what was left before: with the time that it has told, or
    /// with all of it.
    pub(super) fn begins_anew(&self) -> bool {
        self.tells_left() || self.kind == Kind::Terminal
    }

    /// Tells the caller's memory what is left of the time, when something else has ended the wait. A sleep's is told only
    /// when a signal has ended it.
    pub(super) fn tell_left(&self, thread: pid_t, left: Duration) {
        if let Some((address, unit)) = self.left {
            memory::write_time(thread, address, left, unit);
        }
    }
}

/// How many descriptors `select` checks: no more than the process has room for, and so far do its sets reach.
fn descriptors(thread: pid_t, asked: i32) -> usize {
    let room = status(thread, "FDSize:").and_then(|size| size.parse().ok());
    usize::try_from(asked).unwrap_or(0).min(room.unwrap_or(0))
}

/// What a call is, if it is one that waits by time.
pub(super) fn decode(thread: pid_t, made: &Registers, clock: &Clock) -> Option<Decoded> {
    let call: c_long = made.call();
    let decoded = match call {
        libc::SYS_nanosleep => sleep(thread, made, 0, 1, |time| clock.ahead(time)),
        libc::SYS_clock_nanosleep => clock_sleep(thread, made, clock),
        libc::SYS_futex if is_futex_wake(made) => return None,
        libc::SYS_futex => futex(thread, made, clock),
        libc::SYS_poll => milliseconds(made, 2, clock),
        libc::SYS_epoll_wait | libc::SYS_epoll_pwait => milliseconds(made, 3, clock),
        libc::SYS_ppoll => ready(
            thread,
            made,
            2,
            Some(2),
            Kind::Ready,
            Unit::Nanoseconds,
            clock,
        ),
        libc::SYS_epoll_pwait2 => {
            ready(thread, made, 3, None, Kind::Ready, Unit::Nanoseconds, clock)
        }
        libc::SYS_select => ready(
            thread,
            made,
            4,
            Some(4),
            Kind::Sets,
            Unit::Microseconds,
            clock,
        ),
        libc::SYS_pselect6 => ready(
            thread,
            made,
            4,
            Some(4),
            Kind::Sets,
            Unit::Nanoseconds,
            clock,
        ),
        libc::SYS_rt_sigtimedwait => {
            ready(thread, made, 2, None, Kind::Again, Unit::Nanoseconds, clock)
        }
        libc::SYS_semtimedop => asleep(thread, made, Kind::Again, clock),
        libc::SYS_mq_timedsend | libc::SYS_mq_timedreceive => {
            until(thread, made, 4, Base::Wall, clock)
        }
        SYS_FUTEX_WAIT => match futex_clock(made.int(5)) {
            Some(base) => until(thread, made, 4, base, clock),
            None => Decoded::Refused,
        },
        libc::SYS_futex_waitv => match futex_clock(made.int(4)) {
            Some(base) => until(thread, made, 3, base, clock),
            None => Decoded::Refused,
        },
        libc::SYS_io_getevents | SYS_IO_PGETEVENTS => {
            ready(thread, made, 4, None, Kind::Ready, Unit::Nanoseconds, clock)
        }
        libc::SYS_recvmmsg => match made.argument(4) {
            0 => Decoded::Wait(Wait::PLAIN, None),
            _ => Decoded::Unknown("its time-out is not known to virtual time yet"),
        },
        _ => return None,
    };
    Some(decoded)
}

/// Whether an operation on a futex wakes others, and does not wait.
pub(super) fn is_futex_wake(made: &Registers) -> bool {
    matches!(
        made.int(1) & FUTEX_OPERATION,
        libc::FUTEX_WAKE
            | libc::FUTEX_WAKE_BITSET
            | libc::FUTEX_WAKE_OP
            | libc::FUTEX_REQUEUE
            | libc::FUTEX_CMP_REQUEUE
            | libc::FUTEX_CMP_REQUEUE_PI
            | libc::FUTEX_UNLOCK_PI
    )
}

/// The wait without a time-out, or with an endless one.
fn endless() -> Decoded {
    Decoded::Wait(Wait::PLAIN, None)
}

fn sleep(
    thread: pid_t,
    made: &Registers,
    time: usize,
    left: usize,
    until: impl FnOnce(u64) -> u64,
) -> Decoded {
    let Some(time) = read_time(thread, made.argument(time), Unit::Nanoseconds) else {
        return Decoded::Refused;
    };
    let mut changed = *made;
    changed.set_call(libc::SYS_ppoll);
    for argument in 0..4 {
        changed.set_argument(argument, 0);
    }
    let wait = Wait {
        kind: Kind::Sleep,
        deadline: Some(until(time)),
        left: Some((made.argument(left), Unit::Nanoseconds)).filter(|(address, _)| *address != 0),
    };
    Decoded::Wait(wait, Some(changed))
}

/// The clocks that the newer calls for futexes take.
fn futex_clock(id: i32) -> Option<Base> {
    match id {
        libc::CLOCK_REALTIME => Some(Base::Wall),
        libc::CLOCK_MONOTONIC => Some(Base::Uptime),
        _ => None,
    }
}

/// Whether the system lets nobody sleep by a clock (`clock_nanosleep(2)`).
fn has_no_sleep(id: i32) -> bool {
    /// Of the clocks of computing time, which one: there are three (`posix-timers_types.h`).
    const WHICH: i32 = 3;
    matches!(
        id,
        libc::CLOCK_MONOTONIC_RAW
            | libc::CLOCK_MONOTONIC_COARSE
            | libc::CLOCK_REALTIME_COARSE
            | libc::CLOCK_THREAD_CPUTIME_ID
    ) || (id < 0 && id & WHICH == WHICH)
}

fn clock_sleep(thread: pid_t, made: &Registers, clock: &Clock) -> Decoded {
    let is_absolute = made.int(1) & libc::TIMER_ABSTIME != 0;
    match Base::of(made.int(0)) {
        None => Decoded::Refused,
        Some(_) if has_no_sleep(made.int(0)) || !has_clock(made.int(0)) => Decoded::Refused,
        Some(Base::Computed) => {
            Decoded::Unknown("it sleeps by computing time, which virtual time does not have")
        }
        Some(base) if is_absolute => {
            let mut decoded = sleep(thread, made, 2, 3, |time| clock.instant_of(base, time));
            if let Decoded::Wait(wait, _) = &mut decoded {
                wait.left = None;
            }
            decoded
        }
        Some(_) => sleep(thread, made, 2, 3, |time| clock.ahead(time)),
    }
}

fn futex(thread: pid_t, made: &Registers, clock: &Clock) -> Decoded {
    let operation = made.int(1);
    let base = match operation & FUTEX_OPERATION {
        libc::FUTEX_WAIT => {
            return asleep(thread, made, Kind::TimedOut, clock);
        }
        // It has always meant the wall clock.
        libc::FUTEX_LOCK_PI => Base::Wall,
        _ if operation & FUTEX_CLOCK_REALTIME != 0 => Base::Wall,
        _ => Base::Uptime,
    };
    until(thread, made, 3, base, clock)
}

/// A wait until an instant by a clock, whose address is an argument.
fn until(thread: pid_t, made: &Registers, time: usize, base: Base, clock: &Clock) -> Decoded {
    if made.argument(time) == 0 {
        return endless();
    }
    let Some(until) = read_time(thread, made.argument(time), Unit::Nanoseconds) else {
        return Decoded::Refused;
    };
    if base == Base::Computed {
        return Decoded::Unknown("it waits by computing time, which virtual time does not have");
    }
    timed(
        made,
        time,
        0,
        Kind::TimedOut,
        clock.instant_of(base, until),
        None,
    )
}

/// A wait for at most so many milliseconds.
fn milliseconds(made: &Registers, time: usize, clock: &Clock) -> Decoded {
    match made.int(time) {
        ..0 => endless(),
        0 => Decoded::Wait(Wait::PROBE, None),
        milliseconds => {
            let time_out = u64::from(milliseconds.unsigned_abs()) * NANOSECONDS_A_MILLISECOND;
            timed(
                made,
                time,
                u64::MAX,
                Kind::Ready,
                clock.ahead(time_out),
                None,
            )
        }
    }
}

/// A wait for at most as long as what an argument points to says; what is left may be told in the same place.
fn ready(
    thread: pid_t,
    made: &Registers,
    time: usize,
    left: Option<usize>,
    kind: Kind,
    unit: Unit,
    clock: &Clock,
) -> Decoded {
    if made.argument(time) == 0 {
        return endless();
    }
    match read_time(thread, made.argument(time), unit) {
        None => Decoded::Refused,
        Some(0) => Decoded::Wait(Wait::PROBE, None),
        Some(time_out) => {
            let left = left.map(|left| (made.argument(left), unit));
            timed(made, time, 0, kind, clock.ahead(time_out), left)
        }
    }
}

/// A wait for at most as long as the fourth argument points to, that sleeps even for no time at all.
fn asleep(thread: pid_t, made: &Registers, kind: Kind, clock: &Clock) -> Decoded {
    if made.argument(3) == 0 {
        return endless();
    }
    match read_time(thread, made.argument(3), Unit::Nanoseconds) {
        None => Decoded::Refused,
        Some(time_out) => timed(made, 3, 0, kind, clock.ahead(time_out), None),
    }
}

fn timed(
    made: &Registers,
    time: usize,
    never: u64,
    kind: Kind,
    deadline: u64,
    left: Option<(u64, Unit)>,
) -> Decoded {
    let mut changed = *made;
    changed.set_argument(time, never);
    let wait = Wait {
        kind,
        deadline: Some(deadline),
        left,
    };
    Decoded::Wait(wait, Some(changed))
}

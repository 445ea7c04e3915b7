//! System calls that sleep, and `sched_yield`. A sleep becomes an endless `ppoll` of nothing.

use super::{
    clock_read::has_clock,
    entry::{set_answer, unsupported, with_call},
    time_out::{Decoded, Kind, Remaining, Wait},
};
use crate::trace::{
    Halt,
    arch::Registers,
    clock::{Base, Clock, is_device},
    memory::{Unit, read_time},
    ptrace::Resume,
    thread::{Call, Next, Then},
    tracer::Tracer,
};
use libc::pid_t;

const CPU_CLOCK: &str = "it sleeps by a CPU-time clock, which does not exist in virtual time";

impl Tracer<'_> {
    /// A thread sleeps.
    pub(super) fn enter_sleep(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if entry.call() == libc::SYS_clock_nanosleep && entry.int(0) < 0 && !is_device(entry.int(0))
        {
            // The CPU-time clock of a process: the kernel finds it if it finds its resolution.
            let changed = with_call(&entry, libc::SYS_clock_getres, &[entry.argument(0), 0]);
            self.enter(id, entry, Wait::PLAIN, Some(changed), Then::RefuseSleep);
            return Ok(());
        }
        self.enter_plain(id, entry)
    }

    /// A thread yields its turn.
    pub(super) fn enter_yield(&mut self, id: pid_t, entry: Registers) {
        self.count_yield(id);
        set_answer(id, entry, 0);
        self.make_ready(id, Next::Resume(Resume::Continue));
    }
}

/// The kernel has found, or not, the CPU-time clock by which a thread would sleep.
///
/// # Errors
/// It has found the clock: such a sleep has no virtual time.
pub(super) fn exit_sleep_by_process(id: pid_t, call: &Call, returned: i64) -> Result<(), Halt> {
    if returned < 0 {
        return Ok(());
    }
    unsupported(id, &call.entry, CPU_CLOCK)
}

/// How long `nanosleep` sleeps.
pub(super) fn decode(thread: pid_t, entry: &Registers, clock: &Clock) -> Decoded {
    sleep(thread, entry, [0, 1], |time| clock.ahead(time))
}

/// How long `clock_nanosleep` sleeps.
pub(super) fn decode_clock(thread: pid_t, entry: &Registers, clock: &Clock) -> Decoded {
    let is_absolute = entry.int(1) & libc::TIMER_ABSTIME != 0;
    match Base::of(entry.int(0)) {
        None => Decoded::Refused,
        Some(_) if has_no_sleep(entry.int(0)) || !has_clock(entry.int(0)) => Decoded::Refused,
        Some(Base::CpuTime) => Decoded::Unsupported(CPU_CLOCK),
        Some(base) if is_absolute => {
            let mut decoded = sleep(thread, entry, [2, 3], |time| clock.instant_of(base, time));
            if let Decoded::Wait(wait, _) = &mut decoded {
                wait.left = None;
            }
            decoded
        }
        Some(_) => sleep(thread, entry, [2, 3], |time| clock.ahead(time)),
    }
}

/// A sleep for the time that the first argument points to, with the remaining time written to where the second one
/// points.
fn sleep(
    thread: pid_t,
    entry: &Registers,
    [time, left]: [usize; 2],
    until: impl FnOnce(u64) -> u64,
) -> Decoded {
    let Some(time) = read_time(thread, entry.argument(time), Unit::Nanoseconds) else {
        return Decoded::Refused;
    };
    let wait = Wait {
        kind: Kind::Sleep,
        deadline: Some(until(time)),
        left: Some(Remaining {
            address: entry.argument(left),
            unit: Unit::Nanoseconds,
        })
        .filter(|left| left.address != 0),
    };
    let endless = with_call(entry, libc::SYS_ppoll, &[0; 4]);
    Decoded::Wait(wait, Some(endless))
}

/// Whether the kernel does not support sleeping by a clock (`clock_nanosleep(2)`).
fn has_no_sleep(id: i32) -> bool {
    /// The bits that say which of the three kinds of CPU time is meant (`posix-timers_types.h`).
    const WHICH: i32 = 3;
    matches!(
        id,
        libc::CLOCK_MONOTONIC_RAW
            | libc::CLOCK_MONOTONIC_COARSE
            | libc::CLOCK_REALTIME_COARSE
            | libc::CLOCK_THREAD_CPUTIME_ID
    ) || (id < 0 && id & WHICH == WHICH)
}

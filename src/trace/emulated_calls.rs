//! System calls that are answered without the kernel: clock reads, and those whose answer is fixed.

use super::{
    Halt,
    checks::has_first_processor,
    clock::{Base, is_device},
    memory::{Unit, write, write_time},
    ptrace::{self, Resume},
    syscall_entry::{filled, unknown},
    thread::Next,
    tracer::Tracer,
    x86_64::{END_OF_MEMORY, Registers},
};
use libc::{EINVAL, pid_t};
use std::time::Duration;

/// How many random bytes one call gives: what the system reads or writes at once, as large as it may be (read(2)).
const MOST_RANDOM: u64 = 0x7fff_f000;
/// How many of them are made at a time: memory is there, or not, by the page.
const PAGE: u64 = 4096;

impl Tracer<'_> {
    /// Answers a read of a clock, and says whether it was one.
    pub(super) fn answers_clock(&mut self, id: pid_t, made: &Registers) -> Result<bool, Halt> {
        let cost = self.cost_of_a_read(id);
        let result = match made.call() {
            libc::SYS_clock_gettime => {
                // The instruction before.
                self.rewrite_if_hot(id, made.instruction().wrapping_sub(2));
                match Base::of(made.int(0)) {
                    None if is_device(made.int(0)) => {
                        unknown(id, made.call(), "a device's clock has no virtual time")?;
                        return Ok(true);
                    }
                    None => {
                        self.pass(id);
                        return Ok(true);
                    }
                    Some(base) => {
                        let shown = self.clock.read(base, cost);
                        filled(write_time(id, made.argument(1), shown, Unit::Nanoseconds))
                    }
                }
            }
            libc::SYS_gettimeofday => {
                let shown = self.clock.read(Base::Wall, cost);
                let (time, zone) = (made.argument(0), made.argument(1));
                let is_told = (time == 0 || write_time(id, time, shown, Unit::Microseconds))
                    && (zone == 0 || write(id, zone, &[0; 8]));
                filled(is_told)
            }
            libc::SYS_time => {
                let shown = self.clock.read(Base::Wall, cost).as_secs();
                let time = made.argument(0);
                let is_told = time == 0 || write(id, time, &shown.to_le_bytes());
                if is_told {
                    shown.cast_signed()
                } else {
                    filled(false)
                }
            }
            libc::SYS_times => {
                let computed = made.argument(0);
                let is_told = computed == 0 || write(id, computed, &[0; 32]);
                let ticks = ticks(self.clock.read(Base::Uptime, cost));
                if is_told { ticks } else { filled(false) }
            }
            _ => return Ok(false),
        };
        set_answer(id, *made, result);
        self.after_clock_read(id)?;
        Ok(true)
    }

    /// Answers what is the same in every run, and a thread that gives its turn away; says whether it was such a call.
    pub(super) fn answers_what_is_fixed(&mut self, id: pid_t, made: &Registers) -> bool {
        let result = match made.call() {
            libc::SYS_sched_yield => {
                self.yielded(id);
                set_answer(id, *made, 0);
                self.make_ready(id, Next::Resume(Resume::On));
                return true;
            }
            libc::SYS_getrandom => match self.random(id, made) {
                None => {
                    self.pass(id);
                    return true;
                }
                Some(result) => result,
            },
            // One processor, whatever the machine has: one thread runs at a time.
            libc::SYS_sched_getaffinity => {
                let len = made.argument(1);
                if len < 8 || !len.is_multiple_of(8) {
                    -i64::from(EINVAL)
                } else if write(id, made.argument(2), &1_u64.to_le_bytes()) {
                    8
                } else {
                    filled(false)
                }
            }
            libc::SYS_sched_setaffinity => match has_first_processor(id, made) {
                None => filled(false),
                Some(false) => -i64::from(EINVAL),
                Some(true) => 0,
            },
            libc::SYS_getcpu => {
                let is_told = [made.argument(0), made.argument(1)]
                    .into_iter()
                    .all(|number| number == 0 || write(id, number, &[0; 4]));
                filled(is_told)
            }
            _ => match self.cpu_limit(id, made) {
                None => return false,
                Some(result) => result,
            },
        };
        set_answer(id, *made, result);
        let yields = self.count_call(id);
        self.after_call(id, yields);
        true
    }

    /// What `getrandom` gives; `None` where the system's own bytes are wanted.
    fn random(&mut self, id: pid_t, made: &Registers) -> Option<i64> {
        const FLAGS: u32 = libc::GRND_NONBLOCK | libc::GRND_RANDOM | libc::GRND_INSECURE;
        const OPPOSED: u32 = libc::GRND_RANDOM | libc::GRND_INSECURE;
        let (at, flags) = (made.argument(0), made.int(2).cast_unsigned());
        if flags & !FLAGS != 0 || flags & OPPOSED == OPPOSED {
            return Some(-i64::from(EINVAL));
        }
        let end = at.saturating_add(made.argument(1).min(MOST_RANDOM));
        if end > END_OF_MEMORY {
            return Some(filled(false));
        }
        let mut next = at;
        while next < end {
            let until = (next + PAGE - next % PAGE).min(end);
            let bytes = self
                .randomness
                .take(usize::try_from(until - next).unwrap_or(0))?;
            if !write(id, next, &bytes) {
                break;
            }
            next = until;
        }
        let given = next - at;
        Some(if given == 0 && at < end {
            filled(false)
        } else {
            given.cast_signed()
        })
    }
}

/// Answers a call that is then not made.
pub(super) fn set_answer(id: pid_t, mut made: Registers, result: i64) {
    made.answer(result);
    ptrace::set_registers(id, &made);
}

/// What `times` counts: hundredths of a second.
fn ticks(uptime: Duration) -> i64 {
    i64::try_from(uptime.as_millis() / 10).unwrap_or(i64::MAX)
}

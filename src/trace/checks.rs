//! Calls whose argument may name a clock or a process that does not exist. The system makes them, so that it finds the error
//! that it finds natively; where it finds none, the result is replaced by the virtual one.

use super::{
    Halt,
    clock::{Base, is_device},
    cpuid,
    memory::{Unit, read_into, write, write_time},
    ptrace,
    syscall_entry::unknown,
    thread::{Call, Then},
    tracer::Tracer,
    waits::Wait,
    x86_64::Registers,
};
use libc::{EINVAL, c_long, pid_t};
use std::mem::MaybeUninit;

/// The only processor that a program sees, as `sched_getaffinity` tells it, and how many bytes that is.
const FIRST_PROCESSOR: u64 = 1;
const LEN_OF_PROCESSORS: u64 = 8;

/// What replaces the result of a call in which the system found no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The time of a clock; `None` where the clock is one without virtual time.
    Clock(Option<Base>),
    /// Nothing: the clock exists, and sleeping by it is not supported.
    Sleep,
    /// The first processor, for another thread than the caller.
    GetAffinity,
    /// The thread-local memory is set, and `cpuid` faults unless the processor cannot.
    ThreadMemory,
    /// Whether the first processor is among those that were set for another thread.
    SetAffinity { has_first: bool },
}

impl Tracer<'_> {
    /// Lets the system check a call that names a clock or a process, and says whether it is such a call.
    pub(super) fn enters_check(&mut self, id: pid_t, made: &Registers) -> bool {
        let (check, changed) = match made.call() {
            libc::SYS_clock_gettime if may_be_missing(made.int(0)) => {
                (Check::Clock(Base::of(made.int(0))), *made)
            }
            // It finds no clock where the clock has no resolution.
            libc::SYS_clock_nanosleep if made.int(0) < 0 && !is_device(made.int(0)) => (
                Check::Sleep,
                with_call(made, libc::SYS_clock_getres, [(1, 0)]),
            ),
            libc::SYS_sched_getaffinity if made.int(0) != 0 => (Check::GetAffinity, *made),
            // An empty set is refused only after the process was found, and changes nothing.
            libc::SYS_sched_setaffinity if made.int(0) != 0 => {
                match has_first_processor(id, made) {
                    None => return false,
                    Some(has_first) => (
                        Check::SetAffinity { has_first },
                        with_call(made, libc::SYS_sched_setaffinity, [(1, 0)]),
                    ),
                }
            }
            _ => return false,
        };
        self.enter(id, *made, Wait::PLAIN, Some(changed), Then::Check(check));
        true
    }

    /// Replaces the result of a call that the system has checked.
    pub(super) fn answer_checked(
        &mut self,
        id: pid_t,
        call: &Call,
        check: Check,
        given: i64,
    ) -> Result<(), Halt> {
        let (made, found) = (&call.made, given >= 0);
        match check {
            Check::Clock(Some(base)) if found => {
                let cost = self.cost_of_a_read(id);
                let shown = self.clock.read(base, cost);
                write_time(id, made.argument(1), shown, Unit::Nanoseconds);
            }
            Check::Clock(None) if found => {
                return unknown(id, made.call(), "a device's clock has no virtual time");
            }
            Check::Sleep if found => {
                let why = "it sleeps by computing time, which virtual time does not have";
                return unknown(id, made.call(), why);
            }
            Check::GetAffinity if found => {
                let mut processors = vec![0; usize::try_from(given).unwrap_or(0)];
                let first = FIRST_PROCESSOR.to_le_bytes();
                processors
                    .iter_mut()
                    .zip(first)
                    .for_each(|(to, from)| *to = from);
                write(id, made.argument(2), &processors);
                replace_result(id, LEN_OF_PROCESSORS.cast_signed());
            }
            Check::ThreadMemory => {
                if !found {
                    cpuid::set_cannot_fault();
                }
                replace_result(id, 0);
            }
            Check::SetAffinity { has_first: true } if given == -i64::from(EINVAL) => {
                replace_result(id, 0);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a clock may not exist: that of a process, of a device, an alarm's on a machine that cannot wake up, and all those
/// with unknown ids.
fn may_be_missing(clock: i32) -> bool {
    !matches!(
        clock,
        libc::CLOCK_REALTIME..=libc::CLOCK_BOOTTIME | libc::CLOCK_TAI
    )
}

/// Whether the system has this clock.
pub(super) fn has_clock(clock: i32) -> bool {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: it writes a time, for which there is room.
    unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) == 0 }
}

/// Whether the processors that are set have the first among them; `None` where there is no such memory.
pub(super) fn has_first_processor(id: pid_t, made: &Registers) -> Option<bool> {
    let mut first = [0; 8];
    let len = usize::try_from(made.argument(1).min(LEN_OF_PROCESSORS)).unwrap_or(0);
    read_into(id, made.argument(2), &mut first[..len]).then_some(first[0] & 1 != 0)
}

/// The registers of another call, with some arguments changed.
fn with_call<const N: usize>(
    made: &Registers,
    call: c_long,
    arguments: [(usize, u64); N],
) -> Registers {
    let mut changed = *made;
    changed.set_call(call);
    for (index, value) in arguments {
        changed.set_argument(index, value);
    }
    changed
}

fn replace_result(id: pid_t, result: i64) {
    if let Some(mut registers) = ptrace::registers(id) {
        registers.set_result(result);
        ptrace::set_registers(id, &registers);
    }
}

//! System calls that read a clock or CPU time. The tracer emulates them with the virtual clock; `clock_cost` says what a
//! read costs.

use super::{
    entry::{filled, set_answer, unsupported},
    time_out::Wait,
};
use crate::{
    trace::{
        Halt,
        arch::Registers,
        clock::Base,
        clock_cost::READS_IN_A_TURN,
        deadlines::TimerId,
        memory::{Unit, write, write_time},
        thread::{Call, Then, Thread},
        tracer::Tracer,
    },
    virtual_time::known_files::RESIDENT,
};
use libc::pid_t;
use std::{mem::MaybeUninit, time::Duration};

const DEVICE: &str = "a device's clock has no virtual time";
/// The size of `struct tms`.
const CPU_TIMES: usize = 32;
/// The size of `struct rusage`, and where it has the resident memory in kilobytes (getrusage(2)).
const USAGE: usize = 144;
const RESIDENT_AT: usize = 32;

/// What a system call reads, and where it returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum ClockRead {
    /// A clock, by its id.
    Time,
    /// The wall clock, and the time zone.
    TimeOfDay,
    /// The wall clock in seconds, also as the result.
    Seconds,
    /// Uptime in hundredths of a second, and CPU times.
    Ticks,
    /// CPU times alone.
    CpuTime,
}

impl Tracer<'_> {
    /// A thread reads a clock.
    pub(super) fn enter_clock_read(
        &mut self,
        id: pid_t,
        entry: Registers,
        read: ClockRead,
    ) -> Result<(), Halt> {
        let cost = self.read_cost(id);
        let result = match read {
            ClockRead::CpuTime => {
                self.enter(id, entry, Wait::PLAIN, None, hides_usage(&entry, 1));
                return Ok(());
            }
            ClockRead::Time => {
                let clock = entry.int(0);
                if may_not_exist(clock) {
                    // The kernel returns its own error.
                    let then = Then::ReadClock(Base::of(clock));
                    self.enter(id, entry, Wait::PLAIN, None, then);
                    return Ok(());
                }
                // The `syscall` instruction, which is two bytes long.
                self.rewrite_if_hot(id, entry.instruction().wrapping_sub(2));
                let Some(base) = Base::of(clock) else {
                    self.pass(id);
                    return Ok(());
                };
                let shown = self.clock.read(base, cost);
                filled(write_time(id, entry.argument(1), shown, Unit::Nanoseconds))
            }
            ClockRead::TimeOfDay => {
                let shown = self.clock.read(Base::Wall, cost);
                let (time, zone) = (entry.argument(0), entry.argument(1));
                let is_told = (time == 0 || write_time(id, time, shown, Unit::Microseconds))
                    && (zone == 0 || write(id, zone, &[0; 8]));
                filled(is_told)
            }
            ClockRead::Seconds => {
                let shown = self.clock.read(Base::Wall, cost).as_secs();
                let time = entry.argument(0);
                let is_told = time == 0 || write(id, time, &shown.to_le_bytes());
                if is_told {
                    shown.cast_signed()
                } else {
                    filled(false)
                }
            }
            ClockRead::Ticks => {
                let computed = entry.argument(0);
                let is_told = computed == 0 || write(id, computed, &[0; CPU_TIMES]);
                let ticks = ticks(self.clock.read(Base::Uptime, cost));
                if is_told { ticks } else { filled(false) }
            }
        };
        set_answer(id, entry, result);
        self.after_clock_read(id)
    }

    /// The kernel has found a clock, or not; `base` is `None` for a clock without virtual time.
    pub(super) fn exit_clock_read(
        &mut self,
        id: pid_t,
        call: &Call,
        base: Option<Base>,
        returned: i64,
    ) -> Result<(), Halt> {
        match base {
            _ if returned < 0 => {}
            Some(base) => {
                let cost = self.read_cost(id);
                let shown = self.clock.read(base, cost);
                write_time(id, call.entry.argument(1), shown, Unit::Nanoseconds);
            }
            None => return unsupported(id, &call.entry, DEVICE),
        }
        Ok(())
    }

    /// Resumes a thread after it has read a clock by a system call. A thread that does little else yields its turn now
    /// and then, and whenever something is due.
    pub(in crate::trace) fn after_clock_read(&mut self, id: pid_t) -> Result<(), Halt> {
        let reads = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.clock_reads.reads += 1;
            thread.clock_reads.reads
        });
        if self
            .threads
            .get(&id)
            .is_some_and(|thread| thread.clock_reads.is_to_be_counted())
        {
            // After any other stop it has already been resumed.
            let Some(instructions) = self.count_instructions(id)? else {
                return Ok(());
            };
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.clock_reads.counted(instructions);
            }
        }
        let yields = reads.is_multiple_of(READS_IN_A_TURN) || (reads > 1 && self.is_due()?);
        self.after_call(id, yields);
        Ok(())
    }

    /// Whether a deadline has passed, or input is due. A thread that was woken before its deadline no longer waits for
    /// it, even if it has not stopped yet.
    fn is_due(&mut self) -> Result<bool, Halt> {
        if self.session_io.is_due(self.clock.instant()) {
            return Ok(true);
        }
        while let Some((at, timer)) = self.deadlines.next()
            && at <= self.clock.now()
        {
            let TimerId::Wait(id) = timer else {
                return Ok(true);
            };
            let sleeps = |thread: &Thread| {
                thread
                    .sleep
                    .is_none_or(|sleep| thread.probe.still_sleeps(sleep))
            };
            if self.threads.get(&id).is_none_or(sleeps) {
                return Ok(true);
            }
            self.await_stop_or_block(id)?;
        }
        Ok(false)
    }
}

/// Hides the usage of resources that a system call writes to the address in this argument.
pub(super) fn hides_usage(entry: &Registers, argument: usize) -> Then {
    match entry.argument(argument) {
        0 => Then::Nothing,
        computed => Then::HideUsage(computed),
    }
}

/// Replaces the usage of resources at an address: CPU times, faults and switches differ from run to run.
pub(super) fn hide_usage(id: pid_t, address: u64) {
    let mut usage = [0; USAGE];
    usage[RESIDENT_AT..RESIDENT_AT + 8].copy_from_slice(&RESIDENT.to_le_bytes());
    write(id, address, &usage);
}

/// Whether a clock may not exist: one of a process or a device, an alarm clock on a machine that cannot be woken, and
/// all unknown ids.
fn may_not_exist(clock: i32) -> bool {
    !matches!(
        clock,
        libc::CLOCK_REALTIME..=libc::CLOCK_BOOTTIME | libc::CLOCK_TAI
    )
}

/// Whether the kernel has this clock.
pub(super) fn has_clock(clock: i32) -> bool {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: it writes a time into `time`.
    unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) == 0 }
}

/// The result of `times`: hundredths of a second.
fn ticks(uptime: Duration) -> i64 {
    i64::try_from(uptime.as_millis() / 10).unwrap_or(i64::MAX)
}

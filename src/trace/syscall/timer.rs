//! System calls that create, set and read timers. [`timers`](crate::trace::timers) says what happens when one expires.

use super::{
    entry::{filled, unsupported},
    file_kind::FileKind,
    time_out::Wait,
};
use crate::trace::{
    Halt,
    arch::Registers,
    clock::Base,
    deadlines::TimerId,
    memory::{Unit, read, read_word, write},
    thread::{Call, Then},
    timers::{Notify, PosixTimer, Setting},
    tracer::Tracer,
};
use libc::{EFAULT, EINVAL, pid_t};
use std::time::Duration;

const DEVICE: &str = "a device's clock has no virtual time";
const UNKNOWN_FILE: &str = "a timer descriptor that the program was given has no virtual time";
const NANOSECONDS: u64 = 1_000_000_000;

/// What a system call does, and to which kind of timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum TimerCall {
    /// Sets the alarm, in seconds.
    Alarm,
    SetInterval,
    GetInterval,
    Create,
    Set,
    Get,
    Overrun,
    Delete,
    CreateFile,
    SetFile,
    GetFile,
}

/// The size of `struct itimerspec` and of `struct itimerval`: an interval and a time.
const SETTING: usize = 32;

impl Tracer<'_> {
    /// A thread creates, sets or reads a timer.
    pub(super) fn enter_timer(
        &mut self,
        id: pid_t,
        entry: Registers,
        call: TimerCall,
    ) -> Result<(), Halt> {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let timer = (process, entry.int(0));
        let result = match call {
            TimerCall::Alarm => {
                let seconds = u64::from(entry.int(0).cast_unsigned());
                let old = self.left_of(TimerId::Alarm(process));
                self.set_alarm(process, seconds * NANOSECONDS, 0);
                Some(whole_seconds(old))
            }
            TimerCall::SetInterval => self.set_interval(id, &entry),
            TimerCall::GetInterval => self.get_interval(id, &entry),
            TimerCall::Create => {
                let base = Base::of(entry.int(0));
                self.enter(id, entry, Wait::PLAIN, None, Then::NoteTimer(base));
                return Ok(());
            }
            TimerCall::Set => self.set_posix(id, &entry, timer),
            TimerCall::Get => self.timers.posix.get(&timer).copied().map(|known| {
                let value = self.left_of(TimerId::Posix(process, entry.int(0)));
                let setting = Setting {
                    value,
                    interval: known.interval,
                };
                tell(id, entry.argument(1), setting, Unit::Nanoseconds)
            }),
            TimerCall::Overrun => {
                let known = self.timers.posix.get(&timer);
                known.map(|known| known.last_overruns.cast_signed())
            }
            TimerCall::Delete => {
                self.timers.posix.remove(&timer);
                self.deadlines
                    .set(TimerId::Posix(process, entry.int(0)), None);
                None
            }
            TimerCall::CreateFile => {
                let base = Base::of(entry.int(0));
                self.enter(id, entry, Wait::PLAIN, None, Then::NoteTimerFile(base));
                return Ok(());
            }
            TimerCall::SetFile => match self.timer_file(id, entry.int(0)) {
                Some(file) => self.set_file(id, &entry, file),
                None if self.file_kind(id, entry.int(0)) == FileKind::TimerFd => {
                    return unsupported(id, &entry, UNKNOWN_FILE);
                }
                None => None,
            },
            TimerCall::GetFile => self.timer_file(id, entry.int(0)).map(|file| {
                let setting = self.file_setting(file);
                if let Some(file) = self.timer_file_mut(file) {
                    file.note_asked();
                }
                tell(id, entry.argument(1), setting, Unit::Nanoseconds)
            }),
        };
        match result {
            Some(result) => self.answer(id, entry, result),
            // The kernel returns the error, or time is not involved.
            None => self.pass(id),
        }
        Ok(())
    }

    /// A POSIX timer was created, by this clock.
    pub(super) fn exit_timer_create(
        &mut self,
        id: pid_t,
        call: &Call,
        base: Option<Base>,
        returned: i64,
    ) -> Result<(), Halt> {
        if returned < 0 {
            return Ok(());
        }
        let Some(base) = base else {
            return unsupported(id, &call.entry, DEVICE);
        };
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let Some(timer) = read(id, call.entry.argument(2)).map(i32::from_le_bytes) else {
            return Ok(());
        };
        let notify = match call.entry.argument(1) {
            0 => Notify::Signal {
                signal: libc::SIGALRM,
                value: u64::from(timer.cast_unsigned()),
                thread: None,
            },
            event => self.notify(id, event),
        };
        let known = PosixTimer::new(base, notify);
        self.timers.posix.insert((process, timer), known);
        Ok(())
    }

    /// A timerfd was created, by this clock.
    pub(super) fn exit_timer_file(
        &mut self,
        id: pid_t,
        call: &Call,
        base: Option<Base>,
        returned: i64,
    ) -> Result<(), Halt> {
        let Ok(descriptor) = i32::try_from(returned) else {
            return Ok(());
        };
        if descriptor < 0 {
            return Ok(());
        }
        match base {
            Some(base) if self.note_timer_file(id, descriptor, base) => Ok(()),
            _ => unsupported(id, &call.entry, UNKNOWN_FILE),
        }
    }

    /// A system call has returned that may report a timer: it has read a timerfd, or taken a signal.
    pub(super) fn tell_of_timers(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        let address = match entry.call() {
            libc::SYS_rt_sigtimedwait if entry.argument(1) != 0 => {
                return self.patch_taken_signal(id, entry.argument(1));
            }
            libc::SYS_read => entry.argument(1),
            libc::SYS_readv => read_word(id, entry.argument(1)).unwrap_or(0),
            _ => return,
        };
        let descriptor = entry.int(0);
        match self.file_kind(id, descriptor) {
            FileKind::TimerFd => self.exit_timer_read(id, descriptor, address),
            FileKind::SignalFd => self.patch_signal_file(id, address, returned.cast_unsigned()),
            _ => {}
        }
    }

    /// The remaining time of a timer, in nanoseconds; 0 if it is not armed.
    fn left_of(&self, timer: TimerId) -> u64 {
        let at = self.deadlines.of(timer);
        at.map_or(0, |at| at.saturating_sub(self.clock.now()).max(1))
    }

    fn set_alarm(&mut self, process: pid_t, value: u64, interval: u64) {
        let at = (value > 0).then(|| self.clock.ahead(value));
        self.deadlines.set(TimerId::Alarm(process), at);
        self.timers.alarms.insert(process, interval);
    }

    /// `setitimer(2)`. `None` if there is no such timer.
    fn set_interval(&mut self, id: pid_t, entry: &Registers) -> Option<i64> {
        let process = self.threads.get(&id)?.process;
        let which = entry.int(0);
        if !matches!(
            which,
            libc::ITIMER_REAL | libc::ITIMER_VIRTUAL | libc::ITIMER_PROF
        ) {
            return None;
        }
        let new = match entry.argument(1) {
            0 => Setting::default(),
            address => match setting(id, address, Unit::Microseconds) {
                Ok(new) => new,
                Err(error) => return Some(error),
            },
        };
        let old = self.interval_setting(process, which);
        if which == libc::ITIMER_REAL {
            self.set_alarm(process, new.value, new.interval);
        } else {
            self.timers.computing.insert((process, which), new);
        }
        Some(match entry.argument(2) {
            0 => 0,
            address => tell(id, address, old, Unit::Microseconds),
        })
    }

    /// `getitimer(2)`. `None` if there is no such timer.
    fn get_interval(&mut self, id: pid_t, entry: &Registers) -> Option<i64> {
        let process = self.threads.get(&id)?.process;
        let which = entry.int(0);
        if !matches!(
            which,
            libc::ITIMER_REAL | libc::ITIMER_VIRTUAL | libc::ITIMER_PROF
        ) {
            return None;
        }
        let old = self.interval_setting(process, which);
        Some(tell(id, entry.argument(1), old, Unit::Microseconds))
    }

    fn interval_setting(&self, process: pid_t, which: i32) -> Setting {
        if which != libc::ITIMER_REAL {
            let computing = self.timers.computing.get(&(process, which));
            return computing.copied().unwrap_or_default();
        }
        Setting {
            value: self.left_of(TimerId::Alarm(process)),
            interval: self.timers.alarms.get(&process).copied().unwrap_or(0),
        }
    }

    /// `timer_settime(2)`. `None` if there is no such timer.
    fn set_posix(&mut self, id: pid_t, entry: &Registers, timer: (pid_t, i32)) -> Option<i64> {
        let known = *self.timers.posix.get(&timer)?;
        let timer_id = TimerId::Posix(timer.0, timer.1);
        let new = match setting(id, entry.argument(2), Unit::Nanoseconds) {
            Ok(new) => new,
            Err(error) => return Some(error),
        };
        let old = Setting {
            value: self.left_of(timer_id),
            interval: known.interval,
        };
        let at = self.deadline_of(
            known.base,
            new.value,
            entry.int(1) & libc::TIMER_ABSTIME != 0,
        );
        self.deadlines.set(timer_id, at);
        if let Some(known) = self.timers.posix.get_mut(&timer) {
            known.reset(new.interval);
        }
        Some(match entry.argument(3) {
            0 => 0,
            address => tell(id, address, old, Unit::Nanoseconds),
        })
    }

    /// `timerfd_settime(2)`.
    fn set_file(&mut self, id: pid_t, entry: &Registers, file: usize) -> Option<i64> {
        const FLAGS: i32 = libc::TFD_TIMER_ABSTIME | libc::TFD_TIMER_CANCEL_ON_SET;
        let new = match setting(id, entry.argument(2), Unit::Nanoseconds) {
            Ok(_) if entry.int(1) & !FLAGS != 0 => return Some(-i64::from(EINVAL)),
            Ok(new) => new,
            Err(error) => return Some(error),
        };
        let old = self.file_setting(file);
        let is_absolute = entry.int(1) & libc::TFD_TIMER_ABSTIME != 0;
        let known = self.timer_file_mut(file)?;
        known.reset(new.interval);
        let base = known.base;
        let at = self.deadline_of(base, new.value, is_absolute);
        self.deadlines.set(TimerId::File(file), at);
        Some(match entry.argument(3) {
            0 => 0,
            address => tell(id, address, old, Unit::Nanoseconds),
        })
    }

    fn file_setting(&mut self, file: usize) -> Setting {
        let value = self.left_of(TimerId::File(file));
        let interval = self.timer_file_mut(file).map_or(0, |file| file.interval);
        Setting { value, interval }
    }

    /// The deadline of a timer that is set to this time; `None` if it is disarmed, or counts CPU time.
    fn deadline_of(&self, base: Base, value: u64, is_absolute: bool) -> Option<u64> {
        match (base, value) {
            (_, 0) | (Base::CpuTime, _) => None,
            _ if is_absolute => Some(self.clock.instant_of(base, value)),
            _ => Some(self.clock.ahead(value)),
        }
    }

    /// What a `struct sigevent` requests (`sigevent(3type)`).
    fn notify(&self, id: pid_t, event: u64) -> Notify {
        let Some(event) = read::<24>(id, event) else {
            return Notify::Nothing;
        };
        let word = |at: usize| i32::from_le_bytes([0, 1, 2, 3].map(|byte| event[at + byte]));
        let value = [0, 1, 2, 3, 4, 5, 6, 7].map(|byte| event[byte]);
        let (signal, how) = (word(8), word(12));
        if how & !libc::SIGEV_THREAD_ID == libc::SIGEV_NONE {
            return Notify::Nothing;
        }
        let thread = (how & libc::SIGEV_THREAD_ID != 0).then(|| word(16));
        Notify::Signal {
            signal,
            value: u64::from_le_bytes(value),
            thread: thread.and_then(|thread| self.thread_named(id, thread)),
        }
    }
}

/// Reads an interval and a time.
///
/// # Errors
/// The result of the system call if the memory is not mapped, or the time is invalid.
fn setting(id: pid_t, address: u64, unit: Unit) -> Result<Setting, i64> {
    let bytes: [u8; SETTING] = read(id, address).ok_or(-i64::from(EFAULT))?;
    let (words, _) = bytes.as_chunks::<8>();
    let (most, scale) = match unit {
        Unit::Nanoseconds => (NANOSECONDS, 1),
        Unit::Microseconds => (NANOSECONDS / 1_000, 1_000),
    };
    let time = |at: usize| {
        let seconds = u64::try_from(i64::from_le_bytes(words[at])).ok()?;
        let fraction = u64::from_le_bytes(words[at + 1]);
        (fraction < most).then(|| {
            seconds
                .saturating_mul(NANOSECONDS)
                .saturating_add(fraction * scale)
        })
    };
    let (interval, value) = time(0).zip(time(2)).ok_or(-i64::from(EINVAL))?;
    Ok(Setting { value, interval })
}

/// Writes an interval and a time to an address; returns the result of the system call.
fn tell(id: pid_t, address: u64, setting: Setting, unit: Unit) -> i64 {
    let mut bytes = Vec::with_capacity(SETTING);
    for time in [setting.interval, setting.value] {
        let time = Duration::from_nanos(time);
        let fraction = match unit {
            Unit::Nanoseconds => time.subsec_nanos(),
            Unit::Microseconds => time.subsec_micros(),
        };
        bytes.extend(time.as_secs().to_le_bytes());
        bytes.extend(u64::from(fraction).to_le_bytes());
    }
    filled(write(id, address, &bytes))
}

/// The remaining time as `alarm` returns it: at least one second if any time remains, otherwise rounded (alarm(2)).
fn whole_seconds(left: u64) -> i64 {
    let seconds = (left + NANOSECONDS / 2) / NANOSECONDS;
    i64::try_from(seconds.max(u64::from(left > 0))).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::whole_seconds;

    #[test]
    fn an_alarm_that_is_left_is_rounded_and_never_none() {
        let left = [0, 1, 1_499_999_999, 1_500_000_000, 2_000_000_000];
        assert_eq!(left.map(whole_seconds), [0, 1, 1, 2, 2]);
    }
}

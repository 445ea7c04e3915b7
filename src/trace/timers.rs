//! Timers that a program sets: the alarm, interval timers, POSIX timers and timerfds.
//!
//! The kernel creates POSIX timers and timerfds, so that ids, errors, `fork`, `dup` and `exec` are its own, but it
//! never arms them: their deadlines are in the queue of [`Deadlines`](super::deadlines::Deadlines). When one expires,
//! the tracer sends the signal that the kernel would send, or makes the timerfd readable. The signal's information is
//! as the kernel's own: [`Tracer::patch_timer_signal`] replaces what another process cannot send.

use super::{
    Halt,
    clock::Base,
    clock_cost::EXPIRED_WAIT,
    deadlines::TimerId,
    memory::{read, write},
    proc, ptrace,
    timerfd::TimerFile,
    tracer::Tracer,
};
use libc::pid_t;
use std::{collections::HashMap, mem};

/// The id that marks the signal of an alarm until the program takes it. No POSIX timer has it.
const ALARM: i32 = i32::MIN;
/// `si_code` of a POSIX timer's signal, and of one that the kernel itself sends (sigaction(2)).
const SI_TIMER: i32 = -2;
const SI_KERNEL: i32 = 0x80;
/// Offsets in `siginfo_t` and in `struct signalfd_siginfo` (signalfd(2)).
const CODE: usize = 8;
const TIMER: usize = 16;
const OVERRUN: usize = 20;
const VALUE: usize = 24;
const FILE_TIMER: usize = 24;
const FILE_OVERRUN: usize = 32;
/// The size of `struct signalfd_siginfo`.
const FILE_ENTRY: usize = 128;
/// The highest overrun count (`timer_getoverrun(2)`).
const MAX_OVERRUNS: u64 = i32::MAX as u64;
/// A timer of one process, by its id in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PosixTimer {
    /// Its clock; a CPU-time clock practically never reaches a deadline.
    pub(super) base: Base,
    pub(super) interval: u64,
    pub(super) notify: Notify,
    /// Its signal was sent and is still pending.
    is_pending: bool,
    /// Expirations since the signal was sent, and the count that was reported with the last one.
    overruns: u64,
    pub(super) last_overruns: u64,
}

/// What a timer does when it expires (`sigevent(3type)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notify {
    Nothing,
    /// It sends a signal with a value to its process, or to one of its threads.
    Signal {
        signal: i32,
        value: u64,
        thread: Option<pid_t>,
    },
}

/// A CPU-time timer, which can be set and read back but practically never expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) value: u64,
    pub(super) interval: u64,
}

/// The timers of one session.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// The intervals of processes' alarms.
    pub(super) alarms: HashMap<pid_t, u64>,
    /// The settings of processes' other interval timers, by kind.
    pub(super) computing: HashMap<(pid_t, i32), Setting>,
    pub(super) posix: HashMap<(pid_t, i32), PosixTimer>,
    pub(super) files: HashMap<usize, TimerFile>,
    pub(super) files_made: usize,
}

impl Timers {
    /// Whether the program has not created any timer yet.
    pub(super) fn is_empty(&self) -> bool {
        self.alarms.is_empty() && self.posix.is_empty() && self.files_made == 0
    }
}

impl PosixTimer {
    pub(super) fn new(base: Base, notify: Notify) -> PosixTimer {
        PosixTimer {
            base,
            interval: 0,
            notify,
            is_pending: false,
            overruns: 0,
            last_overruns: 0,
        }
    }

    /// The timer was set: discards earlier expirations.
    pub(super) fn reset(&mut self, interval: u64) {
        self.interval = interval;
        self.is_pending = false;
        self.overruns = 0;
    }
}

impl Tracer<'_> {
    /// Expires a timer.
    pub(super) fn expire_timer(&mut self, timer: TimerId) -> Result<(), Halt> {
        let interval = match timer {
            TimerId::Wait(_) => 0,
            TimerId::Alarm(process) => self.timers.alarms.get(&process).copied().unwrap_or(0),
            TimerId::Posix(process, id) => {
                let timer = self.timers.posix.get(&(process, id));
                timer.map_or(0, |timer| timer.interval)
            }
            TimerId::File(file) => self.timers.files.get(&file).map_or(0, |file| file.interval),
        };
        // An interval timer never drifts. Missed expirations are counted, without signals of their own.
        let at = self.deadlines.of(timer).unwrap_or(0);
        let missed = self.clock.now().saturating_sub(at).checked_div(interval);
        let missed = missed.unwrap_or(0);
        let next = (interval > 0).then(|| at.saturating_add((missed + 1).saturating_mul(interval)));
        self.deadlines.set(timer, next);
        self.clock.creep(EXPIRED_WAIT);
        self.recheck_stops = true;
        match timer {
            TimerId::Wait(_) => {}
            TimerId::Alarm(process) => {
                self.log(process, |_| "its alarm expires");
                send_signal(process, None, libc::SIGALRM, ALARM, 0);
            }
            TimerId::Posix(process, id) => self.expire_posix(process, id, missed),
            TimerId::File(file) => self.expire_file(file, missed)?,
        }
        Ok(())
    }

    fn expire_posix(&mut self, process: pid_t, id: i32, missed: u64) {
        self.log(process, |_| format!("its timer {id} expires"));
        let Some(timer) = self.timers.posix.get_mut(&(process, id)) else {
            return;
        };
        let Notify::Signal {
            signal,
            value,
            thread,
        } = timer.notify
        else {
            return;
        };
        // It may have been taken without a way to tell whose it was, or lost because an equal one was pending.
        if timer.is_pending && proc::is_pending(thread.unwrap_or(process), signal) {
            timer.overruns += missed + 1;
            return;
        }
        timer.is_pending = true;
        timer.overruns = missed;
        send_signal(process, thread, signal, id, value);
    }

    /// Makes a timer's signal, which a thread is about to receive, look as if the kernel had sent it.
    pub(super) fn patch_timer_signal(&mut self, id: pid_t) {
        let Some(mut info) = ptrace::signal_info_bytes(id) else {
            return;
        };
        let code = int(&info, CODE);
        if code == SI_TIMER && self.patch(id, &mut info, TIMER, OVERRUN) {
            ptrace::set_signal_info_bytes(id, &info);
        }
    }

    /// The same for a signal that a thread has taken by waiting for it, with its information at this address.
    pub(super) fn patch_taken_signal(&mut self, id: pid_t, address: u64) {
        let Some(mut info) = read::<SIGNAL_INFO>(id, address) else {
            return;
        };
        if int(&info, CODE) == SI_TIMER && self.patch(id, &mut info, TIMER, OVERRUN) {
            write(id, address, &info);
        }
    }

    /// The same for bytes that a thread has read from a signalfd to this address.
    pub(super) fn patch_signal_file(&mut self, id: pid_t, address: u64, len: u64) {
        for entry in 0..len / FILE_ENTRY as u64 {
            let address = address + entry * FILE_ENTRY as u64;
            let Some(mut info) = read::<FILE_ENTRY>(id, address) else {
                return;
            };
            if int(&info, CODE) == SI_TIMER && self.patch(id, &mut info, FILE_TIMER, FILE_OVERRUN) {
                write(id, address, &info);
            }
        }
    }

    /// Replaces what another process cannot send of a timer's signal. Returns whether anything was replaced.
    fn patch(&mut self, id: pid_t, info: &mut [u8], timer: usize, overrun: usize) -> bool {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let number = int(info, timer);
        if number == ALARM {
            put(info, CODE, SI_KERNEL);
            for field in [timer, overrun] {
                put(info, field, 0);
            }
            return true;
        }
        let Some(timer) = self.timers.posix.get_mut(&(process, number)) else {
            return false;
        };
        timer.is_pending = false;
        timer.last_overruns = mem::take(&mut timer.overruns).min(MAX_OVERRUNS);
        put(
            info,
            overrun,
            i32::try_from(timer.last_overruns).unwrap_or(i32::MAX),
        );
        true
    }

    /// A process has executed a program: its POSIX timers are gone, but its alarm is not (`timer_create(2)`, alarm(2)).
    pub(super) fn forget_posix_timers(&mut self, process: pid_t) {
        let deadlines = &mut self.deadlines;
        self.timers.posix.retain(|(of, id), _| {
            if *of == process {
                deadlines.set(TimerId::Posix(process, *id), None);
            }
            *of != process
        });
    }

    /// A process has ended, and its timers with it.
    pub(super) fn forget_timers(&mut self, process: pid_t) {
        self.forget_posix_timers(process);
        self.timers.alarms.remove(&process);
        self.timers.computing.retain(|(of, _), _| *of != process);
        self.deadlines.set(TimerId::Alarm(process), None);
    }
}

/// The size of `siginfo_t`.
pub(super) const SIGNAL_INFO: usize = size_of::<libc::siginfo_t>();

/// An `int` at an offset.
fn int(bytes: &[u8], at: usize) -> i32 {
    let bytes = bytes
        .get(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, i32::from_le_bytes)
}

fn put(bytes: &mut [u8], at: usize, value: i32) {
    if let Some(bytes) = bytes.get_mut(at..at + 4) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
}

/// Sends a signal as a timer does. If the process is gone, its wait status says so.
fn send_signal(process: pid_t, thread: Option<pid_t>, signal: i32, timer: i32, value: u64) {
    let mut info = [0_u8; SIGNAL_INFO];
    put(&mut info, 0, signal);
    put(&mut info, CODE, SI_TIMER);
    put(&mut info, TIMER, timer);
    info[VALUE..VALUE + 8].copy_from_slice(&value.to_le_bytes());
    // SAFETY: it reads `info`, which is as large as the kernel's structure.
    unsafe {
        match thread {
            Some(thread) => libc::syscall(
                libc::SYS_rt_tgsigqueueinfo,
                process,
                thread,
                signal,
                info.as_ptr(),
            ),
            None => libc::syscall(libc::SYS_rt_sigqueueinfo, process, signal, info.as_ptr()),
        }
    };
}

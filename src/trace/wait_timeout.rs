//! A time-out for `waitid(2)`, which has none: a signal ends it.
//!
//! The signal is the highest real-time signal that the process neither handles nor blocks. Its handler does nothing. A
//! timer sends it to the waiting thread alone (`timer_create(2)`, `SIGEV_THREAD_ID`).

use super::host::Host;
use libc::{c_int, itimerspec, sigaction, sigevent, sigset_t, timer_t, timespec};
use rustix::thread::gettid;
use std::{mem, ptr, time::Duration};

/// The alarm of the thread that created it.
pub(super) struct Alarm(timer_t);

impl Alarm {
    /// An alarm of the calling thread; `None` if the process has no free signal, or the kernel no timer.
    pub(super) fn new(host: &Host) -> Option<Alarm> {
        let signal =
            signal(host).filter(|signal| action(*signal) == on_alarm as *const () as usize)?;
        // SAFETY: all fields are integers, for which zero is valid.
        let mut signals: sigset_t = unsafe { mem::zeroed() };
        // SAFETY: it changes the set and this thread's mask, and touches no other memory.
        unsafe {
            libc::sigaddset(&raw mut signals, signal);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const signals, ptr::null_mut());
        }
        // SAFETY: all fields are integers, and an address that is not dereferenced.
        let mut event: sigevent = unsafe { mem::zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event.sigev_notify_thread_id = gettid().as_raw_nonzero().get();
        let mut timer = ptr::null_mut();
        // SAFETY: it reads the event and writes the timer, both ours.
        let created =
            unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) };
        (created == 0).then_some(Alarm(timer))
    }

    /// Runs a wait that ends after this time: a system call in it then fails with `EINTR`.
    pub(super) fn bound<T>(&self, wait: Duration, run: impl FnOnce() -> T) -> T {
        self.set(wait);
        let ran = run();
        self.set(Duration::ZERO);
        ran
    }

    /// Arms the timer: it fires after this time and then periodically, as it may fire before the wait begins. Zero
    /// disarms it.
    fn set(&self, after: Duration) {
        let after = timespec {
            tv_sec: after.as_secs().cast_signed(),
            tv_nsec: after.subsec_nanos().into(),
        };
        let setting = itimerspec {
            it_interval: after,
            it_value: after,
        };
        // SAFETY: it reads the setting, which is ours; the timer exists as long as `self`.
        unsafe { libc::timer_settime(self.0, 0, &raw const setting, ptr::null_mut()) };
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: the timer exists, and is not used after this.
        unsafe { libc::timer_delete(self.0) };
    }
}

/// The signal, whose handler is installed on first use; `None` if the process leaves none free.
fn signal(host: &Host) -> Option<c_int> {
    *host.alarm.get_or_init(|| {
        (libc::SIGRTMIN()..=libc::SIGRTMAX())
            .rev()
            .find(|signal| take(*signal))
    })
}

/// Installs a handler for a signal, if the process neither handles nor blocks it. Returns whether it is installed.
fn take(signal: c_int) -> bool {
    if action(signal) != libc::SIG_DFL || is_blocked(signal) {
        return false;
    }
    // SAFETY: all fields are integers, for which zero is valid: no flags, so that system calls are not restarted, and
    // no mask.
    let mut action: sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = on_alarm as *const () as usize;
    // SAFETY: the handler does nothing, and so may run anywhere.
    unsafe { sigaction(signal, &raw const action, ptr::null_mut()) == 0 }
}

/// The handler of the alarm's signal.
extern "C" fn on_alarm(_: c_int) {}

/// The disposition of a signal in this process.
fn action(signal: c_int) -> usize {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut action: sigaction = unsafe { mem::zeroed() };
    // SAFETY: it writes the current action, which is ours.
    unsafe { sigaction(signal, ptr::null(), &raw mut action) };
    action.sa_sigaction
}

/// Whether this thread blocks a signal; the process may then receive it by waiting for it.
fn is_blocked(signal: c_int) -> bool {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut blocked: sigset_t = unsafe { mem::zeroed() };
    // SAFETY: it writes this thread's mask into the set, and reads the set.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut blocked);
        libc::sigismember(&raw const blocked, signal) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, Host, signal, take};
    use std::{
        io::{ErrorKind, Read, pipe},
        time::Duration,
    };

    #[test]
    fn an_alarm_ends_an_endless_wait() {
        let alarm = Alarm::new(&Host::of_this_process()).unwrap();
        let (mut nothing, _held_open) = pipe().unwrap();
        let waited = alarm.bound(Duration::from_millis(1), || nothing.read(&mut [0]));
        assert_eq!(waited.unwrap_err().kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn a_signal_that_is_handled_already_is_not_taken() {
        // The alarm's signal is handled by now.
        assert!(!take(signal(&Host::of_this_process()).unwrap()));
    }
}

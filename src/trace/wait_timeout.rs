//! A time-out for waits that have none: `waitid(2)` ends with a report, and else when a signal comes.
//!
//! The signal is a real-time signal that the process neither handles nor blocks, the highest of them. Its handler does nothing, and a
//! timer sends it to one thread alone (`timer_create(2)`, `SIGEV_THREAD_ID`), while that waits.

use super::host::Host;
use libc::{c_int, itimerspec, sigaction, sigevent, sigset_t, timer_t, timespec};
use rustix::thread::gettid;
use std::{mem, ptr, time::Duration};

/// The alarm of the thread that has made it.
pub(super) struct Alarm(timer_t);

impl Alarm {
    /// An alarm of the calling thread; `None` where the process has no signal left for it, or the system no timer.
    pub(super) fn new(host: &Host) -> Option<Alarm> {
        let signal = signal(host).filter(|signal| action(*signal) == ring as *const () as usize)?;
        // SAFETY: a set of signals is numbers, for which zero will do.
        let mut signals: sigset_t = unsafe { mem::zeroed() };
        // SAFETY: it changes the set, and then this thread's mask, and touches no other memory.
        unsafe {
            libc::sigaddset(&raw mut signals, signal);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const signals, ptr::null_mut());
        }
        // SAFETY: it is numbers and an address that nobody follows.
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

    /// Runs what waits, and ends its wait after a while: one of its system calls then says `EINTR`.
    pub(super) fn bound<T>(&self, wait: Duration, run: impl FnOnce() -> T) -> T {
        self.set(wait);
        let ran = run();
        self.set(Duration::ZERO);
        ran
    }

    /// Lets it ring after this time, and again each time this time has passed, as it may ring before the wait has begun;
    /// not any more for zero.
    fn set(&self, after: Duration) {
        let after = timespec {
            tv_sec: after.as_secs().cast_signed(),
            tv_nsec: after.subsec_nanos().into(),
        };
        let setting = itimerspec {
            it_interval: after,
            it_value: after,
        };
        // SAFETY: it reads the setting, which is ours; the timer is there as long as this is.
        unsafe { libc::timer_settime(self.0, 0, &raw const setting, ptr::null_mut()) };
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: the timer is there, and nobody uses it any more.
        unsafe { libc::timer_delete(self.0) };
    }
}

/// The signal, whose handler is set when it is first asked for; `None` where the process leaves none.
fn signal(host: &Host) -> Option<c_int> {
    *host.alarm.get_or_init(|| {
        (libc::SIGRTMIN()..=libc::SIGRTMAX())
            .rev()
            .find(|signal| take(*signal))
    })
}

/// Handles a signal, if nobody does or waits for it; says whether it is handled now.
fn take(signal: c_int) -> bool {
    if action(signal) != libc::SIG_DFL || is_blocked(signal) {
        return false;
    }
    // SAFETY: an action is numbers, for which zero will do: no flag, so that calls are not made again, and no mask.
    let mut action: sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = ring as *const () as usize;
    // SAFETY: the handler does nothing, and so may run anywhere.
    unsafe { sigaction(signal, &raw const action, ptr::null_mut()) == 0 }
}

/// What happens when it rings.
extern "C" fn ring(_: c_int) {}

/// What a signal does to this process.
fn action(signal: c_int) -> usize {
    // SAFETY: an action is numbers, for which zero will do.
    let mut action: sigaction = unsafe { mem::zeroed() };
    // SAFETY: it writes the action that is set, which is ours.
    unsafe { sigaction(signal, ptr::null(), &raw mut action) };
    action.sa_sigaction
}

/// Whether this thread, and so perhaps the whole process, takes a signal by waiting for it.
fn is_blocked(signal: c_int) -> bool {
    // SAFETY: a set of signals is numbers, for which zero will do.
    let mut blocked: sigset_t = unsafe { mem::zeroed() };
    // SAFETY: it writes this thread's mask into the set, and reads that.
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
    fn it_ends_a_wait_that_has_no_end() {
        let alarm = Alarm::new(&Host::of_this_process()).unwrap();
        let (mut nothing, _held_open) = pipe().unwrap();
        let waited = alarm.bound(Duration::from_millis(1), || nothing.read(&mut [0]));
        assert_eq!(waited.unwrap_err().kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn a_signal_that_somebody_handles_is_left_alone() {
        // The alarm's own is handled by now.
        assert!(!take(signal(&Host::of_this_process()).unwrap()));
    }
}

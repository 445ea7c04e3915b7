//! Interrupts: signals from outside, or one at a given instant of the paused clock.

use crate::{
    clock::{ClockMode, SpinnerClock},
    stdout::Stdout,
};
use rustix::fd::{AsFd, BorrowedFd};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    low_level::{pipe, register},
};
use std::{
    future::{Future, pending},
    io,
    mem::MaybeUninit,
    os::unix::net::UnixStream,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use stroboscope::recording::{EventKind, Signal};
use tokio::{select, sync::Notify};

/// The signals that ask the program to end, which are caught from now on. SIGQUIT (Ctrl-\) keeps its default action, as
/// a last resort.
#[derive(Clone)]
pub struct Signals(Arc<Ear>);

struct Ear {
    /// The number of the latest signal; 0 is none.
    latest: Arc<AtomicUsize>,
    /// Readable as soon as a signal has come; it is never read, so it stays readable.
    readable: UnixStream,
    /// Tells tasks on a paused clock, which watches no descriptors.
    noticed: Notify,
    /// The thread that is in write(2), perhaps forever; 0 is none.
    writer: Arc<AtomicUsize>,
}

impl Signals {
    /// Starts to catch signals. A signal that the parent had ignored, as `nohup` does, stays ignored.
    pub fn listen() -> io::Result<Signals> {
        let (readable, writable) = UnixStream::pair()?;
        readable.set_nonblocking(true)?;
        let latest = Arc::new(AtomicUsize::new(0));
        let writer = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if !is_ignored(signal)? {
                // In this order: a task that is woken by the pipe finds the number.
                flag::register_usize(signal, Arc::clone(&latest), signal.unsigned_abs() as usize)?;
                pipe::register(signal, writable.try_clone()?)?;
                let writer = Arc::clone(&writer);
                // SAFETY: everything it does is async-signal-safe.
                unsafe { register(signal, move || pass_on(signal, &writer)) }?;
            }
        }
        let ear = Ear {
            latest,
            readable,
            noticed: Notify::new(),
            writer,
        };
        Ok(Signals(Arc::new(ear)))
    }

    /// Runs a write that may block; a signal interrupts it, whichever thread the system delivers the signal to.
    pub fn cutting_short<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.writer.store(this_thread(), SeqCst);
        let written = write();
        self.0.writer.store(0, SeqCst);
        written
    }

    /// The signal that has come, if there was one.
    pub fn arrived(&self) -> Option<Signal> {
        Signal::try_from(i32::try_from(self.0.latest.load(SeqCst)).ok()?).ok()
    }

    /// Becomes readable when a signal comes.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.0.readable.as_fd()
    }

    /// Tells tasks on a paused clock of a signal that has come. A handler cannot do that; each flush does.
    pub fn notice(&self) {
        if self.arrived().is_some() {
            self.0.noticed.notify_one();
        }
    }

    async fn arrives(&self, pace: ClockMode) -> Signal {
        match pace {
            ClockMode::Real => self.arrives_in_real_time().await,
            ClockMode::Paused { .. } => loop {
                if let Some(signal) = self.arrived() {
                    return signal;
                }
                self.0.noticed.notified().await;
            },
        }
    }

    async fn arrives_in_real_time(&self) -> Signal {
        let readable = self
            .0
            .readable
            .try_clone()
            .and_then(tokio::net::UnixStream::from_std);
        let readable = readable.expect("the runtime watches one more socket");
        loop {
            if let Some(signal) = self.arrived() {
                return signal;
            }
            // Nothing is read: once readable, always readable.
            let _ready = readable.readable().await;
        }
    }
}

fn this_thread() -> usize {
    // SAFETY: it only returns the calling thread. No thread of ours has an id that is not a `usize`.
    usize::try_from(unsafe { libc::pthread_self() }).unwrap_or(0)
}

/// Forwards a signal to the writer if another thread has received it. Only uses atomics and `pthread_kill`, as it runs
/// in a signal handler.
fn pass_on(signal: i32, writer: &AtomicUsize) {
    let writer = writer.load(SeqCst);
    if writer != 0 && writer != this_thread() {
        // SAFETY: the writer is the main thread, or a thread that the main thread, which is here, has yet to join.
        unsafe { libc::pthread_kill(writer as libc::pthread_t, signal) };
    }
}

/// Whether a signal is ignored.
fn is_ignored(signal: i32) -> io::Result<bool> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with no new action this only writes the current one to `action`, which is large enough.
    if unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros is a valid `sigaction`, and the call has filled it in.
    Ok(unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN)
}

/// What may interrupt the work.
pub struct Interrupt {
    signals: Signals,
    at: Option<Duration>,
    clock: SpinnerClock,
    stdout: Stdout,
}

impl Interrupt {
    /// An interrupt by any of the signals, or by the clock at an instant.
    pub fn new(
        signals: Signals,
        at: Option<Duration>,
        clock: SpinnerClock,
        stdout: Stdout,
    ) -> Interrupt {
        Interrupt {
            signals,
            at,
            clock,
            stdout,
        }
    }

    /// Waits for `work`, unless an interrupt comes before its end or at the same instant; the interrupt is then
    /// recorded.
    pub async fn or<T>(self, work: impl Future<Output = T>) -> Result<T, Signal> {
        let scheduled = async {
            match self.at {
                Some(at) => self.clock.sleep(at.saturating_sub(self.clock.now())).await,
                None => pending().await,
            }
        };
        // Without `biased` a tie would be decided at random.
        let signal = select! {
            biased;
            signal = self.signals.arrives(self.clock.pace()) => signal,
            () = scheduled => Signal::INT,
            done = work => return Ok(done),
        };
        self.stdout.record(EventKind::Signal(signal));
        Err(signal)
    }
}

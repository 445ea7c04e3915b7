//! Interrupts: signals from outside, or one at a set instant of the paused clock.

use crate::stdout::Stdout;
use rustix::fd::{AsFd, BorrowedFd};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
    low_level::pipe,
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
use stroboscope::{
    clock::Clock,
    recording::{Kind, Signal},
};
use tokio::select;

/// The signals that ask the program to end, from now on heard and not obeyed. Quit (Ctrl-\) is left as it is: the way
/// out when nothing else is.
#[derive(Clone)]
pub struct Signals(Arc<Ear>);

struct Ear {
    /// The number of the latest one; 0 is none.
    latest: Arc<AtomicUsize>,
    /// Readable as soon as one has come; never read, so that it stays so.
    readable: UnixStream,
}

impl Signals {
    /// Starts to listen. A signal that the parent had ignored, as `nohup` does, stays ignored.
    pub fn listen() -> io::Result<Signals> {
        let (readable, writable) = UnixStream::pair()?;
        readable.set_nonblocking(true)?;
        let latest = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if !is_ignored(signal)? {
                // In this order: who is woken by the pipe finds the number.
                flag::register_usize(signal, Arc::clone(&latest), signal.unsigned_abs() as usize)?;
                pipe::register(signal, writable.try_clone()?)?;
            }
        }
        Ok(Signals(Arc::new(Ear { latest, readable })))
    }

    /// The signal that has come, if one has.
    pub fn arrived(&self) -> Option<Signal> {
        Signal::from_number(i32::try_from(self.0.latest.load(SeqCst)).ok()?)
    }

    /// What becomes readable when a signal comes.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.0.readable.as_fd()
    }

    async fn arrives(&self) -> Signal {
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

/// Whether a signal is ignored.
fn is_ignored(signal: i32) -> io::Result<bool> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with no new action this only writes the present one to `action`, which is large enough.
    if unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros is a valid `sigaction`, and the call has filled it in.
    Ok(unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN)
}

/// What may cut the work short.
pub struct Interrupt {
    signals: Signals,
    at: Option<Duration>,
    clock: Clock,
    stdout: Stdout,
}

impl Interrupt {
    /// An interrupt by any of the signals, or by the clock `at` an instant.
    pub fn new(signals: Signals, at: Option<Duration>, clock: Clock, stdout: Stdout) -> Interrupt {
        Interrupt {
            signals,
            at,
            clock,
            stdout,
        }
    }

    /// Waits for `work`, unless an interrupt comes before its end or at the same instant; it is then recorded.
    pub async fn or<T>(self, work: impl Future<Output = T>) -> Result<T, Signal> {
        let scheduled = async {
            match self.at {
                Some(at) => self.clock.sleep(at.saturating_sub(self.clock.now())).await,
                None => pending().await,
            }
        };
        // Without `biased` a tie would be drawn by lot.
        let signal = select! {
            biased;
            signal = self.signals.arrives() => signal,
            () = scheduled => Signal::INT,
            done = work => return Ok(done),
        };
        self.stdout.record(Kind::Signal(signal));
        Err(signal)
    }
}

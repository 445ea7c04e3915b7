//! Signals that ask strobe to end: every run is given up, nobody is left behind, and strobe dies by the signal.

use signal_hook::{
    consts::{
        SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGXCPU, SIGXFSZ,
    },
    flag,
    low_level::{emulate_default_handler, pipe, signal_name},
};
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

/// Signals that end a process unless it handles them, and that somebody may send to end it.
const ENDING: [i32; 8] = [
    SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGXCPU,
];

/// The number of the latest signal that asks to end; 0 is none.
static LATEST: OnceLock<Arc<AtomicUsize>> = OnceLock::new();
/// Whether such a signal ends strobe at once, as there is nothing to give up any more.
static RELEASED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Listens; what it gives becomes readable when strobe is asked to end.
pub fn listen() -> io::Result<Arc<OwnedFd>> {
    let (readable, writable) = UnixStream::pair()?;
    let latest = LATEST.get_or_init(Arc::default);
    for signal in ENDING {
        flag::register_conditional_default(signal, Arc::clone(RELEASED.get_or_init(Arc::default)))?;
        // In this order: who is woken by the pipe finds the number.
        flag::register_usize(signal, Arc::clone(latest), signal.unsigned_abs() as usize)?;
        pipe::register(signal, writable.try_clone()?)?;
    }
    Ok(Arc::new(readable.into()))
}

/// Lets a write beyond the limit of a file's size (`ulimit -f`) fail with an error, and not end strobe without a word.
pub fn report_file_size_limit() -> io::Result<()> {
    // A handler, unlike a signal that is ignored, is not inherited by programs.
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// What becomes readable when the terminal has another size.
pub fn resized() -> io::Result<Arc<OwnedFd>> {
    let (readable, writable) = UnixStream::pair()?;
    readable.set_nonblocking(true)?;
    pipe::register(SIGWINCH, writable)?;
    Ok(Arc::new(readable.into()))
}

/// Lets signals end strobe at once from now on, wherever it waits; one that came before ends it here.
pub fn release() {
    end_at_the_next();
    obey();
}

/// Lets the next signal end strobe at once. One that has come is obeyed later, when what can be told has been.
pub fn end_at_the_next() {
    RELEASED.get_or_init(Arc::default).store(true, SeqCst);
}

/// Whether strobe was asked to end.
pub fn asked_to_end() -> bool {
    LATEST.get().is_some_and(|latest| latest.load(SeqCst) != 0)
}

/// The name of the signal that asked strobe to end.
pub fn latest() -> &'static str {
    let latest = LATEST.get().map_or(0, |latest| latest.load(SeqCst));
    let number = i32::try_from(latest).unwrap_or_default();
    signal_name(number).unwrap_or("a signal")
}

/// Dies by the signal that asked strobe to end, if one did.
pub fn obey() {
    let latest = LATEST.get().map_or(0, |latest| latest.load(SeqCst));
    if let Some(signal) = i32::try_from(latest).ok().filter(|signal| *signal != 0) {
        let _ = emulate_default_handler(signal);
    }
}

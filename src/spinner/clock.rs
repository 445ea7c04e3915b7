//! The clock that our own programs sleep by: real, or paused, and then shared by tasks and by OS threads.
//!
//! On a paused clock nothing waits. Whenever nobody can run, time jumps to the next instant at which somebody wants to
//! wake, so that three seconds of sleeping cost about a millisecond, and every run tells the same story at the same instants.
//!
//! [`ClockDriver`] owns the time line. A [`SpinnerClock`] is a view of it that tells the time and lets tasks sleep; a [`PausedThread`] is the
//! place of one OS thread at it. Instants are `Duration`s since the start of the time line.
//!
//! # How a thread sleeps on tokio's clock
//!
//! tokio moves a paused clock when its runtime is idle, and a runtime cannot see that a foreign thread is still busy.
//! So each thread has a task of its own on one single-threaded runtime that blocks in `recv` while its thread runs, and
//! that awaits in the thread's stead while the thread waits. **A thread is a task that is polled on another stack.** Threads
//! therefore take strict turns, and whoever has the turn keeps it until it waits.
//!
//! # Why it is sound
//!
//! - *Time does not move too early.* While a thread runs, the driving thread is inside that thread's task, or is that
//!   thread itself and outside the runtime; it is never in the place where tokio moves the clock. Timers are registered
//!   only by futures polled on the driving thread.
//! - *No wakeup is lost.* Both directions between a thread and its task are channels, which keep what is sent.
//! - *Panics end in the thread that caused them.* A thread that unwinds leaves the clock, its task ends, and
//!   [`PausedThread::join`] returns the payload. If the main thread leaves or panics, the runtime goes, and every thread that
//!   waits unwinds, quietly and with its destructors; it may do so for a moment after [`ClockDriver::threads`] has returned.
//! - *Ties have an order.* At one instant main comes first, then whoever began to wait first.
//!
//! # The contract
//!
//! A thread of the clock blocks only through its [`PausedThread`]. If it holds a mutex while it sleeps, and another one locks that mutex,
//! nobody can move the clock: a deadlock. A destructor must not wait: it may run because the clock is gone. And the
//! futures of a clock are awaited on its own time line, by [`ClockDriver::run`], by [`PausedThread::wait`], or in tasks spawned there.

mod affinity;
mod grid;
mod paused_thread;

use std::future::{self, Future};
use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task;
use tokio::time::{self, Instant};

pub use affinity::pin_to_one_cpu;
pub use paused_thread::PausedThread;
pub use stroboscope::recording::LEAST_GRAIN;

/// How far from the start a sleep can end; one that would end later never does. tokio holds longer ones on some systems,
/// but an instant that far ahead is an overflow on others.
const HORIZON: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// The computer's own clock. No grid: sleeps end when the system ends them.
    Real,
    /// The clock stands still while anybody runs, and jumps when everybody waits.
    Paused {
        /// The granularity of the timers that the clock models, at least [`LEAST_GRAIN`]. A sleep ends at the first
        /// multiple of it, counted from the start, at or after the instant that was asked for, so errors do not add up.
        grain: Duration,
    },
}

/// Owns a time line, and drives the tasks and threads that live by it.
#[derive(Debug)]
pub struct ClockDriver {
    runtime: Runtime,
    clock: SpinnerClock,
}

impl ClockDriver {
    /// Starts a time line at zero.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a grain below [`LEAST_GRAIN`]; else what the system answers to a new event queue.
    pub fn new(pace: ClockMode) -> io::Result<ClockDriver> {
        if let ClockMode::Paused { grain } = pace
            && grain < LEAST_GRAIN
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "the grain `{}` is too fine for a paused clock: give `{}` or more",
                    humantime::format_duration(grain),
                    humantime::format_duration(LEAST_GRAIN),
                ),
            ));
        }
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(pace != ClockMode::Real)
            .build()?;
        let start = {
            let _inside = runtime.enter();
            Instant::now()
        };
        let clock = SpinnerClock {
            runtime: runtime.handle().clone(),
            start,
            pace,
        };
        Ok(ClockDriver { runtime, clock })
    }

    /// Gives a view of the time line.
    #[must_use]
    pub fn clock(&self) -> SpinnerClock {
        self.clock.clone()
    }

    /// Runs `main` as a task, and the tasks it spawns with it, until `main` is done and those it woke last had their turn.
    ///
    /// # Panics
    ///
    /// If it is called from within an asynchronous task.
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        self.runtime.block_on(async {
            let value = main.await;
            // `block_on` returns at once when `main` does, and a task that `main` has just woken would never get to its last
            // write. An empty task queues behind all of those; `yield_now` would let no more than tokio's 61 per round pass.
            let _ = task::spawn(future::ready(())).await;
            value
        })
    }

    /// Runs `main` on the calling thread, as a thread of the clock, and ends the time line when `main` returns.
    ///
    /// On a paused clock the threads that still wait then unwind. In real time they go on, as OS threads do.
    ///
    /// # Panics
    ///
    /// If `main` waits while it is called from within an asynchronous task.
    pub fn threads<T>(self, main: impl FnOnce(&PausedThread) -> T) -> T {
        main(&PausedThread::of_main(self.clock, self.runtime))
    }
}

/// A view of a time line, to share among everyone who lives by it.
#[derive(Clone, Debug)]
pub struct SpinnerClock {
    runtime: Handle,
    start: Instant,
    pace: ClockMode,
}

impl SpinnerClock {
    /// Tells the time since the start; on a paused clock a multiple of the grain.
    #[must_use]
    pub fn now(&self) -> Duration {
        // Outside its runtime tokio's `Instant::now` is real time, without a word.
        let _inside = self.runtime.enter();
        let elapsed = Instant::now().saturating_duration_since(self.start);
        match self.pace {
            ClockMode::Real => elapsed,
            // tokio wakes at whole milliseconds, so up to one later than the multiple of the grain it was asked for.
            ClockMode::Paused { grain } => grid::at_or_before(elapsed, grain),
        }
    }

    /// Returns a future that is done `duration` after it is first polled.
    ///
    /// On a paused clock it is done at the first multiple of the grain from then on. One that would end more than a century
    /// after the start never ends.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let clock = self.clone();
        async move {
            match clock.due(duration) {
                Some(end) => time::sleep_until(end).await,
                None => future::pending().await,
            }
        }
    }

    /// Says what makes this clock's time pass.
    #[must_use]
    pub fn pace(&self) -> ClockMode {
        self.pace
    }

    /// When a sleep that begins now ends, unless beyond the horizon.
    fn due(&self, duration: Duration) -> Option<Instant> {
        let wanted = self.now().saturating_add(duration);
        let end = match self.pace {
            ClockMode::Real => wanted,
            ClockMode::Paused { grain } => grid::at_or_after(wanted, grain),
        };
        (end <= HORIZON).then(|| self.start + end)
    }
}

#[cfg(test)]
mod tests;

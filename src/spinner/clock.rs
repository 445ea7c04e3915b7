//! The clock that our own programs sleep by: real, or paused and then shared by tasks and OS threads.
//!
//! On a paused clock nothing waits. Whenever nothing can run, time jumps to the next instant at which something wants
//! to wake, so three seconds of sleeping cost about a millisecond, and every run is the same at the same instants.
//!
//! [`ClockDriver`] owns the time line. A [`SpinnerClock`] is a view of it that tells the time and lets tasks sleep; a
//! [`PausedThread`] represents one OS thread on it. Instants are `Duration`s since the start of the time line.
//!
//! # How a thread sleeps on tokio's clock
//!
//! tokio moves a paused clock when its runtime is idle, and a runtime cannot see that another OS thread is still busy.
//! So each thread has a task on one single-threaded runtime: the task blocks in `recv` while its thread runs, and
//! awaits on behalf of the thread while the thread waits. **A thread is a task that is polled on another stack.** So
//! threads take strict turns, and a thread keeps its turn until it waits.
//!
//! # Why it is sound
//!
//! - *Time does not move too early.* While a thread runs, the driving thread is inside that thread's task, or is that
//!   thread itself and outside the runtime; it is never where tokio moves the clock. Only futures polled on the driving
//!   thread register timers.
//! - *No wake-up is lost.* Both directions between a thread and its task are channels, which keep what is sent.
//! - *Panics end in the thread that caused them.* A thread that unwinds leaves the clock, its task ends, and
//!   [`PausedThread::join`] returns the payload. If the main thread returns or panics, the runtime is dropped, and
//!   every thread that waits unwinds, quietly and with its destructors; this may last a moment longer than
//!   [`ClockDriver::threads`].
//! - *Ties have an order.* At one instant the main thread is first, then the others in the order in which they began to
//!   wait.
//!
//! # The contract
//!
//! A thread of the clock blocks only through its [`PausedThread`]. If it holds a mutex while it sleeps, and another
//! thread locks that mutex, nothing can move the clock: a deadlock. A destructor must not wait, as it may run because
//! the clock is gone. And the futures of a clock must be awaited on its own time line, by [`ClockDriver::run`], by
//! [`PausedThread::wait`], or in tasks spawned there.

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

/// The latest end of a sleep, counted from the start; a sleep that would end later never does. tokio supports later
/// ones on some systems, but on others such an instant is an overflow.
const HORIZON: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMode {
    /// The computer's own clock: sleeps end when the system ends them.
    Real,
    /// The clock does not advance while anything runs, and jumps when everything waits.
    Paused {
        /// The granularity of the modelled timers, at least [`LEAST_GRAIN`]. A sleep ends at the first multiple of it,
        /// counted from the start, at or after the requested instant, so errors do not add up.
        grain: Duration,
    },
}

/// Owns a time line, and drives its tasks and threads.
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
    /// `InvalidInput` if the granularity is below [`LEAST_GRAIN`]; otherwise the system's error for a new event queue.
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
        let mut builder = Builder::new_current_thread();
        builder.enable_time();
        if pace == ClockMode::Real {
            builder.enable_io();
        } else {
            // Without descriptors to watch, a jump of the clock needs no system call.
            builder.start_paused(true);
        }
        let runtime = builder.build()?;
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

    /// Returns a view of the time line.
    #[must_use]
    pub fn clock(&self) -> SpinnerClock {
        self.clock.clone()
    }

    /// Runs `main` as a task, with the tasks that it spawns, until `main` is done and the tasks that it woke last have
    /// run.
    ///
    /// # Panics
    ///
    /// If it is called within an asynchronous task.
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        self.runtime.block_on(async {
            let value = main.await;
            // `block_on` returns as soon as `main` does, before a task that `main` has just woken could make its last
            // write. An empty task queues after all of these; `yield_now` would let no more than tokio's 61 per round
            // run.
            let _ = task::spawn(future::ready(())).await;
            value
        })
    }

    /// Runs `main` on the calling thread, as a thread of the clock, and ends the time line when `main` returns.
    ///
    /// On a paused clock the threads that still wait then unwind. In real time they continue, as OS threads do.
    ///
    /// # Panics
    ///
    /// If `main` waits and was called within an asynchronous task.
    pub fn threads<T>(self, main: impl FnOnce(&PausedThread) -> T) -> T {
        main(&PausedThread::of_main(self.clock, self.runtime))
    }
}

/// A view of a time line, for everything that sleeps by it.
#[derive(Clone, Debug)]
pub struct SpinnerClock {
    runtime: Handle,
    start: Instant,
    pace: ClockMode,
}

impl SpinnerClock {
    /// Returns the time since the start; on a paused clock, a multiple of its granularity.
    #[must_use]
    pub fn now(&self) -> Duration {
        // Outside its runtime, tokio's `Instant::now` silently returns real time.
        let _inside = self.runtime.enter();
        let elapsed = Instant::now().saturating_duration_since(self.start);
        match self.pace {
            ClockMode::Real => elapsed,
            // tokio wakes at whole milliseconds, so up to one later than the requested multiple.
            ClockMode::Paused { grain } => grid::at_or_before(elapsed, grain),
        }
    }

    /// Returns a future that is ready `duration` after it is first polled.
    ///
    /// On a paused clock it is ready at the first multiple of the granularity from then on. A sleep that would end more
    /// than a century after the start never ends.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let clock = self.clone();
        async move {
            match clock.due(duration) {
                Some(end) => time::sleep_until(end).await,
                None => future::pending().await,
            }
        }
    }

    /// Returns what makes this clock's time pass.
    #[must_use]
    pub fn pace(&self) -> ClockMode {
        self.pace
    }

    /// When a sleep that begins now ends, unless that is too late.
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

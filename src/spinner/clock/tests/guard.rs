//! Shared helpers of all tests of the clock: short constructors, and an end to deadlocks.

use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::clock::{ClockDriver, ClockMode, PausedThread};
use tokio::task::{self, JoinHandle};

/// How long a test may take in real time: far more than any needs, far less than anybody waits for a hung build.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A new time line, paused with the least granularity.
pub fn paused() -> ClockDriver {
    at_grain(ms(1))
}

/// A new time line, paused with this granularity.
pub fn at_grain(grain: Duration) -> ClockDriver {
    ClockDriver::new(ClockMode::Paused { grain }).expect("a paused clock")
}

/// Spawns a task from a thread of the clock.
#[expect(clippy::async_yields_async, reason = "the task is to go on by itself")]
pub fn spawn_task<T: Send + 'static>(
    me: &PausedThread,
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    me.wait(async { task::spawn(future) })
}

/// Runs `body` on its own thread, and fails the test, by name and line, if it is not over in time.
#[track_caller]
pub fn within_patience<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, outcome) = mpsc::channel();
    let culprit = thread::current().name().unwrap_or("a test").to_owned();
    let at = Location::caller();
    thread::Builder::new()
        .name(culprit.clone())
        .spawn(move || done.send(catch_unwind(AssertUnwindSafe(body))))
        .expect("a thread for the test");
    match outcome.recv_timeout(PATIENCE) {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            panic!("deadlock in `{culprit}` at {at}: not over after {PATIENCE:?}")
        }
    }
}

/// Runs `main` on a thread of a paused clock, and compares its result.
#[track_caller]
pub fn check_seated<T: PartialEq + Debug + Send + 'static>(
    expected: &T,
    main: impl FnOnce(&PausedThread) -> T + Send + 'static,
) {
    assert_eq!(within_patience(|| paused().threads(main)), *expected);
}

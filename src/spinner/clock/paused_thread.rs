//! OS threads that sleep by a clock. [The clock's documentation](super) explains the idea and why it is sound.

use std::convert::Infallible;
use std::future::{self, Future};
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{self, coop};

use super::{ClockMode, LEAST_GRAIN, SpinnerClock};

/// The payload with which a thread unwinds if it waits after main has returned. Only a debugger may show it.
const CLOCK_IS_GONE: &str = "the clock is gone: its main thread has left";

/// One OS thread on a clock.
///
/// It stays on its thread: it can be neither sent nor shared.
#[derive(Debug)]
pub struct PausedThread {
    clock: SpinnerClock,
    turn: Turn,
    /// Two threads sharing it would be two threads in one turn.
    on_its_thread: PhantomData<*const ()>,
}

/// How a thread ends its turn and gets the next one.
#[derive(Debug)]
enum Turn {
    /// The main thread drives the runtime itself while it waits.
    Main(Arc<Runtime>),
    /// A thread on a paused clock has its task wait on its behalf.
    OnTask(mpsc::Sender<Ask>),
    /// A thread in real time has no turns. It keeps the runtime alive, and drives it when the main thread does not.
    Free(Arc<Runtime>),
}

/// What a thread has its task await.
type Ask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A thread spawned on the clock, to be joined; if this is dropped, the thread continues detached.
#[derive(Debug)]
pub struct ThreadHandle<T> {
    os: thread::JoinHandle<T>,
    /// Breaks when the thread has left the clock. Nothing is ever sent.
    detached: oneshot::Receiver<Infallible>,
}

impl PausedThread {
    pub(super) fn of_main(clock: SpinnerClock, runtime: Runtime) -> PausedThread {
        PausedThread::new(clock, Turn::Main(Arc::new(runtime)))
    }

    fn new(clock: SpinnerClock, turn: Turn) -> PausedThread {
        PausedThread {
            clock,
            turn,
            on_its_thread: PhantomData,
        }
    }

    /// Returns the clock of this thread.
    #[cfg(test)]
    pub fn clock(&self) -> &SpinnerClock {
        &self.clock
    }

    /// Blocks this thread for `duration`, to the granularity of its clock, and lets the others run.
    ///
    /// # Panics
    ///
    /// Unwinds, without a message, if main has returned.
    pub fn sleep(&self, duration: Duration) {
        match self.turn {
            // The system's own sleep overshoots less than tokio's timers.
            Turn::Free(_) => thread::sleep(duration),
            Turn::Main(_) | Turn::OnTask(_) => self.wait(self.clock.sleep(duration)),
        }
    }

    /// Returns a future that is ready `duration` after it is first polled, for [`PausedThread::wait`] on this thread.
    ///
    /// On a paused clock it is the clock's own sleep. In real time it ends as the system's own sleep would, and blocks
    /// the thread in its last millisecond.
    pub fn asleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let clock = self.clock.clone();
        async move {
            match clock.pace() {
                ClockMode::Paused { .. } => clock.sleep(duration).await,
                ClockMode::Real => {
                    let end = clock.now().saturating_add(duration);
                    // tokio's timers end at the next whole millisecond: this one by `end`.
                    clock.sleep(duration.saturating_sub(LEAST_GRAIN)).await;
                    thread::sleep(end.saturating_sub(clock.now()));
                }
            }
        }
    }

    /// Blocks this thread until `future` is ready, lets the others run meanwhile, and returns its output.
    ///
    /// A future that is ready at once does not end the turn.
    ///
    /// # Panics
    ///
    /// If `future` does, with its payload. Unwinds, without a message, if main has returned.
    pub fn wait<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        match &self.turn {
            Turn::Main(runtime) | Turn::Free(runtime) => runtime.block_on(future),
            Turn::OnTask(asks) => match ask(asks, future) {
                Some(Ok(value)) => value,
                Some(Err(panic)) => resume_unwind(panic),
                None => resume_unwind(Box::new(CLOCK_IS_GONE)),
            },
        }
    }

    /// Starts an OS thread called `name`, truncated to what the system keeps (15 bytes on Linux), that sleeps by this
    /// clock. On a paused clock it first runs when this thread waits.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a name with a NUL; otherwise the system's error. Nothing was started then.
    ///
    /// # Panics
    ///
    /// Unwinds, without a message, if main has returned.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        body: impl FnOnce(&PausedThread) -> T + Send + 'static,
    ) -> io::Result<ThreadHandle<T>> {
        if name.contains('\0') {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the thread name `{}` holds a NUL", name.escape_debug()),
            ));
        }
        let builder = thread::Builder::new().name(name.to_owned());
        let clock = self.clock.clone();
        let (attached, detached) = oneshot::channel();
        let os = match &self.turn {
            Turn::Main(runtime) | Turn::Free(runtime) if clock.pace() == ClockMode::Real => {
                let runtime = Arc::clone(runtime);
                builder.spawn(move || {
                    let _attached = attached;
                    body(&PausedThread::new(clock, Turn::Free(runtime)))
                })?
            }
            _ => {
                let (asks, asked) = mpsc::channel();
                let os = builder.spawn(move || {
                    let thread = PausedThread::new(clock, Turn::OnTask(asks));
                    // Its first turn begins when its task is first polled.
                    thread.wait(future::ready(()));
                    body(&thread)
                })?;
                // Spawned on the driving thread: from another one, tokio would queue it elsewhere and the order would
                // be lost.
                self.wait(async { drop(task::spawn(task_of(asked, attached))) });
                os
            }
        };
        Ok(ThreadHandle { os, detached })
    }

    /// Waits until `thread` has ended, and returns its result, or the payload of its panic.
    ///
    /// # Errors
    ///
    /// The payload of the thread's panic.
    ///
    /// # Panics
    ///
    /// Unwinds, without a message, if main has returned.
    pub fn join<T>(&self, thread: ThreadHandle<T>) -> thread::Result<T> {
        let ThreadHandle { os, detached } = thread;
        // Nothing is ever sent, so this is always the error of a broken channel.
        let _ = self.wait(detached);
        // The thread has left its body, and needs nothing else to end.
        os.join()
    }
}

/// The task of a thread: it blocks in `recv` while the thread runs, so the runtime is never idle then.
///
/// It is exempt from tokio's budget, which would end a thread's turn after 128 waits that were over at once.
fn task_of(
    asked: mpsc::Receiver<Ask>,
    attached: oneshot::Sender<Infallible>,
) -> impl Future<Output = ()> + Send {
    coop::unconstrained(async move {
        let _attached = attached;
        while let Ok(ask) = asked.recv() {
            ask.await;
        }
    })
}

/// Has the task await `future`; `None` if the task ends first.
fn ask<T: Send + 'static>(
    asks: &mpsc::Sender<Ask>,
    future: impl Future<Output = T> + Send + 'static,
) -> Option<thread::Result<T>> {
    let (reply, answer) = mpsc::sync_channel(1);
    let ask = Box::pin(async move {
        // The future is dropped before the reply is sent: after that the thread runs, and nothing else may.
        let outcome = caught(future).await;
        let _ = reply.send(outcome);
    });
    asks.send(ask).ok()?;
    answer.recv().ok()
}

/// Awaits `future` and catches its panic, which would end the task while its thread still lives.
async fn caught<F: Future>(future: F) -> thread::Result<F::Output> {
    let mut future = Box::pin(future);
    future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

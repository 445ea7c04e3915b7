//! Whose turn it is. One thread runs at a time, so that the order of turns alone decides what a thread sees.
//!
//! A thread has the turn until it blocks, ends, or yields. When all threads are quiescent, those that were woken
//! meanwhile queue in creation order after the threads that are ready, and the first in the queue gets the turn. A
//! thread that yields queues after them all, and after whatever is due. A thread that yields only to wait until the
//! threads it has woken are quiescent resumes first.
//!
//! The scheduler only decides; the tracer asks it and acts.

use libc::pid_t;
use std::{collections::VecDeque, mem};

/// The turns of all threads.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    current: Option<pid_t>,
    ready: VecDeque<pid_t>,
    /// Threads that were woken since all threads were last quiescent, with their creation numbers.
    woken: Vec<(u64, pid_t)>,
    yielded: Option<Yielded>,
}

/// A thread that yielded the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Yielded {
    thread: pid_t,
    resumes_first: bool,
}

/// Whose turn is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Thread(pid_t),
    /// A thread that yielded while no other is ready.
    Lone(pid_t),
    /// No thread is ready.
    Nobody,
}

impl Scheduler {
    /// The thread that has the turn.
    pub(super) fn current(&self) -> Option<pid_t> {
        self.current
    }

    pub(super) fn has_turn(&self, thread: pid_t) -> bool {
        self.current == Some(thread)
    }

    /// Gives the turn to a thread.
    pub(super) fn start_turn(&mut self, thread: pid_t) {
        self.current = Some(thread);
    }

    /// A thread has blocked, stopped or been interrupted. Returns whether it had the turn.
    pub(super) fn end_turn(&mut self, thread: pid_t) -> bool {
        self.current.take_if(|current| *current == thread).is_some()
    }

    /// The thread that has the turn yields it to threads that are ready and to what is due.
    pub(super) fn yield_turn(&mut self, thread: pid_t) {
        self.current = None;
        self.yielded = Some(Yielded {
            thread,
            resumes_first: false,
        });
    }

    /// The thread that yielded resumes before all others once they are quiescent.
    pub(super) fn resume_first(&mut self, thread: pid_t) {
        if let Some(yielded) = &mut self.yielded {
            yielded.resumes_first = yielded.thread == thread;
        }
    }

    /// A thread was woken. Threads woken before all are quiescent again queue in creation order.
    pub(super) fn wake(&mut self, thread: pid_t, creation: u64) {
        self.woken.push((creation, thread));
    }

    /// A preempted thread counts as having yielded, if it was stopped outside a system call.
    pub(super) fn yield_if_woken(&mut self, thread: pid_t) {
        let count = self.woken.len();
        self.woken.retain(|(_, other)| *other != thread);
        if self.woken.len() < count {
            self.yielded = Some(Yielded {
                thread,
                resumes_first: false,
            });
        }
    }

    /// A thread has ended.
    pub(super) fn remove(&mut self, thread: pid_t) {
        self.end_turn(thread);
        self.ready.retain(|other| *other != thread);
        self.woken.retain(|(_, other)| *other != thread);
        self.yielded.take_if(|yielded| yielded.thread == thread);
    }

    /// Whether a thread was woken since all threads were last quiescent.
    pub(super) fn has_woken(&self) -> bool {
        !self.woken.is_empty()
    }

    /// Whether a thread waits for the turn.
    pub(super) fn is_awaited(&self) -> bool {
        !self.ready.is_empty() || self.has_woken()
    }

    /// All threads are quiescent: queues the woken ones in creation order.
    pub(super) fn queue_woken(&mut self) {
        let mut woken = mem::take(&mut self.woken);
        woken.sort_unstable();
        self.ready.extend(woken.into_iter().map(|(_, id)| id));
    }

    /// The thread that yielded and resumes before all others, if there is one.
    pub(super) fn next_resumes_first(&mut self) -> Option<pid_t> {
        let yielded = self.yielded.take_if(|yielded| yielded.resumes_first)?;
        Some(yielded.thread)
    }

    /// Whether what is due comes before the next turn: a busy poller must not starve sleepers.
    pub(super) fn due_comes_first(&self) -> bool {
        self.ready.is_empty() || self.yielded.is_some()
    }

    /// What was due has been done: queues the thread that yielded after the threads that this woke.
    pub(super) fn queue_yielded(&mut self) {
        self.queue_woken();
        let yielded = self.yielded.take();
        self.ready.extend(yielded.map(|yielded| yielded.thread));
    }

    /// Queues a thread after those that are ready or were woken.
    pub(super) fn queue(&mut self, thread: pid_t) {
        self.queue_woken();
        self.ready.push_back(thread);
    }

    /// Whose turn is next. The thread that yielded is queued.
    pub(super) fn next(&mut self) -> Turn {
        let yielded = self.yielded.take().map(|yielded| yielded.thread);
        match (self.ready.pop_front(), yielded) {
            (Some(next), yielded) => {
                self.ready.extend(yielded);
                Turn::Thread(next)
            }
            (None, Some(yielded)) => Turn::Lone(yielded),
            (None, None) => Turn::Nobody,
        }
    }
}

#[cfg(test)]
mod tests;

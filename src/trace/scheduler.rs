//! Whose turn it is. One thread runs at a time, so that what it does depends on nothing but the order of turns.
//!
//! A thread has the turn until it blocks, ends, or yields. When all threads are quiescent, those that were woken meanwhile
//! queue in creation order behind those that are ready, and the first in the queue gets the turn. A thread that yields goes
//! behind them all, and behind whatever is due; one that yields only so that those whom it has woken come to rest resumes
//! first.
//!
//! The scheduler decides and does nothing: the tracer asks it, and carries out.

use libc::pid_t;
use std::{collections::VecDeque, mem};

/// The turns of all threads.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    current: Option<pid_t>,
    ready: VecDeque<pid_t>,
    /// Threads that were woken since all threads were last quiescent, with their numbers in creation order.
    woken: Vec<(u64, pid_t)>,
    yielded: Option<Yielded>,
}

/// A thread that yielded the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Yielded {
    thread: pid_t,
    resumes_first: bool,
}

/// Who gets the next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Of(pid_t),
    /// A thread that yielded, though no other is ready.
    OfLone(pid_t),
    /// No thread is ready.
    Nobodys,
}

impl Scheduler {
    /// The thread that has the turn.
    pub(super) fn current(&self) -> Option<pid_t> {
        self.current
    }

    pub(super) fn has_turn(&self, thread: pid_t) -> bool {
        self.current == Some(thread)
    }

    /// Lets a thread have the turn.
    pub(super) fn start_turn(&mut self, thread: pid_t) {
        self.current = Some(thread);
    }

    /// A thread blocks, stops or is interrupted. Says whether it had the turn.
    pub(super) fn end_turn(&mut self, thread: pid_t) -> bool {
        self.current.take_if(|current| *current == thread).is_some()
    }

    /// The thread that has the turn yields it to those that are ready, and to what is due.
    pub(super) fn yield_turn(&mut self, thread: pid_t) {
        self.current = None;
        self.yielded = Some(Yielded {
            thread,
            resumes_first: false,
        });
    }

    /// The thread that yielded resumes before all others, as soon as these are quiescent.
    pub(super) fn resume_first(&mut self, thread: pid_t) {
        if let Some(yielded) = &mut self.yielded {
            yielded.resumes_first = yielded.thread == thread;
        }
    }

    /// A thread was woken. Those that are woken before all threads are quiescent again queue in creation order.
    pub(super) fn wake(&mut self, thread: pid_t, creation: u64) {
        self.woken.push((creation, thread));
    }

    /// A thread whose turn was taken away counts as one that yielded, if it was stopped outside a call.
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

    /// All threads are quiescent: those that were woken queue, in creation order.
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
    pub(super) fn lets_due_first(&self) -> bool {
        self.ready.is_empty() || self.yielded.is_some()
    }

    /// What was due has been done: the thread that yielded queues behind those that this has woken.
    pub(super) fn queue_yielded(&mut self) {
        self.queue_woken();
        let yielded = self.yielded.take();
        self.ready.extend(yielded.map(|yielded| yielded.thread));
    }

    /// Queues a thread behind those that are ready or were woken.
    pub(super) fn queue(&mut self, thread: pid_t) {
        self.queue_woken();
        self.ready.push_back(thread);
    }

    /// Whose turn is next. The thread that yielded queues.
    pub(super) fn next(&mut self) -> Turn {
        let yielded = self.yielded.take().map(|yielded| yielded.thread);
        match (self.ready.pop_front(), yielded) {
            (Some(next), yielded) => {
                self.ready.extend(yielded);
                Turn::Of(next)
            }
            (None, Some(yielded)) => Turn::OfLone(yielded),
            (None, None) => Turn::Nobodys,
        }
    }
}

#[cfg(test)]
mod tests;

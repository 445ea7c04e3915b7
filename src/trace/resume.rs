//! How a stopped thread is resumed: at once if it has the turn, and otherwise when it gets it.

use super::{
    clock_cost::READS_IN_A_TURN,
    ptrace::{self, Resume},
    thread::{Next, State, Thread},
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Leaves a thread stopped until its turn.
    pub(super) fn make_ready(&mut self, id: pid_t, next: Next) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let was_ready = matches!(thread.state, State::Ready(_));
        if thread.state == State::Waiting {
            thread.turns = 0;
            self.release_held_writers();
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        thread.state = State::Ready(next);
        thread.sleep = None;
        thread.reach = None;
        let creation = thread.creation;
        if self.scheduler.has_turn(id) {
            self.scheduler.yield_turn(id);
        } else if !was_ready {
            self.log(id, |_| "is woken");
            self.scheduler.wake(id, creation);
        }
    }

    /// Resumes a stopped thread now if it has the turn, otherwise when it gets it.
    pub(super) fn resume_on_turn(&mut self, id: pid_t, how: Resume) {
        if self.scheduler.has_turn(id) {
            self.resume_current(id, how);
        } else {
            self.make_ready(id, Next::Resume(how));
        }
    }

    /// Stops the thread that has the turn until all threads are quiescent. Then it resumes first, unless it yields.
    pub(super) fn resume_when_quiescent(&mut self, id: pid_t, yields: bool) {
        self.make_ready(id, Next::Resume(Resume::Continue));
        if !yields {
            self.scheduler.resume_first(id);
        }
    }

    /// Resumes a thread after a system call: now, or on its next turn.
    pub(super) fn after_call(&mut self, id: pid_t, yields: bool) {
        // After the limit the program does nothing more.
        if yields || self.clock.now() >= self.limit {
            self.make_ready(id, Next::Resume(Resume::Continue));
        } else {
            self.resume_on_turn(id, Resume::Continue);
        }
    }

    /// Resumes the thread that has the turn. It may read the clock page until its turn is over, or until the next
    /// deadline.
    pub(super) fn resume_current(&mut self, id: pid_t, how: Resume) {
        if let Some(thread) = self.threads.get(&id) {
            // The last one is a system call, which yields the turn.
            let reads = READS_IN_A_TURN - 1 - thread.clock_reads.reads % READS_IN_A_TURN;
            // A thread that returns from a system call without a stop must not read the clock before its turn.
            let may_read = self.threads.values().all(Thread::stops_before_running);
            let reads = if may_read { reads } else { 0 };
            let until = self.next_instant().unwrap_or(u64::MAX).min(self.limit);
            self.clock
                .grant_reads(reads, thread.clock_reads.cost, until);
            let calls = if may_read {
                self.unseen_calls(thread)
            } else {
                0
            };
            self.clock.page_mut().grant_calls(calls);
            self.page_reader = Some(id);
        }
        ptrace::resume(id, how);
    }

    /// Sets a state in which a thread does not have the turn.
    pub(super) fn set_state(&mut self, id: pid_t, state: State) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.state = state;
        }
        if self.scheduler.end_turn(id) {
            self.count_page_reads(id);
        }
    }

    /// Lets all held writers make their system calls, in the order of their arrival: the thread inside the kernel has
    /// returned.
    pub(super) fn release_held_writers(&mut self) {
        for id in std::mem::take(&mut self.held_writers) {
            self.make_ready(id, Next::Entry);
        }
    }

    /// Counts a thread's reads of the clock page, if it was allowed any, and ends that permission.
    pub(super) fn count_page_reads(&mut self, id: pid_t) {
        if self.page_reader.take_if(|reader| *reader == id).is_none() {
            return;
        }
        self.count_unseen_calls(id);
        let reads = self.clock.take_reads();
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.clock_reads.reads += reads;
        }
    }
}

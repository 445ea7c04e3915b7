//! Looks at a clock, and other looks in vain: for who only looks, time must not stand still, nor the others' turns.
//!
//! A look is a call, or else a read of the dial. Both count, and what the threads do is the same: a thread has so many reads
//! of the dial as change nothing but the clock, and the next look is a call.

use super::{
    Halt,
    calls::MOST_CALLS,
    ptrace::{self, Resume},
    thread::{Next, Thread},
    tracer::Tracer,
};
use libc::pid_t;

/// How often a thread looks in vain until the clock goes on faster with each look, and by how much then, in nanoseconds.
const LOOKS: [(u64, u64); 4] = [
    (FREE_LOOKS, 0),
    (10_000, 1_000),
    (100_000, 10_000),
    (u64::MAX, 100_000),
];
/// How many looks in vain cost nothing more.
const FREE_LOOKS: u64 = 1_000;
/// After how many looks in vain at a clock, or for something else, a thread gives its turn away.
const LOOKS_AT_CLOCKS: u64 = 200;
pub(super) const LOOKS_FOR_OTHERS: u64 = 50;
/// As how many looks in vain it counts that a thread gives its turn away itself.
pub(super) const LOOKS_OF_A_YIELD: u64 = 20;
/// What giving the turn away, or looking in vain, costs when nobody else is ready.
const ALONE: u64 = 1_000;

impl Tracer<'_> {
    /// Goes on after a look at a clock. Who does little else gives the turn away every so often, and when somebody's time
    /// is up.
    pub(super) fn after_look(&mut self, id: pid_t) -> Result<(), Halt> {
        let gives_way = self.count_call(id);
        let looks = self.looked(id);
        let gives_way =
            gives_way || looks.is_multiple_of(LOOKS_AT_CLOCKS) || (looks > 1 && self.is_due()?);
        self.after_call(id, gives_way);
        Ok(())
    }

    /// Whether somebody's time is up. Whoever has been woken before does not wait for it any more, even if that has not been
    /// reported.
    fn is_due(&mut self) -> Result<bool, Halt> {
        while let Some((deadline, id)) = self.deadlines.next()
            && deadline.at <= self.clock.now()
        {
            let sleeps = |thread: &Thread| {
                thread
                    .sleep
                    .is_none_or(|sleep| thread.probe.still_sleeps(sleep))
            };
            if self.threads.get(&id).is_none_or(sleeps) {
                return Ok(true);
            }
            self.await_rest(id)?;
        }
        Ok(false)
    }

    /// Counts a look in vain. Gives how many it were.
    pub(super) fn looked(&mut self, id: pid_t) -> u64 {
        let looks = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.looks += 1;
            thread.looks
        });
        let cost = LOOKS.iter().find(|(most, _)| looks < *most);
        self.clock.creep(cost.map_or(0, |(_, cost)| *cost));
        looks
    }

    pub(super) fn creep_if_alone(&mut self) {
        if self.ready.is_empty() {
            self.clock.creep(ALONE);
        }
    }

    /// Lets the thread that has the turn go on. It may look at the dial until a look would cost more than it shows, end its
    /// turn, or come to somebody's time.
    pub(super) fn go_on_with_turn(&mut self, id: pid_t, how: Resume) {
        if let Some(thread) = self.threads.get(&id) {
            let to_next = |every: u64| every - 1 - thread.looks % every;
            let looks = to_next(LOOKS_AT_CLOCKS)
                .min((FREE_LOOKS - 1).saturating_sub(thread.looks))
                .min((MOST_CALLS - 1).saturating_sub(thread.calls).into());
            // Who leaves a call without a report must not look before its turn.
            let may_look = self.threads.values().all(Thread::comes_back_with_a_report);
            let looks = if may_look { looks } else { 0 };
            let until = self.deadlines.next().map(|(deadline, _)| deadline.at);
            let until = until.unwrap_or(u64::MAX).min(self.limit);
            self.clock.give_looks(looks, until);
            self.looker = Some(id);
        }
        ptrace::resume(id, how);
    }

    /// Counts a thread's looks at the dial, if it had any to make, and lets it make none any more.
    pub(super) fn count_looks(&mut self, id: pid_t) {
        if self.looker.take_if(|who| *who == id).is_none() {
            return;
        }
        let looks = self.clock.take_looks();
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.looks += looks;
            thread.calls = thread
                .calls
                .saturating_add(u32::try_from(looks).unwrap_or(u32::MAX));
        }
    }

    /// Goes on after a call: with the turn, or when it comes again.
    pub(super) fn after_call(&mut self, id: pid_t, gives_way: bool) {
        // Behind its limit the program does nothing more.
        if gives_way || self.clock.now() >= self.limit {
            self.make_ready(id, Next::Resume(Resume::On));
        } else {
            self.go_on(id, Resume::On);
        }
    }
}

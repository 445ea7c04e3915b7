//! What a busy loop costs: the law by which the clock moves while a program only reads it, or polls.
//!
//! Computing costs no virtual time, but a loop that waits for the clock by reading it must end. So the clock moves with each
//! read, by no more than such a read takes on a real machine, whatever the program reads it by:
//!
//! 1. A read of a clock costs [`READ`] before it is answered: of any clock, by a system call, from the clock's page, or of the
//!    processor's counter. A deadline that a program computes from what it read then lies ahead of now by all the time that it
//!    wants to wait. A thread that does nothing but read clocks and compute, for as long as [`WAITING`] on a real machine, is
//!    taken for one that waits: from then on a read costs, besides, the instructions from one read to the next. They are
//!    counted now and then, and [`INSTRUCTIONS`] of them take a nanosecond. So the loop of an interpreter, too, waits about as
//!    long as on a real machine, and what only stamps its lines takes no longer than there.
//! 2. A wait that expires ends [`EXPIRED_WAIT`] after its time, and so does a timer; on a real machine it is some fifty times as much. It is more
//!    than a program loses that knows the clock in whole microseconds, and computes a deadline from that. So a program that
//!    waits again and again drifts behind, as on every real machine, and never ahead: of thirty waits of a hundred
//!    milliseconds beside one of three seconds, the thirtieth ends last.
//! 3. A failed poll (a poll without a time-out, a read that would block, a wait with `WNOHANG`) and a turn that is yielded
//!    cost what [`POLLS`] says. Only a program that waits makes many in a row.
//! 4. A thread that makes calls and never waits moves the clock for those that wait for time (`Tracer::creep_for_lone_thread`).
//!
//! Nothing in it depends on real time, on the processor, or on what other threads do at that moment: reads, polls and turns
//! are counted. [`COST_LAW`](crate::virtual_time::COST_LAW)
//! is its number, which every recording names.

use super::{
    Halt,
    deadlines::TimerId,
    ptrace::{self, Resume},
    thread::{Next, Thread},
    tracer::Tracer,
};
use libc::pid_t;

/// What a read of a clock costs, in nanoseconds; `arch/x86_64/vdso.s` has it, too. The system's own takes about 25.
pub(super) const READ: u64 = 20;
/// How long a thread computes, by the instructions between its reads of clocks, until it is taken for one that waits for them.
const WAITING: u64 = 750_000_000;
/// After how many reads the instructions are counted for the first time, and after how many more at the latest again.
const FIRST_COUNT: u64 = 100_000;
const NEXT_COUNT: u64 = 1_000_000;
/// How many instructions a processor executes in a nanosecond, and how many are the read itself.
const INSTRUCTIONS: u64 = 5;
const INSTRUCTIONS_OF_A_READ: u64 = 100;
/// What a wait that expires costs.
pub(super) const EXPIRED_WAIT: u64 = 1_000;
/// What a failed poll costs, up to so many in a row.
const POLLS: [(u64, u64); 3] = [(1_000, READ), (10_000, 1_000), (u64::MAX, 10_000)];
/// As how many failed polls it counts that a thread yields its turn.
const POLLS_OF_A_YIELD: u64 = 20;

/// After how many reads of clocks, and after how many failed polls, a thread yields its turn.
const READS_IN_A_TURN: u64 = 10_000;
const POLLS_IN_A_TURN: u64 = 50;

/// The reads of clocks of a thread that makes no other call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockReads {
    /// How many it were.
    pub(super) reads: u64,
    /// What the next one costs.
    cost: u64,
    /// After how many the instructions between two are counted.
    count_at: u64,
}

impl ClockReads {
    pub(super) const NONE: ClockReads = ClockReads {
        reads: 0,
        cost: READ,
        count_at: FIRST_COUNT,
    };

    fn is_to_be_counted(&self) -> bool {
        self.reads >= self.count_at
    }

    /// So many instructions are between two.
    fn counted(&mut self, instructions: u64) {
        let computing = instructions.saturating_sub(INSTRUCTIONS_OF_A_READ) / INSTRUCTIONS;
        let waits_at = WAITING.checked_div(computing).unwrap_or(u64::MAX);
        let waits = self.reads >= waits_at;
        self.cost = if waits { READ + computing } else { READ };
        let next = self.reads + NEXT_COUNT;
        self.count_at = if waits { next } else { next.min(waits_at) };
    }
}

impl Tracer<'_> {
    /// Goes on after a read of a clock by a call. A thread that does little else yields its turn every so often, and when
    /// somebody's time is up.
    pub(super) fn after_clock_read(&mut self, id: pid_t) -> Result<(), Halt> {
        let reads = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.clock_reads.reads += 1;
            thread.clock_reads.reads
        });
        if self
            .threads
            .get(&id)
            .is_some_and(|thread| thread.clock_reads.is_to_be_counted())
        {
            // Where it reports something else it has been resumed.
            let Some(instructions) = self.count_instructions(id)? else {
                return Ok(());
            };
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.clock_reads.counted(instructions);
            }
        }
        let yields = reads.is_multiple_of(READS_IN_A_TURN) || (reads > 1 && self.is_due()?);
        self.after_call(id, yields);
        Ok(())
    }

    /// What a thread's next read of a clock costs.
    pub(super) fn cost_of_a_read(&self, id: pid_t) -> u64 {
        self.threads
            .get(&id)
            .map_or(READ, |thread| thread.clock_reads.cost)
    }

    /// Whether a deadline has passed, or input is due. A thread that was woken before its deadline no longer waits for it, even
    /// where it has not reported yet.
    fn is_due(&mut self) -> Result<bool, Halt> {
        if self.session_io.is_due(self.clock.instant()) {
            return Ok(true);
        }
        while let Some((at, timer)) = self.deadlines.next()
            && at <= self.clock.now()
        {
            let TimerId::Wait(id) = timer else {
                return Ok(true);
            };
            let sleeps = |thread: &Thread| {
                thread
                    .sleep
                    .is_none_or(|sleep| thread.probe.still_sleeps(sleep))
            };
            if self.threads.get(&id).is_none_or(sleeps) {
                return Ok(true);
            }
            self.await_report_or_block(id)?;
        }
        Ok(false)
    }

    /// Counts a failed poll. Says whether the thread yields its turn.
    pub(super) fn count_failed_poll(&mut self, id: pid_t) -> bool {
        let polls = self.count_polls(id, 1);
        polls % POLLS_IN_A_TURN == POLLS_IN_A_TURN - 1
    }

    /// Counts a turn that is yielded.
    pub(super) fn count_yield(&mut self, id: pid_t) {
        self.count_polls(id, POLLS_OF_A_YIELD);
    }

    fn count_polls(&mut self, id: pid_t, polls: u64) -> u64 {
        let polls = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.polls += polls;
            thread.polls
        });
        self.clock.creep(cost_of_a_poll(polls));
        polls
    }

    /// Resumes the thread that has the turn. It may read the clock from its page until its turn is over, or up to somebody's
    /// time.
    pub(super) fn resume_current(&mut self, id: pid_t, how: Resume) {
        if let Some(thread) = self.threads.get(&id) {
            // The last one is a call, which yields the turn.
            let reads = READS_IN_A_TURN - 1 - thread.clock_reads.reads % READS_IN_A_TURN;
            // A thread that leaves a call without a report must not read the clock before its turn.
            let may_read = self.threads.values().all(Thread::reports_before_running);
            let reads = if may_read { reads } else { 0 };
            let until = self.next_instant().unwrap_or(u64::MAX).min(self.limit);
            self.clock
                .grant_reads(reads, thread.clock_reads.cost, until);
            self.page_reader = Some(id);
        }
        ptrace::resume(id, how);
    }

    /// Counts a thread's reads of the clock's page, if it had any to make, and lets it make none any more.
    pub(super) fn count_page_reads(&mut self, id: pid_t) {
        if self.page_reader.take_if(|who| *who == id).is_none() {
            return;
        }
        let reads = self.clock.take_reads();
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.clock_reads.reads += reads;
        }
    }

    /// Goes on after a call: with the turn, or when it comes again.
    pub(super) fn after_call(&mut self, id: pid_t, yields: bool) {
        // Behind its limit the program does nothing more.
        if yields || self.clock.now() >= self.limit {
            self.make_ready(id, Next::Resume(Resume::Continue));
        } else {
            self.resume_on_turn(id, Resume::Continue);
        }
    }
}

/// What a failed poll costs after so many in a row.
fn cost_of_a_poll(polls: u64) -> u64 {
    let cost = POLLS.iter().find(|(most, _)| polls < *most);
    cost.map_or(0, |(_, cost)| *cost)
}

#[cfg(test)]
mod tests {
    use super::{ClockReads, READ, cost_of_a_poll};

    /// What reads cost after so many, with so many instructions between, and when these are counted again.
    fn counted(reads: u64, instructions: u64) -> (u64, u64) {
        let mut clock_reads = ClockReads {
            reads,
            ..ClockReads::NONE
        };
        clock_reads.counted(instructions);
        (clock_reads.cost, clock_reads.count_at)
    }

    #[test]
    fn reads_cost_what_is_computed_between_them_once_that_is_much() {
        // A nanosecond for five instructions, beyond those of the read: 100 ns, and so 7,500,000 are three quarters of a second.
        assert_eq!(counted(100_000, 600), (READ, 1_100_000));
        assert_eq!(counted(7_100_000, 600), (READ, 7_500_000));
        assert_eq!(counted(7_500_000, 600), (READ + 100, 8_500_000));
        assert_eq!(counted(100_000, 100), (READ, 1_100_000));
        assert_eq!(counted(u64::MAX / 2, 104).0, READ);
    }

    #[test]
    fn only_many_polls_in_a_row_cost_more_than_reads() {
        let costs = [1, 999, 1_000, 9_999, 10_000, u64::MAX - 1].map(cost_of_a_poll);
        assert_eq!(costs, [20, 20, 1_000, 1_000, 10_000, 10_000]);
    }
}

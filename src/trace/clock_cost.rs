//! What a busy loop costs: the law by which the clock moves while a program only reads it, or polls.
//!
//! Computing costs no virtual time, but a loop that reads the clock until a deadline must end. So every clock read
//! moves the clock, by no more than the read takes on a real machine, however the program reads it:
//!
//! 1. A clock read costs [`READ`] before it is answered: of any clock, by a system call, from the clock page, or of the
//!    time-stamp counter. A deadline that a program computes from the result is then ahead of now by the whole time
//!    that it wants to wait. A thread that only reads clocks and computes, for as long as [`WAITING`] on a real
//!    machine, is assumed to be waiting: from then on a read also costs the instructions executed since the previous
//!    one. These are counted now and then, and [`INSTRUCTIONS`] of them take a nanosecond. So even an interpreter's
//!    loop waits about as long as on a real machine, and a program that only stamps its lines takes no longer than
//!    there.
//! 2. A wait that expires, and a timer, ends [`EXPIRED_WAIT`] after its deadline; on a real machine the delay is about
//!    fifty times as long. It is more than what a program loses by computing a deadline from whole microseconds. So a program that
//!    waits again and again drifts behind, as on every real machine, and never ahead: of thirty waits of a hundred
//!    milliseconds next to one of three seconds, the thirtieth ends last.
//! 3. A failed poll (a poll without a time-out, a read that would block, a wait with `WNOHANG`) and a yielded turn cost
//!    what [`POLLS`] says. Only a program that waits makes many in a row.
//! 4. A thread that makes system calls and never waits moves the clock for threads that wait for time
//!    (`Tracer::creep_for_lone_thread`).
//!
//! None of this depends on real time, on the processor, or on what other threads do at that moment: reads, polls and
//! turns are counted. [`COST_LAW`](crate::virtual_time::COST_LAW) is the number of this law, which every recording
//! states.

use super::tracer::Tracer;
use libc::pid_t;

/// What a clock read costs, in nanoseconds; `arch/x86_64/vdso.s` uses it, too. On a real machine it takes about 25.
pub(super) const READ: u64 = 20;
/// How long a thread computes between clock reads, in nanoseconds, before it is assumed to wait for the clock.
const WAITING: u64 = 750_000_000;
/// After how many reads the instructions are first counted, and after at most how many more they are counted again.
const FIRST_COUNT: u64 = 100_000;
const NEXT_COUNT: u64 = 1_000_000;
/// How many instructions a processor executes in a nanosecond, and how many of them are the read itself.
const INSTRUCTIONS: u64 = 5;
const INSTRUCTIONS_OF_A_READ: u64 = 100;
/// What a wait that expires costs.
pub(super) const EXPIRED_WAIT: u64 = 1_000;
/// What a failed poll costs, up to this many in a row.
const POLLS: [(u64, u64); 3] = [(1_000, READ), (10_000, 1_000), (u64::MAX, 10_000)];
/// A yielded turn counts as this many failed polls.
const POLLS_OF_A_YIELD: u64 = 20;

/// After how many clock reads, and after how many failed polls, a thread yields its turn.
pub(super) const READS_IN_A_TURN: u64 = 10_000;
const POLLS_IN_A_TURN: u64 = 50;

/// The clock reads of a thread since its last other system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockReads {
    /// How many there were.
    pub(super) reads: u64,
    /// What the next one costs.
    pub(super) cost: u64,
    /// After how many reads the instructions between two of them are counted.
    count_at: u64,
}

impl ClockReads {
    pub(super) const NONE: ClockReads = ClockReads {
        reads: 0,
        cost: READ,
        count_at: FIRST_COUNT,
    };

    pub(super) fn is_to_be_counted(&self) -> bool {
        self.reads >= self.count_at
    }

    /// Sets the cost after the instructions between two reads were counted.
    pub(super) fn counted(&mut self, instructions: u64) {
        let computing = instructions.saturating_sub(INSTRUCTIONS_OF_A_READ) / INSTRUCTIONS;
        let waits_at = WAITING.checked_div(computing).unwrap_or(u64::MAX);
        let waits = self.reads >= waits_at;
        self.cost = if waits { READ + computing } else { READ };
        let next = self.reads + NEXT_COUNT;
        self.count_at = if waits { next } else { next.min(waits_at) };
    }
}

impl Tracer<'_> {
    /// What a thread's next clock read costs.
    pub(super) fn read_cost(&self, id: pid_t) -> u64 {
        self.threads
            .get(&id)
            .map_or(READ, |thread| thread.clock_reads.cost)
    }

    /// Counts a failed poll. Returns whether the thread yields its turn.
    pub(super) fn count_failed_poll(&mut self, id: pid_t) -> bool {
        let polls = self.count_polls(id, 1);
        polls % POLLS_IN_A_TURN == POLLS_IN_A_TURN - 1
    }

    /// Counts a yielded turn.
    pub(super) fn count_yield(&mut self, id: pid_t) {
        self.count_polls(id, POLLS_OF_A_YIELD);
    }

    fn count_polls(&mut self, id: pid_t, polls: u64) -> u64 {
        let polls = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.polls += polls;
            thread.polls
        });
        self.clock.creep(poll_cost(polls));
        polls
    }
}

/// What a failed poll costs, this many in a row.
fn poll_cost(polls: u64) -> u64 {
    let cost = POLLS.iter().find(|(most, _)| polls < *most);
    cost.map_or(0, |(_, cost)| *cost)
}

#[cfg(test)]
mod tests {
    use super::{ClockReads, READ, poll_cost};

    /// The cost after this many reads with this many instructions between them, and when these are counted again.
    fn counted(reads: u64, instructions: u64) -> (u64, u64) {
        let mut clock_reads = ClockReads {
            reads,
            ..ClockReads::NONE
        };
        clock_reads.counted(instructions);
        (clock_reads.cost, clock_reads.count_at)
    }

    #[test]
    fn a_long_busy_loop_pays_for_the_instructions_between_its_reads() {
        // Five instructions take a nanosecond, without those of the read itself: 100 ns, and 7,500,000 times that are
        // 750 ms.
        assert_eq!(counted(100_000, 600), (READ, 1_100_000));
        assert_eq!(counted(7_100_000, 600), (READ, 7_500_000));
        assert_eq!(counted(7_500_000, 600), (READ + 100, 8_500_000));
        assert_eq!(counted(100_000, 100), (READ, 1_100_000));
        assert_eq!(counted(u64::MAX / 2, 104).0, READ);
    }

    #[test]
    fn polls_cost_as_much_as_reads_until_there_are_many_in_a_row() {
        let costs = [1, 999, 1_000, 9_999, 10_000, u64::MAX - 1].map(poll_cost);
        assert_eq!(costs, [20, 20, 1_000, 1_000, 10_000, 10_000]);
    }
}

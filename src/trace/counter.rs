//! Reads of the time-stamp counter (`rdtsc`), which raise a `SIGSEGV` in a traced program. It counts nanoseconds.

use super::{
    Halt,
    clock::{Base, nanoseconds},
    memory::read,
    ptrace::{self, Resume},
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Emulates a read of the time-stamp counter, if the thread has stopped at one.
    pub(super) fn read_counter(&mut self, id: pid_t) -> Result<bool, Halt> {
        let Some(mut registers) = ptrace::registers(id) else {
            return Ok(false);
        };
        let at = registers.instruction();
        let cost = self.read_cost(id);
        // `rdtsc` may be the last instruction on its page.
        let instruction = read::<3>(id, at).or_else(|| {
            let [first, second] = read::<2>(id, at)?;
            Some([first, second, 0])
        });
        // The cost is charged below, if it is one.
        let counter = nanoseconds(self.clock.shows(Base::Uptime)) + cost;
        if !instruction.is_some_and(|bytes| registers.read_counter(bytes, counter)) {
            return Ok(false);
        }
        if self.rewrite_if_hot(id, at) {
            // It executes the rewritten code.
            self.resume_on_turn(id, Resume::Continue);
            return Ok(true);
        }
        ptrace::set_registers(id, &registers);
        self.clock.read(Base::Uptime, cost);
        self.after_clock_read(id)?;
        Ok(true)
    }
}

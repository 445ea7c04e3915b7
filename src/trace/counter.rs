//! Reads of the processor's counter (`rdtsc`), which end in a `SIGSEGV` in a traced program: a nanosecond is a count.

use super::{
    Halt,
    clock::{Base, nanoseconds},
    memory::read,
    ptrace::{self, Resume},
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Carries out a read of the processor's counter, if that is what the thread was stopped at.
    pub(super) fn read_counter(&mut self, id: pid_t) -> Result<bool, Halt> {
        let Some(mut registers) = ptrace::registers(id) else {
            return Ok(false);
        };
        let at = registers.instruction();
        let cost = self.cost_of_a_read(id);
        // The shorter one may be the last thing in its page.
        let instruction = read::<3>(id, at).or_else(|| {
            let [first, second] = read::<2>(id, at)?;
            Some([first, second, 0])
        });
        // Paid for if it was one.
        let counter = nanoseconds(self.clock.shows(Base::Uptime)) + cost;
        if !instruction.is_some_and(|bytes| registers.read_counter(bytes, counter)) {
            return Ok(false);
        }
        if self.rewrite_if_hot(id, at) {
            // It executes what stands there now.
            self.resume_on_turn(id, Resume::Continue);
            return Ok(true);
        }
        ptrace::set_registers(id, &registers);
        self.clock.read(Base::Uptime, cost);
        self.after_clock_read(id)?;
        Ok(true)
    }
}

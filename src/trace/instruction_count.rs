//! Counts the instructions between two reads of a clock, by executing them one by one.

use super::{
    Halt, arch,
    memory::read,
    ptrace::{self, Resume, Stop},
    tracer::Tracer,
};
use libc::pid_t;

/// So many are counted at most.
const MAX: u64 = 20_000;

/// What a `SIGTRAP` says that follows a call, and another instruction (`sigaction(2)`).
const STEPS: [i32; 2] = [1, 2];

impl Tracer<'_> {
    /// Executes the instructions of a stopped thread up to its next call or read of the processor's counter, and counts them.
    /// `None` where it reported something else, which has been taken in.
    pub(super) fn count_instructions(&mut self, id: pid_t) -> Result<Option<u64>, Halt> {
        let mut count = 0;
        while count < MAX {
            let at = ptrace::registers(id).map(|registers| registers.instruction());
            let code = at.and_then(|at| read::<3>(id, at));
            if code.is_none_or(arch::ends_count) {
                break;
            }
            ptrace::resume(id, Resume::Step);
            match ptrace::next_report(id) {
                Some(Stop::Signal(libc::SIGTRAP)) if is_step(id) => count += 1,
                Some(stop) => {
                    self.handle_stop(id, stop)?;
                    return Ok(None);
                }
                None => break,
            }
        }
        // The system leaves it set behind an instruction that sets the flags (`popf`).
        if let Some(mut registers) = ptrace::registers(id) {
            registers.clear_trap_flag();
            ptrace::set_registers(id, &registers);
        }
        Ok(Some(count))
    }
}

fn is_step(id: pid_t) -> bool {
    ptrace::signal_info(id).is_some_and(|info| STEPS.contains(&info.si_code))
}

//! Counts the instructions between two clock reads, by single-stepping.

use super::{
    Halt, arch,
    memory::read,
    ptrace::{self, Resume, Stop},
    tracer::Tracer,
};
use libc::pid_t;

/// The most that are counted.
const MAX: u64 = 20_000;

/// The `si_code` of a `SIGTRAP` after a stepped system call, and after another instruction (`sigaction(2)`).
const STEPS: [i32; 2] = [1, 2];

impl Tracer<'_> {
    /// Single-steps a stopped thread up to its next system call or read of the time-stamp counter, and counts the
    /// instructions. `None` if it stopped for something else, which has been handled.
    pub(super) fn count_instructions(&mut self, id: pid_t) -> Result<Option<u64>, Halt> {
        let mut count = 0;
        while count < MAX {
            let at = ptrace::registers(id).map(|registers| registers.instruction());
            let code = at.and_then(|at| read::<3>(id, at));
            if code.is_none_or(arch::ends_count) {
                break;
            }
            ptrace::resume(id, Resume::Step);
            match ptrace::wait_stop(id) {
                Some(Stop::Signal(libc::SIGTRAP)) if is_step(id) => count += 1,
                Some(stop) => {
                    self.handle_stop(id, stop)?;
                    return Ok(None);
                }
                None => break,
            }
        }
        // The kernel does not clear it after an instruction that sets the flags (`popf`).
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

//! Attributes of a process that its tracer has set, and that it asks for or would set itself (prctl(2), seccomp(2)). It is
//! told what it would find without a tracer.

use super::{filled, unsupported};
use crate::trace::{Halt, arch::Registers, memory::write, tracer::Tracer, vdso::is_confined};
use libc::{PR_GET_SECCOMP, PR_GET_TSC, PR_SET_SECCOMP, PR_TSC_ENABLE, pid_t};

const STRICT: &str = "the strict mode of seccomp cannot be set beside the tracer's filter";
const LEAK_CHECK: &str = "a leak check (LeakSanitizer) cannot stop the threads of a traced program: \
                          `LSAN_OPTIONS=detect_leaks=0` turns it off";

impl Tracer<'_> {
    /// A thread asks for such an attribute, or sets it.
    ///
    /// # Errors
    /// The call has no effect beside a tracer.
    pub(super) fn enter_attribute(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        match entry.call() {
            // Reported only as LeakSanitizer calls it.
            libc::SYS_clone => return unsupported(id, &entry, LEAK_CHECK),
            _ if sets_strict_mode(&entry) && !is_confined(id) => {
                return unsupported(id, &entry, STRICT);
            }
            libc::SYS_prctl if entry.int(0) == PR_GET_SECCOMP && !is_confined(id) => {
                self.answer(id, entry, 0);
            }
            libc::SYS_prctl if entry.int(0) == PR_GET_TSC => {
                let enabled = PR_TSC_ENABLE.to_le_bytes();
                let result = filled(write(id, entry.argument(1), &enabled));
                self.answer(id, entry, result);
            }
            _ => self.pass(id),
        }
        Ok(())
    }
}

/// Whether a call would set the strict mode of seccomp. Neither flags nor arguments go with it where it has its own call.
fn sets_strict_mode(entry: &Registers) -> bool {
    const MODE: u64 = libc::SECCOMP_MODE_STRICT as u64;
    const OPERATION: u32 = libc::SECCOMP_SET_MODE_STRICT;
    match entry.call() {
        libc::SYS_prctl => entry.int(0) == PR_SET_SECCOMP && entry.argument(1) == MODE,
        _ => {
            entry.int(0).cast_unsigned() == OPERATION && entry.int(1) == 0 && entry.argument(2) == 0
        }
    }
}

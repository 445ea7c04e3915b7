//! Process attributes that the tracer has set, when the program reads or sets them itself (prctl(2), seccomp(2)). The
//! program sees what it would see without a tracer.

use super::entry::{filled, unsupported};
use crate::trace::{Halt, arch::Registers, memory::write, tracer::Tracer, vdso::is_confined};
use libc::{PR_GET_SECCOMP, PR_GET_TSC, PR_SET_SECCOMP, PR_TSC_ENABLE, pid_t};

const STRICT: &str = "seccomp's strict mode cannot be combined with the tracer's filter";
const LEAK_CHECK: &str = "a leak check (LeakSanitizer) cannot stop the threads of a traced program: \
                          `LSAN_OPTIONS=detect_leaks=0` turns it off";

impl Tracer<'_> {
    /// A thread reads or sets such an attribute.
    ///
    /// # Errors
    /// The system call cannot work with a tracer.
    pub(super) fn enter_attribute(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        match entry.call() {
            // Reported only with LeakSanitizer's flags.
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

/// Whether a system call may install a filter of the program's own.
pub(in crate::trace) fn sets_filter(entry: &Registers) -> bool {
    match entry.call() {
        libc::SYS_prctl => entry.int(0) == PR_SET_SECCOMP,
        call => call == libc::SYS_seccomp,
    }
}

/// Whether a system call would set seccomp's strict mode. `seccomp` itself requires that its other arguments are zero.
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

//! Attributes of a process that its tracer has set, and that it asks for or would set itself (prctl(2),
//! `arch_prctl(2)`, seccomp(2)). It is told what it would find without a tracer.

use super::{
    Halt,
    cpuid::{self, ARCH_GET_CPUID, ARCH_SET_CPUID},
    memory::write,
    syscall_entry::{filled, unknown},
    vdso::is_confined,
    x86_64::Registers,
};
use libc::{EPERM, PR_GET_SECCOMP, PR_GET_TSC, PR_SET_SECCOMP, PR_TSC_ENABLE, pid_t};

const STRICT: &str = "the strict mode of seccomp cannot be set beside the tracer's filter";
const LEAK_CHECK: &str = "a leak check (LeakSanitizer) cannot stop the threads of a traced program: \
                          `LSAN_OPTIONS=detect_leaks=0` turns it off";

/// What a call gives that asks for such an attribute, or sets it; `None` where it does not, or is the system's to answer.
///
/// # Errors
/// The call has no effect beside a tracer.
pub(super) fn answer(id: pid_t, made: &Registers) -> Result<Option<i64>, Halt> {
    let result = match (made.call(), made.int(0).cast_unsigned()) {
        (libc::SYS_prctl | libc::SYS_seccomp, _) if sets_strict_mode(made) && !is_confined(id) => {
            unknown(id, made.call(), STRICT)?;
            return Ok(None);
        }
        // Reported only as LeakSanitizer calls it.
        (libc::SYS_clone, _) => {
            unknown(id, made.call(), LEAK_CHECK)?;
            return Ok(None);
        }
        (libc::SYS_prctl, request) if request == PR_GET_SECCOMP.cast_unsigned() => {
            (!is_confined(id)).then_some(0)
        }
        (libc::SYS_prctl, request) if request == PR_GET_TSC.cast_unsigned() => {
            let enabled = PR_TSC_ENABLE.to_le_bytes();
            Some(filled(write(id, made.argument(1), &enabled)))
        }
        (libc::SYS_arch_prctl, ARCH_GET_CPUID) => Some(1),
        (libc::SYS_arch_prctl, ARCH_SET_CPUID) if cpuid::can_fault() => {
            Some(match made.argument(1) {
                0 => -i64::from(EPERM),
                _ => 0,
            })
        }
        _ => None,
    };
    Ok(result)
}

/// Whether a call would set the strict mode of seccomp. Neither flags nor arguments go with it where it has its own call.
fn sets_strict_mode(made: &Registers) -> bool {
    const MODE: u64 = libc::SECCOMP_MODE_STRICT as u64;
    const OPERATION: u32 = libc::SECCOMP_SET_MODE_STRICT;
    match made.call() {
        libc::SYS_prctl => made.int(0) == PR_SET_SECCOMP && made.argument(1) == MODE,
        _ => made.int(0).cast_unsigned() == OPERATION && made.int(1) == 0 && made.argument(2) == 0,
    }
}

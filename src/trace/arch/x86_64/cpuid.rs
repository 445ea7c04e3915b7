//! The instruction `cpuid`, with which a program asks for the processor's features. If the processor can make it fault
//! (`arch_prctl(2)`, `ARCH_CPUID`), the tracer emulates it, and hides what differs from run to run: the instructions
//! that return random numbers (`rdrand`, `rdseed`) or the processor's number (`rdpid`), and the id of the local APIC.
//! The frequency of the time-stamp counter is that of the virtual counter.
//!
//! A fault takes several times as long as the instruction. The C library executes it about seventy times at start-up,
//! and uses nothing that is hidden. So `cpuid` faults only after that: from when the program sets the address of its
//! thread-local memory, which every C library does once.

use super::{CPUID, END_OF_MEMORY, Registers};
use crate::trace::{
    memory::read,
    ptrace::{self, Resume},
    syscall::{processor::replace_result, time_out::Wait},
    thread::Then,
    tracer::Tracer,
    vdso::is_confined,
};
use libc::{EPERM, pid_t};
use std::{
    arch::x86_64::{__cpuid_count, CpuidResult},
    collections::HashMap,
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// Requests of `arch_prctl`: set the address of thread-local memory; get and set whether `cpuid` is allowed.
pub(super) const ARCH_SET_FS: u32 = 0x1002;
pub(super) const ARCH_GET_CPUID: u32 = 0x1011;
pub(super) const ARCH_SET_CPUID: u32 = 0x1012;

/// How many answers are cached.
const MAX_KEPT: usize = 1024;
/// The frequency of a counter that counts nanoseconds, in kilohertz.
const KILOHERTZ: u32 = 1_000_000;

/// Whether the processor or the kernel is known not to support faulting.
static CANNOT_FAULT: AtomicBool = AtomicBool::new(false);

/// Remembers that `cpuid` cannot fault.
fn set_cannot_fault() {
    CANNOT_FAULT.store(true, Relaxed);
}

/// Whether `cpuid` can fault, as far as is known.
fn can_fault() -> bool {
    !CANNOT_FAULT.load(Relaxed)
}

impl Tracer<'_> {
    /// A thread sets the address of thread-local memory, or asks whether `cpuid` is allowed (`arch_prctl(2)`).
    pub(in crate::trace) fn enter_thread_memory(&mut self, id: pid_t, entry: Registers) {
        match entry.int(0).cast_unsigned() {
            ARCH_SET_FS if self.lets_cpuid_fault(id, &entry) => {
                // The tracer sets the address itself, and the system call becomes the other request.
                let mut changed = entry;
                changed.set_argument(0, ARCH_SET_CPUID.into());
                changed.set_argument(1, 0);
                changed.set_thread_memory(entry.argument(1));
                self.enter(id, entry, Wait::PLAIN, Some(changed), Then::ThreadMemory);
            }
            ARCH_GET_CPUID => self.answer(id, entry, 1),
            ARCH_SET_CPUID if can_fault() => {
                let refused = entry.argument(1) == 0;
                self.answer(id, entry, if refused { -i64::from(EPERM) } else { 0 });
            }
            _ => self.pass(id),
        }
    }

    /// Whether `cpuid` must be made to fault in a new program. Exec resets this; forked children inherit it.
    fn lets_cpuid_fault(&mut self, id: pid_t, entry: &Registers) -> bool {
        let is_meant = entry.argument(1) < END_OF_MEMORY && can_fault();
        let Some(thread) = self.threads.get_mut(&id).filter(|_| is_meant) else {
            return false;
        };
        !mem::replace(&mut thread.cpuid_faults, true) && !is_confined(id)
    }

    /// Emulates `cpuid`, if the thread has stopped at one.
    pub(in crate::trace) fn answers_cpuid(&mut self, id: pid_t) -> bool {
        let Some(mut registers) = ptrace::registers(id) else {
            return false;
        };
        if read(id, registers.instruction()) != Some(CPUID) {
            return false;
        }
        let (leaf, subleaf) = registers.cpuid_arguments();
        registers.answer_cpuid(&answer(leaf, subleaf));
        ptrace::set_registers(id, &registers);
        self.resume_on_turn(id, Resume::Continue);
        true
    }
}

/// The address of thread-local memory is set; the result says whether `cpuid` faults.
pub(in crate::trace) fn exit_thread_memory(id: pid_t, returned: i64) {
    if returned < 0 {
        set_cannot_fault();
    }
    replace_result(id, 0);
}

/// While this exists, `cpuid` faults in the calling thread as it does in its tracees. They take turns on one processor,
/// and switching its setting with each turn can take longer than the turn in a virtual machine.
pub(in crate::trace) struct CpuidFaulting(());

impl CpuidFaulting {
    /// Makes `cpuid` fault in the calling thread, if possible.
    pub(in crate::trace) fn new() -> CpuidFaulting {
        // Fills the standard library's cache; nothing else in this thread executes the instruction.
        let _ = std::is_x86_feature_detected!("avx2");
        allow_here(false);
        CpuidFaulting(())
    }
}

impl Drop for CpuidFaulting {
    fn drop(&mut self) {
        allow_here(true);
    }
}

/// Sets whether `cpuid` is allowed in the calling thread.
fn allow_here(is_allowed: bool) {
    if can_fault() {
        let request = libc::c_ulong::from(ARCH_SET_CPUID);
        // SAFETY: it sets an attribute of this thread and touches no memory.
        let set = unsafe {
            libc::syscall(
                libc::SYS_arch_prctl,
                request,
                libc::c_ulong::from(is_allowed),
            )
        };
        if set != 0 {
            set_cannot_fault();
        }
    }
}

/// The answer for a program.
fn answer(leaf: u32, subleaf: u32) -> CpuidResult {
    static ANSWERS: Mutex<Option<HashMap<(u32, u32), CpuidResult>>> = Mutex::new(None);
    let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    let answers = answers.get_or_insert_default();
    if let Some(kept) = answers.get(&(leaf, subleaf)) {
        return *kept;
    }
    allow_here(true);
    let answer = if is_known(leaf) {
        hide(leaf, subleaf, cpuid(leaf, subleaf))
    } else {
        // The processor would answer as for its last leaf.
        CpuidResult {
            eax: 0,
            ebx: 0,
            ecx: 0,
            edx: 0,
        }
    };
    allow_here(false);
    if answers.len() < MAX_KEPT {
        answers.insert((leaf, subleaf), answer);
    }
    answer
}

#[allow(unused_unsafe, reason = "newer compilers call it safe")]
fn cpuid(leaf: u32, subleaf: u32) -> CpuidResult {
    // SAFETY: every processor of this architecture has the instruction.
    unsafe { __cpuid_count(leaf, subleaf) }
}

/// Whether the processor, or the hypervisor, knows this leaf.
fn is_known(leaf: u32) -> bool {
    const MACHINE: u32 = 0x4000_0000;
    let first = leaf & 0xffff_0000;
    first == MACHINE || leaf <= cpuid(first, 0).eax
}

/// Removes what differs from run to run.
fn hide(leaf: u32, subleaf: u32, mut said: CpuidResult) -> CpuidResult {
    const RDRAND: u32 = 1 << 30;
    const RDSEED: u32 = 1 << 18;
    const RDPID: u32 = 1 << 22;
    const APIC_ID: u32 = 0xff << 24;
    let rate = |told: &mut u32, virtual_rate| {
        if *told != 0 {
            *told = virtual_rate;
        }
    };
    match (leaf, subleaf) {
        (1, _) => {
            said.ebx &= !APIC_ID;
            said.ecx &= !RDRAND;
        }
        (7, 0) => {
            said.ebx &= !RDSEED;
            said.ecx &= !RDPID;
        }
        // The counter's frequency is the crystal's, in hertz, times `ebx` / `eax`.
        (0x15, _) if said.ebx != 0 => {
            said.eax = 1;
            said.ebx = 1;
            said.ecx = KILOHERTZ * 1_000;
        }
        (0x16, _) => rate(&mut said.eax, KILOHERTZ / 1_000),
        (0x4000_0010, _) => rate(&mut said.eax, KILOHERTZ),
        // The threads and cores of a package.
        (0xb | 0x1f | 0x8000_0026, _) => said.edx = 0,
        (0x8000_001e, _) => {
            said.eax = 0;
            said.ebx &= !0xff;
            said.ecx &= !0xff;
        }
        _ => {}
    }
    said
}

#[cfg(test)]
mod tests {
    use super::hide;
    use std::arch::x86_64::CpuidResult;

    const ALL: u32 = u32::MAX;

    #[test]
    fn features_that_differ_from_run_to_run_are_hidden() {
        let hidden = |leaf, subleaf| {
            let said = CpuidResult {
                eax: ALL,
                ebx: ALL,
                ecx: ALL,
                edx: ALL,
            };
            let told = hide(leaf, subleaf, said);
            [told.eax, told.ebx, told.ecx, told.edx]
        };
        assert_eq!(hidden(0, 0), [ALL; 4]);
        assert_eq!(hidden(1, 0), [ALL, 0x00ff_ffff, 0xbfff_ffff, ALL]);
        assert_eq!(hidden(7, 0), [ALL, 0xfffb_ffff, 0xffbf_ffff, ALL]);
        assert_eq!(hidden(7, 1), [ALL; 4]);
        assert_eq!(hidden(0xb, 1), [ALL, ALL, ALL, 0]);
        assert_eq!(hidden(0x15, 0), [1, 1, 1_000_000_000, ALL]);
        assert_eq!(hidden(0x16, 0), [1_000, ALL, ALL, ALL]);
    }
}

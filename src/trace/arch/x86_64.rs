//! Everything that depends on the processor: registers, system call numbers, machine code, and the time-stamp counter.
//!
//! On `x86_64` Linux a system call's number is in `rax` (in `orig_rax` during the call), its arguments are in `rdi`,
//! `rsi`, `rdx`, `r10`, `r8` and `r9`, and its result is in `rax`: a negative error number from -4095 up (syscall(2)).

pub(in crate::trace) use self::{
    cpuid::{CpuidFaulting, exit_thread_memory},
    effect::{Effect, INSTRUCTION, effect},
    regular::{REGULAR_CODE, page_of_regular_code, regular_asked, regular_code, regular_made},
    stat::{BEFORE_CALL, STAT_CODE, load, stat_asked, stat_code, stat_made, stat_times},
    syscalls::{EVENTS, OPENS, ROWS, UNSEEN},
};
use crate::trace::clock_page;
use ::syscalls::Sysno;
use libc::user_regs_struct;
use rustix::process::{TimeStampCounterReadability, set_time_stamp_counter_readability};
use std::arch::{global_asm, x86_64::CpuidResult};

mod cpuid;
mod effect;
mod regular;
mod stat;
mod syscalls;

/// Seccomp's name for this processor: `AUDIT_ARCH_X86_64`.
pub(in crate::trace) const AUDIT_ARCHITECTURE: u32 = 0xc000_003e;
/// The class (64-bit) and the machine (`EM_X86_64`) of its ELF files (elf(5)).
pub(in crate::trace) const ELF_CLASS: u8 = 2;
pub(in crate::trace) const ELF_MACHINE: u16 = 62;
/// System calls from here up are of x32, the other convention of this processor.
pub(in crate::trace) const FIRST_FOREIGN_CALL: u32 = 0x4000_0000;

/// No program has memory from here up: `TASK_SIZE_MAX`.
pub(in crate::trace) const END_OF_MEMORY: u64 = (1 << 47) - 4096;

/// The instruction that asks for the processor's features.
pub(in crate::trace) const CPUID: [u8; 2] = [0x0f, 0xa2];

/// The registers of a stopped thread.
#[derive(Clone, Copy)]
pub(in crate::trace) struct Registers(pub(in crate::trace) user_regs_struct);

impl Registers {
    /// The number of the system call.
    pub(in crate::trace) fn call(&self) -> i64 {
        self.0.orig_rax.cast_signed()
    }

    /// An argument of the system call, from 0 to 5.
    pub(in crate::trace) fn argument(&self, index: usize) -> u64 {
        let regs = &self.0;
        [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9][index]
    }

    /// An argument of type `int`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the upper half is not the callee's to read"
    )]
    pub(in crate::trace) fn int(&self, index: usize) -> i32 {
        (self.argument(index) as u32).cast_signed()
    }

    pub(in crate::trace) fn set_argument(&mut self, index: usize, value: u64) {
        let regs = &mut self.0;
        *[
            &mut regs.rdi,
            &mut regs.rsi,
            &mut regs.rdx,
            &mut regs.r10,
            &mut regs.r8,
            &mut regs.r9,
        ][index] = value;
    }

    /// The result of the system call.
    pub(in crate::trace) fn result(&self) -> i64 {
        self.0.rax.cast_signed()
    }

    pub(in crate::trace) fn set_result(&mut self, result: i64) {
        self.0.rax = result.cast_unsigned();
    }

    /// At entry: replaces the system call by another.
    pub(in crate::trace) fn set_call(&mut self, call: i64) {
        self.0.orig_rax = call.cast_unsigned();
    }

    /// Makes the thread execute a system call with the instruction at this address when it resumes.
    pub(in crate::trace) fn prepare_call(
        &mut self,
        instruction: u64,
        call: i64,
        arguments: [u64; 6],
    ) {
        for (index, argument) in arguments.into_iter().enumerate() {
            self.set_argument(index, argument);
        }
        self.0.rip = instruction;
        // The kernel must not restart a call: there is none.
        self.answer(call);
    }

    /// At entry: skips the system call, which returns this instead.
    pub(in crate::trace) fn answer(&mut self, result: i64) {
        self.0.orig_rax = u64::MAX;
        self.set_result(result);
    }

    /// At exit: restores the number and the arguments of the program's own call after one that was changed. Programs
    /// rely on them, and so does the kernel when it restarts the call.
    pub(in crate::trace) fn restore_call(&mut self, entry: &Registers) {
        for index in 0..6 {
            self.set_argument(index, entry.argument(index));
        }
        self.0.orig_rax = entry.0.orig_rax;
    }

    /// At exit: makes the thread execute its system call again.
    pub(in crate::trace) fn repeat_call(&mut self, entry: &Registers) {
        const SYSCALL: u64 = 2;
        self.restore_call(entry);
        self.0.rip = entry.0.rip - SYSCALL;
        let call = entry.call();
        // The kernel must not restart the call as well.
        self.answer(call);
    }

    /// Whether it is the same system call from the same instruction.
    pub(in crate::trace) fn is_same_call(&self, other: &Registers) -> bool {
        self.0.orig_rax == other.0.orig_rax
            && self.0.rip == other.0.rip
            && (0..6).all(|index| self.argument(index) == other.argument(index))
    }

    /// Whether everything that an instruction may read or change, apart from memory, is the same.
    pub(in crate::trace) fn is_same(&self, other: &Registers) -> bool {
        self.0.rip == other.0.rip && self.is_same_except_instruction(other)
    }

    /// The same for all registers but the instruction pointer.
    pub(in crate::trace) fn is_same_except_instruction(&self, other: &Registers) -> bool {
        let all = |Registers(regs): &Registers| {
            [
                regs.rax,
                regs.rbx,
                regs.rcx,
                regs.rdx,
                regs.rsi,
                regs.rdi,
                regs.rbp,
                regs.rsp,
                regs.r8,
                regs.r9,
                regs.r10,
                regs.r11,
                regs.r12,
                regs.r13,
                regs.r14,
                regs.r15,
                regs.eflags,
            ]
        };
        all(self) == all(other)
    }

    /// Whether the previous instruction, a `cmpxchg`, has changed memory: the zero flag is set.
    pub(in crate::trace) fn has_exchanged(&self) -> bool {
        const ZERO: u64 = 1 << 6;
        self.0.eflags & ZERO != 0
    }

    /// Ends single-stepping.
    pub(in crate::trace) fn clear_trap_flag(&mut self) {
        const TRAP: u64 = 1 << 8;
        self.0.eflags &= !TRAP;
    }

    /// Sets the address of thread-local memory, as `arch_prctl` does.
    pub(in crate::trace) fn set_thread_memory(&mut self, address: u64) {
        self.0.fs_base = address;
    }

    /// The stack pointer.
    pub(in crate::trace) fn stack(&self) -> u64 {
        self.0.rsp
    }

    /// The instruction pointer.
    pub(in crate::trace) fn instruction(&self) -> u64 {
        self.0.rip
    }

    /// The leaf and the subleaf that `cpuid` asks for.
    #[expect(clippy::cast_possible_truncation, reason = "it reads the lower halves")]
    pub(in crate::trace) fn cpuid_arguments(&self) -> (u32, u32) {
        (self.0.rax as u32, self.0.rcx as u32)
    }

    /// Completes a `cpuid` with this answer.
    pub(in crate::trace) fn answer_cpuid(&mut self, told: &CpuidResult) {
        self.0.rax = told.eax.into();
        self.0.rbx = told.ebx.into();
        self.0.rcx = told.ecx.into();
        self.0.rdx = told.edx.into();
        self.0.rip += CPUID.len() as u64;
    }

    /// Emulates `rdtsc` or `rdtscp`, if the instruction is one of them.
    pub(in crate::trace) fn read_counter(&mut self, instruction: [u8; 3], counter: u64) -> bool {
        let len = match ClockInstruction::of(&instruction) {
            Some(ClockInstruction::Counter) => 2,
            Some(ClockInstruction::CounterAndProcessor) => 3,
            _ => return false,
        };
        self.0.rax = counter & 0xffff_ffff;
        self.0.rdx = counter >> 32;
        if len == 3 {
            // The number of the processor: there is only one.
            self.0.rcx = 0;
        }
        self.0.rip += len;
        true
    }
}

global_asm!(
    include_str!("x86_64/vdso.s"),
    now = const clock_page::NOW,
    until = const clock_page::UNTIL,
    reads_left = const clock_page::READS_LEFT,
    uptime = const clock_page::UPTIME,
    cost = const clock_page::COST,
    clock_gettime = const libc::SYS_clock_gettime,
    gettimeofday = const libc::SYS_gettimeofday,
    time = const libc::SYS_time,
    clock_getres = const libc::SYS_clock_getres,
    getcpu = const libc::SYS_getcpu,
    enosys = const libc::ENOSYS,
);
global_asm!(
    include_str!("x86_64/site.s"),
    clock_gettime = const libc::SYS_clock_gettime,
);
unsafe extern "C" {
    #[link_name = "stroboscope_vdso_read"]
    safe static READ: u8;
    #[link_name = "stroboscope_counter"]
    safe static COUNTER: u8;
    #[link_name = "stroboscope_counter_end"]
    safe static COUNTER_END: u8;
    #[link_name = "stroboscope_counter_p_end"]
    safe static COUNTER_P_END: u8;
    #[link_name = "stroboscope_call"]
    safe static CALL_SITE: u8;
    #[link_name = "stroboscope_call_end"]
    safe static CALL_SITE_END: u8;
    #[link_name = "stroboscope_vdso"]
    safe static CLOCK_GETTIME: u8;
    #[link_name = "stroboscope_vdso_call"]
    safe static CALL: u8;
    #[link_name = "stroboscope_vdso_gettimeofday"]
    safe static GETTIMEOFDAY: u8;
    #[link_name = "stroboscope_vdso_time"]
    safe static TIME: u8;
    #[link_name = "stroboscope_vdso_end"]
    safe static END: u8;
    #[link_name = "stroboscope_stubs"]
    safe static STUBS: u8;
    #[link_name = "stroboscope_stubs_end"]
    safe static STUBS_END: u8;
}

/// The offset from the start of the replacement code.
fn offset(of: &'static u8) -> u64 {
    (&raw const *of).addr() as u64 - (&raw const CLOCK_GETTIME).addr() as u64
}

/// The replacement of the vDSO's `clock_gettime`, `x86_64/vdso.s`; the address of the clock page follows it.
pub(in crate::trace) fn clock_gettime() -> &'static [u8] {
    piece(&CLOCK_GETTIME, &END)
}

/// The code between two symbols of the assembler.
fn piece(begin: &'static u8, end: &'static u8) -> &'static [u8] {
    let len = (&raw const *end).addr() - (&raw const *begin).addr();
    // SAFETY: the callers name the start and the end of the same code, which is only read.
    unsafe { std::slice::from_raw_parts(&raw const *begin, len) }
}

/// An instruction that reads a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum ClockInstruction {
    /// `rdtsc`.
    Counter,
    /// `rdtscp`.
    CounterAndProcessor,
    /// `syscall`.
    Call,
}

impl ClockInstruction {
    /// The instruction at the start of this code, if it is one of these.
    pub(in crate::trace) fn of(code: &[u8]) -> Option<ClockInstruction> {
        match code {
            [0x0f, 0x31, ..] => Some(ClockInstruction::Counter),
            [0x0f, 0x01, 0xf9, ..] => Some(ClockInstruction::CounterAndProcessor),
            [0x0f, 0x05, ..] => Some(ClockInstruction::Call),
            _ => None,
        }
    }

    /// The length of the instruction.
    pub(in crate::trace) fn len(self) -> usize {
        match self {
            ClockInstruction::Counter | ClockInstruction::Call => 2,
            ClockInstruction::CounterAndProcessor => 3,
        }
    }

    /// The code that replaces it, for a program that has the vDSO's `clock_gettime` at this address. It starts after
    /// the first [`SITE_BEGIN`] bytes.
    pub(in crate::trace) fn site(self, clock_gettime: u64) -> Vec<u8> {
        let (called, code) = match self {
            ClockInstruction::Counter => (offset(&READ), piece(&COUNTER, &COUNTER_END)),
            ClockInstruction::CounterAndProcessor => {
                (offset(&READ), piece(&COUNTER, &COUNTER_P_END))
            }
            ClockInstruction::Call => (0, piece(&CALL_SITE, &CALL_SITE_END)),
        };
        let called = (clock_gettime + called).to_le_bytes();
        [&called, &code[SITE_BEGIN..]].concat()
    }
}

/// The code that replaces what loads the number of a system call that is made at this address, and makes the call by
/// mapped code. It starts after the first [`SITE_BEGIN`] bytes; `None` if no mapped code makes this call.
pub(in crate::trace) fn call_site(
    call: i64,
    load: &[u8],
    site_at: u64,
    made_at: u64,
) -> Option<Vec<u8>> {
    match call {
        libc::SYS_read | libc::SYS_close => regular::regular_site(call, load, site_at, made_at),
        libc::SYS_stat
        | libc::SYS_lstat
        | libc::SYS_fstat
        | libc::SYS_newfstatat
        | libc::SYS_statx => Some(stat::stat_site(load)),
        _ => None,
    }
}

/// How many bytes precede the code of [`ClockInstruction::site`].
pub(in crate::trace) const SITE_BEGIN: usize = 8;

/// `jmp rel32` from one address to another; `None` if that is too far.
pub(in crate::trace) fn jump_from(from: u64, to: u64) -> Option<[u8; JUMP]> {
    let ahead = to.wrapping_sub(from + JUMP as u64).cast_signed();
    let [a, b, c, d] = i32::try_from(ahead).ok()?.to_le_bytes();
    Some([0xe9, a, b, c, d])
}
/// The length of that instruction.
pub(in crate::trace) const JUMP: usize = 5;

/// `jmp rel8` from one address to another; `None` if that is too far.
pub(in crate::trace) fn short_jump(from: u64, to: u64) -> Option<[u8; 2]> {
    let ahead = to.wrapping_sub(from + 2).cast_signed();
    let [ahead] = i8::try_from(ahead).ok()?.to_le_bytes();
    Some([0xeb, ahead])
}

/// The offsets of gaps in code that have room for a jump and are never executed. Such a gap is the end of `nop [rax +
/// rax + 0]`, which remains a no-op with any index and displacement, or the `int3` padding between two functions.
pub(in crate::trace) fn caves(code: &[u8]) -> impl Iterator<Item = usize> {
    const NOP: [u8; 8] = [0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0];
    const BEFORE: usize = 3;
    let nops = code.windows(NOP.len()).enumerate();
    let nops = nops.filter(|(_, window)| *window == NOP);
    let traps = code.windows(JUMP + 1).enumerate();
    // After another one: the first may be the end of an instruction.
    let traps = traps.filter(|(_, window)| *window == [0xcc; JUMP + 1]);
    nops.map(|(at, _)| at + BEFORE)
        .chain(traps.map(|(at, _)| at + 1))
}

/// The length of the first instruction, if it is position-independent: one between registers, or between a register and
/// memory that a register points to.
pub(in crate::trace) fn movable(code: &[u8]) -> Option<usize> {
    let rex = usize::from(code.first()? & 0xf0 == 0x40);
    let operand = match code[rex..] {
        // lfence, mfence, sfence
        [0x0f, 0xae, 0xe8 | 0xf0 | 0xf8, ..] if rex == 0 => return Some(3),
        [0x83 | 0xc1, modrm, ..] if modrm >= 0xc0 => return Some(rex + 3),
        [
            0x01 | 0x03 | 0x09 | 0x0b | 0x21 | 0x23 | 0x29 | 0x2b | 0x31 | 0x33 | 0x39 | 0x3b
            | 0x85 | 0x89 | 0x8b | 0x8d,
            modrm,
            ..,
        ] => modrm,
        _ => return None,
    };
    let (mode, register) = (operand >> 6, operand & 7);
    let index = usize::from(mode != 3 && register == 4);
    let displacement = match mode {
        // Relative to the instruction pointer, or without a base.
        0 if register == 5 || (index == 1 && code.get(rex + 2)? & 7 == 5) => return None,
        0 | 3 => 0,
        1 => 1,
        _ => 4,
    };
    Some(rex + 2 + index + displacement)
}

/// Whether a jump in this code, located at `at`, seems to lead to `target`.
pub(in crate::trace) fn seems_to_jump_to(code: &[u8], at: u64, target: u64) -> bool {
    (at..).zip(code.windows(6)).any(|(at, bytes)| {
        let near = |len: u64, ahead: i64| at.wrapping_add(len).wrapping_add_signed(ahead) == target;
        let far = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            i64::from(i32::from_le_bytes(bytes))
        };
        match bytes {
            [0x70..=0x7f | 0xeb | 0xe0..=0xe3, ahead, ..]
                if near(2, i64::from(ahead.cast_signed())) =>
            {
                true
            }
            [0xe9, ahead @ .., _] if near(5, far(ahead)) => true,
            [0x0f, 0x80..=0x8f, ahead @ ..] => near(6, far(ahead)),
            _ => false,
        }
    })
}

/// Whether instruction counting must not step over this instruction: it makes a system call, traps, or saves the flags,
/// which would show the trap flag.
pub(in crate::trace) fn ends_count(code: [u8; 3]) -> bool {
    matches!(
        code,
        [0x0f, 0x05 | 0x31 | 0x34, _]
            | [0x0f, 0x01, 0xf9]
            | [0x9c | 0xcd | 0xcc, ..]
            | [0x66 | 0x48, 0x9c, _]
    )
}

/// The offset of a `syscall` instruction in that code.
pub(in crate::trace) fn call_instruction() -> u64 {
    offset(&CALL)
}

/// The length of a stub.
pub(in crate::trace) const STUB: usize = 8;

/// The replacement of another vDSO function, `before` bytes before `clock_gettime`. It reads the clock there, or makes
/// its system call. A function that is unknown, or cannot be replaced, returns `ENOSYS`, as the vDSO itself does when
/// it cannot do without a system call.
pub(in crate::trace) fn stub(function: &str, before: u64) -> [u8; STUB] {
    let stub = match function {
        "__vdso_gettimeofday" => return jump(before.wrapping_add(offset(&GETTIMEOFDAY))),
        "__vdso_time" => return jump(before.wrapping_add(offset(&TIME))),
        "__vdso_clock_getres" => 1,
        "__vdso_getcpu" => 2,
        _ => 0,
    };
    let (stubs, _) = piece(&STUBS, &STUBS_END).as_chunks::<STUB>();
    stubs[stub]
}

/// A jump over this distance.
fn jump(ahead: u64) -> [u8; STUB] {
    const JUMP: u64 = 5;
    let [a, b, c, d, ..] = ahead.wrapping_sub(JUMP).to_le_bytes();
    // jmp rel32
    [0xe9, a, b, c, d, 0xcc, 0xcc, 0xcc]
}

/// The name of a system call, or its number if it has none.
pub(in crate::trace) fn call_name(call: i64) -> String {
    let name = usize::try_from(call).ok().and_then(Sysno::new);
    name.map_or_else(|| format!("system call {call}"), |name| name.to_string())
}

/// Makes reads of the time-stamp counter raise `SIGSEGV` in the calling process and its children (prctl(2),
/// `PR_SET_TSC`). Only makes a system call.
pub(in crate::trace) fn trap_counter() {
    // Every processor of this architecture can do this.
    let _ = set_time_stamp_counter_readability(TimeStampCounterReadability::RaiseSIGSEGV);
}

#[cfg(test)]
mod tests {
    use super::{caves, jump_from, movable, seems_to_jump_to, short_jump, stub};

    #[test]
    fn position_independent_instructions_can_be_moved() {
        // As assembled, followed by other code.
        let lengths: [(&[u8], Option<usize>); 12] = [
            (b"\x48\xc1\xe2\x20\x90", Some(4)),         // shl rdx, 32
            (b"\x48\x89\xc1\x90", Some(3)),             // mov rcx, rax
            (b"\x89\xc1\x90", Some(2)),                 // mov ecx, eax
            (b"\x83\xe9\x01\x75", Some(3)),             // sub ecx, 1
            (b"\x41\x89\x0c\x24\x90", Some(4)),         // mov [r12], ecx
            (b"\x48\x8d\x6c\x24\x20\x90", Some(5)),     // lea rbp, [rsp + 32]
            (b"\x89\x85\xf0\xff\xff\xff\x90", Some(6)), // mov [rbp - 16], eax
            (b"\x0f\xae\xe8\x90", Some(3)),             // lfence
            (b"\x89\x05\x00\x00\x00\x00", None),        // mov [rip], eax
            (b"\x8b\x04\x25\x00\x00\x00\x00", None),    // mov eax, [0]
            (b"\x75\xf9\x90", None),                    // jne
            (b"\xc3\x90", None),                        // ret
        ];
        for (code, len) in lengths {
            assert_eq!(movable(code), len, "{code:x?}");
        }
    }

    #[test]
    fn gaps_are_found_where_nothing_is_executed() {
        // cs nop [rax + rax + 0], after a return; then a linker's padding.
        let code = b"\xc3\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00\xc3\xcc\xcc\xcc\xcc\xcc\xcc\x90";
        assert_eq!(caves(code).collect::<Vec<_>>(), [6, 13]);
        assert_eq!(caves(b"\x0f\x1f\x84\x01\x00\x00\x00\x00").count(), 0);
    }

    #[test]
    fn a_function_that_reads_no_clock_makes_its_system_call_or_returns_enosys() {
        // mov eax, 229; syscall; ret. mov eax, 309; syscall; ret. mov rax, -38; ret.
        let stubs = [
            ("__vdso_clock_getres", *b"\xb8\xe5\0\0\0\x0f\x05\xc3"),
            ("__vdso_getcpu", *b"\xb8\x35\x01\0\0\x0f\x05\xc3"),
            ("__vdso_getrandom", *b"\x48\xc7\xc0\xda\xff\xff\xff\xc3"),
        ];
        for (function, code) in stubs {
            assert_eq!(stub(function, 0), code, "{function}");
        }
    }

    #[test]
    fn jump_distances_count_from_the_end_of_the_jump() {
        assert_eq!(jump_from(0x1000, 0x1005), Some([0xe9, 0, 0, 0, 0]));
        assert_eq!(
            jump_from(0x1000, 0x1000),
            Some([0xe9, 0xfb, 0xff, 0xff, 0xff])
        );
        assert_eq!(jump_from(0, 1 << 32), None);
        assert_eq!(short_jump(0x1000, 0x0f82), Some([0xeb, 0x80]));
        assert_eq!(short_jump(0x1000, 0x1082), None);
        let code = b"\x75\x04\x90\xe9\xfe\xff\xff\xff\x0f\x84\xfa\xff\xff\xff";
        let targets = (0x1000..0x1010).filter(|target| seems_to_jump_to(code, 0x1000, *target));
        assert_eq!(targets.collect::<Vec<_>>(), [0x1006, 0x1008]);
    }
}

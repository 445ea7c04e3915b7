//! All that depends on the processor: registers, system calls by number, code, and the counter that programs read.
//!
//! On `x86_64` Linux a call's number is in `rax` (`orig_rax` while it is made), its arguments in `rdi`, `rsi`, `rdx`, `r10`,
//! `r8` and `r9`, its result in `rax`: a negative error number from -4095 up (syscall(2)).

pub(super) use self::effect::{Effect, INSTRUCTION, effect};
use libc::user_regs_struct;

mod effect;

/// What seccomp calls this processor: `AUDIT_ARCH_X86_64`.
pub(super) const AUDIT_ARCHITECTURE: u32 = 0xc000_003e;
/// What an ELF file for it says: class 64, machine `EM_X86_64` (elf(5)).
pub(super) const ELF_CLASS: u8 = 2;
pub(super) const ELF_MACHINE: u16 = 62;
/// Calls from here up are of x32, the same processor's other convention.
pub(super) const FIRST_FOREIGN_CALL: u32 = 0x4000_0000;

/// Calls that the `libc` crate does not name.
pub(super) const SYS_IO_PGETEVENTS: i64 = 333;
pub(super) const SYS_FUTEX_WAKE: i64 = 454;
pub(super) const SYS_FUTEX_WAIT: i64 = 455;
pub(super) const SYS_FUTEX_REQUEUE: i64 = 456;

/// A thread's registers while it is stopped.
#[derive(Clone, Copy)]
pub(super) struct Registers(pub(super) user_regs_struct);

impl Registers {
    /// The number of the call that is made, or was made.
    pub(super) fn call(&self) -> i64 {
        self.0.orig_rax.cast_signed()
    }

    /// An argument of the call, from 0 to 5.
    pub(super) fn argument(&self, index: usize) -> u64 {
        let regs = &self.0;
        [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9][index]
    }

    /// An argument that is an `int`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the upper half is not the callee's to read"
    )]
    pub(super) fn int(&self, index: usize) -> i32 {
        (self.argument(index) as u32).cast_signed()
    }

    pub(super) fn set_argument(&mut self, index: usize, value: u64) {
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

    /// What the call gave.
    pub(super) fn result(&self) -> i64 {
        self.0.rax.cast_signed()
    }

    pub(super) fn set_result(&mut self, result: i64) {
        self.0.rax = result.cast_unsigned();
    }

    /// Makes it another call, before it is made.
    pub(super) fn set_call(&mut self, call: i64) {
        self.0.orig_rax = call.cast_unsigned();
    }

    /// Makes the thread make a call, by the instruction at this address, when it goes on.
    pub(super) fn prepare_call(&mut self, instruction: u64, call: i64, arguments: [u64; 6]) {
        for (index, argument) in arguments.into_iter().enumerate() {
            self.set_argument(index, argument);
        }
        self.0.rip = instruction;
        // It is in no call that could be made again.
        self.answer(call);
    }

    /// Takes the call away, before it is made: it will have given this.
    pub(super) fn answer(&mut self, result: i64) {
        self.0.orig_rax = u64::MAX;
        self.set_result(result);
    }

    /// Brings back the call and the arguments that the program gave, behind a call that was changed. Programs rely on them,
    /// and so does the system when it makes the call again.
    pub(super) fn restore_call(&mut self, made: &Registers) {
        for index in 0..6 {
            self.set_argument(index, made.argument(index));
        }
        self.0.orig_rax = made.0.orig_rax;
    }

    /// Makes the thread make the call anew, after it has returned from it or from another in its place.
    pub(super) fn repeat_call(&mut self, made: &Registers) {
        const SYSCALL: u64 = 2;
        self.restore_call(made);
        self.0.rip = made.0.rip - SYSCALL;
        let call = made.call();
        // It is in no call that the system could make again, too.
        self.answer(call);
    }

    /// Whether it is the same call from the same place.
    pub(super) fn is_same_call(&self, other: &Registers) -> bool {
        self.0.orig_rax == other.0.orig_rax
            && self.0.rip == other.0.rip
            && (0..6).all(|index| self.argument(index) == other.argument(index))
    }

    /// Whether all that an instruction may depend on or change is the same, apart from memory.
    pub(super) fn is_same(&self, other: &Registers) -> bool {
        self.0.rip == other.0.rip && self.is_unchanged_but_for_place(other)
    }

    /// Whether the same holds, though the instruction is another.
    pub(super) fn is_unchanged_but_for_place(&self, other: &Registers) -> bool {
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

    /// Whether the instruction before, a `cmpxchg`, has changed memory: the zero flag is set.
    pub(super) fn has_exchanged(&self) -> bool {
        const ZERO: u64 = 1 << 6;
        self.0.eflags & ZERO != 0
    }

    /// Where the stack ends.
    pub(super) fn stack(&self) -> u64 {
        self.0.rsp
    }

    /// Where the next instruction stands.
    pub(super) fn instruction(&self) -> u64 {
        self.0.rip
    }

    /// Carries out an instruction that reads the processor's counter, if these bytes are one: `rdtsc` or `rdtscp`.
    pub(super) fn read_counter(&mut self, instruction: [u8; 3], counter: u64) -> bool {
        let len = match instruction {
            [0x0f, 0x31, _] => 2,
            [0x0f, 0x01, 0xf9] => 3,
            _ => return false,
        };
        self.0.rax = counter & 0xffff_ffff;
        self.0.rdx = counter >> 32;
        if len == 3 {
            // The number of the processor: there is one.
            self.0.rcx = 0;
        }
        self.0.rip += len;
        true
    }
}

/// What the vDSO's `clock_gettime` is replaced by, as the assembler makes it of `x86_64/clock_gettime.s`. The dial's address
/// follows.
#[rustfmt::skip]
pub(super) const CLOCK_GETTIME: &[u8] = &[
    0xf3, 0x0f, 0x1e, 0xfa, 0x4c, 0x8b, 0x1d, 0x8d, 0x00, 0x00, 0x00, 0x4d, 0x85, 0xdb, 0x74, 0x7b,
    0x83, 0xff, 0x07, 0x77, 0x76, 0x89, 0xf9, 0xb8, 0x01, 0x00, 0x00, 0x00, 0xd3, 0xe0, 0x45, 0x31,
    0xd2, 0x4d, 0x8b, 0x43, 0x18, 0xa8, 0xd2, 0x75, 0x0e, 0x4d, 0x8b, 0x43, 0x20, 0x41, 0xba, 0x01,
    0x00, 0x00, 0x00, 0xa8, 0x21, 0x74, 0x54, 0x4d, 0x8b, 0x0b, 0x49, 0x8d, 0x49, 0x01, 0x45, 0x85,
    0xd2, 0x74, 0x14, 0x4b, 0x8d, 0x04, 0x01, 0x31, 0xd2, 0xb9, 0xe8, 0x03, 0x00, 0x00, 0x48, 0xf7,
    0xf1, 0x48, 0x29, 0xd1, 0x4c, 0x01, 0xc9, 0x49, 0x3b, 0x4b, 0x08, 0x73, 0x2e, 0x49, 0x83, 0x7b,
    0x10, 0x00, 0x7e, 0x27, 0x4c, 0x89, 0xc8, 0xf0, 0x49, 0x0f, 0xb1, 0x0b, 0x75, 0xc9, 0xf0, 0x49,
    0xff, 0x4b, 0x10, 0x4a, 0x8d, 0x04, 0x01, 0x31, 0xd2, 0xb9, 0x00, 0xca, 0x9a, 0x3b, 0x48, 0xf7,
    0xf1, 0x48, 0x89, 0x06, 0x48, 0x89, 0x56, 0x08, 0x31, 0xc0, 0xc3, 0xb8, 0xe4, 0x00, 0x00, 0x00,
    0x0f, 0x05, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
];
/// Where in that an instruction makes a call.
pub(super) const CLOCK_GETTIME_CALL: u64 = 0x90;
/// How long a stub is.
pub(super) const STUB: usize = 8;

/// What another function of the vDSO is replaced by: it makes its call, and where that is not known, or is not the same, it
/// says that there is none, as the vDSO itself does where it cannot do without.
pub(super) fn stub(function: &str) -> [u8; STUB] {
    let call = match function {
        "__vdso_gettimeofday" => libc::SYS_gettimeofday,
        "__vdso_time" => libc::SYS_time,
        "__vdso_clock_getres" => libc::SYS_clock_getres,
        "__vdso_getcpu" => libc::SYS_getcpu,
        // mov rax, -ENOSYS; ret
        _ => return [0x48, 0xc7, 0xc0, 0xda, 0xff, 0xff, 0xff, 0xc3],
    };
    let [low, high, ..] = call.to_le_bytes();
    // mov eax, call; syscall; ret
    [0xb8, low, high, 0, 0, 0x0f, 0x05, 0xc3]
}

/// A call's name, or its number where it has none.
pub(super) fn call_name(call: i64) -> String {
    let name = usize::try_from(call)
        .ok()
        .and_then(syscalls::x86_64::Sysno::new);
    name.map_or_else(|| format!("system call {call}"), |name| name.to_string())
}

/// Lets a program's reads of the processor's counter trap, in the calling process and what it becomes: they end in a
/// `SIGSEGV` (prctl(2), `PR_SET_TSC`). Makes a system call only.
pub(super) fn trap_counter() {
    // SAFETY: it sets an attribute of this process and touches no memory.
    unsafe { libc::prctl(libc::PR_SET_TSC, libc::PR_TSC_SIGSEGV) };
}

#[cfg(test)]
mod tests {
    use super::{CLOCK_GETTIME, CLOCK_GETTIME_CALL};
    use elf::{ElfBytes, endian::NativeEndian};
    use std::{fs, process::Command};

    #[test]
    fn the_code_is_what_the_assembler_makes_of_its_source() {
        let source = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/trace/x86_64/clock_gettime.s"
        );
        let folder = tempfile::tempdir().unwrap();
        let object = folder.path().join("clock_gettime.o");
        // What links programs of Rust.
        let mut assembler = Command::new("cc");
        let assembler = assembler.args(["-c", "-o"]).arg(&object).arg(source);
        assert!(assembler.status().unwrap().success());
        let object = fs::read(object).unwrap();
        let object = ElfBytes::<NativeEndian>::minimal_parse(&object).unwrap();
        let text = object.section_header_by_name(".text").unwrap().unwrap();
        let (code, _) = object.section_data(&text).unwrap();
        assert_eq!(code, CLOCK_GETTIME);
        let call = usize::try_from(CLOCK_GETTIME_CALL).unwrap();
        assert_eq!(code[call..][..2], [0x0f, 0x05]);
    }
}

//! What an instruction does to memory. Only the instructions that spin loops use are known.

/// No instruction is longer.
pub(in crate::trace) const INSTRUCTION: usize = 15;

/// What an instruction does to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Effect {
    /// Nothing, or it writes below the top of the stack what the following instructions read there.
    Nothing,
    /// It exchanges a register with memory: nothing changes if the register does not.
    Exchanges,
    /// It changes memory only if it sets the zero flag.
    ComparesAndExchanges,
}

/// What the first instruction of this code does to memory; `None` if that is unknown, or if it enters the kernel (Intel
/// 64 and IA-32 Architectures Software Developer's Manual, volume 2, appendix A).
pub(in crate::trace) fn effect(code: &[u8; INSTRUCTION]) -> Option<Effect> {
    const PREFIXES: &[u8] = &[0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf0, 0xf2, 0xf3];
    let mut at = code.iter().position(|byte| !PREFIXES.contains(byte))?;
    if code.get(at)? & 0xf0 == 0x40 {
        // REX
        at += 1;
    }
    let (opcode, operand) = (*code.get(at)?, code.get(at + 1).copied().unwrap_or(0));
    let (is_register, extension) = (operand >> 6 == 3, operand >> 3 & 7);
    let unless_to_memory = is_register.then_some(Effect::Nothing);
    match opcode {
        0x0f => effect_of_two_bytes(operand, code.get(at + 2)),
        // Arithmetic to memory or a register.
        0x00..=0x35 if opcode & 7 < 2 => unless_to_memory,
        0x00..=0x35 if opcode & 7 > 5 => None,
        0x80 | 0x81 | 0x83 if extension == 7 => Some(Effect::Nothing),
        0x80 | 0x81 | 0x83 | 0x88 | 0x89 | 0xc0 | 0xc1 | 0xc6 | 0xc7 | 0xd0..=0xd3 => {
            unless_to_memory
        }
        0x86 | 0x87 if !is_register => Some(Effect::Exchanges),
        0xf6 | 0xf7 if extension > 1 => unless_to_memory,
        0xfe | 0xff if extension < 2 => unless_to_memory,
        // call, jmp, push.
        0xff if !matches!(extension, 2 | 4 | 6) => None,
        // Arithmetic from memory or with a constant, comparisons; push, pop, movsxd, push of constants; imul, jumps.
        0x00..=0x3d | 0x50..=0x5f | 0x63 | 0x68..=0x6b | 0x70..=0x7f
        // test, xchg, mov, lea, nop, extensions; test, mov.
        | 0x84..=0x87 | 0x8a | 0x8b | 0x8d | 0x90..=0x99 | 0xa8 | 0xa9 | 0xb0..=0xbf
        // ret, leave, call, jumps; test.
        | 0xc3 | 0xc9 | 0xe8 | 0xe9 | 0xeb | 0xf6 | 0xf7 | 0xff => Some(Effect::Nothing),
        _ => None,
    }
}

fn effect_of_two_bytes(opcode: u8, operand: Option<&u8>) -> Option<Effect> {
    let is_register = operand.is_some_and(|operand| operand >> 6 == 3);
    match opcode {
        // prefetch and nop, cmov, jumps, movzx and movsx, imul, bit scans.
        0x0d
        | 0x18..=0x1f
        | 0x40..=0x4f
        | 0x80..=0x8f
        | 0xb6
        | 0xb7
        | 0xbe
        | 0xbf
        | 0xaf
        | 0xa3
        | 0xbc
        | 0xbd => Some(Effect::Nothing),
        // Fences; setcc.
        0xae | 0x90..=0x9f => is_register.then_some(Effect::Nothing),
        0xb0 | 0xb1 => Some(Effect::ComparesAndExchanges),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, INSTRUCTION, effect};

    #[track_caller]
    fn has(code: &[u8], expected: Option<Effect>) {
        let mut bytes = [0xcc; INSTRUCTION];
        bytes[..code.len()].copy_from_slice(code);
        assert_eq!(effect(&bytes), expected, "{code:x?}");
    }

    #[test]
    fn instructions_of_a_spin_loop_change_nothing() {
        for code in [
            // movzx eax, byte [rip + 4]; mov rax, [rdi]; test al, al; cmp dword [rdi], 0; jz; jmp; pause; nop word
            &[0x0f, 0xb6, 0x05, 4, 0, 0, 0][..],
            &[0x48, 0x8b, 0x07],
            &[0x84, 0xc0],
            &[0x83, 0x3f, 0],
            &[0x80, 0x3f, 0],
            &[0x74, 0xf9],
            &[0x0f, 0x84, 0, 0, 0, 0],
            &[0xeb, 0xfe],
            &[0xf3, 0x90],
            &[0x66, 0x0f, 0x1f, 0x44, 0, 0],
            // mov eax, ebx; inc eax; call; ret
            &[0x89, 0xd8],
            &[0xff, 0xc0],
            &[0xe8, 0, 0, 0, 0],
            &[0xc3],
        ] {
            has(code, Some(Effect::Nothing));
        }
        // lock cmpxchg [rdi], edx; xchg [rdi], eax
        has(
            &[0xf0, 0x0f, 0xb1, 0x17],
            Some(Effect::ComparesAndExchanges),
        );
        has(&[0x87, 0x07], Some(Effect::Exchanges));
    }

    #[test]
    fn instructions_that_write_or_enter_the_kernel_are_not_part_of_a_spin_loop() {
        for code in [
            // mov [rdi], eax; add dword [rdi], 1; lock inc dword [rdi]; xadd; sete [rdi]; stosb; syscall; rdtsc; movaps
            &[0x89, 0x07][..],
            &[0x83, 0x07, 1],
            &[0xf0, 0xff, 0x07],
            &[0xf0, 0x0f, 0xc1, 0x07],
            &[0x0f, 0x94, 0x07],
            &[0xaa],
            &[0x0f, 0x05],
            &[0x0f, 0x31],
            &[0x0f, 0x29, 0x07],
            &[0x01, 0x07],
            &[0xf7, 0x1f],
        ] {
            has(code, None);
        }
    }
}

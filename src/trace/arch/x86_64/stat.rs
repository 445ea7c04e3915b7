//! The machine code that translates the times of files in programs, and the system calls of the stat family.

use super::{Registers, SITE_BEGIN, piece};
use std::arch::global_asm;

/// The offsets of the times in `struct stat` and `struct statx`; each has 16 bytes.
const STAT_TIMES: u64 = 72;
const STATX_TIMES: u64 = 64;

global_asm!(
    include_str!("stat.s"),
    statx = const libc::SYS_statx,
    newfstatat = const libc::SYS_newfstatat,
    stat_times = const STAT_TIMES,
    statx_times = const STATX_TIMES,
);
unsafe extern "C" {
    #[link_name = "stroboscope_stat"]
    safe static BEGIN: u8;
    #[link_name = "stroboscope_stat_made"]
    safe static MADE: u8;
    #[link_name = "stroboscope_stat_asked"]
    safe static ASKED: u8;
    #[link_name = "stroboscope_stat_end"]
    safe static END: u8;
    #[link_name = "stroboscope_stat_site"]
    safe static SITE: u8;
    #[link_name = "stroboscope_stat_site_end"]
    safe static SITE_END: u8;
}

/// Where the code is mapped in every program: in the middle of nowhere, and within the reach of a jump from a program
/// at a fixed address.
pub(in crate::trace) const STAT_CODE: u64 = 0x6f5f_0000;

/// The code, with the bounds that it compares seconds with: fixed, exact, start and shift.
pub(in crate::trace) fn stat_code(bounds: [i64; 4]) -> Vec<u8> {
    let code = piece(&BEGIN, &END);
    [code, bounds.map(i64::to_le_bytes).as_flattened()].concat()
}

/// The instruction pointer during the system call that the code makes for a program.
pub(in crate::trace) fn stat_made() -> u64 {
    STAT_CODE + piece(&BEGIN, &MADE).len() as u64
}

/// The instruction pointer when the code asks the tracer to translate the times of the system call that it has made.
pub(in crate::trace) fn stat_asked() -> u64 {
    STAT_CODE + piece(&BEGIN, &ASKED).len() as u64
}

/// The code that replaces what loads the number of a system call of the stat family. It starts after the first
/// [`SITE_BEGIN`] bytes.
pub(super) fn stat_site(load: &[u8]) -> Vec<u8> {
    mapped_site(STAT_CODE, load)
}

/// The code that executes what loads a number, and then calls the mapped code at an address.
pub(super) fn mapped_site(code: u64, load: &[u8]) -> Vec<u8> {
    const NOP: u8 = 0x90;
    let mut site = piece(&SITE, &SITE_END).to_vec();
    site[..SITE_BEGIN].copy_from_slice(&code.to_le_bytes());
    let place = &mut site[SITE_BEGIN..SITE_BEGIN + LOAD];
    place.fill(NOP);
    place[..load.len()].copy_from_slice(load);
    site
}

/// The length of `mov eax, NUMBER`.
const LOAD: usize = 5;
/// How many bytes before a `syscall` [`load`] needs.
pub(in crate::trace) const BEFORE_CALL: usize = LOAD + 1;

/// The instruction before a `syscall` that loads this number, if these bytes end with it: `mov eax, NUMBER`, or `xor eax,
/// eax`.
pub(in crate::trace) fn load(call: i64, before: &[u8; BEFORE_CALL]) -> Option<&[u8]> {
    let number = u32::try_from(call).ok()?;
    // With a REX prefix it would load another register.
    let has_prefix = |byte: u8| (0x40..=0x4f).contains(&byte);
    match before {
        [prefix, 0xb8, loaded @ ..] if *loaded == number.to_le_bytes() => {
            (!has_prefix(*prefix)).then_some(&before[1..])
        }
        [.., prefix, 0x31 | 0x33, 0xc0] if number == 0 => {
            (!has_prefix(*prefix)).then_some(&before[4..])
        }
        _ => None,
    }
}

/// Where a system call of the stat family writes times: the address of the first, and how many there are.
pub(in crate::trace) fn stat_times(entry: &Registers) -> Option<(u64, usize)> {
    let (buffer, at, count) = match entry.call() {
        libc::SYS_stat | libc::SYS_lstat | libc::SYS_fstat => (1, STAT_TIMES, 3),
        libc::SYS_newfstatat => (2, STAT_TIMES, 3),
        libc::SYS_statx => (4, STATX_TIMES, 4),
        _ => return None,
    };
    Some((entry.argument(buffer).wrapping_add(at), count))
}

impl Registers {
    /// At entry: instead of the system call, the thread executes the mapped code, which returns to after the call.
    /// Returns the registers, and the address on the stack where the return address must be.
    pub(in crate::trace) fn call_stat_code(&self) -> (Registers, u64) {
        const RED_ZONE: u64 = 128;
        let mut registers = *self;
        registers.answer(self.call());
        registers.0.rsp = self.0.rsp.wrapping_sub(RED_ZONE + 8);
        registers.0.rip = STAT_CODE;
        (registers, registers.0.rsp)
    }
}

#[cfg(test)]
mod tests {
    use super::load;

    #[test]
    fn the_number_of_a_system_call_is_loaded_by_the_instruction_before_it() {
        let close: &[u8] = b"\xb8\x03\0\0\0";
        assert_eq!(load(3, b"\x90\xb8\x03\0\0\0"), Some(close));
        assert_eq!(load(4, b"\x90\xb8\x03\0\0\0"), None);
        // mov r8d, 3
        assert_eq!(load(3, b"\x41\xb8\x03\0\0\0"), None);
        assert_eq!(load(0, b"\0\0\0\x17\x31\xc0"), Some(&b"\x31\xc0"[..]));
        // xor r8d, r8d
        assert_eq!(load(0, b"\0\0\0\x45\x31\xc0"), None);
        assert_eq!(load(3, b"\0\0\0\x17\x31\xc0"), None);
    }
}

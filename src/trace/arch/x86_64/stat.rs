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

/// The code that replaces `mov eax, NUMBER` before a `syscall`. It starts after the first [`SITE_BEGIN`] bytes.
pub(in crate::trace) fn stat_site(number: [u8; 4]) -> Vec<u8> {
    let mut site = piece(&SITE, &SITE_END).to_vec();
    site[..SITE_BEGIN].copy_from_slice(&STAT_CODE.to_le_bytes());
    site[SITE_BEGIN + 1..SITE_BEGIN + 5].copy_from_slice(&number);
    site
}

/// The number that the instruction before a `syscall` loads, if these bytes end with `mov eax, NUMBER`.
pub(in crate::trace) fn loaded_number(before: [u8; 6]) -> Option<[u8; 4]> {
    match before {
        // With a REX prefix it loads another register.
        [0x40..=0x4f, ..] => None,
        [_, 0xb8, number @ ..] => Some(number),
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
    /// At entry: instead of the system call, the thread executes mapped code, which returns to after the call.
    /// Returns the registers, and the address on the stack where the return address must be.
    pub(in crate::trace) fn call_code(&self, code: u64) -> (Registers, u64) {
        const RED_ZONE: u64 = 128;
        let mut registers = *self;
        registers.answer(self.call());
        registers.0.rsp = self.0.rsp.wrapping_sub(RED_ZONE + 8);
        registers.0.rip = code;
        (registers, registers.0.rsp)
    }
}

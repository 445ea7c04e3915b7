//! The machine code that reads and closes regular files in programs.

use super::{
    Registers, jump_from, piece,
    stat::{STAT_CODE, mapped_site},
};
use crate::trace::{
    clock_cost, clock_page,
    syscall::compiled_python::{HEADER, MAGIC},
};
use std::{arch::global_asm, mem::offset_of};

global_asm!(
    include_str!("regular.s"),
    calls_left = const clock_page::CALLS_LEFT,
    reads_left = const clock_page::READS_LEFT,
    reads_granted = const clock_page::READS_GRANTED,
    cost = const clock_page::COST,
    cost_of_a_read = const clock_cost::READ,
    read = const libc::SYS_read,
    close = const libc::SYS_close,
    fstat = const libc::SYS_fstat,
    stat = const size_of::<libc::stat>(),
    st_mode = const offset_of!(libc::stat, st_mode),
    st_blocks = const offset_of!(libc::stat, st_blocks),
    st_ino = const offset_of!(libc::stat, st_ino),
    st_dev = const offset_of!(libc::stat, st_dev),
    type = const libc::S_IFMT,
    directory = const libc::S_IFDIR,
    regular = const libc::S_IFREG,
    header = const HEADER,
    magic = const u16::from_le_bytes(MAGIC),
);
unsafe extern "C" {
    #[link_name = "stroboscope_regular"]
    safe static BEGIN: u8;
    #[link_name = "stroboscope_regular_asked"]
    safe static ASKED: u8;
    #[link_name = "stroboscope_regular_close"]
    safe static CLOSE: u8;
    #[link_name = "stroboscope_regular_made"]
    safe static MADE: u8;
    #[link_name = "stroboscope_regular_end"]
    safe static END: u8;
}

/// Where the code is mapped in every program: on the page of the code for times of files, after it.
pub(in crate::trace) const REGULAR_CODE: u64 = STAT_CODE + 1024;
/// How many files it can leave to the tracer.
pub(in crate::trace) const MOST_FILES: usize = 16;

/// Where the address of the program's clock page must be in the code.
pub(in crate::trace) fn page_of_regular_code() -> u64 {
    REGULAR_CODE + piece(&BEGIN, &END).len() as u64
}

/// The code. The tracer makes the calls that concern these files, each by its device and its inode.
pub(in crate::trace) fn regular_code(files: &[[u64; 2]]) -> Vec<u8> {
    let files = &files[..files.len().min(MOST_FILES)];
    let words = [&[0], files.as_flattened(), &[0; 2]].concat();
    let words = words.into_iter().flat_map(u64::to_le_bytes);
    piece(&BEGIN, &END).iter().copied().chain(words).collect()
}

/// The instruction pointer during a system call that the code makes for a program.
pub(in crate::trace) fn regular_made() -> u64 {
    REGULAR_CODE + piece(&BEGIN, &MADE).len() as u64
}

/// The instruction pointer when the code asks the tracer to translate the time in what it has read.
pub(in crate::trace) fn regular_asked() -> u64 {
    REGULAR_CODE + piece(&BEGIN, &ASKED).len() as u64
}

/// The code that replaces what loads the number of a `read` or a `close` that is made at this address. It starts after the
/// first [`SITE_BEGIN`](super::SITE_BEGIN) bytes; `None` for another system call, or if the call is too far.
pub(super) fn regular_site(call: i64, load: &[u8], site_at: u64, made_at: u64) -> Option<Vec<u8>> {
    // jrcxz, over the near jump that follows.
    const IF_MADE: [u8; 2] = [0xe3, 5];
    let code = match call {
        libc::SYS_read => REGULAR_CODE,
        libc::SYS_close => REGULAR_CODE + piece(&BEGIN, &CLOSE).len() as u64,
        _ => return None,
    };
    let mut site = mapped_site(code, load);
    site.extend(IF_MADE);
    site.extend(jump_from(site_at + site.len() as u64, made_at)?);
    Some(site)
}

impl Registers {
    /// Where the result of the `read` is when the code asks.
    pub(in crate::trace) fn regular_result(&self) -> u64 {
        self.0.rsp
    }
}

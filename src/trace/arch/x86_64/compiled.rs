//! The machine code that reads Python's compiled files in programs, and translates the time in them.

use super::{Registers, piece, stat::STAT_CODE};
use crate::trace::syscall::compiled_python::{HEADER, OLD, PYTHON_2, WITH_FLAGS};
use std::arch::global_asm;

global_asm!(
    include_str!("compiled.s"),
    header = const HEADER,
    with_flags = const WITH_FLAGS,
    old = const OLD,
    python_2 = const PYTHON_2,
    read = const libc::SYS_read,
);
unsafe extern "C" {
    #[link_name = "stroboscope_compiled"]
    safe static BEGIN: u8;
    #[link_name = "stroboscope_compiled_made"]
    safe static MADE: u8;
    #[link_name = "stroboscope_compiled_asked"]
    safe static ASKED: u8;
    #[link_name = "stroboscope_compiled_end"]
    safe static END: u8;
}

/// Where the code is mapped in every program: on the page of the code for times of files, after it.
pub(in crate::trace) const COMPILED_CODE: u64 = STAT_CODE + 1024;

/// The code, with the bounds that it compares seconds with: fixed, exact, start, shift, and those of the run.
pub(in crate::trace) fn compiled_code(bounds: [i64; 6]) -> Vec<u8> {
    let code = piece(&BEGIN, &END);
    [code, bounds.map(i64::to_le_bytes).as_flattened()].concat()
}

/// The instruction pointer during the `read` that the code makes for a program.
pub(in crate::trace) fn compiled_made() -> u64 {
    COMPILED_CODE + piece(&BEGIN, &MADE).len() as u64
}

/// The instruction pointer when the code asks the tracer to translate the time in what it has read.
pub(in crate::trace) fn compiled_asked() -> u64 {
    COMPILED_CODE + piece(&BEGIN, &ASKED).len() as u64
}

impl Registers {
    /// Where the result of the `read` is when the code asks.
    pub(in crate::trace) fn compiled_result(&self) -> u64 {
        self.0.rsp
    }
}

//! The code that makes frequent system calls in the programs themselves, without a stop of the tracer, which takes ten
//! times as long as the call.
//!
//! It is on the second page of the clock page's file, and mapped into each program at a fixed address. It makes system
//! calls that the filter allows from there, in two parts:
//!
//! - Those of the stat family. It moves times before the run, as [`super::file_times`] says. If a time is of the run, it
//!   asks the tracer. When the tracer sees such a call, it lets the thread execute this code instead.
//! - Reads and closes of regular files, which wait for nobody ([`super::regular_files`]).
//!
//! A call that is made often is rewritten to a jump to the code ([`super::rewriting`]). In a program without the code,
//! such as one that was started under another filter, all these calls stop.

use super::{
    arch::{self, REGULAR_CODE, Registers, STAT_CODE},
    file_times::FileTimes,
    memory::write,
    ptrace, regular_files,
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Lets a thread at the entry of a system call of the stat family make it by the mapped code. Returns whether its
    /// process has that code.
    pub(super) fn redirect_stat(&mut self, id: pid_t, entry: &Registers) -> bool {
        if !self.has_code(id) {
            return false;
        }
        let after = entry.instruction();
        let (registers, return_at) = entry.call_stat_code();
        if !write(id, return_at, &after.to_le_bytes()) {
            return false;
        }
        self.rewrite_call_if_hot(id, entry);
        ptrace::set_registers(id, &registers);
        true
    }
}

/// The page with the code.
pub(super) fn page(file_times: &FileTimes) -> Vec<u8> {
    let before = file_times.before();
    let bounds = [before.fixed, before.exact, file_times.start(), before.shift];
    let mut page = arch::stat_code(bounds);
    let first = usize::try_from(REGULAR_CODE - STAT_CODE).unwrap_or(page.len());
    page.resize(first, 0);
    page.extend(arch::regular_code(&regular_files::known()));
    page
}

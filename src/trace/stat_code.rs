//! The code that translates the times of files in the programs themselves: they look at files often, and a stop of the
//! tracer takes ten times as long as the system call.
//!
//! It is on the second page of the clock page's file, and mapped into each program at a fixed address. When the tracer
//! sees a system call of the stat family, it lets the thread execute this code instead. The code makes the system call,
//! which the filter allows from there, and moves times before the run, as [`super::file_times`] says. If a time is of
//! the run, it asks the tracer. A call that is made often is rewritten to a jump to the code ([`super::rewriting`]).
//!
//! A program without the code, such as one that was started under another filter, stops at entry and exit.

use super::{
    arch::{self, Registers},
    memory::write,
    ptrace,
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Lets a thread at the entry of a system call of the stat family make it by the mapped code. Returns whether its
    /// process has that code.
    pub(super) fn redirect_stat(&mut self, id: pid_t, entry: &Registers) -> bool {
        let process = self.threads.get(&id).map(|thread| thread.process);
        let page = process.and_then(|process| self.pages.get(&process));
        if !page.is_some_and(|page| page.has_stat_code) {
            return false;
        }
        let after = entry.instruction();
        let (registers, return_at) = entry.call_stat_code();
        if !write(id, return_at, &after.to_le_bytes()) {
            return false;
        }
        self.rewrite_stat_if_hot(id, entry);
        ptrace::set_registers(id, &registers);
        true
    }
}

/// The page with the code.
pub(super) fn code(before: super::file_times::Before, start: i64) -> Vec<u8> {
    arch::stat_code([before.fixed, before.exact, start, before.shift])
}

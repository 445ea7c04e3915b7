//! The code that translates the times of files in the programs themselves: they look at files often, and a stop of the
//! tracer takes ten times as long as the system call.
//!
//! It is on the second page of the clock page's file, and mapped into each program at a fixed address. When the tracer
//! sees a system call of the stat family, or a `read` of one of Python's compiled files, it lets the thread execute this
//! code instead. The code makes the system call, which the filter allows from there, and moves times before the run, as
//! [`super::file_times`] says. If a time may be of the run, it asks the tracer. A call of the stat family that is made
//! often is rewritten to a jump to the code ([`super::rewriting`]).
//!
//! A program without the code, such as one that was started under another filter, stops at entry and exit.

use super::{
    arch::{self, COMPILED_CODE, Registers, STAT_CODE},
    file_times::FileTimes,
    memory::write,
    ptrace,
    tracer::Tracer,
};
use libc::pid_t;

impl Tracer<'_> {
    /// Lets a thread at the entry of a system call of the stat family make it by the mapped code. Returns whether its
    /// process has that code.
    pub(super) fn redirect_stat(&mut self, id: pid_t, entry: &Registers) -> bool {
        let redirects = self.redirect(id, entry, STAT_CODE);
        if redirects {
            self.rewrite_stat_if_hot(id, entry);
        }
        redirects
    }

    /// The same at the entry of a `read` of a compiled file.
    pub(super) fn redirect_compiled(&self, id: pid_t, entry: &Registers) -> bool {
        self.redirect(id, entry, COMPILED_CODE)
    }

    fn redirect(&self, id: pid_t, entry: &Registers, code: u64) -> bool {
        let process = self.threads.get(&id).map(|thread| thread.process);
        let page = process.and_then(|process| self.pages.get(&process));
        if !page.is_some_and(|page| page.has_code) {
            return false;
        }
        let after = entry.instruction();
        let (registers, return_at) = entry.call_code(code);
        let is_written = write(id, return_at, &after.to_le_bytes());
        if is_written {
            ptrace::set_registers(id, &registers);
        }
        is_written
    }
}

/// The page with the code, for a run that ends at this instant at the latest.
pub(super) fn page(file_times: &FileTimes, limit: u64) -> Vec<u8> {
    let before = file_times.before();
    let bounds = [before.fixed, before.exact, file_times.start(), before.shift];
    let [first, last] = file_times.seconds_of_the_run(limit);
    let [fixed, exact, start, shift] = bounds;
    let mut page = arch::stat_code(bounds);
    page.resize(
        usize::try_from(COMPILED_CODE - STAT_CODE).unwrap_or(page.len()),
        0,
    );
    page.extend(arch::compiled_code([
        fixed, exact, start, shift, first, last,
    ]));
    page
}

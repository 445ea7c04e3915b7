//! The seccomp filter (seccomp(2)), which reports some system calls to the tracer and lets all others run at full
//! speed.
//!
//! The [table](super::table) says which are reported, and which are refused. The code that translates the times of files
//! ([`crate::trace::mapped_code`]) makes its system calls unseen; the filter knows its address. A call of another convention
//! (32-bit, x32) raises a `SIGSYS`, by which the tracer recognizes it.

use super::table::{self, Argument, Family, Row, Verdict};
use crate::trace::arch::{AUDIT_ARCHITECTURE, FIRST_FOREIGN_CALL, regular_made, stat_made};
use libc::{sock_filter, sock_fprog};
use rustix::thread::set_no_new_privs;
use std::{io, ptr};
use syscalls::Sysno;

/// The data of the `SIGSYS` of a foreign call, which tells it from one of the program's own filters.
pub(in crate::trace) const FOREIGN: u16 = 0x5374;

/// The filter as a BPF program.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a filter's parts are small: codes, numbers of calls, steps within one rule"
)]
pub(in crate::trace) fn program() -> Vec<sock_filter> {
    /// Offsets in `struct seccomp_data`.
    const CALL: u32 = 0;
    const ARCHITECTURE: u32 = 4;
    const INSTRUCTION: u32 = 8;
    const ARGUMENTS: u32 = 16;
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let step = |code: u32, then: usize, or_else: usize, value: u32| sock_filter {
        code: code as u16,
        jt: then as u8,
        jf: or_else as u8,
        k: value,
    };
    let load = |at| step(LOAD, 0, 0, at);
    let give = |action| step(libc::BPF_RET | libc::BPF_K, 0, 0, action);
    let skip_unless = |equal_to, steps| {
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            steps,
            equal_to,
        )
    };
    let foreign = give(libc::SECCOMP_RET_TRAP | u32::from(FOREIGN));
    let mut program = vec![
        load(ARCHITECTURE),
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            1,
            0,
            AUDIT_ARCHITECTURE,
        ),
        foreign,
        load(CALL),
        step(
            libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K,
            0,
            1,
            FIRST_FOREIGN_CALL,
        ),
        foreign,
    ];
    // The most frequent ones first.
    let (frequent, others): (Vec<&Row>, Vec<&Row>) = table::rows()
        .filter(|row| !row.rules.is_empty())
        .partition(|row| !made_by_mapped_code(row).is_empty());
    for row in frequent.into_iter().chain(others) {
        let mut body = Vec::new();
        for made in made_by_mapped_code(row) {
            body.push(load(INSTRUCTION + 4));
            body.push(skip_unless((made >> 32) as u32, 3));
            body.push(load(INSTRUCTION));
            body.push(skip_unless(made as u32, 1));
            body.push(give(libc::SECCOMP_RET_ALLOW));
        }
        for rule in row.rules {
            let action = match rule.verdict {
                Verdict::Report => libc::SECCOMP_RET_TRACE,
                Verdict::Refuse(error) => libc::SECCOMP_RET_ERRNO | error.unsigned_abs(),
            };
            let Some(Argument {
                index,
                mask,
                values,
            }) = rule.when
            else {
                body.push(give(action));
                break;
            };
            body.push(load(ARGUMENTS + 8 * u32::from(index)));
            body.push(step(
                libc::BPF_ALU | libc::BPF_AND | libc::BPF_K,
                0,
                0,
                mask,
            ));
            for value in values {
                body.push(skip_unless(*value, 1));
                body.push(give(action));
            }
        }
        // No rule matches.
        if row.rules.iter().all(|rule| rule.when.is_some()) {
            body.push(give(libc::SECCOMP_RET_ALLOW));
        }
        program.push(skip_unless(row.call as u32, body.len()));
        program.append(&mut body);
    }
    program.push(give(libc::SECCOMP_RET_ALLOW));
    program
}

/// The instruction pointers from which mapped code makes a system call.
fn made_by_mapped_code(row: &Row) -> Vec<u64> {
    let by_stat_code = (row.family == Family::Stat).then(stat_made);
    let is_regular = matches!(row.call, Sysno::read | Sysno::close | Sysno::fstat);
    let by_regular_code = is_regular.then(regular_made);
    by_stat_code.into_iter().chain(by_regular_code).collect()
}

/// Installs the filter in the calling process, for good; its children inherit it. Only makes system calls.
///
/// Whoever has not `CAP_SYS_ADMIN` gives up, with it, all that a program file could grant (seccomp(2)).
pub(in crate::trace) fn install(program: &[sock_filter]) -> io::Result<()> {
    let program = sock_fprog {
        len: u16::try_from(program.len()).unwrap_or(u16::MAX),
        filter: program.as_ptr().cast_mut(),
    };
    match set(&program) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            set_no_new_privs(true)?;
            set(&program)
        }
        result => result,
    }
}

fn set(program: &sock_fprog) -> io::Result<()> {
    // SAFETY: the program has the length that it states, and is only read.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            ptr::from_ref(program),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests;

//! Commands that a system call is forbidden to, as in a container that lets nobody trace.

use crate::bounded::Run;
use std::{io, os::unix::process::CommandExt, process::Command};

/// What is forbidden: it fails with EPERM, in a command and in whatever that starts.
#[derive(Clone, Copy)]
pub enum Forbidden {
    /// ptrace(2).
    Ptrace,
    /// Filters of system calls: seccomp(2), and prctl(2) with `PR_SET_SECCOMP`.
    Seccomp,
    /// Namespaces of its own: unshare(2).
    Namespaces,
}

impl Forbidden {
    /// Forbids it to a command that is to be.
    pub fn to(self, command: &mut Command) {
        let filter = self.filter();
        let forbid = move || {
            let program = libc::sock_fprog {
                len: u16::try_from(filter.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
                filter: filter.as_ptr().cast_mut(),
            };
            // SAFETY: it takes numbers alone. Without it only root may filter.
            done(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
            // SAFETY: the program and the filter that it points to live until the call returns; the kernel copies both, and
            // does not write to them.
            done(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) })
        };
        // SAFETY: in the forked child there are two system calls, and nothing is allocated or locked.
        unsafe { command.pre_exec(forbid) };
    }

    /// The filter's program. The suite runs native programs alone, and so the numbers are those of one architecture.
    fn filter(self) -> Vec<libc::sock_filter> {
        let mut filter = Vec::new();
        for (call, first) in self.calls() {
            let mut wanted = vec![(NUMBER, call)];
            wanted.extend(first.map(|first| (FIRST_ARGUMENT, first)));
            // What is not wanted goes on behind the `return` of this call.
            let len = 2 * wanted.len() + 1;
            for (place, (field, value)) in wanted.into_iter().enumerate() {
                let behind = u8::try_from(len - 2 * (place + 1)).expect("it is short");
                filter.push(instruction(
                    libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
                    0,
                    field,
                ));
                filter.push(instruction(
                    libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
                    behind,
                    value,
                ));
            }
            let fail = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();
            filter.push(instruction(libc::BPF_RET | libc::BPF_K, 0, fail));
        }
        filter.push(instruction(
            libc::BPF_RET | libc::BPF_K,
            0,
            libc::SECCOMP_RET_ALLOW,
        ));
        filter
    }

    /// The calls by number, and what their first argument is if only then they are meant.
    fn calls(self) -> Vec<(u32, Option<u32>)> {
        let number = |call: libc::c_long| u32::try_from(call).expect("a call's number is small");
        match self {
            Forbidden::Ptrace => vec![(number(libc::SYS_ptrace), None)],
            Forbidden::Namespaces => vec![(number(libc::SYS_unshare), None)],
            Forbidden::Seccomp => vec![
                (number(libc::SYS_seccomp), None),
                (
                    number(libc::SYS_prctl),
                    Some(libc::PR_SET_SECCOMP.unsigned_abs()),
                ),
            ],
        }
    }
}

/// Where the kernel shows a filter the call's number, in bytes.
const NUMBER: u32 = 0;
/// Where it shows the low half of the first argument: behind the number, the architecture and the caller's place.
const FIRST_ARGUMENT: u32 = 16;

/// An instruction of a filter; a comparison that fails skips `otherwise` instructions.
fn instruction(code: u32, otherwise: u8, value: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: u16::try_from(code).expect("a code is short"),
        jt: 0,
        jf: otherwise,
        k: value,
    }
}

fn done(returned: libc::c_int) -> io::Result<()> {
    if returned == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Were it not so, who asserts what strobe does without a call would assert nothing.
#[test]
fn forbidden_calls_fail_with_eperm_and_others_do_not() {
    // What each says of arguments that mean nothing, where it is not forbidden.
    // SAFETY: no process has this number.
    let ptrace = || unsafe { libc::ptrace(libc::PTRACE_CONT, -1, 0, 0) };
    // SAFETY: it takes numbers alone, and refuses these.
    let seccomp =
        || unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_STRICT, 1, 0) };
    // SAFETY: it takes numbers alone, and refuses these.
    let prctl = || unsafe { libc::prctl(libc::PR_SET_SECCOMP, -1, 0, 0, 0).into() };
    // SAFETY: no flag has this number.
    let unshare = || unsafe { libc::unshare(1).into() };
    let (inval, perm) = (libc::EINVAL, libc::EPERM);
    for (forbidden, errors) in [
        (Forbidden::Ptrace, [perm, inval, inval, inval]),
        (Forbidden::Seccomp, [libc::ESRCH, perm, perm, inval]),
        (Forbidden::Namespaces, [libc::ESRCH, inval, inval, perm]),
    ] {
        let calls: [fn() -> libc::c_long; 4] = [ptrace, seccomp, prctl, unshare];
        for (call, error) in calls.into_iter().zip(errors) {
            assert_eq!(error_of(forbidden, call), Some(error));
        }
    }
}

/// How a call fails in a command to which something is forbidden.
fn error_of(forbidden: Forbidden, call: fn() -> libc::c_long) -> Option<i32> {
    let mut command = Command::new("true");
    forbidden.to(&mut command);
    // SAFETY: in the forked child there is one system call.
    unsafe {
        command.pre_exec(move || match call() {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        })
    };
    command.try_run().err()?.raw_os_error()
}

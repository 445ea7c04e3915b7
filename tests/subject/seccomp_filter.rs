//! Becomes another subject, `free` or `confined`: a filter then kills the process if it calls `open`, which glibc does not.

use super::subject;
use std::{env, os::unix::process::CommandExt};

pub fn main() {
    let mut arguments = env::args().skip(2);
    if arguments.next().expect("`free` or `confined`") == "confined" {
        confine();
    }
    let name = arguments.next().expect("the name of a subject");
    panic!("{}", subject(&name).args(arguments).exec());
}

fn confine() {
    let step = |code: u32, otherwise, value| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf: otherwise,
        k: value,
    };
    let open = u32::try_from(libc::SYS_open).unwrap();
    let verdict = libc::BPF_RET | libc::BPF_K;
    let steps = [
        // The number of the call is the first word of the data.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, open),
        step(verdict, 0, libc::SECCOMP_RET_KILL_PROCESS),
        step(verdict, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog {
        len: u16::try_from(steps.len()).unwrap(),
        filter: steps.as_ptr().cast_mut(),
    };
    // SAFETY: the filter is as long as it says, and outlives the call.
    let set = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    };
    assert_eq!(set, 0);
}

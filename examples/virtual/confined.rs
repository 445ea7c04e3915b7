//! Becomes the program of this name beside it, under a filter of its own: who calls `open`, as libc does not,
//! is killed.

use std::{env, os::unix::process::CommandExt, process::Command};

fn main() {
    let step = |code: u32, otherwise, value| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf: otherwise,
        k: value,
    };
    let open = u32::try_from(libc::SYS_open).unwrap();
    let steps = [
        // The number of the call comes first in what a filter sees.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, open),
        step(
            libc::BPF_RET | libc::BPF_K,
            0,
            libc::SECCOMP_RET_KILL_PROCESS,
        ),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog {
        len: u16::try_from(steps.len()).unwrap(),
        filter: steps.as_ptr().cast_mut(),
    };
    // SAFETY: it reads the filter, which is there.
    let set = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    };
    assert_eq!(set, 0);
    let name = env::args_os().nth(1).expect("a name");
    let program = env::current_exe().unwrap().with_file_name(name);
    panic!("{}", Command::new(program).exec());
}

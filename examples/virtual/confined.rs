//! Becomes the program beside it that is named second, `free` as it is itself, or `confined`: then whoever calls `open`, as
//! glibc does not, is killed.

use std::{env, os::unix::process::CommandExt, process::Command};

fn main() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().expect("`free` or `confined`") == "confined" {
        confine();
    }
    let name = arguments.next().expect("a name");
    let program = env::current_exe().unwrap().with_file_name(name);
    panic!("{}", Command::new(program).args(arguments).exec());
}

fn confine() {
    let step = |code: u32, otherwise, value| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf: otherwise,
        k: value,
    };
    let open = u32::try_from(libc::SYS_open).unwrap();
    let give = libc::BPF_RET | libc::BPF_K;
    let steps = [
        // The number of the call comes first in what a filter sees.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, open),
        step(give, 0, libc::SECCOMP_RET_KILL_PROCESS),
        step(give, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog {
        len: u16::try_from(steps.len()).unwrap(),
        filter: steps.as_ptr().cast_mut(),
    };
    // SAFETY: it reads the filter, which is there, as long as it says.
    let set = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const filter,
        )
    };
    assert_eq!(set, 0);
}

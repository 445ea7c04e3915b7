//! Runs the filter on system calls as the kernel does.

use super::{FOREIGN, program};
use crate::trace::arch::{AUDIT_ARCHITECTURE, regular_asked, regular_made, stat_asked, stat_made};
use libc::{ENOSYS, EPERM, c_long};

/// Allowed, reported, refused with an error, or trapped by `SIGSYS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Reported,
    Refused(i32),
    Foreign,
}

/// Runs the filter on a system call from an instruction, as described by seccomp(2) and the kernel's documentation of classic BPF.
fn verdict_from(instruction: u64, architecture: u32, call: u32, arguments: &[u64]) -> Verdict {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const AND: u32 = libc::BPF_ALU | libc::BPF_AND | libc::BPF_K;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let program = program();
    assert!(program.len() <= 4096, "more than the system takes");
    let load = |at: u32| match at {
        0 => call,
        4 => architecture,
        8 | 12 => u32::try_from(instruction >> (8 * (at - 8)) & 0xffff_ffff).unwrap(),
        at => {
            let at = at as usize - 16;
            let argument = arguments.get(at / 8).copied().unwrap_or(0).to_le_bytes();
            u32::from_le_bytes(argument[at % 8..at % 8 + 4].try_into().unwrap())
        }
    };
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let step = program[at];
        at += 1;
        let jump = |is: bool| usize::from(if is { step.jt } else { step.jf });
        match u32::from(step.code) {
            LOAD => accumulator = load(step.k),
            AND => accumulator &= step.k,
            EQUAL => at += jump(accumulator == step.k),
            AT_LEAST => at += jump(accumulator >= step.k),
            RETURN => {
                let data = step.k & 0xffff;
                return match step.k & 0xffff_0000 {
                    libc::SECCOMP_RET_ALLOW => Verdict::Allowed,
                    libc::SECCOMP_RET_TRACE => Verdict::Reported,
                    libc::SECCOMP_RET_ERRNO => Verdict::Refused(data.cast_signed()),
                    libc::SECCOMP_RET_TRAP if data == u32::from(FOREIGN) => Verdict::Foreign,
                    other => panic!("{other:x}"),
                };
            }
            code => panic!("no such step: {code}"),
        }
    }
}

fn verdict_of(architecture: u32, call: u32, arguments: &[u64]) -> Verdict {
    verdict_from(0x7fff_f7ff_0000, architecture, call, arguments)
}

#[track_caller]
fn is(call: c_long, arguments: &[u64], verdict: Verdict) {
    let call = u32::try_from(call).unwrap();
    assert_eq!(verdict_of(AUDIT_ARCHITECTURE, call, arguments), verdict);
}

#[test]
fn calls_that_read_clocks_block_or_wake_are_reported() {
    for call in [
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_epoll_pwait2,
        libc::SYS_kill,
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_wait4,
        libc::SYS_close,
        libc::SYS_execve,
    ] {
        is(call, &[], Verdict::Reported);
    }
    for call in [libc::SYS_openat, libc::SYS_mmap, libc::SYS_access] {
        is(call, &[], Verdict::Allowed);
    }
}

#[test]
fn only_the_masked_bits_of_an_argument_decide() {
    const PRIVATE: u64 = 128;
    is(libc::SYS_futex, &[0, PRIVATE], Verdict::Reported);
    is(libc::SYS_futex, &[0, PRIVATE | 9], Verdict::Reported);
    is(libc::SYS_futex, &[0, PRIVATE | 1], Verdict::Reported);
    // `FUTEX_TRYLOCK_PI` does not block.
    is(libc::SYS_futex, &[0, PRIVATE | 8], Verdict::Allowed);
    is(libc::SYS_fcntl, &[3, 7], Verdict::Reported);
    is(libc::SYS_fcntl, &[3, 2], Verdict::Allowed);
    // The kernel does not read the upper half of an `int` either.
    is(libc::SYS_fcntl, &[3, 7 | 1 << 40], Verdict::Reported);
}

#[test]
fn calls_that_would_escape_virtual_time_are_refused() {
    const CHILD: u64 = libc::SIGCHLD as u64;
    is(libc::SYS_clock_settime, &[], Verdict::Refused(EPERM));
    is(libc::SYS_ptrace, &[], Verdict::Refused(EPERM));
    let untraced = libc::CLONE_UNTRACED as u64;
    is(
        libc::SYS_clone,
        &[untraced | CHILD],
        Verdict::Refused(EPERM),
    );
    is(libc::SYS_clone, &[CHILD], Verdict::Allowed);
    is(libc::SYS_clone3, &[], Verdict::Refused(ENOSYS));
    is(libc::SYS_io_uring_setup, &[], Verdict::Refused(ENOSYS));
    // One system call with two rules.
    is(
        libc::SYS_prctl,
        &[libc::PR_SET_TSC as u64],
        Verdict::Refused(EPERM),
    );
    is(
        libc::SYS_prctl,
        &[libc::PR_SET_DUMPABLE as u64],
        Verdict::Refused(0),
    );
    is(
        libc::SYS_prctl,
        &[libc::PR_SET_NAME as u64],
        Verdict::Allowed,
    );
}

#[test]
fn calls_about_attributes_that_the_tracer_sets_are_reported() {
    let prctl = |attribute: i32| [u64::from(attribute.unsigned_abs())];
    is(
        libc::SYS_prctl,
        &prctl(libc::PR_SET_SECCOMP),
        Verdict::Reported,
    );
    is(libc::SYS_prctl, &prctl(libc::PR_GET_TSC), Verdict::Reported);
    is(libc::SYS_arch_prctl, &[0x1012], Verdict::Reported);
    is(libc::SYS_arch_prctl, &[0x1003], Verdict::Allowed);
    for mode in [libc::SECCOMP_SET_MODE_STRICT, libc::SECCOMP_SET_MODE_FILTER] {
        is(libc::SYS_seccomp, &[mode.into()], Verdict::Reported);
    }
    let question = libc::SECCOMP_GET_ACTION_AVAIL.into();
    is(libc::SYS_seccomp, &[question], Verdict::Allowed);
    let limit = u64::from(libc::RLIMIT_CPU);
    is(libc::SYS_setrlimit, &[limit], Verdict::Reported);
    is(libc::SYS_prlimit64, &[0, limit], Verdict::Reported);
    is(libc::SYS_prlimit64, &[limit, 7], Verdict::Allowed);
    let leak_check = (libc::CLONE_VM | libc::CLONE_UNTRACED) as u64;
    is(libc::SYS_clone, &[leak_check], Verdict::Reported);
    is(libc::SYS_clone, &[libc::CLONE_VM as u64], Verdict::Allowed);
}

#[test]
fn stat_calls_are_reported_unless_the_mapped_code_makes_them() {
    for call in [
        libc::SYS_stat,
        libc::SYS_lstat,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
    ] {
        is(call, &[], Verdict::Reported);
        let from = |instruction| {
            verdict_from(
                instruction,
                AUDIT_ARCHITECTURE,
                call.try_into().unwrap(),
                &[],
            )
        };
        assert_eq!(from(stat_made()), Verdict::Allowed);
        assert_eq!(from(stat_made() | 1 << 32), Verdict::Reported);
        assert_eq!(from(stat_asked()), Verdict::Reported);
    }
}

#[test]
fn reads_and_closes_are_reported_unless_the_mapped_code_makes_them() {
    for call in [libc::SYS_read, libc::SYS_close, libc::SYS_fstat] {
        let from = |instruction| {
            let call = call.try_into().unwrap();
            verdict_from(instruction, AUDIT_ARCHITECTURE, call, &[])
        };
        assert_eq!(from(regular_made()), Verdict::Allowed);
        for reported in [regular_asked(), regular_made() | 1 << 32] {
            assert_eq!(from(reported), Verdict::Reported);
        }
    }
    let write = libc::SYS_write.try_into().unwrap();
    let verdict = verdict_from(regular_made(), AUDIT_ARCHITECTURE, write, &[]);
    assert_eq!(verdict, Verdict::Reported);
}

#[test]
fn opening_a_file_is_reported_if_it_may_change_the_file() {
    let open = |flags: i32| [0, 0, u64::from(flags.unsigned_abs())];
    is(libc::SYS_openat, &open(libc::O_RDWR), Verdict::Allowed);
    is(libc::SYS_openat, &open(libc::O_DIRECTORY), Verdict::Allowed);
    for flags in [
        libc::O_CREAT | libc::O_EXCL,
        libc::O_TRUNC,
        libc::O_CREAT | libc::O_TRUNC,
        libc::O_TMPFILE,
    ] {
        is(
            libc::SYS_openat,
            &open(flags | libc::O_WRONLY),
            Verdict::Reported,
        );
    }
}

#[test]
fn calls_of_another_convention_are_trapped() {
    const AUDIT_ARCH_I386: u32 = 0x4000_0003;
    const X32: u32 = 0x4000_0000;
    assert_eq!(verdict_of(AUDIT_ARCH_I386, 20, &[]), Verdict::Foreign);
    assert_eq!(verdict_of(AUDIT_ARCHITECTURE, X32, &[]), Verdict::Foreign);
    assert_eq!(
        verdict_of(AUDIT_ARCHITECTURE, X32 + 228, &[]),
        Verdict::Foreign
    );
}

//! Which calls of a program are reported: a seccomp filter (seccomp(2)), which lets every other call run at full speed.
//!
//! A call is reported when it reads a clock, waits or may wait, writes, sends a signal, or tells something that virtual time
//! keeps fixed. Some are refused: what would change the system's clocks, what would make a process that is not traced, and
//! what waits without being seen (`io_uring`, whose users have another way). A call of another convention (32-bit, x32) ends
//! in a `SIGSYS`, by which the tracer knows it.

use super::cpuid::{ARCH_GET_CPUID, ARCH_SET_CPUID, ARCH_SET_FS};
use super::x86_64::{
    AUDIT_ARCHITECTURE, FIRST_FOREIGN_CALL, SYS_FUTEX_REQUEUE, SYS_FUTEX_WAIT, SYS_FUTEX_WAKE,
    SYS_IO_PGETEVENTS,
};
use libc::{ENOSYS, EPERM, c_long, sock_filter};
use std::io;

/// What the `SIGSYS` of a foreign call carries, so that it is not taken for one of the program's own filter.
pub(super) const FOREIGN: u16 = 0x5374;

/// Reported whatever the arguments are.
const REPORTED: &[c_long] = &[
    // They read a clock.
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_times,
    libc::SYS_getrusage,
    // They sleep, or wait with a time-out.
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_semtimedop,
    libc::SYS_mq_timedsend,
    libc::SYS_mq_timedreceive,
    libc::SYS_futex_waitv,
    SYS_FUTEX_WAIT,
    libc::SYS_io_getevents,
    SYS_IO_PGETEVENTS,
    libc::SYS_recvmmsg,
    // They set a timer.
    libc::SYS_alarm,
    libc::SYS_setitimer,
    libc::SYS_timer_settime,
    libc::SYS_timerfd_settime,
    // They wait.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_preadv2,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_pause,
    libc::SYS_rt_sigsuspend,
    libc::SYS_flock,
    libc::SYS_semop,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    // They write, or may wait to.
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_shutdown,
    // They may end the waits of others.
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup2,
    libc::SYS_dup3,
    libc::SYS_epoll_ctl,
    libc::SYS_io_submit,
    libc::SYS_semctl,
    libc::SYS_msgctl,
    libc::SYS_vhangup,
    SYS_FUTEX_WAKE,
    SYS_FUTEX_REQUEUE,
    // They send signals.
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal,
    // Others go first.
    libc::SYS_sched_yield,
    // What is fixed.
    libc::SYS_getrandom,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity,
    libc::SYS_getcpu,
    // What comes in by these comes from outside.
    libc::SYS_socket,
    libc::SYS_listen,
    libc::SYS_bind,
];

/// `futex`'s operations that wait or wake.
const FUTEX_OPERATIONS: &[u32] = &[
    libc::FUTEX_WAIT as u32,
    libc::FUTEX_WAIT_BITSET as u32,
    libc::FUTEX_LOCK_PI as u32,
    libc::FUTEX_LOCK_PI2 as u32,
    libc::FUTEX_WAIT_REQUEUE_PI as u32,
    libc::FUTEX_WAKE as u32,
    libc::FUTEX_WAKE_BITSET as u32,
    libc::FUTEX_WAKE_OP as u32,
    libc::FUTEX_REQUEUE as u32,
    libc::FUTEX_CMP_REQUEUE as u32,
    libc::FUTEX_CMP_REQUEUE_PI as u32,
    libc::FUTEX_UNLOCK_PI as u32,
];
/// Requests on a terminal: the one that unlocks it, as somebody has made one, and it cannot be opened before; and those that
/// may type, send a signal, or let a reader or writer resume (`ioctl_tty(2)`).
const TERMINAL_REQUESTS: &[u32] = &[
    low(libc::TIOCSPTLCK),
    low(libc::TCSETS),
    low(libc::TCSETSW),
    low(libc::TCSETSF),
    low(libc::TCSETA),
    low(libc::TCSETAW),
    low(libc::TCSETAF),
    0x402c_542b, // TCSETS2
    0x402c_542c, // TCSETSW2
    0x402c_542d, // TCSETSF2
    low(libc::TCSBRK),
    low(libc::TCSBRKP),
    low(libc::TCXONC),
    low(libc::TCFLSH),
    low(libc::TIOCSTI),
    low(libc::TIOCSWINSZ),
    low(libc::TIOCNOTTY),
    low(libc::TIOCVHANGUP),
    low(libc::TIOCSIG),
];
/// `fcntl`'s requests that wait for a lock, release one, or make a pipe larger.
const FILE_REQUESTS: &[u32] = &[
    libc::F_SETLKW as u32,
    libc::F_OFD_SETLKW as u32,
    libc::F_SETLK as u32,
    libc::F_OFD_SETLK as u32,
    libc::F_SETPIPE_SZ as u32,
];
/// Time-outs of a socket, in both widths, and how much wakes its reader.
const SOCKET_OPTIONS: &[u32] = &[
    libc::SO_RCVTIMEO as u32,
    libc::SO_SNDTIMEO as u32,
    66,
    67,
    libc::SO_RCVLOWAT as u32,
];
/// The key of an object of System V that has none.
const IPC_PRIVATE: &[u32] = &[libc::IPC_PRIVATE as u32];

/// `prctl`'s attributes that the tracer sets, or cannot be without.
const ATTRIBUTES: &[u32] = &[
    libc::PR_SET_SECCOMP as u32,
    libc::PR_GET_SECCOMP as u32,
    libc::PR_GET_TSC as u32,
];
/// `arch_prctl`'s requests about `cpuid`, and the one that comes before its first use.
const CPUID_REQUESTS: &[u32] = &[ARCH_SET_FS, ARCH_GET_CPUID, ARCH_SET_CPUID];
const STRICT_SECCOMP: &[u32] = &[libc::SECCOMP_SET_MODE_STRICT];
const CPU_LIMIT: &[u32] = &[libc::RLIMIT_CPU];
/// A thread that is not traced, in the memory of its maker.
const LEAK_CHECK: u32 = (libc::CLONE_VM | libc::CLONE_UNTRACED) as u32;

/// What a filter sees at once of an argument.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
const fn low(argument: u64) -> u32 {
    argument as u32
}

/// When a call is reported or refused: whatever its arguments are, or when the low half of one, masked, is one of these.
struct Rule {
    call: c_long,
    when: Option<(u8, u32, &'static [u32])>,
    /// What seccomp does then.
    action: u32,
}

fn rules() -> Vec<Rule> {
    let traced = |call, when| Rule {
        call,
        when,
        action: libc::SECCOMP_RET_TRACE,
    };
    let refused = |call, when, error: i32| Rule {
        call,
        when,
        action: libc::SECCOMP_RET_ERRNO | error.unsigned_abs(),
    };
    let mut rules: Vec<Rule> = REPORTED.iter().map(|call| traced(*call, None)).collect();
    rules.extend([
        traced(libc::SYS_futex, Some((1, 127, FUTEX_OPERATIONS))),
        traced(libc::SYS_fcntl, Some((1, u32::MAX, FILE_REQUESTS))),
        traced(libc::SYS_ioctl, Some((1, u32::MAX, TERMINAL_REQUESTS))),
        // What is made so, nobody else knows.
        traced(libc::SYS_semget, Some((0, u32::MAX, IPC_PRIVATE))),
        traced(libc::SYS_msgget, Some((0, u32::MAX, IPC_PRIVATE))),
        traced(libc::SYS_setsockopt, Some((2, u32::MAX, SOCKET_OPTIONS))),
        traced(libc::SYS_prctl, Some((0, u32::MAX, ATTRIBUTES))),
        traced(libc::SYS_arch_prctl, Some((0, u32::MAX, CPUID_REQUESTS))),
        traced(libc::SYS_seccomp, Some((0, u32::MAX, STRICT_SECCOMP))),
        traced(libc::SYS_getrlimit, Some((0, u32::MAX, CPU_LIMIT))),
        traced(libc::SYS_setrlimit, Some((0, u32::MAX, CPU_LIMIT))),
        traced(libc::SYS_prlimit64, Some((1, u32::MAX, CPU_LIMIT))),
        // LeakSanitizer, which would have its process traced by another.
        traced(libc::SYS_clone, Some((0, LEAK_CHECK, &[LEAK_CHECK]))),
        refused(libc::SYS_clock_settime, None, EPERM),
        refused(libc::SYS_settimeofday, None, EPERM),
        refused(libc::SYS_adjtimex, None, EPERM),
        refused(libc::SYS_clock_adjtime, None, EPERM),
        refused(libc::SYS_ptrace, None, EPERM),
        refused(
            libc::SYS_clone,
            Some((
                0,
                libc::CLONE_UNTRACED as u32,
                &[libc::CLONE_UNTRACED as u32],
            )),
            EPERM,
        ),
        // Its flags are out of a filter's sight. Every libc then uses `clone`.
        refused(libc::SYS_clone3, None, ENOSYS),
        refused(
            libc::SYS_prctl,
            Some((0, u32::MAX, &[libc::PR_SET_TSC as u32])),
            EPERM,
        ),
        // It shows the processor's number without a call; every libc then asks for it.
        refused(libc::SYS_rseq, None, ENOSYS),
        // A process that hides its memory could not be told any time. It is told that it does.
        refused(
            libc::SYS_prctl,
            Some((0, u32::MAX, &[libc::PR_SET_DUMPABLE as u32])),
            0,
        ),
        refused(libc::SYS_io_uring_setup, None, ENOSYS),
        refused(libc::SYS_io_uring_enter, None, ENOSYS),
        refused(libc::SYS_io_uring_register, None, ENOSYS),
    ]);
    rules
}

/// Whether the filter reports a call, with some arguments at least.
#[cfg(test)]
pub(super) fn reports(call: c_long) -> bool {
    rules()
        .iter()
        .any(|rule| rule.call == call && rule.action == libc::SECCOMP_RET_TRACE)
}

/// The filter as the system takes it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a filter's parts are small: codes, numbers of calls, steps within one rule"
)]
pub(super) fn program() -> Vec<sock_filter> {
    /// Where `struct seccomp_data` has them.
    const CALL: u32 = 0;
    const ARCHITECTURE: u32 = 4;
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
    for Rule { call, when, action } in rules() {
        let mut body = Vec::new();
        match when {
            None => body.push(give(action)),
            Some((argument, mask, values)) => {
                body.push(load(ARGUMENTS + 8 * u32::from(argument)));
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
                // There may be another rule for the call.
                body.push(load(CALL));
            }
        }
        program.push(skip_unless(call as u32, body.len()));
        program.append(&mut body);
    }
    program.push(give(libc::SECCOMP_RET_ALLOW));
    program
}

/// Puts the calling process, and whatever it becomes and starts, under the filter, for good. Makes system calls only.
pub(super) fn install(program: &[sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).unwrap_or(u16::MAX),
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: it sets an attribute of this process and touches no memory.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the program is there, as long as it says, and only read.
    let installed = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    };
    if installed == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests;

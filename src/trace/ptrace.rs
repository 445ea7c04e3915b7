//! The tracer's system calls: ptrace(2), and waiting for stops.
//!
//! Each wait is limited to this thread's own tracees (`__WNOTHREAD`), so that a process can run several tracers, one
//! thread each, and can wait for children of its own.

use super::{
    arch::Registers,
    chaos::{self, Decision},
};
use libc::{c_int, c_uint, c_ulong, pid_t, siginfo_t};
use std::{io, mem, ptr};

/// Stop at system calls that the filter reports, at clone, fork, vfork, exec and exit, and tell syscall stops from
/// `SIGTRAP`. Tracees die with their tracer.
const OPTIONS: c_int = libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEVFORKDONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACEEXIT
    | libc::PTRACE_O_EXITKILL
    | libc::PTRACE_O_TRACESYSGOOD;
/// Requests that the `libc` crate does not define.
const GET_BLOCKED: c_uint = 0x420a;
const SET_BLOCKED: c_uint = 0x420b;
/// `PTRACE_EVENT_STOP`: the thread is new, was interrupted, or is in a group-stop.
const EVENT_STOP: c_int = 128;

/// A ptrace stop, or the end of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is about to exit, and its descriptors are still open.
    Exiting,
    /// It exited with this status.
    Exited(i32),
    /// It was killed by this signal.
    Killed(i32),
    /// It is at the entry of a system call that the filter reports.
    SyscallEntry,
    /// It is at the exit of a system call, after [`Resume::ToSyscallExit`].
    SyscallExit,
    /// It has cloned a thread or forked a process.
    Cloned(pid_t),
    /// It has vforked a process, and waits until that executes a program or exits (`vfork(2)`).
    Vforked(pid_t),
    /// Its vfork child has executed a program or exited.
    VforkDone,
    /// It has executed a program; this was its id before.
    Exec(pid_t),
    /// Its process is in a group-stop.
    Group,
    /// It is new, was interrupted, or continues after a group-stop.
    Interrupted,
    /// Signal-delivery-stop: it is about to receive this signal.
    Signal(i32),
}

/// How a stopped thread is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// Until the next stop.
    Continue,
    /// Until the next stop or the exit of its system call.
    ToSyscallExit,
    /// For one instruction.
    Step,
    /// With a signal.
    WithSignal(i32),
}

fn request(request: c_uint, thread: pid_t, address: usize, data: usize) -> io::Result<()> {
    // SAFETY: where a request takes an address of ours, every caller passes that of a value of the right type.
    match unsafe { libc::ptrace(request, thread, address, data) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Seizes a process: it and whatever it starts become this thread's tracees.
pub(super) fn seize(process: pid_t) -> io::Result<()> {
    request(libc::PTRACE_SEIZE, process, 0, OPTIONS as usize)
}

/// Resumes a stopped thread. If it has been killed meanwhile, its next wait status says so.
pub(super) fn resume(thread: pid_t, how: Resume) {
    chaos::delay(Decision::Resume);
    let (how, signal) = match how {
        Resume::Continue => (libc::PTRACE_CONT, 0),
        Resume::ToSyscallExit => (libc::PTRACE_SYSCALL, 0),
        Resume::Step => (libc::PTRACE_SINGLESTEP, 0),
        Resume::WithSignal(signal) => (libc::PTRACE_CONT, signal),
    };
    let _ = request(how, thread, 0, signal.unsigned_abs() as usize);
}

/// Leaves a thread in its group-stop until a signal continues it.
pub(super) fn listen(thread: pid_t) {
    let _ = request(libc::PTRACE_LISTEN, thread, 0, 0);
}

/// Interrupts a thread: it leaves the system call that it waits in.
pub(super) fn interrupt(thread: pid_t) {
    chaos::delay(Decision::Resume);
    let _ = request(libc::PTRACE_INTERRUPT, thread, 0, 0);
}

/// A stopped thread's registers; `None` if it has been killed meanwhile.
pub(super) fn registers(thread: pid_t) -> Option<Registers> {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut registers: libc::user_regs_struct = unsafe { mem::zeroed() };
    let address = ptr::from_mut(&mut registers) as usize;
    request(libc::PTRACE_GETREGS, thread, 0, address).ok()?;
    Some(Registers(registers))
}

/// Sets a stopped thread's registers. If it has been killed meanwhile, its next wait status says so.
pub(super) fn set_registers(thread: pid_t, registers: &Registers) {
    let address = ptr::from_ref(&registers.0) as usize;
    let _ = request(libc::PTRACE_SETREGS, thread, 0, address);
}

/// A stopped thread's signal mask; `None` if it has been killed meanwhile.
pub(super) fn blocked_signals(thread: pid_t) -> Option<u64> {
    let mut signals: u64 = 0;
    let address = ptr::from_mut(&mut signals) as usize;
    request(GET_BLOCKED, thread, size_of::<u64>(), address).ok()?;
    Some(signals)
}

/// Sets a stopped thread's signal mask. If it has been killed meanwhile, its next wait status says so.
pub(super) fn block_signals(thread: pid_t, signals: u64) {
    let address = ptr::from_ref(&signals) as usize;
    let _ = request(SET_BLOCKED, thread, size_of::<u64>(), address);
}

/// Writes whole words of code into a stopped thread's memory, even where that is read-only. Returns whether it is
/// mapped.
pub(super) fn write_code(thread: pid_t, at: u64, code: &[u8]) -> bool {
    let (words, _) = code.as_chunks::<{ size_of::<usize>() }>();
    (at..)
        .step_by(size_of::<usize>())
        .zip(words)
        .all(|(at, word)| {
            let word = usize::from_le_bytes(*word);
            usize::try_from(at)
                .is_ok_and(|at| request(libc::PTRACE_POKEDATA, thread, at, word).is_ok())
        })
}

/// Writes into a stopped thread's memory, even where that is read-only. Returns whether it is mapped.
pub(super) fn write_bytes(thread: pid_t, at: u64, bytes: &[u8]) -> bool {
    const WORD: usize = size_of::<usize>();
    let rest = bytes.len() % WORD;
    if rest == 0 {
        return write_code(thread, at, bytes);
    }
    // The bytes after the last one are kept.
    let last = at + (bytes.len() - rest) as u64;
    let Some(mut word) = super::memory::read::<WORD>(thread, last) else {
        return false;
    };
    word[..rest].copy_from_slice(&bytes[bytes.len() - rest..]);
    write_code(thread, at, &[&bytes[..bytes.len() - rest], &word].concat())
}

/// The `siginfo_t` of the signal that a thread is about to receive.
pub(super) fn signal_info(thread: pid_t) -> Option<siginfo_t> {
    // SAFETY: all fields are integers, for which zero is valid.
    let mut info: siginfo_t = unsafe { mem::zeroed() };
    let address = ptr::from_mut(&mut info) as usize;
    request(libc::PTRACE_GETSIGINFO, thread, 0, address).ok()?;
    Some(info)
}

/// The same as bytes.
pub(super) fn signal_info_bytes(thread: pid_t) -> Option<[u8; size_of::<siginfo_t>()]> {
    let mut info = [0; size_of::<siginfo_t>()];
    let address = info.as_mut_ptr().addr();
    request(libc::PTRACE_GETSIGINFO, thread, 0, address).ok()?;
    Some(info)
}

/// Sets the `siginfo_t` of the signal that a thread is about to receive.
pub(super) fn set_signal_info_bytes(thread: pid_t, info: &[u8; size_of::<siginfo_t>()]) {
    let _ = request(libc::PTRACE_SETSIGINFO, thread, 0, info.as_ptr().addr());
}

/// The next pending stop of this thread, or of any tracee; `None` if there is none. Ended threads are left to [`reap`].
pub(super) fn poll_stop(thread: Option<pid_t>) -> Option<(pid_t, Stop)> {
    loop {
        let (thread, status) = find(thread, libc::WSTOPPED | libc::WNOHANG)?;
        if let Some(stop) = stop(thread, status) {
            return Some((thread, stop));
        }
    }
}

/// How a thread ended, if it has: reaps it. Only now does the kernel tell the parent of a traced process that it ended.
pub(super) fn reap(thread: pid_t) -> Option<Stop> {
    let (thread, status) = find(Some(thread), libc::WEXITED | libc::WNOHANG)?;
    stop(thread, status)
}

/// Blocks until any tracee has stopped, or a given one has stopped or ended, or a signal arrives. Returns whether there
/// is such a tracee.
pub(super) fn await_stop(thread: Option<pid_t>) -> bool {
    let ends = thread.map_or(0, |_| libc::WEXITED);
    let options = libc::WSTOPPED | ends | libc::WNOWAIT;
    find(thread, options).is_some()
        || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
}

/// Waits with these options for any tracee, or a given one; returns the status as `waitpid` encodes it.
fn find(thread: Option<pid_t>, options: c_int) -> Option<(pid_t, c_int)> {
    chaos::delay(Decision::Report);
    let (kind, id) = match thread {
        Some(thread) => (libc::P_PID, thread.unsigned_abs()),
        None => (libc::P_ALL, 0),
    };
    // SAFETY: all fields are integers, for which zero is valid.
    let mut info: siginfo_t = unsafe { mem::zeroed() };
    let options = options | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: it writes to `info`, which is ours.
    let waited = unsafe { libc::waitid(kind, id, &raw mut info, options) };
    // SAFETY: `waitid` has set both the process and the status, or left both zero.
    let (thread, status) = unsafe { (info.si_pid(), info.si_status()) };
    (waited == 0 && thread != 0).then(|| {
        let status = match info.si_code {
            libc::CLD_EXITED => status << 8,
            libc::CLD_KILLED | libc::CLD_DUMPED => status,
            _ => status << 8 | 0x7f,
        };
        (thread, status)
    })
}

/// The next pending stop or end of any tracee or child; `None` if there is none.
pub(super) fn poll_stop_or_exit() -> Option<(pid_t, Stop)> {
    let (thread, status) = wait(-1, libc::WNOHANG)?;
    Some((thread, stop(thread, status)?))
}

/// Blocks until the next stop or end of a thread; `None` if there is no such tracee.
pub(super) fn wait_stop(thread: pid_t) -> Option<Stop> {
    loop {
        let (thread, status) = wait(thread, 0)?;
        if let Some(stop) = stop(thread, status) {
            return Some(stop);
        }
    }
}

fn wait(thread: pid_t, options: c_int) -> Option<(pid_t, c_int)> {
    let mut status = 0;
    loop {
        // SAFETY: it writes the status, which is ours.
        let thread = unsafe {
            libc::waitpid(
                thread,
                &raw mut status,
                options | libc::__WALL | libc::__WNOTHREAD,
            )
        };
        match thread {
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            -1 | 0 => return None,
            thread => return Some((thread, status)),
        }
    }
}

fn stop(thread: pid_t, status: c_int) -> Option<Stop> {
    if libc::WIFEXITED(status) {
        return Some(Stop::Exited(libc::WEXITSTATUS(status)));
    }
    if libc::WIFSIGNALED(status) {
        return Some(Stop::Killed(libc::WTERMSIG(status)));
    }
    let signal = libc::WSTOPSIG(status);
    let stop = match status >> 16 {
        0 if signal == libc::SIGTRAP | 0x80 => Stop::SyscallExit,
        0 => Stop::Signal(signal),
        libc::PTRACE_EVENT_SECCOMP => Stop::SyscallEntry,
        libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK => Stop::Cloned(message(thread)?),
        libc::PTRACE_EVENT_VFORK => Stop::Vforked(message(thread)?),
        libc::PTRACE_EVENT_EXIT => Stop::Exiting,
        libc::PTRACE_EVENT_VFORK_DONE => Stop::VforkDone,
        libc::PTRACE_EVENT_EXEC => Stop::Exec(message(thread)?),
        EVENT_STOP if signal == libc::SIGTRAP => Stop::Interrupted,
        EVENT_STOP => Stop::Group,
        _ => {
            resume(thread, Resume::Continue);
            return None;
        }
    };
    Some(stop)
}

/// The thread id that comes with an event; `None` if the thread has been killed meanwhile.
fn message(thread: pid_t) -> Option<pid_t> {
    let mut message: c_ulong = 0;
    let address = ptr::from_mut(&mut message) as usize;
    request(libc::PTRACE_GETEVENTMSG, thread, 0, address).ok()?;
    pid_t::try_from(message).ok()
}

/// Whether this thread has tracees or children that have not been reaped.
pub(super) fn has_tracees() -> bool {
    let options = libc::WNOHANG | libc::WEXITED | libc::WNOWAIT | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: all fields are integers, for which zero is valid.
    let mut info: siginfo_t = unsafe { mem::zeroed() };
    // SAFETY: it writes to `info`, which is ours.
    unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) == 0 }
}

//! The tracer's system calls: ptrace(2), and waiting for what it reports.
//!
//! Every wait is for this thread's own tracees (`__WNOTHREAD`), so that a process can run many tracers, a thread each, and
//! wait for children of its own.

use super::{
    arch::Registers,
    chaos::{self, Decision},
};
use libc::{c_int, c_uint, c_ulong, pid_t, siginfo_t};
use std::{io, mem, ptr};

/// What is reported: calls that the filter asks for, new threads and processes, exec, exit, and calls' ends apart from signals.
/// Whatever is traced dies with its tracer.
const OPTIONS: c_int = libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEVFORKDONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACEEXIT
    | libc::PTRACE_O_EXITKILL
    | libc::PTRACE_O_TRACESYSGOOD;
/// Requests that the `libc` crate does not name.
const GET_BLOCKED: c_uint = 0x420a;
const SET_BLOCKED: c_uint = 0x420b;
/// A stop of a thread that is new, was interrupted, or is stopped with its process.
const EVENT_STOP: c_int = 128;

/// What a thread reports; it stands still then, unless it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is about to end, and still has its descriptors.
    Exiting,
    /// It left by itself.
    Exited(i32),
    /// A signal killed it.
    Killed(i32),
    /// It enters a system call that the filter reports.
    SyscallEntry,
    /// It exits a system call; it was resumed with [`Resume::ToSyscallExit`].
    SyscallExit,
    /// It has cloned a new thread or forked a new process.
    Cloned(pid_t),
    /// It has forked a new process, and waits until that executes another program or exits (`vfork(2)`).
    Vforked(pid_t),
    /// That has happened.
    VforkDone,
    /// It has executed another program; before, its id was this.
    Exec(pid_t),
    /// Its process was stopped by a signal.
    StoppedWithProcess,
    /// It is new, was interrupted, or resumes after its process was stopped.
    Interrupted,
    /// It is about to be given a signal.
    Signal(i32),
}

/// How a stopped thread is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// Until the next report.
    Continue,
    /// Until its call has been made, too.
    ToSyscallExit,
    /// By one instruction.
    Step,
    /// With a signal.
    WithSignal(i32),
}

fn request(request: c_uint, thread: pid_t, address: usize, data: usize) -> io::Result<()> {
    // SAFETY: every caller passes, where the request takes an address of ours, one of a value of the type that it names.
    match unsafe { libc::ptrace(request, thread, address, data) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Makes a process, and whatever it will start, this thread's tracees.
pub(super) fn seize(process: pid_t) -> io::Result<()> {
    request(libc::PTRACE_SEIZE, process, 0, OPTIONS as usize)
}

/// Resumes a stopped thread. That it has been killed meanwhile shows in its next report.
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

/// Leaves a thread stopped with its process, until a signal continues it.
pub(super) fn leave_stopped(thread: pid_t) {
    let _ = request(libc::PTRACE_LISTEN, thread, 0, 0);
}

/// Stops a thread: it leaves the call it waits in.
pub(super) fn interrupt(thread: pid_t) {
    chaos::delay(Decision::Resume);
    let _ = request(libc::PTRACE_INTERRUPT, thread, 0, 0);
}

/// A stopped thread's registers; `None` where it has been killed meanwhile.
pub(super) fn registers(thread: pid_t) -> Option<Registers> {
    // SAFETY: registers are numbers, for which zero will do.
    let mut registers: libc::user_regs_struct = unsafe { mem::zeroed() };
    let address = ptr::from_mut(&mut registers) as usize;
    request(libc::PTRACE_GETREGS, thread, 0, address).ok()?;
    Some(Registers(registers))
}

/// Sets a stopped thread's registers. That it has been killed meanwhile shows in its next report.
pub(super) fn set_registers(thread: pid_t, registers: &Registers) {
    let address = ptr::from_ref(&registers.0) as usize;
    let _ = request(libc::PTRACE_SETREGS, thread, 0, address);
}

/// Which signals a stopped thread blocks, a bit for each; `None` where it has been killed meanwhile.
pub(super) fn blocked_signals(thread: pid_t) -> Option<u64> {
    let mut signals: u64 = 0;
    let address = ptr::from_mut(&mut signals) as usize;
    request(GET_BLOCKED, thread, size_of::<u64>(), address).ok()?;
    Some(signals)
}

/// Lets a stopped thread block these signals. That it has been killed meanwhile shows in its next report.
pub(super) fn block_signals(thread: pid_t, signals: u64) {
    let address = ptr::from_ref(&signals) as usize;
    let _ = request(SET_BLOCKED, thread, size_of::<u64>(), address);
}

/// Writes code, whole words of it, into a stopped thread's memory, which need not be writable to itself. Says whether it is
/// there.
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

/// Writes into a stopped thread's memory, which need not be writable to itself. Says whether it is there.
pub(super) fn write_bytes(thread: pid_t, at: u64, bytes: &[u8]) -> bool {
    const WORD: usize = size_of::<usize>();
    let rest = bytes.len() % WORD;
    if rest == 0 {
        return write_code(thread, at, bytes);
    }
    // What stands behind stays.
    let last = at + (bytes.len() - rest) as u64;
    let Some(mut word) = super::memory::read::<WORD>(thread, last) else {
        return false;
    };
    word[..rest].copy_from_slice(&bytes[bytes.len() - rest..]);
    write_code(thread, at, &[&bytes[..bytes.len() - rest], &word].concat())
}

/// What a thread that is about to be given a signal will be told of it.
pub(super) fn signal_info(thread: pid_t) -> Option<siginfo_t> {
    // SAFETY: it is numbers, for which zero will do.
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

/// Sets what a thread that is about to be given a signal will be told of it.
pub(super) fn set_signal_info_bytes(thread: pid_t, info: &[u8; size_of::<siginfo_t>()]) {
    let _ = request(libc::PTRACE_SETSIGINFO, thread, 0, info.as_ptr().addr());
}

/// The next stop that any of this thread's tracees, or one, has reported; `None` where there is none now. An end is left to
/// [`reap`].
pub(super) fn report(thread: Option<pid_t>) -> Option<(pid_t, Stop)> {
    loop {
        let (thread, status) = find(thread, libc::WSTOPPED | libc::WNOHANG)?;
        if let Some(stop) = stop(thread, status) {
            return Some((thread, stop));
        }
    }
}

/// How a thread has ended, if it has: it is gone then. The system tells the parent of a traced process of its end now, and not
/// before.
pub(super) fn reap(thread: pid_t) -> Option<Stop> {
    let (thread, status) = find(Some(thread), libc::WEXITED | libc::WNOHANG)?;
    stop(thread, status)
}

/// Waits until any of this thread's tracees has reported a stop, or one has reported a stop or ended, or a signal comes. Says
/// whether there is such a tracee at all.
pub(super) fn await_report(thread: Option<pid_t>) -> bool {
    let ends = thread.map_or(0, |_| libc::WEXITED);
    let options = libc::WSTOPPED | ends | libc::WNOWAIT;
    find(thread, options).is_some()
        || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
}

/// Waits as `options` say for any of this thread's tracees, or one; returns the status as `waitpid` has it.
fn find(thread: Option<pid_t>, options: c_int) -> Option<(pid_t, c_int)> {
    chaos::delay(Decision::Report);
    let (kind, id) = match thread {
        Some(thread) => (libc::P_PID, thread.unsigned_abs()),
        None => (libc::P_ALL, 0),
    };
    // SAFETY: it is numbers, for which zero will do.
    let mut info: siginfo_t = unsafe { mem::zeroed() };
    let options = options | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: it writes what it found, which is ours.
    let waited = unsafe { libc::waitid(kind, id, &raw mut info, options) };
    // SAFETY: `waitid` has filled in a process and a status, or left both zero.
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

/// The next report or end of any of this thread's tracees and children; `None` where there is none now.
pub(super) fn report_or_end() -> Option<(pid_t, Stop)> {
    let (thread, status) = wait(-1, libc::WNOHANG)?;
    Some((thread, stop(thread, status)?))
}

/// Waits for the next report of a thread; `None` where there is no such tracee.
pub(super) fn next_report(thread: pid_t) -> Option<Stop> {
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
        EVENT_STOP => Stop::StoppedWithProcess,
        _ => {
            resume(thread, Resume::Continue);
            return None;
        }
    };
    Some(stop)
}

/// What goes with an event: a thread's id; `None` where the thread that reported it has been killed meanwhile.
fn message(thread: pid_t) -> Option<pid_t> {
    let mut message: c_ulong = 0;
    let address = ptr::from_mut(&mut message) as usize;
    request(libc::PTRACE_GETEVENTMSG, thread, 0, address).ok()?;
    pid_t::try_from(message).ok()
}

/// Whether this thread has tracees, or children, that are not gone.
pub(super) fn has_tracees() -> bool {
    let options = libc::WNOHANG | libc::WEXITED | libc::WNOWAIT | libc::__WALL | libc::__WNOTHREAD;
    // SAFETY: it is numbers, for which zero will do.
    let mut info: siginfo_t = unsafe { mem::zeroed() };
    // SAFETY: it writes what it found, which is ours.
    unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) == 0 }
}

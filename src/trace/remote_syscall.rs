//! Makes a new program execute system calls for the tracer, before its first instruction.

use super::{
    arch::Registers,
    ptrace::{self, Resume, Stop},
};
use libc::pid_t;

/// A new program that is stopped at the end of its exec.
pub(super) struct Injection {
    process: pid_t,
    /// The registers that it starts with.
    begin: Registers,
    blocked: u64,
    /// Stop signals that arrived meanwhile and cannot be blocked.
    stopped_by: Vec<i32>,
}

impl Injection {
    /// Holds a program that has stopped after exec.
    ///
    /// # Errors
    /// The program's end, if it was killed.
    pub(super) fn new(process: pid_t) -> Result<Injection, Stop> {
        let begin = ptrace::registers(process).ok_or_else(|| end(process))?;
        let blocked = ptrace::blocked_signals(process).ok_or_else(|| end(process))?;
        ptrace::block_signals(process, u64::MAX);
        let mut injection = Injection {
            process,
            begin,
            blocked,
            stopped_by: Vec::new(),
        };
        // The exit of `execve`.
        injection.run_to_syscall_stop()?;
        Ok(injection)
    }

    /// The registers that the program starts with.
    pub(super) fn begin(&self) -> Registers {
        self.begin
    }

    /// Makes a system call with the `syscall` instruction at this address, and returns its result.
    ///
    /// # Errors
    /// The program's end, if it was killed.
    pub(super) fn call(
        &mut self,
        instruction: u64,
        call: i64,
        arguments: [u64; 6],
    ) -> Result<i64, Stop> {
        let mut registers = self.begin;
        registers.prepare_call(instruction, call, arguments);
        ptrace::set_registers(self.process, &registers);
        self.run_to_syscall_stop()?;
        self.run_to_syscall_stop()?;
        let registers = ptrace::registers(self.process).ok_or_else(|| end(self.process))?;
        Ok(registers.result())
    }

    /// Restores registers and signal mask, so that the program starts as if nothing had happened.
    pub(super) fn end(self) {
        let mut registers = self.begin;
        registers.answer(0);
        ptrace::set_registers(self.process, &registers);
        ptrace::block_signals(self.process, self.blocked);
        for signal in self.stopped_by {
            // SAFETY: it touches no memory.
            unsafe { libc::syscall(libc::SYS_tgkill, self.process, self.process, signal) };
        }
    }

    /// Resumes it until the entry or exit of its system call.
    fn run_to_syscall_stop(&mut self) -> Result<(), Stop> {
        ptrace::resume(self.process, Resume::ToSyscallExit);
        loop {
            match ptrace::wait_stop(self.process) {
                Some(Stop::SyscallExit) => return Ok(()),
                None => return Err(end(self.process)),
                Some(gone @ (Stop::Exited(_) | Stop::Killed(_))) => return Err(gone),
                Some(Stop::Signal(signal)) => self.stopped_by.push(signal),
                Some(Stop::Group) => self.stopped_by.push(libc::SIGSTOP),
                Some(_) => {}
            }
            ptrace::resume(self.process, Resume::ToSyscallExit);
        }
    }
}

/// The end of a program that was killed.
fn end(process: pid_t) -> Stop {
    loop {
        match ptrace::wait_stop(process) {
            Some(gone @ (Stop::Exited(_) | Stop::Killed(_))) => return gone,
            None => return Stop::Killed(libc::SIGKILL),
            Some(_) => ptrace::resume(process, Resume::Continue),
        }
    }
}

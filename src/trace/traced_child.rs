//! Prepares a forked child to be traced, before it executes the program.

use super::{arch, syscall::bpf};
use libc::sock_filter;
use std::{
    io::{self, PipeReader, PipeWriter},
    os::fd::{AsRawFd, RawFd},
};

/// Turns address space randomization off (personality(2)).
const ADDR_NO_RANDOMIZE: libc::c_ulong = 0x004_0000;

/// What a forked child needs to prepare itself for virtual time before it executes the program.
#[derive(Debug)]
pub(crate) struct TracedChild {
    filter: Vec<sock_filter>,
    /// Receives one byte once the child is traced.
    gate: PipeReader,
    /// The other end of the gate, of which the child has a copy.
    key: RawFd,
}

impl TracedChild {
    /// The child's part, and the pipe to which its tracer writes one byte once the child is traced. If the pipe closes
    /// before, the child exits.
    pub(crate) fn new() -> io::Result<(TracedChild, PipeWriter)> {
        let (gate, key) = io::pipe()?;
        let traced_child = TracedChild {
            filter: bpf::program(),
            gate,
            key: key.as_raw_fd(),
        };
        Ok((traced_child, key))
    }

    /// Waits for the tracer, then puts the calling process under virtual time. Runs in a forked child, and only makes
    /// system calls.
    ///
    /// # Errors
    /// The kernel does not accept the filter, or there is no tracer (`ESRCH`).
    pub(crate) fn prepare(&self) -> io::Result<()> {
        // SAFETY: nothing in the child owns its copy of this descriptor. While the copy is open, the child would not
        // notice that its tracer is gone.
        unsafe { libc::close(self.key) };
        let mut byte = [0_u8];
        // SAFETY: it writes one byte, into `byte`.
        let read = unsafe { libc::read(self.gate.as_raw_fd(), byte.as_mut_ptr().cast(), 1) };
        if read != 1 {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        // If the kernel refuses, addresses stay random.
        // SAFETY: it sets an attribute of this process and touches no memory.
        unsafe { libc::personality(ADDR_NO_RANDOMIZE) };
        arch::trap_counter();
        bpf::install(&self.filter)
    }
}

//! What a forked child does to let itself be traced, before it executes the program.

use super::{arch, filter};
use libc::sock_filter;
use std::{
    io::{self, PipeReader, PipeWriter},
    os::fd::{AsRawFd, RawFd},
};

/// Turns address space randomization off (personality(2)).
const ADDR_NO_RANDOMIZE: libc::c_ulong = 0x004_0000;

/// What a forked child does to put itself under virtual time before it becomes the program.
#[derive(Debug)]
pub(crate) struct TracedChild {
    filter: Vec<sock_filter>,
    /// Where a byte comes once the child is traced.
    gate: PipeReader,
    /// The other end of the gate, which the child holds as well.
    key: RawFd,
}

impl TracedChild {
    /// What the child does, and what its tracer writes a byte to once it is traced. Without that the child ends.
    pub(crate) fn new() -> io::Result<(TracedChild, PipeWriter)> {
        let (gate, key) = io::pipe()?;
        let traced_child = TracedChild {
            filter: filter::program(),
            gate,
            key: key.as_raw_fd(),
        };
        Ok((traced_child, key))
    }

    /// Puts the calling process under virtual time. It runs in a forked child and makes system calls only.
    ///
    /// # Errors
    /// What the system said of the filter, or `ESRCH` where there is no tracer.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        // SAFETY: it closes the child's copy of a descriptor that nothing of the child's owns; with that copy open, a tracer
        // that has gone would not be noticed.
        unsafe { libc::close(self.key) };
        let mut byte = [0_u8];
        // SAFETY: it writes one byte, into memory that is there.
        let read = unsafe { libc::read(self.gate.as_raw_fd(), byte.as_mut_ptr().cast(), 1) };
        if read != 1 {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        // Where the system does not allow it, addresses stay random.
        // SAFETY: it sets an attribute of this process and touches no memory.
        unsafe { libc::personality(ADDR_NO_RANDOMIZE) };
        arch::trap_counter();
        filter::install(&self.filter)
    }
}

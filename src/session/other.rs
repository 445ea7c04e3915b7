//! What stands in, on other systems, for what only Linux has.

use rustix::process::{Pid, Signal, kill_process_group};
use std::{ffi::CStr, io, os::fd::OwnedFd, path::Path};

/// A pipe: its reading and its writing end. It merges writes that nobody has read yet.
pub(super) fn pipe_of_writes() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reading, writing) = io::pipe()?;
    Ok((reading.into(), writing.into()))
}

/// Marks every descriptor from 3 up to be closed by exec. Makes system calls only.
pub(super) fn close_on_exec_from_3() {
    super::exec::close_on_exec_one_by_one();
}

/// Nothing: no other system can do it.
pub(super) fn die_with_parent() {}

/// Nothing: there are no mount namespaces.
pub(super) fn cover(_: &CStr, _: &CStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nothing is known of mounts.
pub(super) fn has_mounts(_: &Path) -> bool {
    false
}

/// Kills the leader's process group, and names nobody: a list of a session's processes would need rights.
pub(super) fn living(leader: Pid) -> Vec<Pid> {
    let _ = kill_process_group(leader, Signal::KILL);
    Vec::new()
}

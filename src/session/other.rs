//! The replacements, on other systems, of what only Linux has.

use crate::recording::Network;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{ffi::CStr, io, os::fd::OwnedFd, path::Path};

/// Sets close-on-exec for all descriptors from 3 up. Only makes system calls.
pub(super) fn close_on_exec_from_3() {
    super::exec::close_on_exec_one_by_one();
}

/// Does nothing: no other system supports it.
pub(super) fn die_with_parent() {}

/// Does nothing: there are no network namespaces.
pub(super) fn isolate(network: Network) -> io::Result<()> {
    match network {
        Network::Host => Ok(()),
        Network::Inside | Network::None => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Does nothing: there are no mount namespaces.
pub(super) fn cover(_: &CStr, _: &CStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Mounts are not known.
pub(super) fn has_mounts(_: &Path) -> bool {
    false
}

/// There are no such descriptors.
pub(super) fn end_of(_: Pid) -> Option<OwnedFd> {
    None
}

/// Kills the leader's process group, and returns no processes: listing those of a session would need privileges.
pub(super) fn living(leader: Pid) -> Vec<Pid> {
    let _ = kill_process_group(leader, Signal::KILL);
    Vec::new()
}

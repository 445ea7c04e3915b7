//! Who can release a lock on a file: only who holds it, and a lock is held by way of an open file.

use super::{LOCK, Reach, holders};
use crate::trace::proc;
use libc::pid_t;
use std::{
    collections::BTreeSet,
    fs::{self, Metadata},
};

/// File systems on which others may hold a lock that this machine does not show (`statfs(2)`).
const REMOTE: &[i64] = &[
    0x6969,      // NFS
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x517b,      // SMB
    0x0102_1997, // 9P
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x6573_5546, // FUSE
    0x0116_1970, // GFS2
    0x7461_636f, // OCFS2
];

/// The reach of a lock on a descriptor's file, for which a thread waits.
pub(super) fn reach(thread: pid_t, descriptor: i32, inside: &BTreeSet<pid_t>) -> Reach {
    let path = proc::path(thread, descriptor);
    let Ok(file) = fs::metadata(&path) else {
        return Reach::Inside;
    };
    let is_remote = rustix::fs::statfs(&path).is_ok_and(|system| REMOTE.contains(&system.f_type));
    Reach::outside_if(
        is_remote || !is_held_inside(&file, inside) || holders::is_open_outside(&file, inside),
        LOCK,
    )
}

/// Whether a process of the traced tree holds a lock on a file (`proc_pid_fdinfo(5)`).
fn is_held_inside(file: &Metadata, inside: &BTreeSet<pid_t>) -> bool {
    inside.iter().any(|process| {
        let descriptors = holders::descriptors_of(*process, file);
        descriptors
            .into_iter()
            .any(|descriptor| proc::has_lock(*process, descriptor))
    })
}

//! Who can release a lock on a file: only who holds it, and a lock is held by way of an open file.

use super::{Reach, holders};
use crate::trace::proc;
use libc::pid_t;
use std::{
    collections::BTreeSet,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
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
        "a lock on a file",
    )
}

/// Whether the locks on a file are shown, and none belongs to a living process outside the traced tree.
fn is_held_inside(file: &Metadata, inside: &BTreeSet<pid_t>) -> bool {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let holders = holders_of(&locks, file.ino());
    // A lock outlives the process that took it if another has inherited the descriptor.
    let is_inside = |holder: &pid_t| {
        *holder <= 0 || inside.contains(holder) || !Path::new(&format!("/proc/{holder}")).exists()
    };
    !holders.is_empty() && holders.iter().all(is_inside)
}

/// The processes that took the locks on a file (`proc_locks(5)`); -1 for a lock that belongs to an open file.
fn holders_of(locks: &str, inode: u64) -> Vec<pid_t> {
    let lines = locks.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        // A waiting process has an arrow in the place of the kind.
        let kind = fields.next().filter(|kind| *kind != "->")?;
        let [_, _, holder, on] = [(); 4].map(|()| fields.next());
        let is_lock = matches!(kind, "POSIX" | "FLOCK" | "OFDLCK");
        let on = on?.rsplit(':').next()?.parse::<u64>().ok()?;
        (is_lock && on == inode).then(|| holder?.parse().ok())?
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::holders_of;

    #[test]
    fn holders_are_told_from_those_who_wait() {
        let locks = "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 4712 fe:00:1234 0 EOF\n\
                     2: OFDLCK ADVISORY  READ  -1 00:05:1234 0 9\n\
                     3: POSIX  ADVISORY  WRITE 4713 fe:00:1235 0 EOF\n\
                     4: LEASE  ACTIVE    READ  4714 fe:00:1234 0 EOF\n";
        assert_eq!(holders_of(locks, 1234), [4711, -1]);
        assert_eq!(holders_of(locks, 1235), [4713]);
        assert!(holders_of(locks, 1).is_empty());
    }
}

//! Privileges that a program file grants: set-uid, set-gid, file capabilities (execve(2), capabilities(7)). A traced
//! program gets them only from a privileged tracer (ptrace(2)), so elsewhere a program that would have gained one is not
//! supported.

use super::proc::status;
use libc::pid_t;
use rustix::{
    fs::{StatVfsMountFlags, fgetxattr, fstatvfs},
    thread::no_new_privs,
};
use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
};

const SET_UID: &str = "it is set-uid, and a traced program gets only its caller's privileges";
const SET_GID: &str = "it is set-gid, and a traced program gets only its caller's privileges";
const CAPABLE: &str =
    "it has file capabilities, and a traced program gets only its caller's privileges";

/// The group whose programs (`utempter`) only note who is logged in on a terminal (utmp(5)), which no recording shows.
const LOGINS: &str = "utmp";

/// The ids and capabilities of a process that has executed a program.
struct Caller {
    real: u32,
    /// The effective ids.
    uid: u32,
    gid: u32,
    permitted: u64,
    inheritable: u64,
    bounding: u64,
}

/// Which privileges a process would have gained by the program that it has executed, and has not because of the tracer;
/// `None` if there are none.
pub(super) fn lost_privileges(process: pid_t, program: &File) -> Option<&'static str> {
    let metadata = program.metadata().ok()?;
    let set_uid = metadata.mode() & libc::S_ISUID != 0;
    // Without group execute permission the bit means something else (inode(7)).
    let set_gid =
        metadata.mode() & (libc::S_ISGID | libc::S_IXGRP) == libc::S_ISGID | libc::S_IXGRP;
    let capabilities = file_capabilities(program);
    if !(set_uid || set_gid || capabilities.is_some()) || grants_nothing(program) {
        return None;
    }
    let caller = caller(process)?;
    if set_uid && metadata.uid() != caller.uid {
        return Some(SET_UID);
    }
    if set_gid && metadata.gid() != caller.gid && Some(metadata.gid()) != group(LOGINS) {
        return Some(SET_GID);
    }
    let gained = capabilities.is_some_and(|file| caller.gains(file) != 0);
    gained.then_some(CAPABLE)
}

/// The number of a group (group(5)).
fn group(name: &str) -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        is_it.then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

/// Whether the file grants nothing without a tracer either, because of its mount or `no_new_privs`.
fn grants_nothing(program: &File) -> bool {
    no_new_privs().unwrap_or(false)
        || fstatvfs(program).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::NOSUID))
}

impl Caller {
    /// The capabilities that a file would have added.
    fn gains(&self, file: Capabilities) -> u64 {
        // For root, a file adds nothing.
        if self.real == 0 || self.uid == 0 {
            return 0;
        }
        let untraced = (self.inheritable & file.inheritable) | (file.permitted & self.bounding);
        untraced & !self.permitted
    }
}

fn caller(process: pid_t) -> Option<Caller> {
    let ids = |key| {
        let line = status(process, key)?;
        let mut ids = line.split_whitespace().map_while(|id| id.parse().ok());
        Some((ids.next()?, ids.next()?))
    };
    let set = |key| u64::from_str_radix(&status(process, key)?, 16).ok();
    let (real, uid) = ids("Uid:")?;
    let (_, gid) = ids("Gid:")?;
    Some(Caller {
        real,
        uid,
        gid,
        permitted: set("CapPrm:")?,
        inheritable: set("CapInh:")?,
        bounding: set("CapBnd:")?,
    })
}

/// The capabilities of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Capabilities {
    permitted: u64,
    inheritable: u64,
}

fn file_capabilities(program: &File) -> Option<Capabilities> {
    let mut value = [0; 24];
    let len = fgetxattr(program, "security.capability", &mut value[..]).ok()?;
    capabilities(&value[..len])
}

/// Decodes `struct vfs_ns_cap_data` (`linux/capability.h`): a word with the revision, then the low and high halves of
/// the permitted and the inheritable set.
fn capabilities(value: &[u8]) -> Option<Capabilities> {
    let (words, _) = value.as_chunks::<4>();
    let word = |index: usize| {
        words
            .get(index)
            .map(|word| u64::from(u32::from_le_bytes(*word)))
    };
    let (permitted, inheritable) = (word(1)?, word(2)?);
    // The first revision has no high halves.
    let high = |index| word(index).unwrap_or(0) << 32;
    Some(Capabilities {
        permitted: permitted | high(3),
        inheritable: inheritable | high(4),
    })
}

#[cfg(test)]
mod tests {
    use super::{Caller, Capabilities, capabilities};

    const NET_RAW: u64 = 1 << 13;

    #[test]
    fn the_attribute_is_decoded_as_setcap_encodes_it() {
        // `setcap cap_net_raw,cap_bpf=ep`, as shown by getfattr(1).
        let value = [
            1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0,
        ];
        let expected = Capabilities {
            permitted: NET_RAW | 1 << 39,
            inheritable: 0,
        };
        assert_eq!(capabilities(&value), Some(expected));
        assert_eq!(capabilities(&value[..3]), None);
    }

    #[test]
    fn a_caller_gains_capabilities_that_it_lacks_and_its_bounding_set_allows() {
        let file = Capabilities {
            permitted: NET_RAW,
            inheritable: 0,
        };
        let gains = |uid, permitted, bounding| {
            let caller = Caller {
                real: uid,
                uid,
                gid: uid,
                permitted,
                inheritable: 0,
                bounding,
            };
            caller.gains(file)
        };
        assert_eq!(gains(1000, 0, u64::MAX), NET_RAW);
        assert_eq!(gains(1000, NET_RAW, u64::MAX), 0);
        assert_eq!(gains(1000, 0, !NET_RAW), 0);
        assert_eq!(gains(0, 0, u64::MAX), 0);
    }
}

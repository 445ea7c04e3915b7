//! What comes from outside the traced tree, and so has no virtual time.
//!
//! A thread that waits for a remote socket, a named pipe, a device or a file's lock may be woken by somebody whose time is
//! real. While one does, the clock may not jump: a time-out would come early because of us.

use super::{
    memory::{read, read_into},
    x86_64::{self, Registers},
};
use libc::{c_long, pid_t};
use std::{collections::HashSet, fs, os::unix::ffi::OsStrExt, path::PathBuf};

/// How many descriptors of one wait are looked at.
const MOST_DESCRIPTORS: usize = 4096;
/// How deep an epoll set may lie in others.
const MOST_DEPTH: usize = 4;

/// What is known of the world outside.
#[derive(Debug)]
pub(super) struct Outside {
    /// Our terminal, as a program's descriptors show it.
    terminal: Option<PathBuf>,
    /// Sockets whose other end may be outside, as descriptors show them.
    sockets: HashSet<PathBuf>,
}

impl Outside {
    pub(super) fn new(terminal: Option<PathBuf>) -> Outside {
        Outside {
            terminal,
            sockets: HashSet::new(),
        }
    }

    /// Takes note that what comes in by a socket may come from outside.
    pub(super) fn note_socket(&mut self, thread: pid_t, descriptor: i32) {
        self.sockets.extend(file(thread, descriptor));
    }

    /// What a call waits for outside; `None` where all that can end it is inside.
    pub(super) fn awaits(&self, thread: pid_t, made: &Registers) -> Option<String> {
        let call: c_long = made.call();
        match call {
            libc::SYS_flock | libc::SYS_fcntl => Some("a lock on a file".to_owned()),
            libc::SYS_poll | libc::SYS_ppoll => {
                let count = usize::try_from(made.argument(1)).unwrap_or(usize::MAX);
                let mut entries = vec![0; 8 * count.min(MOST_DESCRIPTORS)];
                read_into(thread, made.argument(0), &mut entries);
                let descriptors = entries
                    .chunks_exact(8)
                    .map(|entry| i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]));
                self.first(thread, descriptors)
            }
            libc::SYS_select | libc::SYS_pselect6 => {
                self.first(thread, selected(thread, made).into_iter())
            }
            libc::SYS_epoll_wait | libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2 => {
                self.in_epoll(thread, made.int(0), 0)
            }
            libc::SYS_splice => self.first(thread, [made.int(0), made.int(2)].into_iter()),
            libc::SYS_sendfile | libc::SYS_tee => {
                self.first(thread, [made.int(0), made.int(1)].into_iter())
            }
            libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_recvmmsg
            | libc::SYS_accept
            | libc::SYS_accept4
            | libc::SYS_connect
            | libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwrite64
            | libc::SYS_pwritev
            | libc::SYS_pwritev2
            | libc::SYS_vmsplice
            | libc::SYS_sendto
            | libc::SYS_sendmsg
            | libc::SYS_sendmmsg => self.first(thread, [made.int(0)].into_iter()),
            _ => None,
        }
    }

    /// What a thread waits for in a call that is not reported.
    pub(super) fn unknown(call: Option<i64>) -> String {
        call.map_or_else(
            || "something unknown".to_owned(),
            |call| format!("`{}`", x86_64::call_name(call)),
        )
    }

    fn first(&self, thread: pid_t, mut descriptors: impl Iterator<Item = i32>) -> Option<String> {
        descriptors.find_map(|descriptor| self.at(thread, descriptor, 0))
    }

    /// What comes in by a descriptor from outside.
    fn at(&self, thread: pid_t, descriptor: i32, depth: usize) -> Option<String> {
        let file = file(thread, descriptor)?;
        let name = file.as_os_str().as_bytes();
        if name.starts_with(b"socket:") {
            return self.sockets.contains(&file).then(|| "a socket".to_owned());
        }
        match name {
            b"anon_inode:inotify" | b"anon_inode:[fanotify]" => {
                return Some("changes of files".to_owned());
            }
            b"anon_inode:[eventpoll]" if depth < MOST_DEPTH => {
                return self.in_epoll(thread, descriptor, depth + 1);
            }
            _ => {}
        }
        let is_inside = name.first() != Some(&b'/')
            || name == b"/dev/tty"
            || name == b"/dev/ptmx"
            || name.starts_with(b"/dev/pts/")
            || self.terminal.as_deref() == Some(&file);
        (!is_inside).then(|| format!("`{}`", crate::transcript::escape(name, 200)))
    }

    /// What comes in by a descriptor of an epoll set (`proc_pid_fdinfo(5)`).
    fn in_epoll(&self, thread: pid_t, descriptor: i32, depth: usize) -> Option<String> {
        let info = fs::read_to_string(format!("/proc/{thread}/fdinfo/{descriptor}")).ok()?;
        let mut descriptors = info.lines().filter_map(|line| {
            let number = line.strip_prefix("tfd:")?.split_whitespace().next()?;
            number.parse().ok()
        });
        descriptors.find_map(|descriptor| self.at(thread, descriptor, depth))
    }
}

/// The file behind a descriptor, as the system names it.
fn file(thread: pid_t, descriptor: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{thread}/fd/{descriptor}")).ok()
}

/// The descriptors in `select`'s sets.
fn selected(thread: pid_t, made: &Registers) -> Vec<i32> {
    let count = usize::try_from(made.int(0))
        .unwrap_or(0)
        .min(MOST_DESCRIPTORS);
    let mut selected = Vec::new();
    for set in (1..=3)
        .map(|set| made.argument(set))
        .filter(|set| *set != 0)
    {
        let mut bits = vec![0_u8; count.div_ceil(64) * 8];
        read_into(thread, set, &mut bits);
        let is_set = |descriptor: &usize| bits[descriptor / 8] >> (descriptor % 8) & 1 == 1;
        selected.extend(
            (0..count)
                .filter(is_set)
                .filter_map(|descriptor| i32::try_from(descriptor).ok()),
        );
    }
    selected
}

/// Whether an address that a socket is to be connected with is one of this machine's files.
pub(super) fn is_local(thread: pid_t, address: u64) -> bool {
    let family = read(thread, address).map(u16::from_le_bytes);
    family.map(i32::from) == Some(libc::AF_UNIX)
}

/// Whether others can send to a socket that is bound to an address, though it is no connection: by its name on this machine,
/// or, where it is one of the system's own, to the groups that it listens to (`unix(7)`, `netlink(7)`).
pub(super) fn can_be_written_to(thread: pid_t, address: u64, len: i32) -> bool {
    const FAMILY_LEN: i32 = 2;
    let Some(family) = read(thread, address).map(u16::from_le_bytes) else {
        return false;
    };
    match i32::from(family) {
        libc::AF_UNIX => len > FAMILY_LEN,
        libc::AF_NETLINK => read(thread, address + 8).map(u32::from_le_bytes) != Some(0),
        _ => false,
    }
}

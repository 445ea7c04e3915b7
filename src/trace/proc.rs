//! Reads `/proc`: threads and their descriptors (proc(5)).

use libc::pid_t;
use std::{
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Whether `/proc` shows our PID namespace.
pub(crate) fn shows_us() -> bool {
    let us = std::process::id().to_string();
    fs::read_link("/proc/self").is_ok_and(|shown| shown == Path::new(&us))
}

/// The process (thread group) of a thread.
pub(super) fn process_of(thread: pid_t) -> Option<pid_t> {
    status(thread, "Tgid:")?.parse().ok()
}

/// Whether a thread's process has a handler for a signal.
pub(super) fn catches(thread: pid_t, signal: i32) -> bool {
    is_among(thread, "SigCgt:", signal).unwrap_or(true)
}

/// Whether a thread's process ignores a signal, by its action or by default.
pub(super) fn ignores(thread: pid_t, signal: i32) -> bool {
    let by_default = matches!(
        signal,
        libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH
    );
    is_among(thread, "SigIgn:", signal).unwrap_or(false) || (by_default && !catches(thread, signal))
}

/// Whether a signal is pending for a thread or its process, and not blocked.
pub(super) fn has_signal(thread: pid_t) -> bool {
    let signals = |set| {
        let set = status(thread, set)?;
        u64::from_str_radix(&set, 16).ok()
    };
    let waiting = [signals("SigPnd:"), signals("ShdPnd:")];
    let waiting = waiting.into_iter().flatten().fold(0, |all, set| all | set);
    waiting & !signals("SigBlk:").unwrap_or(u64::MAX) != 0
}

/// Whether a signal is pending for a thread or its process.
pub(super) fn is_pending(thread: pid_t, signal: i32) -> bool {
    let mut sets = ["SigPnd:", "ShdPnd:"].into_iter();
    sets.any(|set| is_among(thread, set, signal).unwrap_or(false))
}

fn is_among(thread: pid_t, set: &str, signal: i32) -> Option<bool> {
    let set = u64::from_str_radix(&status(thread, set)?, 16).ok()?;
    Some(set >> (signal - 1) & 1 == 1)
}

/// A field of `/proc/PID/status` (`proc_pid_status(5)`).
pub(super) fn status(thread: pid_t, key: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim().to_owned())
}

/// The ids of a thread in the PID namespaces that it is in, from that of `/proc` to its own (`NSpid` of
/// `proc_pid_status(5)`).
pub(super) fn nested_ids(thread: pid_t) -> Vec<pid_t> {
    let ids = status(thread, "NSpid:").unwrap_or_default();
    let ids = ids.split_whitespace().map_while(|id| id.parse().ok());
    ids.collect()
}

/// The path of a process's program; `None` if it may not be read.
pub(super) fn program(process: pid_t) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{process}/exe")).ok()
}

/// The file of a descriptor, by its name in `/proc/PID/fd` (`proc_pid_fd(5)`); `None` if it is closed.
pub(super) fn file(thread: pid_t, descriptor: i32) -> Option<PathBuf> {
    fs::read_link(path(thread, descriptor)).ok()
}

/// The path under `/proc` that opens a descriptor's file again.
pub(super) fn path(thread: pid_t, descriptor: i32) -> String {
    format!("/proc/{thread}/fd/{descriptor}")
}

/// `/proc/PID/fdinfo` of a descriptor (`proc_pid_fdinfo(5)`); empty if it is closed.
pub(super) fn fdinfo(thread: pid_t, descriptor: i32) -> String {
    fs::read_to_string(format!("/proc/{thread}/fdinfo/{descriptor}")).unwrap_or_default()
}

/// The position of a descriptor in its file.
pub(super) fn position(thread: pid_t, descriptor: i32) -> Option<u64> {
    let info = fdinfo(thread, descriptor);
    let position = info.lines().find_map(|line| line.strip_prefix("pos:"))?;
    position.trim().parse().ok()
}

/// Whether a lock on a descriptor's file is held by way of it.
pub(super) fn has_lock(thread: pid_t, descriptor: i32) -> bool {
    fdinfo(thread, descriptor)
        .lines()
        .any(|line| line.starts_with("lock:"))
}

/// Whether a file is the slave side of a terminal, by its name.
pub(super) fn is_terminal(file: &Path) -> bool {
    let name = file.as_os_str().as_bytes();
    name.starts_with(b"/dev/pts/") || name.starts_with(b"/dev/tty")
}

/// Whether a thread's process is in the foreground of its terminal, or has no terminal (`proc_pid_stat(5)`).
pub(super) fn is_in_foreground(thread: pid_t) -> bool {
    let stat = fs::read(format!("/proc/{thread}/stat")).unwrap_or_default();
    let Some(name_end) = stat.iter().rposition(|byte| *byte == b')') else {
        return false;
    };
    let fields: Vec<&[u8]> = stat[name_end + 2..].split(|byte| *byte == b' ').collect();
    // State, parent, process group, session, terminal, foreground process group.
    matches!(fields[..], [_, _, group, _, terminal, foreground, ..] if terminal == b"0" || group == foreground)
}

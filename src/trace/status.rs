//! What the system says of a thread (`proc_pid_status(5)`).

use libc::pid_t;
use std::fs;

/// The process that a thread belongs to.
pub(super) fn process_of(thread: pid_t) -> Option<pid_t> {
    status(thread, "Tgid:")?.parse().ok()
}

/// Whether a thread's process has a handler for a signal.
pub(super) fn catches(thread: pid_t, signal: i32) -> bool {
    is_among(thread, "SigCgt:", signal).unwrap_or(true)
}

/// Whether a signal does nothing to a thread's process.
pub(super) fn ignores(thread: pid_t, signal: i32) -> bool {
    let by_default = matches!(
        signal,
        libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH
    );
    is_among(thread, "SigIgn:", signal).unwrap_or(false) || (by_default && !catches(thread, signal))
}

/// Whether a signal waits to be taken by a thread: by itself, or by whichever of its process takes it first.
pub(super) fn has_signal(thread: pid_t) -> bool {
    let signals = |set| {
        let set = status(thread, set)?;
        u64::from_str_radix(&set, 16).ok()
    };
    let waiting = [signals("SigPnd:"), signals("ShdPnd:")];
    let waiting = waiting.into_iter().flatten().fold(0, |all, set| all | set);
    waiting & !signals("SigBlk:").unwrap_or(u64::MAX) != 0
}

fn is_among(thread: pid_t, set: &str, signal: i32) -> Option<bool> {
    let set = u64::from_str_radix(&status(thread, set)?, 16).ok()?;
    Some(set >> (signal - 1) & 1 == 1)
}

/// A line of what the system says of a thread (`proc_pid_status(5)`).
pub(super) fn status(thread: pid_t, key: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim().to_owned())
}

//! What only Linux has: `close_range`, death with the parent, mount namespaces, descriptors of processes, and listing the
//! processes of a session.

use crate::recording::Network;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, set_parent_process_death_signal};
use std::{
    ffi::{CStr, c_char},
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::Path,
    ptr,
};

/// Sets close-on-exec for all descriptors from 3 up. Only makes system calls.
pub(super) fn close_on_exec_from_3() {
    // SAFETY: it sets flags of this process's descriptors and touches no memory.
    let marked = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3_u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if marked != 0 {
        // Before Linux 5.11.
        super::exec::close_on_exec_one_by_one();
    }
}

/// Has this process killed when the thread that started it ends. Only makes system calls.
pub(super) fn die_with_parent() {
    // If the kernel does not allow that, the process continues.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Moves the calling process out of the system's network (`network_namespaces(7)`), and starts the loopback of its own if
/// it shall have one. Only makes system calls.
///
/// # Errors
/// The error of the system call: it needs `CAP_SYS_ADMIN`.
pub(super) fn isolate(network: Network) -> io::Result<()> {
    if network == Network::Host {
        return Ok(());
    }
    // SAFETY: it changes which network the calling process has, and touches no memory.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if network == Network::Inside {
        start_loopback()?;
    }
    Ok(())
}

/// Starts the loopback device (netdevice(7)). Only makes system calls.
fn start_loopback() -> io::Result<()> {
    #[expect(clippy::cast_possible_truncation, reason = "both flags fit")]
    const UP: libc::c_short = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    // SAFETY: it creates a descriptor, and touches no memory.
    let socket = unsafe { libc::socket(libc::AF_INET, kind, 0) };
    if socket < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros is a valid `ifreq`, with an empty name.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = UP;
    // SAFETY: it reads the request, which lives until the call returns.
    let started = unsafe { libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request) };
    let error = io::Error::last_os_error();
    // SAFETY: it closes a descriptor of our own.
    unsafe { libc::close(socket) };
    if started == 0 { Ok(()) } else { Err(error) }
}

/// Shows the calling thread, and what it forks, a folder in the place of another (`mount_namespaces(7)`). Nothing else
/// changes for them, and nothing for others. Only makes system calls.
///
/// # Errors
/// The error of the system call: it needs `CAP_SYS_ADMIN`.
pub(super) fn cover(folder: &CStr, seen: &CStr) -> io::Result<()> {
    // SAFETY: it changes which mounts the calling thread sees, and touches no memory.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        return Err(io::Error::last_os_error());
    }
    receive_mounts()?;
    mount(folder.as_ptr(), seen, libc::MS_BIND)
}

/// Lets mounts of the system still appear in the calling thread's new mount namespace, but its own mounts nowhere else.
/// Only makes system calls.
///
/// # Errors
/// The error of the system call.
pub(super) fn receive_mounts() -> io::Result<()> {
    mount(ptr::null(), c"/", libc::MS_REC | libc::MS_SLAVE)
}

fn mount(source: *const c_char, target: &CStr, flags: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the paths are strings that live until the call returns; type and data are not used with these flags.
    match unsafe { libc::mount(source, target.as_ptr(), ptr::null(), flags, ptr::null()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether something is, or may be, mounted on a path or below it (`proc_pid_mountinfo(5)`).
pub(super) fn has_mounts(path: &Path) -> bool {
    let mounts = match std::fs::read("/proc/thread-self/mountinfo") {
        Ok(mounts) => mounts,
        // Without /proc, mounts cannot be listed.
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    let path = path.as_os_str().as_bytes();
    let mut targets = mounts
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    targets.any(|target| {
        target
            .strip_prefix(path)
            .is_some_and(|below| matches!(below.first(), None | Some(b'/')))
    })
}

/// Readable once a child of ours has ended, which is not reaped by that (`pidfd_open(2)`); `None` before Linux 5.3.
pub(super) fn end_of(child: Pid) -> Option<OwnedFd> {
    pidfd_open(child, PidfdFlags::empty()).ok()
}

/// The living processes of the session with this leader; zombies are not included.
pub(super) fn living(leader: Pid) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let pids = pids.filter_map(Pid::from_raw);
    // Asking the kernel is much cheaper than reading a file for each process of the system.
    pids.filter(|pid| may_be_in_session(*pid, leader) && is_living(*pid, leader))
        .collect()
}

/// Whether the kernel does not say that a process is in another session.
fn may_be_in_session(pid: Pid, leader: Pid) -> bool {
    // rustix cannot return the session of kernel threads, which is 0.
    // SAFETY: it touches no memory.
    let session = unsafe { libc::getsid(pid.as_raw_nonzero().get()) };
    session == -1 || session == leader.as_raw_nonzero().get()
}

fn is_living(pid: Pid, leader: Pid) -> bool {
    let Ok(stat) = std::fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())) else {
        return false;
    };
    // proc_pid_stat(5): the name in parentheses may contain anything, so fields are counted from its end.
    let Some(name_end) = stat.iter().rposition(|byte| *byte == b')') else {
        return false;
    };
    let fields: Vec<&[u8]> = stat[name_end + 1..]
        .split(|byte| *byte == b' ')
        .skip(1)
        .collect();
    let session = fields
        .get(3)
        .and_then(|field| str::from_utf8(field).ok()?.parse().ok());
    session == Some(leader.as_raw_nonzero().get()) && !matches!(fields.first(), Some(&b"Z" | &b"X"))
}

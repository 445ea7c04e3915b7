//! What only Linux has: packet pipes, `close_range`, death with the parent, and a list of a session's processes.

use rustix::{
    pipe::{PipeFlags, fcntl_setpipe_size, pipe_with},
    process::Pid,
};
use std::{io, os::fd::OwnedFd};

/// How many bytes a packet pipe holds: 256 packets, so that a program need not wait for its reader.
const PIPE_SIZE: usize = 1 << 20;

/// A pipe that keeps writes apart, up to 4,096 bytes each (`pipe2(2)`, `O_DIRECT`): its reading and its writing end.
pub(super) fn pipe_of_writes() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reading, writing) = pipe_with(PipeFlags::DIRECT | PipeFlags::CLOEXEC)?;
    // A system that allows less holds less.
    let _ = fcntl_setpipe_size(&writing, PIPE_SIZE);
    Ok((reading, writing))
}

/// Marks every descriptor from 3 up to be closed by exec. Makes system calls only.
pub(super) fn close_on_exec_from_3() {
    // SAFETY: it changes flags of this process's descriptors and touches no memory.
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
        super::plan::close_on_exec_one_by_one();
    }
}

/// Lets this process be killed when the thread that started it ends. Makes system calls only.
pub(super) fn die_with_parent() {
    // SAFETY: it sets an attribute of this process and touches no memory.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

/// The living processes of the session that `leader` leads; dead ones that wait for their parents are not living.
pub(super) fn living(leader: Pid) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| is_living(*pid, leader))
        .filter_map(Pid::from_raw)
        .collect()
}

fn is_living(pid: i32, leader: Pid) -> bool {
    let Ok(stat) = std::fs::read(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // proc_pid_stat(5): the name in parentheses may hold anything, so that fields count from its end.
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

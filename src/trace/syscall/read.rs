//! Reads that block wait for readiness, and take nothing until their thread runs.
//!
//! A read that blocks inside the kernel takes what comes as soon as the kernel schedules its thread. Where several threads
//! wait for one object, or where more may come while the first part is taken, that would be the scheduler's choice. So a
//! blocking read of a pipe, a socket, an eventfd or a terminal becomes an endless `ppoll` of its descriptor, which takes nothing.
//! When that has returned and the thread's turn has come, the call is made again: if another thread has taken everything,
//! it waits once more, and else the real call finds what it came for and does not block.
//!
//! The `struct pollfd` that this needs lies in a slot of the clock page, which the program and the tracer share.

use super::{endless_ppoll, time_out::Wait};
use crate::trace::{
    Halt,
    arch::Registers,
    clock::Clock,
    clock_page::Slot,
    own_terminals::is_master,
    proc,
    ptrace::{self, Resume},
    thread::{Step, Then, Thread},
    tracer::Tracer,
};
use libc::pid_t;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open},
    termios::{LocalModes, SpecialCodeIndex, tcgetattr},
};
use std::{fs, os::fd::OwnedFd, os::unix::ffi::OsStrExt};

/// What a descriptor refers to, as far as reads of it differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum FileKind {
    /// A file on a disk: a read of it never waits.
    Plain,
    /// Several readers compete for it.
    Socket,
    EventFd,
    TimerFd,
    SignalFd,
    Terminal,
    /// The side of a terminal on which another program shows it.
    Master,
    Pipe,
    Other,
}

impl FileKind {
    fn of(thread: pid_t, descriptor: i32) -> FileKind {
        let Some(name) = proc::file(thread, descriptor) else {
            return FileKind::Other;
        };
        match name.as_os_str().as_bytes() {
            _ if is_master(&name) => FileKind::Master,
            name if name.starts_with(b"socket:") => FileKind::Socket,
            name if name.starts_with(b"pipe:") => FileKind::Pipe,
            b"anon_inode:[eventfd]" => FileKind::EventFd,
            b"anon_inode:[timerfd]" => FileKind::TimerFd,
            b"anon_inode:[signalfd]" => FileKind::SignalFd,
            _ if proc::is_terminal(&name) => FileKind::Terminal,
            name if name.starts_with(b"/")
                && fs::metadata(proc::path(thread, descriptor))
                    .is_ok_and(|file| file.is_file()) =>
            {
                FileKind::Plain
            }
            _ => FileKind::Other,
        }
    }
}

impl Tracer<'_> {
    /// A thread reads, or takes a connection.
    pub(super) fn enter_read(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if self.reads_with_timer(id, &entry) {
            return Ok(());
        }
        if let Some(wait) = self.wait_for_readiness(id, &entry) {
            let (then, step) = (Then::Nothing, Step::Readiness);
            let time = self.socket_wait(id, &entry).unwrap_or(Wait::PLAIN);
            self.enter_step(id, entry, time, Some(wait), then, step);
            return Ok(());
        }
        match entry.call() {
            libc::SYS_accept | libc::SYS_accept4 => {
                let wait = self.socket_wait(id, &entry).unwrap_or(Wait::PLAIN);
                self.enter(id, entry, wait, None, Then::NoteAccepted);
            }
            // It does not wait, and is no poll.
            libc::SYS_read if self.file_kind(id, entry.int(0)) == FileKind::Plain => {
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.reset_polling();
                }
                self.pass(id);
            }
            _ => return self.enter_plain(id, entry),
        }
        Ok(())
    }

    /// What a thread's descriptor refers to.
    pub(in crate::trace) fn file_kind(&mut self, id: pid_t, descriptor: i32) -> FileKind {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        *self
            .files
            .entry((process, descriptor))
            .or_insert_with(|| FileKind::of(id, descriptor))
    }

    /// Forgets what the descriptors of a process refer to.
    pub(in crate::trace) fn forget_files(&mut self, process: pid_t) {
        self.files.retain(|(of, _), _| *of != process);
    }

    /// The wait for readiness that a call is to make instead, where the call would block.
    fn wait_for_readiness(&mut self, id: pid_t, entry: &Registers) -> Option<Registers> {
        let descriptor = entry.int(0);
        let kind = match entry.call() {
            libc::SYS_read | libc::SYS_readv => self.file_kind(id, descriptor),
            libc::SYS_preadv2 if is_readv(entry) => self.file_kind(id, descriptor),
            libc::SYS_recvfrom if may_block(entry.int(3)) => FileKind::Socket,
            libc::SYS_recvmsg if may_block(entry.int(2)) => FileKind::Socket,
            libc::SYS_accept | libc::SYS_accept4 => FileKind::Socket,
            _ => return None,
        };
        // Whether a signal descriptor is ready depends on who asks.
        if matches!(kind, FileKind::Plain | FileKind::SignalFd | FileKind::Other) {
            return None;
        }
        let count = (entry.call() == libc::SYS_read).then(|| entry.argument(2));
        let process = self.threads.get(&id)?.process;
        let page = *self.pages.get(&process)?;
        let file = self.duplicate(process, descriptor)?;
        if !blocks(&file, id, kind, count) {
            return None;
        }
        let thread = self.threads.get_mut(&id)?;
        let slot = slot(thread, &mut self.clock)?;
        let address = page + self.clock.page().set_slot(slot, descriptor, libc::POLLIN);
        Some(endless_ppoll(entry, address, 1))
    }

    /// A copy of a process's descriptor; `None` where the system does not allow it.
    pub(in crate::trace) fn duplicate(
        &mut self,
        process: pid_t,
        descriptor: i32,
    ) -> Option<OwnedFd> {
        /// How many processes are held on to.
        const MAX: usize = 64;
        if !self.pidfds.contains_key(&process) {
            if self.pidfds.len() >= MAX {
                self.pidfds.clear();
            }
            let pidfd = pidfd_open(Pid::from_raw(process)?, PidfdFlags::empty()).ok()?;
            self.pidfds.insert(process, pidfd);
        }
        let pidfd = self.pidfds.get(&process)?;
        pidfd_getfd(pidfd, descriptor, PidfdGetfdFlags::empty()).ok()
    }
}

/// Makes a thread that has its turn make its call again.
pub(super) fn restart_call(id: pid_t, mut registers: Registers, entry: &Registers) {
    registers.repeat_call(entry);
    ptrace::set_registers(id, &registers);
    ptrace::resume(id, Resume::Continue);
}

/// The thread's slot on the clock page; `None` where all are taken.
pub(super) fn slot(thread: &mut Thread, clock: &mut Clock) -> Option<Slot> {
    if thread.slot.is_none() {
        thread.slot = clock.page_mut().take_slot();
    }
    thread.slot
}

/// Whether a `preadv2` reads as `readv` does: at the file's own offset, which is -1, and without flags (readv(2)).
fn is_readv(entry: &Registers) -> bool {
    entry.argument(3) == u64::MAX && entry.int(5) == 0
}

/// Whether a call for a socket with these flags may wait, and takes what is there.
fn may_block(flags: i32) -> bool {
    const NO_WAIT: i32 =
        libc::MSG_DONTWAIT | libc::MSG_ERRQUEUE | libc::MSG_OOB | libc::MSG_WAITALL;
    flags & NO_WAIT == 0
}

/// Whether a read of so many bytes would wait now.
fn blocks(file: &OwnedFd, thread: pid_t, kind: FileKind, count: Option<u64>) -> bool {
    const NO_WAIT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if count == Some(0)
        || (matches!(kind, FileKind::EventFd | FileKind::TimerFd)
            && count.is_some_and(|count| count < 8))
    {
        return false;
    }
    let is_blocking = rustix::fs::fcntl_getfl(file)
        .is_ok_and(|flags| !flags.contains(rustix::fs::OFlags::NONBLOCK));
    let is_ready = || poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&NO_WAIT)) != Ok(0);
    is_blocking
        && (kind != FileKind::Terminal || terminal_waits(file, thread, count))
        && !is_ready()
}

/// Whether a read of a terminal waits for as much as `poll` waits for (termios(3)), and may be made at all: a process in the
/// background is stopped instead.
fn terminal_waits(file: &OwnedFd, thread: pid_t, count: Option<u64>) -> bool {
    let Ok(modes) = tcgetattr(file) else {
        return false;
    };
    let [min, time] = [SpecialCodeIndex::VMIN, SpecialCodeIndex::VTIME]
        .map(|index| u64::from(modes.special_codes[index]));
    let waits_like_poll = modes.local_modes.contains(LocalModes::ICANON)
        || (time == 0 && min > 0 && count.is_none_or(|count| min <= count));
    waits_like_poll && proc::is_in_foreground(thread)
}

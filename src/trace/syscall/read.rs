//! Blocking reads: they wait for readiness first, and read only on their thread's turn.
//!
//! A read that blocks in the kernel takes its data as soon as the kernel schedules the thread. If several threads wait
//! for the same object, or if more data may come while the first is read, the result would depend on the kernel's
//! scheduler. So a blocking read of a pipe, a socket, an eventfd or a terminal becomes an endless `ppoll` of its
//! descriptor, which consumes nothing. After that, on the thread's turn, the read is restarted: if another thread has
//! consumed everything, it polls again; otherwise the real read does not block.
//!
//! The `struct pollfd` for this is in a slot of the clock page, which the program shares with the tracer.

use super::{entry::endless_ppoll, file_kind::FileKind, time_out::Wait};
use crate::trace::{
    Halt,
    arch::{self, Registers},
    clock::Clock,
    clock_page::Slot,
    proc,
    ptrace::{self, Resume},
    thread::{Step, Then, Thread},
    tracer::Tracer,
};
use libc::pid_t;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    termios::{LocalModes, SpecialCodeIndex, tcgetattr},
};
use std::os::fd::OwnedFd;

impl Tracer<'_> {
    /// A thread reads, receives, or accepts a connection.
    pub(super) fn enter_read(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if entry.instruction() == arch::regular_asked() {
            self.enter_translate_compiled(id, entry);
            return Ok(());
        }
        let kind = self.file_kind(id, entry.int(0));
        if kind == FileKind::Random && self.reads_random(id, &entry) {
            return Ok(());
        }
        if let FileKind::Known(file) = kind
            && self.reads_known(id, &entry, file)
        {
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.reset_polling();
            }
            return Ok(());
        }
        if kind == FileKind::NamedPipe {
            self.note_read_of_named_pipe(id, entry.int(0));
        }
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
            libc::SYS_recvmmsg if entry.argument(4) != 0 => {
                self.enter_receive_messages(id, entry);
            }
            libc::SYS_accept | libc::SYS_accept4 => {
                let wait = self.socket_wait(id, &entry).unwrap_or(Wait::PLAIN);
                self.enter(id, entry, wait, None, Then::NoteAccepted);
            }
            // What follows has no header.
            libc::SYS_read
                if kind == FileKind::Compiled && proc::position(id, entry.int(0)) == Some(0) =>
            {
                self.rewrite_call_if_hot(id, &entry);
                self.enter(id, entry, Wait::PLAIN, None, Then::ReadCompiled);
            }
            // It does not block, and is not a poll.
            libc::SYS_read
                if matches!(
                    kind,
                    FileKind::Plain | FileKind::Compiled | FileKind::Known(_)
                ) =>
            {
                self.rewrite_call_if_hot(id, &entry);
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.reset_polling();
                }
                self.pass(id);
            }
            _ => return self.enter_plain(id, entry),
        }
        Ok(())
    }

    /// The `ppoll` to make first, if a system call would block.
    fn wait_for_readiness(&mut self, id: pid_t, entry: &Registers) -> Option<Registers> {
        let kept = self.threads.get_mut(&id)?.keeps_file.take();
        if kept.is_some_and(|kept| kept.is_same_call(entry)) {
            return None;
        }
        let descriptor = entry.int(0);
        let kind = match entry.call() {
            libc::SYS_read | libc::SYS_readv => self.file_kind(id, descriptor),
            libc::SYS_preadv2 if is_readv(entry) => self.file_kind(id, descriptor),
            libc::SYS_recvfrom if may_block(entry.int(3)) => FileKind::Socket,
            libc::SYS_recvmsg if may_block(entry.int(2)) => FileKind::Socket,
            libc::SYS_accept | libc::SYS_accept4 => FileKind::Socket,
            _ => return None,
        };
        // Whether a signalfd is ready depends on the thread that polls it.
        if matches!(
            kind,
            FileKind::Plain
                | FileKind::Compiled
                | FileKind::SignalFd
                | FileKind::Random
                | FileKind::Known(_)
                | FileKind::Other
        ) {
            return None;
        }
        let count = (entry.call() == libc::SYS_read).then(|| entry.argument(2));
        let process = self.threads.get(&id)?.process;
        let page = self.pages.get(&process)?.clock;
        let file = self.duplicate(process, descriptor)?;
        if !blocks(&file, id, kind, count) {
            return None;
        }
        let thread = self.threads.get_mut(&id)?;
        let slot = slot(thread, &mut self.clock)?;
        let address = page + self.clock.page().set_slot(slot, descriptor, libc::POLLIN);
        Some(endless_ppoll(entry, address, 1))
    }
}

/// Makes the thread that has the turn restart its system call.
pub(super) fn restart_call(id: pid_t, mut registers: Registers, entry: &Registers) {
    registers.repeat_call(entry);
    ptrace::set_registers(id, &registers);
    ptrace::resume(id, Resume::Continue);
}

/// The thread's slot on the clock page; `None` if all are taken.
pub(super) fn slot(thread: &mut Thread, clock: &mut Clock) -> Option<Slot> {
    if thread.slot.is_none() {
        thread.slot = clock.page_mut().take_slot();
    }
    thread.slot
}

/// Whether a `preadv2` is a plain `readv`: at offset -1, the file's own, and without flags (readv(2)).
fn is_readv(entry: &Registers) -> bool {
    entry.argument(3) == u64::MAX && entry.int(5) == 0
}

/// Whether a receive with these flags may block, and consumes what it returns.
fn may_block(flags: i32) -> bool {
    const NO_WAIT: i32 =
        libc::MSG_DONTWAIT | libc::MSG_ERRQUEUE | libc::MSG_OOB | libc::MSG_WAITALL;
    flags & NO_WAIT == 0
}

/// Whether a read of this many bytes would block now.
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

/// Whether a read of a terminal waits for the same as `poll` (termios(3)), and is allowed: a background process is
/// stopped instead.
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

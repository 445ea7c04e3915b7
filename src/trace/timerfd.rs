//! Timer descriptors (`timerfd_create(2)`): the tracer has a copy of each, and lets it become readable when it expires.

use super::{Halt, clock::Base, deadlines::TimerId, memory::write, tracer::Tracer};
use crate::recording::Varies;
use libc::{itimerspec, pid_t, timespec};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    mem,
    os::fd::{AsRawFd, OwnedFd},
    process, ptr,
};

/// How long the kernel may take to make an expired timerfd readable.
const EXPIRES: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};

/// A timerfd.
#[derive(Debug)]
pub(super) struct TimerFile {
    /// Our copy of it.
    file: OwnedFd,
    /// A process that has it open, and the descriptor there.
    owner: (pid_t, i32),
    pub(super) base: Base,
    pub(super) interval: u64,
    /// Expirations since it was last read.
    count: u64,
    /// It has expired, and nobody has read it or asked for its time since: until then no further expiration wakes
    /// anybody (`timerfd_tmrproc` in the kernel).
    is_expired: bool,
}

impl Tracer<'_> {
    pub(super) fn expire_file(&mut self, index: usize, missed: u64) -> Result<(), Halt> {
        if !self.is_open(index) {
            self.timers.files.remove(&index);
            self.deadlines.set(TimerId::File(index), None);
            return Ok(());
        }
        let Some(timer) = self.timers.files.get_mut(&index) else {
            return Ok(());
        };
        timer.count += missed + 1;
        if mem::replace(&mut timer.is_expired, true) {
            return Ok(());
        }
        let process = timer.owner.0;
        arm(&timer.file, 1);
        let mut files = [PollFd::new(&timer.file, PollFlags::IN)];
        let is_readable = poll(&mut files, Some(&EXPIRES)).is_ok_and(|ready| ready > 0);
        self.log(process, |_| "its timer descriptor expires");
        if !is_readable {
            self.note(&Varies::TimerDescriptor);
        }
        self.watch.check()
    }

    /// Notes a timerfd that a thread has created. Returns whether the tracer has a copy of it.
    pub(super) fn note_timer_file(&mut self, id: pid_t, descriptor: i32, base: Base) -> bool {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let Some(file) = self.duplicate(process, descriptor) else {
            return false;
        };
        let index = self.timers.files_made;
        self.timers.files_made += 1;
        let timer = TimerFile {
            file: file.kept(),
            owner: (process, descriptor),
            base,
            interval: 0,
            count: 0,
            is_expired: false,
        };
        self.timers.files.insert(index, timer);
        true
    }

    /// The timerfd of a thread's descriptor; `None` if it is not one that the program has created.
    pub(super) fn timer_file(&mut self, id: pid_t, descriptor: i32) -> Option<usize> {
        let process = self.threads.get(&id)?.process;
        let is_it = |timer: &TimerFile| is_same_file(&timer.file, process, descriptor);
        let files = &mut self.timers.files;
        let (index, timer) = files.iter_mut().find(|(_, timer)| is_it(timer))?;
        timer.owner = (process, descriptor);
        Some(*index)
    }

    /// What is known of a timerfd.
    pub(super) fn timer_file_mut(&mut self, index: usize) -> Option<&mut TimerFile> {
        self.timers.files.get_mut(&index)
    }

    /// Whether a process of the program still has a timerfd open.
    fn is_open(&mut self, index: usize) -> bool {
        let Some(timer) = self.timers.files.get(&index) else {
            return false;
        };
        let (process, descriptor) = timer.owner;
        if is_same_file(&timer.file, process, descriptor) {
            return true;
        }
        let is_timer = |file: &std::path::Path| file.as_os_str() == "anon_inode:[timerfd]";
        let found = self
            .descriptors(is_timer)
            .into_iter()
            .find(|(process, descriptor)| is_same_file(&timer.file, *process, *descriptor));
        if let (Some(owner), Some(timer)) = (found, self.timers.files.get_mut(&index)) {
            timer.owner = owner;
        }
        found.is_some()
    }

    /// Writes the number of expirations for a thread that has read a timerfd.
    pub(super) fn exit_timer_read(&mut self, id: pid_t, descriptor: i32, address: u64) {
        if let Some(index) = self.timer_file(id, descriptor)
            && let Some(timer) = self.timers.files.get_mut(&index)
        {
            timer.is_expired = false;
            let count = mem::take(&mut timer.count);
            write(id, address, &count.to_le_bytes());
        }
    }
}

impl TimerFile {
    /// Notes that the program has read the remaining time: the next expiration wakes whoever polls the timer.
    pub(super) fn note_asked(&mut self) {
        self.is_expired = false;
    }

    /// The timer was set: discards earlier expirations, so that the timerfd is not readable.
    pub(super) fn reset(&mut self, interval: u64) {
        self.interval = interval;
        self.count = 0;
        self.is_expired = false;
        arm(&self.file, 0);
    }
}

/// Arms a timerfd to expire after this many nanoseconds; 0 disarms it.
fn arm(file: &OwnedFd, nanoseconds: libc::c_long) {
    let setting = itimerspec {
        it_interval: timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: timespec {
            tv_sec: 0,
            tv_nsec: nanoseconds,
        },
    };
    // SAFETY: it reads the setting, which is ours.
    unsafe { libc::timerfd_settime(file.as_raw_fd(), 0, &raw const setting, ptr::null_mut()) };
}

/// Whether a process's descriptor refers to the same open file as ours (`kcmp(2)`).
fn is_same_file(file: &OwnedFd, process: pid_t, descriptor: i32) -> bool {
    const KCMP_FILE: i32 = 0;
    // SAFETY: it touches no memory.
    let order = unsafe {
        libc::syscall(
            libc::SYS_kcmp,
            process::id(),
            process,
            KCMP_FILE,
            file.as_raw_fd(),
            descriptor,
        )
    };
    order == 0
}

//! Terminal reads in non-canonical mode that the terminal's timer may end (termios(3)), in virtual time.
//!
//! The kernel's timer runs in real time, so a read is made only when it does not start the timer: when there are as
//! many bytes as the read waits for, or as it returns when its time is up. Until then its thread waits in a `ppoll`:
//! for the first byte, or, once there are some, for nothing. Whenever all threads are quiescent, the tracer ends the
//! waits for which enough bytes have arrived, and restarts the timers of those for which more have. The clock does not
//! move meanwhile.

use super::{
    entry::{endless_ppoll, with_call},
    file_kind::FileKind,
    read::slot,
    time_out::Wait,
};
use crate::trace::{
    Halt,
    arch::Registers,
    deadlines::TimerId,
    memory::{read, read_into},
    proc::{self, is_in_foreground},
    ptrace,
    thread::{State, Step, Then, Thread},
    tracer::Tracer,
};
use libc::{EIO, pid_t};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{OFlags, fcntl_getfl},
    io::ioctl_fionread,
    termios::{LocalModes, SpecialCodeIndex, Termios, tcgetattr},
};
use std::{
    mem,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::PathBuf,
};

/// How much one read of the kernel takes, and so the most that it waits for (`iterate_tty_read`).
const CHUNK: u64 = 64;
/// `VTIME` counts tenths of a second.
const TENTH: u64 = 100_000_000;
/// The size of a `struct iovec`, and how many of them a system call accepts (readv(2), `IOV_MAX`).
const IOVEC: usize = 16;
const MAX_IOVECS: usize = 1024;

/// A terminal read that waits. Like the kernel, it keeps the settings that it started with.
#[derive(Clone, Copy)]
pub(in crate::trace) struct TerminalRead {
    entry: Registers,
    timer: Timer,
    started: u64,
    /// How many bytes there were at the last check, and when there were first as many.
    available: u64,
    grown: u64,
    /// How many bytes the kernel would wait for by the present settings.
    enough: u64,
    /// A signal has ended it: it takes what is there.
    pub(in crate::trace) is_interrupted: bool,
}

/// What a read in non-canonical mode waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timer {
    /// `VMIN`.
    min: u64,
    /// `VTIME`, in nanoseconds.
    time: u64,
    /// How many bytes the read asks for.
    count: u64,
}

/// What such a read does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It is made for this many bytes, and does not block.
    Read(u64),
    /// It returns nothing.
    Empty,
    /// It waits for the first byte, until this deadline.
    AwaitFirst(Option<u64>),
    /// It waits for more bytes than there are, until this deadline.
    AwaitMore(Option<u64>),
}

impl Timer {
    fn of(modes: &Termios, count: u64) -> Timer {
        let code = |index| u64::from(modes.special_codes[index]);
        Timer {
            min: code(SpecialCodeIndex::VMIN),
            time: code(SpecialCodeIndex::VTIME) * TENTH,
            count,
        }
    }

    /// Waits for the first byte, and as long as it takes.
    fn without_time(count: u64) -> Timer {
        Timer {
            min: 1,
            time: 0,
            count,
        }
    }

    /// How many bytes end a read before its time is up.
    fn enough(&self) -> u64 {
        self.min.min(self.count).clamp(1, CHUNK)
    }

    /// Whether the read waits for the same as `poll`, and has no timer.
    fn waits_like_poll(&self) -> bool {
        self.time == 0 && self.min > 0 && self.enough() == self.min
    }

    /// What a read does next that started at `started`, with `available` bytes there since `grown`.
    fn next(&self, available: u64, started: u64, grown: u64, now: u64) -> Next {
        let until = |from: u64| (self.time > 0).then(|| from.saturating_add(self.time));
        let is_over = |deadline: Option<u64>| deadline.is_some_and(|deadline| now >= deadline);
        if self.count == 0 || available >= self.enough() {
            return Next::Read(self.count);
        }
        match (self.min, available) {
            (0, _) if self.time == 0 || is_over(until(started)) => Next::Empty,
            (0, _) => Next::AwaitFirst(until(started)),
            // Without a timer, `poll` would wait for another number of bytes.
            (_, 0) if self.time == 0 => Next::AwaitMore(None),
            // The timer starts with the first byte.
            (_, 0) => Next::AwaitFirst(None),
            _ if is_over(until(grown)) => Next::Read(available),
            _ => Next::AwaitMore(until(grown)),
        }
    }
}

impl TerminalRead {
    /// Updates how many bytes there are. Returns whether there are more than before.
    fn grows(&mut self, available: u64, now: u64) -> bool {
        let grows = available > self.available;
        if grows {
            self.grown = now;
        }
        self.available = available;
        grows
    }

    fn next(&self, now: u64) -> Next {
        if self.is_interrupted && self.available > 0 {
            return Next::Read(self.available.min(self.timer.count));
        }
        let timer = &self.timer;
        timer.next(self.available, self.started, self.grown, now)
    }
}

impl Tracer<'_> {
    /// Makes a read that the terminal's timer may end, or waits for its bytes. Returns whether the system call is such
    /// a read.
    pub(super) fn reads_with_timer(&mut self, id: pid_t, entry: &Registers) -> bool {
        if self.has_lost_its_master(id, entry) {
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.reading = None;
            }
            self.answer(id, *entry, -i64::from(EIO));
            return true;
        }
        let Some(mut reading) = self.read_with_timer(id, entry) else {
            return false;
        };
        let now = self.clock.now();
        match reading.next(now) {
            Next::Read(len) => {
                let len = if reading.available < reading.enough {
                    len.min(reading.available)
                } else {
                    len
                };
                let limited = (len < reading.timer.count).then(|| limited(id, entry, len));
                self.enter(id, *entry, Wait::PLAIN, limited.flatten(), Then::Nothing);
            }
            Next::Empty => {
                // A program that repeats this polls.
                self.enter(
                    id,
                    *entry,
                    Wait::NON_BLOCKING,
                    Some(nothing(entry)),
                    Then::Nothing,
                );
            }
            Next::AwaitFirst(deadline) => {
                reading.is_interrupted = false;
                let (wait, step) = match self.first_byte(id, entry) {
                    Some(wait) => (wait, Step::Readiness),
                    None => (endless(entry), Step::MoreBytes),
                };
                self.await_bytes(id, &reading, deadline, wait, step);
            }
            Next::AwaitMore(deadline) => {
                reading.is_interrupted = false;
                self.await_bytes(id, &reading, deadline, endless(entry), Step::MoreBytes);
            }
        }
        true
    }

    /// The terminal read that a system call makes, if the timer may end it, or if it waits for another number of bytes
    /// than `poll`.
    fn read_with_timer(&mut self, id: pid_t, entry: &Registers) -> Option<TerminalRead> {
        if !matches!(entry.call(), libc::SYS_read | libc::SYS_readv)
            || self.file_kind(id, entry.int(0)) != FileKind::Terminal
        {
            return None;
        }
        let now = self.clock.now();
        let thread = self.threads.get_mut(&id)?;
        let before = thread.reading.take();
        let before = before.filter(|before| before.entry.is_same_call(entry));
        let process = thread.process;
        let file = self.duplicate(process, entry.int(0))?;
        let modes = tcgetattr(&file).ok()?;
        let is_canonical = modes.local_modes.contains(LocalModes::ICANON);
        let timer = if is_canonical {
            // It returns whatever there is, should the terminal leave that mode.
            Timer::without_time(count(id, entry)?)
        } else {
            Timer::of(&modes, count(id, entry)?)
        };
        let (is_hung_up, available) = state(&file);
        let is_blocking = fcntl_getfl(&file).is_ok_and(|flags| !flags.contains(OFlags::NONBLOCK));
        if is_hung_up || !is_blocking || !is_in_foreground(id) {
            return None;
        }
        let mut reading = before.unwrap_or(TerminalRead {
            entry: *entry,
            timer,
            started: now,
            available,
            grown: now,
            enough: 0,
            is_interrupted: false,
        });
        reading.enough = timer.enough();
        reading.grows(available, now);
        if is_canonical && available > 0 {
            return None;
        }
        let polls = timer.waits_like_poll() && reading.timer.waits_like_poll();
        if polls && (is_canonical || timer.min == reading.timer.min) {
            // The settings may change while it waits.
            self.threads.get_mut(&id)?.reading = Some(reading);
            return None;
        }
        Some(reading)
    }

    /// Whether a read that has begun goes on at a terminal whose master has been closed: the kernel ends it with an error.
    /// A read that begins after that is at the end of the file.
    pub(super) fn has_lost_its_master(&self, id: pid_t, entry: &Registers) -> bool {
        let reading = self.threads.get(&id).and_then(|thread| thread.reading);
        // With its master a terminal loses its name.
        let is_gone = |file: PathBuf| {
            let name = file.as_os_str().as_bytes();
            name.starts_with(b"/dev/pts/") && name.ends_with(b" (deleted)")
        };
        reading.is_some_and(|reading| reading.entry.is_same_call(entry))
            && proc::file(id, entry.int(0)).is_some_and(is_gone)
    }

    /// The wait for a terminal's first byte; `None` if the thread has no slot on the clock page.
    fn first_byte(&mut self, id: pid_t, entry: &Registers) -> Option<Registers> {
        let thread = self.threads.get_mut(&id)?;
        let page = self.pages.get(&thread.process)?.clock;
        let slot = slot(thread, &mut self.clock)?;
        let clock_page = self.clock.page();
        Some(endless_ppoll(
            entry,
            page + clock_page.set_slot(slot, entry.int(0), libc::POLLIN),
            1,
        ))
    }

    fn await_bytes(
        &mut self,
        id: pid_t,
        reading: &TerminalRead,
        deadline: Option<u64>,
        wait: Registers,
        step: Step,
    ) {
        let wait_for = Wait::terminal(deadline);
        let then = Then::Nothing;
        self.enter_step(id, reading.entry, wait_for, Some(wait), then, step);
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.reading = Some(*reading);
        }
        if step == Step::MoreBytes && !self.await_more_bytes.contains(&id) {
            self.await_more_bytes.push(id);
        }
    }

    /// Ends reads for which there are enough bytes, and restarts the timers of those for which more have arrived. All
    /// threads are quiescent.
    pub(in crate::trace) fn update_terminal_reads(&mut self) -> Result<(), Halt> {
        let now = self.clock.now();
        for id in mem::take(&mut self.await_more_bytes) {
            let waits = |thread: &&Thread| thread.state == State::Waiting;
            let Some(thread) = self.threads.get(&id).filter(waits) else {
                continue;
            };
            let call = thread.call.filter(|call| call.step == Step::MoreBytes);
            let (Some(call), process) = (call, thread.process) else {
                continue;
            };
            let Some(file) = self.duplicate(process, call.entry.int(0)) else {
                continue;
            };
            let (is_hung_up, available) = state(&file);
            drop(file);
            let Some(thread) = self.threads.get_mut(&id) else {
                continue;
            };
            let (Some(reading), Some(call)) = (&mut thread.reading, &mut thread.call) else {
                continue;
            };
            let grows = reading.grows(available, now);
            let deadline = match reading.next(now) {
                Next::AwaitFirst(deadline) | Next::AwaitMore(deadline) if !is_hung_up => deadline,
                _ => {
                    call.is_due = true;
                    ptrace::interrupt(id);
                    self.await_stop(id)?;
                    continue;
                }
            };
            if grows {
                self.deadlines.set(TimerId::Wait(id), deadline);
            }
            self.await_more_bytes.push(id);
        }
        Ok(())
    }
}

/// Whether a terminal has been hung up, and how many bytes can be read from it.
fn state(file: &OwnedFd) -> (bool, u64) {
    const NO_WAIT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut files = [PollFd::new(file, PollFlags::IN)];
    let polled = poll(&mut files, Some(&NO_WAIT));
    let ended = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    let is_hung_up = polled.is_err() || files[0].revents().intersects(ended);
    (is_hung_up, ioctl_fionread(file).unwrap_or(0))
}

/// How many bytes a read asks for.
fn count(id: pid_t, entry: &Registers) -> Option<u64> {
    if entry.call() == libc::SYS_read {
        return Some(entry.argument(2));
    }
    let pieces = usize::try_from(entry.int(2)).ok()?.min(MAX_IOVECS);
    let mut bytes = vec![0; IOVEC * pieces];
    if !read_into(id, entry.argument(1), &mut bytes) {
        return None;
    }
    let lens = bytes.chunks_exact(IOVEC).map(|piece| word(&piece[8..]));
    Some(lens.fold(0, u64::saturating_add))
}

/// The same read of at most `len` bytes; of several buffers only the first is filled.
fn limited(id: pid_t, entry: &Registers, len: u64) -> Option<Registers> {
    let mut limited = *entry;
    if entry.call() == libc::SYS_readv {
        let pieces = (0..entry.argument(2)).map(|index| entry.argument(1) + IOVEC as u64 * index);
        let mut pieces = pieces.map_while(|at| read::<IOVEC>(id, at));
        let first = pieces.find(|piece| word(&piece[8..]) > 0)?;
        limited.set_call(libc::SYS_read);
        limited.set_argument(1, word(&first));
        limited.set_argument(2, len.min(word(&first[8..])));
    } else {
        limited.set_argument(2, len);
    }
    Some(limited)
}

/// The machine word at the start of some bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |word| u64::from_le_bytes(*word))
}

/// An endless wait for nothing.
fn endless(entry: &Registers) -> Registers {
    endless_ppoll(entry, 0, 0)
}

/// A read of no bytes, which returns 0 at once.
fn nothing(entry: &Registers) -> Registers {
    let mut nothing = with_call(entry, libc::SYS_read, &[]);
    nothing.set_argument(2, 0);
    nothing
}

#[cfg(test)]
mod tests {
    use super::{
        CHUNK,
        Next::{AwaitFirst, AwaitMore, Empty, Read},
        TENTH, Timer,
    };

    const START: u64 = 7;

    fn timer(min: u64, tenths: u64, count: u64) -> Timer {
        Timer {
            min,
            time: tenths * TENTH,
            count,
        }
    }

    #[test]
    fn without_min_and_time_a_read_returns_what_is_there() {
        let timer = timer(0, 0, 9);
        assert_eq!(timer.next(0, START, START, START), Empty);
        assert_eq!(timer.next(2, START, START, START), Read(9));
    }

    #[test]
    fn time_without_min_runs_from_the_start_of_the_read() {
        let (timer, end) = (timer(0, 5, 9), START + 5 * TENTH);
        assert_eq!(timer.next(0, START, START, START), AwaitFirst(Some(end)));
        assert_eq!(timer.next(0, START, START, end - 1), AwaitFirst(Some(end)));
        assert_eq!(timer.next(0, START, START, end), Empty);
        assert_eq!(timer.next(1, START, end, end), Read(9));
    }

    #[test]
    fn min_without_time_waits_forever() {
        let timer = timer(3, 0, 9);
        assert!(timer.waits_like_poll());
        for available in 0..3 {
            assert_eq!(timer.next(available, 0, 0, u64::MAX), AwaitMore(None));
        }
        assert_eq!(timer.next(3, 0, 0, 0), Read(9));
    }

    #[test]
    fn time_with_min_runs_from_the_last_byte() {
        let (timer, grown) = (timer(3, 2, 9), START + 1);
        assert_eq!(timer.next(0, START, START, u64::MAX), AwaitFirst(None));
        let end = grown + 2 * TENTH;
        assert_eq!(timer.next(1, START, grown, grown), AwaitMore(Some(end)));
        assert_eq!(timer.next(2, START, grown, end - 1), AwaitMore(Some(end)));
        assert_eq!(timer.next(2, START, grown, end), Read(2));
        assert_eq!(timer.next(3, START, grown, grown), Read(9));
    }

    #[test]
    fn a_read_waits_for_no_more_than_its_count_and_the_kernels_chunk() {
        assert_eq!(timer(10, 2, 5).next(5, 0, 0, 0), Read(5));
        assert_eq!(timer(10, 2, 0).next(0, 0, 0, 0), Read(0));
        assert_eq!(timer(10, 0, 5).next(4, 0, 0, 0), AwaitMore(None));
        assert!(!timer(10, 0, 5).waits_like_poll());
        assert_eq!(timer(200, 2, 300).next(CHUNK, 0, 0, 0), Read(300));
        assert!(!timer(200, 0, 300).waits_like_poll());
    }
}

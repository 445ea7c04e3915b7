//! Terminals that the program itself creates, as `script`, `tmux` and `expect` do.
//!
//! A kernel worker moves what is written to one side of a terminal to the other, in its own time. How much a reader
//! gets, and who is woken first, would depend on the worker. So after each system call that moves bytes of such a
//! terminal, the tracer waits until they have arrived, before it checks which threads the call has woken:
//!
//! - if a side has nothing to read, polling it waits for the worker (`n_tty_poll`);
//! - if a master has unread bytes, their number (`FIONREAD`) must be that of before plus what the call has written, as
//!   the terminal's settings process it;
//! - if a slave has unread input, [`super::delivery`] tells when the bytes have arrived.
//!
//! If none of these applies, the worker may not be done, and the recording is marked.

use super::{
    arch::Registers,
    duplicate::Duplicate,
    line_discipline::{discards, echoed, processed},
    memory::{read_into, read_word},
    proc,
    syscall::file_kind::FileKind,
    tracer::Tracer,
    typed_input::{Delivery, Piece},
};
use crate::recording::{Unseen, Varies};
use libc::pid_t;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::ioctl_fionread,
    termios::tcgetattr,
};
use std::{
    collections::BTreeMap,
    fs,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// How many unread bytes a side keeps (`N_TTY_BUF_SIZE`); the rest waits until some are read.
const CAPACITY: u64 = 4095;
/// How many unread bytes are tracked: with more, a writer may have been blocked for lack of space, and its bytes may
/// have been read before its call returned.
const MAX_UNREAD: u64 = 48 << 10;
/// How long to wait for bytes that must arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to give the worker if nothing shows that it is done; the recording is then marked.
const GRACE_PERIOD: Duration = Duration::from_millis(2);
/// How long to wait before checking again.
const CHECK_INTERVAL: Duration = Duration::from_micros(20);
/// How much of a write is processed to compute the length of its output.
const MAX_WRITTEN: u64 = 1 << 20;

/// The terminals that the program has created, by number (`/dev/pts/N`).
#[derive(Default)]
pub(super) struct OwnTerminals {
    terminals: BTreeMap<u32, OwnTerminal>,
    /// A write to a master that is under way, with the state of the slave before.
    typing: Option<Typing>,
}

struct OwnTerminal {
    /// Process and descriptor that last referred to the side.
    master: (pid_t, i32),
    slave: Option<(pid_t, i32)>,
    /// How many bytes of output are unread; `None` if unknown.
    unread: Option<u64>,
}

/// A write to a master that is under way.
struct Typing {
    thread: pid_t,
    delivery: Delivery,
    /// `None` if its arrival cannot be detected.
    piece: Option<Piece>,
    /// How many bytes are echoed; `None` if that depends on more than the bytes and the settings.
    echo: Option<u64>,
}

/// A side of a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Master,
    Slave,
}

impl Tracer<'_> {
    /// Notes that a thread has unlocked the master of a new terminal.
    pub(super) fn note_own_terminal(&mut self, id: pid_t, descriptor: i32) {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let Some(number) = self
            .duplicate(process, descriptor)
            .and_then(|master| number(&master))
        else {
            return;
        };
        let terminal = OwnTerminal {
            master: (process, descriptor),
            slave: None,
            unread: Some(0),
        };
        self.own_terminals.terminals.insert(number, terminal);
    }

    /// Prepares for a system call that moves bytes of one of the program's own terminals.
    pub(super) fn before_terminal_call(&mut self, id: pid_t, entry: &Registers) {
        if self.own_terminals.terminals.is_empty() || !is_write(entry) {
            return;
        }
        let Some((number, Side::Master, master)) = self.own_side(id, entry) else {
            return;
        };
        let modes = tcgetattr(&master);
        let bytes = written(id, entry, entry.argument(2));
        // What has no space at the master yet is lost if a signal discards it.
        let unread = self
            .own_terminals
            .terminals
            .get(&number)
            .and_then(|terminal| terminal.unread);
        let has_space = unread.is_some_and(|unread| unread <= CAPACITY);
        let echo = modes.ok().zip(bytes.as_deref()).and_then(|(modes, bytes)| {
            let is_certain = has_space || !discards(&modes, bytes);
            is_certain.then(|| echoed(&modes, bytes)).flatten()
        });
        let Some(slave) = self.slave_of(number) else {
            return;
        };
        let Ok(mut delivery) = Delivery::new(slave.as_fd()) else {
            return;
        };
        let piece = bytes.and_then(|bytes| {
            let piece = delivery.piece(master.as_fd(), slave.as_fd(), &bytes);
            piece
                .ok()
                .flatten()
                .filter(|piece| piece.len == bytes.len())
        });
        self.own_terminals.typing = Some(Typing {
            thread: id,
            delivery,
            piece,
            echo,
        });
    }

    /// Waits until what a system call has moved has arrived at the other side of one of the program's own terminals.
    pub(super) fn after_terminal_call(&mut self, id: pid_t, entry: &Registers, returned: i64) {
        if self.own_terminals.terminals.is_empty() {
            return;
        }
        let typing = self.own_terminals.typing.take();
        let Some((number, side, file)) = self.own_side(id, entry) else {
            return;
        };
        let returned = u64::try_from(returned).unwrap_or(0);
        match side {
            Side::Slave => {
                let Some(master) = self.master_of(number) else {
                    return;
                };
                let written = if is_write(entry) {
                    tcgetattr(&master)
                        .ok()
                        .and_then(|modes| processed(&modes, &written(id, entry, returned)?))
                } else {
                    (!flushes(entry)).then_some(0)
                };
                // What it has read makes space for what was typed.
                ready(&file);
                self.await_output(number, &master, written);
            }
            Side::Master if is_write(entry) => {
                let typing = typing.filter(|typing| typing.thread == id);
                self.await_input(number, &file, typing);
            }
            Side::Master => {
                let read = if is_read(entry) {
                    returned - u64::from(returned > 0 && is_in_packet_mode(&file))
                } else {
                    0
                };
                if let Some(terminal) = self.own_terminals.terminals.get_mut(&number) {
                    terminal.unread = terminal.unread.map(|unread| unread.saturating_sub(read));
                }
                self.await_output(number, &file, (!flushes(entry)).then_some(0));
                if let Some(slave) = self.slave_of(number) {
                    ready(&slave);
                }
            }
        }
    }

    /// Waits until output has arrived at a terminal's master; `None` is an unknown number of bytes.
    fn await_output(&mut self, number: u32, master: &OwnedFd, written: Option<u64>) {
        let Some(terminal) = self.own_terminals.terminals.get_mut(&number) else {
            return;
        };
        let expected = terminal
            .unread
            .zip(written)
            .map(|(unread, written)| unread + written);
        let expected = expected.filter(|expected| *expected <= MAX_UNREAD);
        let begun = Instant::now();
        let (mut available, is_known) = loop {
            // If the master has nothing to read after this, everything has arrived and been read.
            let is_readable = ready(master).contains(PollFlags::IN);
            let available = ioctl_fionread(master).unwrap_or(0);
            match expected {
                _ if !is_readable => break (available, true),
                Some(expected) if available >= expected.min(CAPACITY) => break (available, true),
                Some(_) if begun.elapsed() < ARRIVAL_TIMEOUT => thread::sleep(CHECK_INTERVAL),
                _ => break (available, false),
            }
        };
        if !is_known {
            thread::sleep(GRACE_PERIOD);
            available = ioctl_fionread(master).unwrap_or(0);
        }
        // What exceeds the capacity is still to come.
        let is_full = available >= CAPACITY;
        terminal.unread = match expected {
            Some(expected) if is_full => Some(expected.max(available)),
            None if is_full => None,
            _ => Some(available),
        };
        if !is_known {
            self.note(&Varies::Arrival(Unseen::OwnTerminal));
        }
    }

    /// Waits until what was written to a master has arrived at the slave, and its echo at the master.
    fn await_input(&mut self, number: u32, master: &OwnedFd, typing: Option<Typing>) {
        // If the slave is not open, nobody can read from it, and opening it waits for the worker; but there may be an
        // echo.
        let has_arrived = self.slave_of(number).is_none_or(|slave| {
            !ready(&slave).contains(PollFlags::IN)
                || typing.as_ref().is_some_and(|typing| {
                    typing.piece.as_ref().is_some_and(|piece| {
                        let delivery = &typing.delivery;
                        let arrived = delivery.await_arrival(master.as_fd(), slave.as_fd(), piece);
                        arrived.unwrap_or(false)
                    })
                })
        });
        if !has_arrived {
            thread::sleep(GRACE_PERIOD);
            self.note(&Varies::Arrival(Unseen::OwnTerminal));
        }
        let echo = typing.and_then(|typing| typing.echo);
        self.await_output(number, master, echo);
    }

    /// The side of one of the program's own terminals on which a system call operates.
    fn own_side(&mut self, id: pid_t, entry: &Registers) -> Option<(u32, Side, Duplicate)> {
        let descriptor = entry.int(if entry.call() == libc::SYS_splice {
            2
        } else {
            0
        });
        let kind = self.file_kind(id, descriptor);
        let process = self.threads.get(&id)?.process;
        let terminals = &self.own_terminals.terminals;
        let (number, side) = match kind {
            FileKind::Terminal => (slave_number(process, descriptor)?, Side::Slave),
            FileKind::Master => {
                let file = self.duplicate(process, descriptor)?;
                let number = number(&file)?;
                let terminal = self.own_terminals.terminals.get_mut(&number)?;
                terminal.master = (process, descriptor);
                return Some((number, Side::Master, file));
            }
            _ => return None,
        };
        if !terminals.contains_key(&number) {
            return None;
        }
        let file = self.duplicate(process, descriptor)?;
        self.own_terminals.terminals.get_mut(&number)?.slave = Some((process, descriptor));
        Some((number, side, file))
    }

    /// A copy of a terminal's master, from a process that has it open.
    fn master_of(&mut self, terminal: u32) -> Option<Duplicate> {
        let (process, descriptor) = self.own_terminals.terminals.get(&terminal)?.master;
        let is_it = |file: &Duplicate| number(file) == Some(terminal);
        if let Some(file) = self.duplicate(process, descriptor).filter(is_it) {
            return Some(file);
        }
        for (process, descriptor) in self.descriptors(is_master) {
            if let Some(file) = self.duplicate(process, descriptor).filter(is_it) {
                self.own_terminals.terminals.get_mut(&terminal)?.master = (process, descriptor);
                return Some(file);
            }
        }
        None
    }

    /// A copy of a terminal's slave, from a process that has it open.
    fn slave_of(&mut self, terminal: u32) -> Option<Duplicate> {
        let known = self.own_terminals.terminals.get(&terminal)?.slave;
        let is_it = |(process, descriptor): &(pid_t, i32)| {
            slave_number(*process, *descriptor) == Some(terminal)
        };
        let name = format!("/dev/pts/{terminal}");
        let (process, descriptor) = match known.filter(is_it) {
            Some(known) => known,
            None => *self.descriptors(|of| of == Path::new(&name)).first()?,
        };
        self.own_terminals.terminals.get_mut(&terminal)?.slave = Some((process, descriptor));
        self.duplicate(process, descriptor)
    }

    /// The descriptors of traced processes whose file names satisfy `is_it`.
    pub(super) fn descriptors(&self, is_it: impl Fn(&Path) -> bool) -> Vec<(pid_t, i32)> {
        let mut processes: Vec<pid_t> =
            self.threads.values().map(|thread| thread.process).collect();
        processes.sort_unstable();
        processes.dedup();
        let mut found = Vec::new();
        for process in processes {
            let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else {
                continue;
            };
            for entry in entries.flatten() {
                let number = entry
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse().ok());
                let name = fs::read_link(entry.path());
                if let (Some(number), Ok(name)) = (number, name)
                    && is_it(&name)
                {
                    found.push((process, number));
                }
            }
        }
        found
    }
}

/// Whether a file is the master of a terminal, by its name.
pub(super) fn is_master(name: &Path) -> bool {
    name == Path::new("/dev/ptmx") || name == Path::new("/dev/pts/ptmx")
}

/// The number of the terminal whose slave a descriptor refers to.
fn slave_number(process: pid_t, descriptor: i32) -> Option<u32> {
    let name = proc::file(process, descriptor)?;
    name.to_str()?.strip_prefix("/dev/pts/")?.parse().ok()
}

/// The number of a master's terminal (`TIOCGPTN`).
fn number(master: &OwnedFd) -> Option<u32> {
    get(master, libc::TIOCGPTN)
}

fn is_in_packet_mode(master: &OwnedFd) -> bool {
    get(master, libc::TIOCGPKT).is_some_and(|mode| mode != 0)
}

/// Makes a request that returns a number.
fn get(file: &OwnedFd, request: libc::Ioctl) -> Option<u32> {
    let mut number = 0_u32;
    // SAFETY: both requests used here write an `int` to this address and keep no pointer to it; rustix has neither.
    let got = unsafe { libc::ioctl(file.as_raw_fd(), request, &raw mut number) };
    (got == 0).then_some(number)
}

/// What one side of a terminal is ready for. Waits for the worker if there is nothing to read yet.
fn ready(side: &OwnedFd) -> PollFlags {
    const NO_WAIT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut sides = [PollFd::new(side, PollFlags::IN)];
    match poll(&mut sides, Some(&NO_WAIT)) {
        Ok(_) => sides[0].revents(),
        Err(_) => PollFlags::empty(),
    }
}

fn is_write(entry: &Registers) -> bool {
    matches!(
        entry.call(),
        libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwritev2
            | libc::SYS_sendfile
            | libc::SYS_splice
    )
}

/// Whether a system call may discard an unknown number of unread bytes (`ioctl_tty(2)`).
fn flushes(entry: &Registers) -> bool {
    entry.call() == libc::SYS_ioctl && entry.argument(1) == libc::TCFLSH
}

fn is_read(entry: &Registers) -> bool {
    matches!(
        entry.call(),
        libc::SYS_read | libc::SYS_readv | libc::SYS_preadv2
    )
}

/// The first `len` bytes that a system call writes; `None` if they are not in its memory.
fn written(id: pid_t, entry: &Registers, len: u64) -> Option<Vec<u8>> {
    const PIECE: u64 = 16;
    let mut bytes = vec![0; usize::try_from(len.min(MAX_WRITTEN)).ok()?];
    match entry.call() {
        libc::SYS_write => read_into(id, entry.argument(1), &mut bytes).then_some(bytes),
        libc::SYS_writev => {
            let mut rest = bytes.as_mut_slice();
            for piece in 0..entry.argument(2) {
                let at = entry.argument(1) + PIECE * piece;
                let (address, len) = (read_word(id, at)?, read_word(id, at + 8)?);
                let len = usize::try_from(len).ok()?.min(rest.len());
                let (piece, after) = rest.split_at_mut(len);
                if !piece.is_empty() && !read_into(id, address, piece) {
                    return None;
                }
                rest = after;
            }
            let left = rest.len();
            bytes.truncate(bytes.len() - left);
            Some(bytes)
        }
        _ => None,
    }
}

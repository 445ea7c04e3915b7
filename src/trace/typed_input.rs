//! Delivers typed bytes to the program's terminal, and detects when they have arrived.
//!
//! A kernel worker (`flush_to_ldisc`) passes what is written to a terminal's master through the line discipline: it
//! echoes, completes lines, wakes readers and sends signals. Nothing reports that the worker is done, but three things
//! show it:
//!
//! - `poll` for input waits for the worker if there is no input yet (`n_tty_poll`);
//! - before it is done, the worker wakes every waiter for input, including an epoll entry of ours, and echoes;
//! - while it processes one write it holds the lock of the terminal's settings, and `FIONREAD` waits for that lock.
//!
//! So once a piece has caused a wake-up or an echo, `FIONREAD` returns after the whole piece. A piece that causes
//! neither is held back as long as there is unread input. A piece for which the terminal has no space is never sent:
//! the worker would leave the rest for a later read.

use super::line_discipline::SPECIAL;
use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, epoll, poll},
    io::ioctl_fionread,
    termios::{InputModes, LocalModes, SpecialCodeIndex, Termios, tcgetattr},
};
use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

/// How many unread bytes a terminal keeps (`N_TTY_BUF_SIZE`).
const CAPACITY: usize = 4095;
/// How much is sent at once. The kernel keeps a write of up to about two thousand bytes in one buffer, which the worker
/// processes in one go.
pub(crate) const PIECE: usize = 1024;
/// How many bytes one byte may become when errors are marked (`PARMRK`).
const MARKED: usize = 3;
/// How long to wait for the sign that a piece has arrived, if there must be one.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for a piece that may cause no sign: a signal that neither echoes nor discards input.
const UNCERTAIN_ARRIVAL_TIMEOUT: Duration = Duration::from_millis(200);
/// How long to wait for a wake-up before the other signs are checked again.
const CHECK_INTERVAL: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 500_000,
};
const NO_WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// What has been typed on the program's terminal, where it decides how much can be typed next.
pub(crate) struct Delivery {
    /// An epoll instance that becomes readable when the terminal wakes its readers.
    wake_ups: OwnedFd,
    /// How many bytes were sent after the last one that certainly ended a line.
    unended: usize,
    last: Option<u8>,
}

/// What is sent next, and the state of the terminal before.
pub(crate) struct Piece {
    pub(crate) len: usize,
    /// Its arrival certainly causes a sign.
    is_visible: bool,
    slave: PollFlags,
    master: PollFlags,
}

/// How much is sent next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// This many bytes.
    Send { len: usize, is_visible: bool },
    /// Nothing until some of the unread input has been read.
    Hold,
}

/// What decides how much can be sent.
struct Input<'a> {
    modes: &'a Modes,
    /// There is something to read.
    is_readable: bool,
    /// How many bytes `FIONREAD` reports.
    readable: usize,
    /// At most this many bytes are not in a complete line.
    unended: usize,
    last: Option<u8>,
}

/// What a terminal does with a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    EndsLine,
    Echoes,
    Signals,
    /// It stops or restarts output.
    Flows,
    Unknown,
}

/// The terminal settings that decide what it does with a byte.
struct Modes {
    local: LocalModes,
    input: InputModes,
    codes: Vec<(SpecialCodeIndex, u8)>,
    /// Output, and so the echo, is stopped.
    is_stopped: bool,
}

impl Delivery {
    pub(crate) fn new(slave: BorrowedFd<'_>) -> io::Result<Delivery> {
        let wake_ups = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let edge = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&wake_ups, slave, epoll::EventData::new_u64(0), edge)?;
        Ok(Delivery {
            wake_ups,
            unended: 0,
            last: None,
        })
    }

    /// The piece of `bytes` to send next, which the caller sends at once; `None` until some of the unread input has
    /// been read.
    pub(crate) fn piece(
        &mut self,
        master: BorrowedFd<'_>,
        slave: BorrowedFd<'_>,
        bytes: &[u8],
    ) -> io::Result<Option<Piece>> {
        let (master, ready) = (ready(master)?, ready(slave)?);
        let is_stopped = !ready.contains(PollFlags::OUT);
        let modes = Modes::of(&tcgetattr(slave)?, is_stopped);
        let input = Input {
            modes: &modes,
            is_readable: ready.contains(PollFlags::IN),
            readable: usize::try_from(ioctl_fionread(slave)?).unwrap_or(CAPACITY),
            unended: self.unended,
            last: self.last,
        };
        let Next::Send { len, is_visible } = input.next(bytes) else {
            return Ok(None);
        };
        self.note(&modes, &bytes[..len]);
        // Discards earlier wake-ups.
        self.was_woken(&NO_WAIT)?;
        Ok(Some(Piece {
            len,
            is_visible,
            slave: ready,
            master,
        }))
    }

    /// Waits until a piece that was sent has arrived, that is until the worker has processed all of it. Returns whether
    /// that is certain.
    pub(crate) fn await_arrival(
        &self,
        master: BorrowedFd<'_>,
        slave: BorrowedFd<'_>,
        piece: &Piece,
    ) -> io::Result<bool> {
        let timeout = if piece.is_visible {
            ARRIVAL_TIMEOUT
        } else {
            UNCERTAIN_ARRIVAL_TIMEOUT
        };
        let begun = Instant::now();
        loop {
            let now = ready(slave)?;
            let has_arrived = !now.contains(PollFlags::IN)
                || (now ^ piece.slave).contains(PollFlags::OUT)
                || (ready(master)? - piece.master).contains(PollFlags::IN)
                || self.was_woken(&CHECK_INTERVAL)?;
            if has_arrived || begun.elapsed() > timeout {
                // Waits until the worker has processed the whole piece.
                ioctl_fionread(slave)?;
                return Ok(has_arrived);
            }
        }
    }

    /// Remembers what was sent.
    fn note(&mut self, modes: &Modes, piece: &[u8]) {
        let effects = modes.effects(self.last, piece);
        let after = match effects
            .iter()
            .rposition(|effect| *effect == Effect::EndsLine)
        {
            Some(end) => piece.len() - end - 1,
            None => self.unended + piece.len(),
        };
        self.unended = if modes.is_canonical() { after } else { 0 }.min(CAPACITY);
        self.last = piece.last().copied();
    }

    /// Whether the terminal has woken its readers since the last call.
    fn was_woken(&self, most: &Timespec) -> io::Result<bool> {
        let mut events = Vec::with_capacity(1);
        match epoll::wait(&self.wake_ups, spare_capacity(&mut events), Some(most)) {
            Err(rustix::io::Errno::INTR) => Ok(false),
            waited => Ok(waited? > 0),
        }
    }
}

/// What one side of a terminal is ready for. Waits for the worker if there is nothing to read.
fn ready(side: BorrowedFd<'_>) -> io::Result<PollFlags> {
    let mut sides = [PollFd::from_borrowed_fd(
        side,
        PollFlags::IN | PollFlags::OUT,
    )];
    poll(&mut sides, Some(&NO_WAIT))?;
    Ok(sides[0].revents())
}

impl Input<'_> {
    fn next(&self, bytes: &[u8]) -> Next {
        let modes = self.modes;
        let width = if modes.input.contains(InputModes::PARMRK) {
            MARKED
        } else {
            1
        };
        let most = bytes.len().min(PIECE / width);
        if !modes.is_canonical() {
            // Whatever arrives can be read, and so wakes readers.
            return match self.readable + most * width {
                0..=CAPACITY => Next::Send {
                    len: most,
                    is_visible: true,
                },
                _ => Next::Hold,
            };
        }
        let effects = modes.effects(self.last, &bytes[..most]);
        let fits = self.readable + (self.unended + most) * width <= CAPACITY;
        if !self.is_readable {
            // Nobody can read this line yet, so its end must be sent; what follows the end may find no space.
            let end = effects
                .iter()
                .position(|effect| *effect == Effect::EndsLine);
            return Next::Send {
                len: if fits {
                    most
                } else {
                    end.map_or(most, |end| end + 1)
                },
                is_visible: true,
            };
        }
        if !fits {
            return Next::Hold;
        }
        let shows = |effect: &Effect| match effect {
            Effect::EndsLine => true,
            Effect::Echoes => !modes.is_stopped,
            Effect::Signals => !modes.local.contains(LocalModes::NOFLSH),
            Effect::Flows | Effect::Unknown => false,
        };
        let is_visible = effects.iter().any(shows);
        let acts = |effect: &Effect| matches!(effect, Effect::Signals | Effect::Flows);
        if is_visible || effects.iter().any(acts) {
            Next::Send {
                len: most,
                is_visible,
            }
        } else {
            Next::Hold
        }
    }
}

impl Modes {
    fn of(termios: &Termios, is_stopped: bool) -> Modes {
        Modes {
            local: termios.local_modes,
            input: termios.input_modes,
            codes: SPECIAL
                .map(|index| (index, termios.special_codes[index]))
                .into(),
            is_stopped,
        }
    }

    /// Whether the terminal is in canonical mode.
    fn is_canonical(&self) -> bool {
        self.local.contains(LocalModes::ICANON) && !self.local.contains(LocalModes::EXTPROC)
    }

    fn is(&self, index: SpecialCodeIndex, byte: u8) -> bool {
        byte != 0 && self.codes.contains(&(index, byte))
    }

    /// What a terminal in canonical mode certainly does with each byte.
    fn effects(&self, last: Option<u8>, bytes: &[u8]) -> Vec<Effect> {
        let quotes = |byte: &u8| self.is(SpecialCodeIndex::VLNEXT, *byte);
        let effect = |(at, byte): (usize, &u8)| {
            let before = at.checked_sub(1).map_or(last, |at| Some(bytes[at]));
            self.effect(*byte, before.is_some_and(|before| quotes(&before)))
        };
        bytes.iter().enumerate().map(effect).collect()
    }

    fn effect(&self, byte: u8, is_quoted: bool) -> Effect {
        let is_any =
            |indices: &[SpecialCodeIndex]| indices.iter().any(|index| self.is(*index, byte));
        let signals = [
            SpecialCodeIndex::VINTR,
            SpecialCodeIndex::VQUIT,
            SpecialCodeIndex::VSUSP,
        ];
        let is_special = self.codes.iter().any(|(index, _)| self.is(*index, byte));
        if self.local.contains(LocalModes::ISIG) && is_any(&signals) {
            return Effect::Signals;
        }
        if self.input.contains(InputModes::IXON)
            && (is_any(&[SpecialCodeIndex::VSTART, SpecialCodeIndex::VSTOP])
                || (self.is_stopped && self.input.contains(InputModes::IXANY)))
        {
            return Effect::Flows;
        }
        if is_quoted
            || self
                .input
                .intersects(InputModes::ISTRIP | InputModes::IUCLC)
        {
            return Effect::Unknown;
        }
        match byte {
            b'\n' if !self.input.contains(InputModes::INLCR) => Effect::EndsLine,
            b'\r'
                if self.input.contains(InputModes::ICRNL)
                    && !self.input.contains(InputModes::IGNCR) =>
            {
                Effect::EndsLine
            }
            _ if is_any(&[SpecialCodeIndex::VEOF, SpecialCodeIndex::VEOL]) => Effect::EndsLine,
            b'\0' | b'\n' | b'\r' | b'\xff' => Effect::Unknown,
            _ if self.local.contains(LocalModes::ECHO) && !is_special => Effect::Echoes,
            _ => Effect::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;

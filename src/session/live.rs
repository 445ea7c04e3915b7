//! A person's terminal, on which they see a program and type to it while it is recorded.

use self::guardian::Guardian;
use rustix::{
    fd::{AsFd, BorrowedFd},
    io::Errno,
    termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr},
};
use std::{
    fs::File,
    io::{self, Write},
    os::fd::OwnedFd,
    sync::Arc,
};

mod guardian;

/// A person's terminal, on which they see a program and type to it while it is recorded.
#[derive(Clone, Debug)]
pub struct Live {
    keyboard: Arc<File>,
    screen: Arc<File>,
    resized: Arc<OwnedFd>,
}

impl Live {
    /// The terminal with this keyboard and screen; `resized` becomes readable when its size has changed.
    ///
    /// # Errors
    /// The keyboard is not a terminal.
    pub fn new(keyboard: impl AsFd, screen: impl AsFd, resized: Arc<OwnedFd>) -> io::Result<Live> {
        if !isatty(&keyboard) {
            return Err(Errno::NOTTY.into());
        }
        let copy =
            |fd: BorrowedFd<'_>| Ok::<_, io::Error>(Arc::new(File::from(fd.try_clone_to_owned()?)));
        Ok(Live {
            keyboard: copy(keyboard.as_fd())?,
            screen: copy(screen.as_fd())?,
            resized,
        })
    }

    /// Its size in columns and rows.
    #[must_use]
    pub fn size(&self) -> Option<(u16, u16)> {
        tcgetwinsize(&*self.screen)
            .ok()
            .map(|size| (size.ws_col, size.ws_row))
    }

    /// Takes over the terminal until the result is dropped: keys arrive as they are typed, without an echo.
    pub(super) fn open(&self) -> io::Result<RawTerminal> {
        let before = tcgetattr(&*self.keyboard)?;
        // Without it a terminal is restored unless strobe is killed.
        let guardian = Guardian::start(&self.keyboard, &self.screen, &before).ok();
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&*self.keyboard, OptionalActions::Now, &raw)?;
        Ok(RawTerminal {
            live: self.clone(),
            before,
            restoring: Vec::new(),
            guardian,
            size: self.size(),
            ended: false,
        })
    }
}

/// A terminal that has been taken over.
pub(super) struct RawTerminal {
    live: Live,
    before: Termios,
    /// What undoes the modes that the program has set.
    restoring: Vec<u8>,
    guardian: Option<Guardian>,
    size: Option<(u16, u16)>,
    /// The keyboard has been disconnected.
    ended: bool,
}

impl RawTerminal {
    pub(super) fn keyboard(&self) -> Option<BorrowedFd<'_>> {
        (!self.ended).then(|| self.live.keyboard.as_fd())
    }

    pub(super) fn resized(&self) -> BorrowedFd<'_> {
        self.live.resized.as_fd()
    }

    /// Shows what the program wrote; `restoring` undoes the modes that are set then.
    pub(super) fn show(&mut self, bytes: &[u8], restoring: Vec<u8>) -> io::Result<()> {
        if restoring != self.restoring {
            if let Some(guardian) = &mut self.guardian {
                guardian.tell(&restoring);
            }
            self.restoring = restoring;
        }
        (&*self.live.screen).write_all(bytes)
    }

    /// What has been typed since the last call.
    pub(super) fn typed(&mut self) -> io::Result<Vec<u8>> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut keyboard = [PollFd::new(&*self.live.keyboard, PollFlags::IN)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if self.ended || !matches!(poll(&mut keyboard, Some(&at_once)), Ok(1)) {
            return Ok(Vec::new());
        }
        let mut typed = vec![0; 4096];
        match rustix::io::read(&*self.live.keyboard, &mut typed) {
            Ok(0) | Err(Errno::IO) => {
                self.ended = true;
                Ok(Vec::new())
            }
            Ok(len) => {
                typed.truncate(len);
                Ok(typed)
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// The terminal's size, if it has changed since the last call.
    pub(super) fn new_size(&mut self) -> Option<(u16, u16)> {
        let mut signals = [0; 64];
        // This does not block: the other end never closes, and there is something to read.
        while matches!(rustix::io::read(&*self.live.resized, &mut signals), Ok(1..)) {}
        let size = self.live.size();
        if size == self.size {
            return None;
        }
        self.size = size;
        size
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // Whatever happened, restore the person's terminal.
        let _ = (&*self.live.screen).write_all(&self.restoring);
        let _ = tcsetattr(&*self.live.keyboard, OptionalActions::Flush, &self.before);
    }
}

//! A process that restores a person's terminal if strobe is killed.

use rustix::{
    fd::{AsRawFd, RawFd},
    io::Errno,
    process::{Pid, WaitOptions, setsid, waitpid},
    termios::{OptionalActions, Termios, tcsetattr},
};
use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Write},
    mem::MaybeUninit,
    ptr,
};

/// How many bytes are needed at most to undo the modes of a program; what is longer is not undone.
const MOST: usize = 1024;
/// The length that says that there is nothing left to do.
const DONE: u16 = u16::MAX;

/// A forked child of this process, in a session of its own. It waits for this process to end, and then restores the
/// terminal, unless that has been done. No signal of the terminal or to this process group reaches it.
#[derive(Debug)]
pub(super) struct Guardian {
    orders: PipeWriter,
    process: Pid,
}

impl Guardian {
    /// Guards a terminal that has these modes.
    pub(super) fn start(keyboard: &File, screen: &File, modes: &Termios) -> io::Result<Guardian> {
        let (reading, orders) = io::pipe()?;
        let all = all_signals();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // A signal must not run a handler of ours in the child.
        // SAFETY: both are sets of signals, the second is written.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, before.as_mut_ptr()) };
        // SAFETY: the child only makes system calls, and never returns.
        let forked = unsafe { libc::fork() };
        if forked == 0 {
            guard(&reading, keyboard, screen, modes);
        }
        let error = io::Error::last_os_error();
        // SAFETY: the call above has written it.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
        match Pid::from_raw(forked).filter(|_| forked > 0) {
            Some(process) => Ok(Guardian { orders, process }),
            None => Err(error),
        }
    }

    /// What undoes the modes that the program has set.
    pub(super) fn tell(&mut self, restoring: &[u8]) {
        let restoring = if restoring.len() > MOST {
            &[]
        } else {
            restoring
        };
        let len = u16::try_from(restoring.len()).unwrap_or(0);
        // If it has been killed, there is nobody to tell.
        let _ = self
            .orders
            .write_all(&[&len.to_ne_bytes(), restoring].concat());
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        let _ = self.orders.write_all(&DONE.to_ne_bytes());
        while let Err(Errno::INTR) = waitpid(Some(self.process), WaitOptions::empty()) {}
    }
}

/// Every signal.
fn all_signals() -> libc::sigset_t {
    let mut all = MaybeUninit::uninit();
    // SAFETY: it writes the whole set.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        all.assume_init()
    }
}

/// What the child does. It only makes system calls.
fn guard(orders: &PipeReader, keyboard: &File, screen: &File, modes: &Termios) -> ! {
    let _ = setsid();
    // Above all the other end of the pipe, and the program's terminal.
    close_others([orders.as_raw_fd(), keyboard.as_raw_fd(), screen.as_raw_fd()]);
    let mut restoring = [0; MOST];
    let mut len = 0;
    loop {
        let mut next = [0; 2];
        if !read_exact(orders, &mut next) {
            break;
        }
        let next = u16::from_ne_bytes(next);
        if next == DONE {
            exit();
        }
        len = usize::from(next).min(MOST);
        if !read_exact(orders, &mut restoring[..len]) {
            len = 0;
            break;
        }
    }
    let mut left = &restoring[..len];
    while !left.is_empty() {
        match rustix::io::write(screen, left) {
            Ok(written) => left = &left[written..],
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    let _ = tcsetattr(keyboard, OptionalActions::Now, modes);
    exit()
}

fn exit() -> ! {
    // SAFETY: no destructor of the parent runs, and no buffer of it is flushed.
    unsafe { libc::_exit(0) }
}

/// Reads so many bytes. Returns whether there were so many.
fn read_exact(orders: &PipeReader, bytes: &mut [u8]) -> bool {
    let mut read = 0;
    while read < bytes.len() {
        match rustix::io::read(orders, &mut bytes[read..]) {
            Ok(0) => return false,
            Ok(more) => read += more,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
    true
}

/// Closes all descriptors but these.
fn close_others(mut kept: [RawFd; 3]) {
    kept.sort_unstable();
    let mut from = 0;
    for kept in kept {
        close(from, kept - 1);
        from = kept + 1;
    }
    close(from, RawFd::MAX);
}

/// Closes all descriptors from the first to the last.
fn close(first: RawFd, last: RawFd) {
    /// The highest descriptor to consider one by one.
    const MAX: RawFd = 1 << 16;
    if first > last {
        return;
    }
    #[cfg(target_os = "linux")]
    // SAFETY: nothing in this process uses them any more.
    if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } == 0 {
        return;
    }
    for descriptor in first..=last.min(MAX) {
        // SAFETY: as above; one that is not open is not closed.
        unsafe { libc::close(descriptor) };
    }
}

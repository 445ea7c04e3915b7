//! System calls that send a signal, or ask for one.

use crate::trace::{arch::Registers, thread::Then};

/// Requests of `fcntl` (`F_SETSIG(2const)` and others) and of `ioctl` that ask for a signal when a descriptor is ready, or
/// choose who gets it.
pub(super) const F_SETSIG: u32 = 10;
pub(super) const F_SETOWN_EX: u32 = 15;
pub(super) const F_SETLEASE: u32 = 1024;
pub(super) const F_NOTIFY: u32 = 1026;
pub(super) const FIOASYNC: u32 = 0x5452;
pub(super) const FIOSETOWN: u32 = 0x8901;
pub(super) const SIOCSPGRP: u32 = 0x8902;

/// Where a system call's arguments have the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Sends {
    /// This argument.
    Argument(usize),
}

impl Sends {
    /// What to do at exit. SIGKILL and SIGCONT also affect stopped threads.
    pub(super) fn at_exit(self, entry: &Registers) -> Then {
        let Sends::Argument(signal) = self;
        match entry.int(signal) {
            libc::SIGKILL | libc::SIGCONT => Then::WaitUntilQuiescent,
            _ => Then::Nothing,
        }
    }
}

/// Whether a system call asks for a signal that another thread's bytes or messages send.
pub(super) fn asks_for_signals(entry: &Registers) -> bool {
    let request = entry.int(1).cast_unsigned();
    match entry.call() {
        libc::SYS_mq_notify => true,
        libc::SYS_ioctl => [FIOASYNC, FIOSETOWN, SIOCSPGRP].contains(&request),
        libc::SYS_fcntl if request == libc::F_SETFL as u32 => entry.int(2) & libc::O_ASYNC != 0,
        libc::SYS_fcntl => {
            let requests = [
                libc::F_SETOWN as u32,
                F_SETSIG,
                F_SETOWN_EX,
                F_SETLEASE,
                F_NOTIFY,
            ];
            requests.contains(&request)
        }
        _ => false,
    }
}

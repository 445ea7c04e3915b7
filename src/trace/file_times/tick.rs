//! The clock by which the kernel gives files their times.
//!
//! It has ticks of a few milliseconds. From Linux 6.13 on, a file that is changed after somebody has looked at its times
//! gets an exact time, and from then on no other file gets an earlier one. So with a file of its own the tracer starts a new
//! tick whenever it needs one; on older kernels it gets the time of the present tick.

use super::{Nanoseconds, SECOND};
use rustix::{
    fs::{MemfdFlags, fstat, memfd_create},
    io::pwrite,
};
use std::{collections::BTreeSet, io, os::fd::OwnedFd};

/// A file that is changed for its time.
pub(in crate::trace) struct Ticker {
    file: OwnedFd,
    /// Changes have exact times.
    is_exact: bool,
}

impl Ticker {
    pub(super) fn new() -> io::Result<Ticker> {
        let file = memfd_create("stroboscope-tick", MemfdFlags::CLOEXEC)?;
        let mut ticker = Ticker {
            file,
            is_exact: false,
        };
        // A long tick may begin meanwhile; an exact time may be another file's.
        let times: io::Result<BTreeSet<_>> = (0..16).map(|_| ticker.tick()).collect();
        ticker.is_exact = times?.len() > 4;
        Ok(ticker)
    }

    pub(in crate::trace) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// The time of a file that changes now. No file gets an earlier one after this. It may be the time of another file.
    pub(in crate::trace) fn tick(&self) -> io::Result<Nanoseconds> {
        pwrite(&self.file, b" ", 0)?;
        let told = fstat(&self.file)?;
        Ok(Nanoseconds::from(told.st_ctime) * SECOND + Nanoseconds::from(told.st_ctime_nsec))
    }
}

#[cfg(test)]
mod tests {
    use super::Ticker;
    use crate::trace::file_times::nanoseconds;
    use std::fs;

    #[test]
    fn no_file_is_older_than_the_tick_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let ticker = Ticker::new().unwrap();
        for number in 0..100 {
            let before = ticker.tick().unwrap();
            let file = folder.path().join(number.to_string());
            fs::write(&file, "").unwrap();
            let modified = nanoseconds(file.metadata().unwrap().modified().unwrap());
            assert!(before <= modified);
            if ticker.is_exact() {
                // Another program may have started the same tick.
                assert!((0..100).any(|_| modified < ticker.tick().unwrap()));
            }
        }
    }
}

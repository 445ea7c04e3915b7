//! Reads and closes of regular files, which programs make by [mapped code](super::mapped_code) and the tracer does not
//! see.
//!
//! A regular file is always ready, so no thread waits for such a call. It wakes nobody either, but for those who watch
//! files or wait for a lock on one: once a program has asked for either, all calls are seen. So they are once a program
//! has a filter of its own, which may forbid the `fstat` by which the code tells a regular file. Files without blocks,
//! which those of `/proc` and `/sys` are, and the [known files](super::known_files) on the disk are left to the tracer.
//!
//! A call counts as if the tracer had seen it: for the turn, which ends after a number of calls, and as one after which
//! reads of the clock are no wait for it ([`super::clock_cost`]). So a thread may make only as many unseen calls as its
//! turn has left.

use super::{
    arch::Registers,
    syscall::{
        attributes,
        entry::MAX_CALLS,
        table::{Family, Row},
        wake_ups::Waits,
    },
    thread::Thread,
    tracer::Tracer,
};
use crate::virtual_time::known_files;
use libc::pid_t;
use std::{fs, mem, os::unix::fs::MetadataExt};

/// What is known of those who do something with regular files.
#[derive(Default)]
pub(super) struct RegularFiles {
    /// A call on such a file may matter to others, or the program may not make ours.
    matter: bool,
    /// A program may close one unseen.
    pub(super) are_closed_unseen: bool,
}

impl Tracer<'_> {
    /// How many such calls the thread that is resumed may make until the next one is seen.
    pub(super) fn unseen_calls(&self, thread: &Thread) -> u32 {
        if self.regular_files.matter || self.readiness_signals {
            return 0;
        }
        (MAX_CALLS - 1).saturating_sub(thread.calls)
    }

    /// Counts the unseen calls of a thread, and ends the permission for more.
    pub(super) fn count_unseen_calls(&mut self, id: pid_t) {
        let calls = self.clock.page_mut().take_calls();
        if let Some(thread) = self.threads.get_mut(&id)
            && calls > 0
        {
            thread.calls += calls;
            thread.reset_polling();
        }
    }

    /// Takes note of a program that may close files unseen from now on: what its descriptors refer to is not known then.
    pub(super) fn note_unseen_closes(&mut self) {
        if !mem::replace(&mut self.regular_files.are_closed_unseen, true) {
            self.files.retain(|_, kind| !kind.may_be_on_disk());
        }
    }

    /// Takes note of a system call after which calls on regular files may matter to others.
    pub(super) fn note_watcher(&mut self, row: &Row, entry: &Registers) {
        self.regular_files.matter |= row.family == Family::Watch
            || row.waits.overlaps(Waits::LOCK)
            || attributes::sets_filter(entry);
    }
}

/// The device and the inode of each known file on the disk.
pub(super) fn known() -> Vec<[u64; 2]> {
    let files = known_files::on_disk().filter_map(|path| fs::metadata(path).ok());
    files.map(|file| [file.dev(), file.ino()]).collect()
}

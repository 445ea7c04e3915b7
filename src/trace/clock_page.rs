//! The clock page: memory shared by the tracer and the programs, from which they read the virtual clock without a
//! system call.
//!
//! Each such read moves the clock by its cost, as long as the thread that has the turn has reads left; then the tracer
//! takes the clock back. [`super::vdso`] maps the page into programs, and [`super::clock_cost`] decides how many reads
//! they have until they must ask the tracer.

use rustix::{
    fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create},
    io::{Errno, pwrite},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};
use std::{
    hash::{BuildHasher, RandomState},
    io,
    mem::{self, offset_of},
    os::fd::{AsRawFd, OwnedFd, RawFd},
    process,
    ptr::{self, NonNull},
    sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
};

/// The smallest piece of memory that can be shared.
pub(super) const PAGE: usize = 4096;

/// The layout of the page.
#[repr(C)]
struct Layout {
    /// Nanoseconds since the start.
    now: AtomicU64,
    /// A read that would reach this instant must be a system call.
    until: AtomicU64,
    /// How many reads are left without a system call.
    reads_left: AtomicI64,
    /// What the clocks show at the start, in nanoseconds.
    uptime: AtomicU64,
    date: AtomicU64,
    /// Identifies the page.
    mark: AtomicU64,
    /// What a read costs.
    cost: AtomicU64,
    /// How many reads there were at first.
    reads_granted: AtomicI64,
    /// How many calls on regular files are left ([`super::regular_files`]).
    calls_left: AtomicI64,
}

/// Where two `struct timespec` are, for a system call of a program.
const TIMES_AT: usize = size_of::<Layout>().next_multiple_of(16);
/// Where the slots for `struct pollfd` begin, the size of each, and how many there are.
const SLOTS_AT: usize = TIMES_AT + 32;
const SLOT: usize = size_of::<AtomicU64>();
const SLOTS: usize = (PAGE - SLOTS_AT) / SLOT;

/// A slot on the page for the `struct pollfd` of one thread's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// Offsets on the page, for the code that reads it in programs.
pub(super) const NOW: usize = offset_of!(Layout, now);
pub(super) const UNTIL: usize = offset_of!(Layout, until);
pub(super) const READS_LEFT: usize = offset_of!(Layout, reads_left);
/// The date follows.
pub(super) const UPTIME: usize = offset_of!(Layout, uptime);
pub(super) const COST: usize = offset_of!(Layout, cost);
pub(super) const READS_GRANTED: usize = offset_of!(Layout, reads_granted);
pub(super) const CALLS_LEFT: usize = offset_of!(Layout, calls_left);
pub(super) const MARK: u64 = offset_of!(Layout, mark) as u64;

/// The file of a clock page.
pub(crate) struct ClockFile {
    file: OwnedFd,
    /// The path by which programs open it.
    path: String,
}

impl ClockFile {
    /// A file that programs find among our descriptors.
    pub(crate) fn new() -> io::Result<ClockFile> {
        let file = file()?;
        ftruncate(&file, 2 * PAGE as u64).map_err(too_large)?;
        // Without the seals, a program could truncate the file under the tracer.
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd());
        Ok(ClockFile { file, path })
    }

    /// Sets the code on the page after the clock's.
    pub(super) fn set_code(&self, code: &[u8]) -> io::Result<()> {
        pwrite(&self.file, code, PAGE as u64)?;
        Ok(())
    }

    /// Its descriptor here.
    pub(crate) fn descriptor(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    /// Programs find it at this path.
    pub(crate) fn found_at(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }
}

/// The clock page of a session, and the instant that it shows between reads.
pub(super) struct ClockPage {
    layout: NonNull<Layout>,
    file: ClockFile,
    now: u64,
    until: u64,
    reads_granted: i64,
    calls_granted: u32,
    free_slots: Vec<Slot>,
}

impl ClockPage {
    /// A page whose clocks show this at the start.
    pub(super) fn new(file: ClockFile, uptime: u64, date: u64) -> io::Result<ClockPage> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the kernel chooses the address, so none of our memory is touched.
        let layout = unsafe {
            mmap(
                ptr::null_mut(),
                PAGE,
                access,
                MapFlags::SHARED,
                &file.file,
                0,
            )?
        };
        let layout = NonNull::new(layout.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let page = ClockPage {
            layout,
            file,
            now: 0,
            until: 0,
            reads_granted: 0,
            calls_granted: 0,
            free_slots: (0..SLOTS).rev().map(Slot).collect(),
        };
        page.layout().uptime.store(uptime, SeqCst);
        page.layout().date.store(date, SeqCst);
        // It must differ from other pages' marks, and is in no recording.
        let mark = RandomState::new().hash_one(page.file.descriptor());
        page.layout().mark.store(mark, SeqCst);
        Ok(page)
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    pub(super) fn set(&mut self, now: u64) {
        self.now = now;
    }

    /// Allows the program this many reads, at this cost each, until an instant.
    pub(super) fn grant_reads(&mut self, reads: u64, cost: u64, until: u64) {
        self.reads_granted = i64::try_from(reads).unwrap_or(i64::MAX);
        self.until = until;
        self.layout().now.store(self.now, SeqCst);
        self.layout().until.store(until, SeqCst);
        self.layout().cost.store(cost, SeqCst);
        self.layout()
            .reads_granted
            .store(self.reads_granted, SeqCst);
        self.layout().reads_left.store(self.reads_granted, SeqCst);
    }

    /// Allows the program this many calls on regular files.
    pub(super) fn grant_calls(&mut self, calls: u32) {
        self.calls_granted = calls;
        self.layout().calls_left.store(calls.into(), SeqCst);
    }

    /// Returns how many of the granted calls were made, and revokes the rest.
    pub(super) fn take_calls(&mut self) -> u32 {
        let left = self.layout().calls_left.swap(0, SeqCst);
        let given = mem::take(&mut self.calls_granted);
        given - u32::try_from(left).unwrap_or(0).min(given)
    }

    /// Returns how many of the granted reads were made, and revokes the rest.
    pub(super) fn take_reads(&mut self) -> u64 {
        let left = self.layout().reads_left.swap(0, SeqCst);
        let given = mem::take(&mut self.reads_granted);
        if given == 0 {
            return 0;
        }
        // Programs can write anything to the page.
        let latest = self.now.max(self.until.saturating_sub(1));
        self.now = self.layout().now.load(SeqCst).clamp(self.now, latest);
        u64::try_from(given.saturating_sub(left).clamp(0, given)).unwrap_or(0)
    }

    /// How many of the granted reads were made until now.
    pub(super) fn reads_made(&self) -> u64 {
        let made = self.reads_granted.saturating_sub(self.reads_left());
        u64::try_from(made.clamp(0, self.reads_granted)).unwrap_or(0)
    }

    /// How many of the granted reads are left.
    pub(super) fn reads_left(&self) -> i64 {
        self.layout().reads_left.load(SeqCst)
    }

    /// Takes a free slot; `None` if all are taken.
    pub(super) fn take_slot(&mut self) -> Option<Slot> {
        self.free_slots.pop()
    }

    pub(super) fn free_slot(&mut self, slot: Slot) {
        self.free_slots.push(slot);
    }

    /// Writes a `struct pollfd` into a slot. Returns the slot's offset on the page.
    pub(super) fn set_slot(&self, slot: Slot, descriptor: i32, events: i16) -> u64 {
        let offset = SLOTS_AT + SLOT * slot.0;
        let [d0, d1, d2, d3] = descriptor.to_ne_bytes();
        let [e0, e1] = events.to_ne_bytes();
        let entry = u64::from_ne_bytes([d0, d1, d2, d3, e0, e1, 0, 0]);
        self.word(offset).store(entry, SeqCst);
        offset as u64
    }

    /// The path by which programs open the page's file.
    pub(super) fn path(&self) -> &str {
        &self.file.path
    }

    /// Writes two `struct timespec`, which a system call reads as soon as it begins. Returns their offset on the page.
    pub(super) fn set_times(&self, times: [i64; 4]) -> u64 {
        for (index, word) in times.into_iter().enumerate() {
            let place = self.word(TIMES_AT + size_of::<AtomicU64>() * index);
            place.store(word.cast_unsigned(), SeqCst);
        }
        TIMES_AT as u64
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: the callers' offsets are within the page, aligned, and after the header; others write to it as to an
        // atomic.
        unsafe { self.layout.cast::<AtomicU64>().byte_add(offset).as_ref() }
    }

    /// The value at offset [`MARK`], which no other page has.
    pub(super) fn mark(&self) -> u64 {
        self.layout().mark.load(SeqCst)
    }

    fn layout(&self) -> &Layout {
        // SAFETY: the page is mapped with this layout as long as `self` exists; others write to it as these types
        // allow.
        unsafe { self.layout.as_ref() }
    }
}

/// Explains the error if the file size limit is below a page.
fn too_large(error: Errno) -> io::Error {
    match error {
        Errno::FBIG => io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the clock page and its code, 8,192 bytes, exceed the file size limit (`ulimit -f`)",
        ),
        error => error.into(),
    }
}

impl Drop for ClockPage {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this size, and nothing borrows from it.
        let _ = unsafe { munmap(self.layout.as_ptr().cast(), PAGE) };
    }
}

/// An anonymous file in memory.
fn file() -> Result<OwnedFd, Errno> {
    let named = |flags| memfd_create("stroboscope-clock", flags | MemfdFlags::CLOEXEC);
    // The system may be set to refuse executable memfds, and before Linux 6.3 there is no flag for the others.
    match named(MemfdFlags::ALLOW_SEALING | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => named(MemfdFlags::ALLOW_SEALING),
        file => file,
    }
}

#[cfg(test)]
mod tests {
    use super::{ClockFile, ClockPage};
    use std::sync::atomic::Ordering::SeqCst;

    #[test]
    fn reads_are_counted_whatever_a_program_writes() {
        let mut page = ClockPage::new(ClockFile::new().unwrap(), 0, 0).unwrap();
        for (left, count) in [
            (100, 0),
            (40, 60),
            (0, 100),
            (-3, 100),
            (7_000, 0),
            (i64::MIN, 100),
        ] {
            page.grant_reads(100, 20, u64::MAX);
            page.layout().reads_left.store(left, SeqCst);
            assert_eq!(page.take_reads(), count, "{left} left of 100");
            assert_eq!(page.take_reads(), 0);
        }
    }

    #[test]
    fn the_clock_stays_within_bounds_whatever_a_program_writes() {
        let mut page = ClockPage::new(ClockFile::new().unwrap(), 0, 0).unwrap();
        for (written, now) in [(0, 50), (60, 60), (99, 99), (100, 99), (u64::MAX, 99)] {
            page.set(50);
            page.grant_reads(100, 20, 100);
            page.layout().now.store(written, SeqCst);
            page.take_reads();
            assert_eq!(page.now(), now, "{written} is written");
        }
    }
}

//! The dial of the virtual clock: a page of memory that programs share, and from which they read the clock without a call.
//!
//! It holds the clock itself, the one copy that there is. Programs move it, by what a read costs, while the thread that has
//! the turn runs, and the tracer while nobody does. [`super::vdso`] is how they come to it, and [`super::looks`] how many
//! reads they have until the tracer wants to be asked.

use rustix::{
    fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create},
    mm::{MapFlags, ProtFlags, mmap, munmap},
};
use std::{
    hash::{BuildHasher, RandomState},
    io,
    os::fd::{AsRawFd, OwnedFd, RawFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
};

/// The smallest piece of memory that can be shared.
pub(super) const PAGE: usize = 4096;

/// What is on it; `x86_64/clock_gettime.s` knows what is where.
#[repr(C)]
struct Face {
    /// Nanoseconds since the start.
    now: AtomicU64,
    /// A read that comes here, or further, is a call.
    until: AtomicU64,
    /// So many reads are none.
    looks_left: AtomicI64,
    /// What the clocks show at the start, in nanoseconds.
    uptime: AtomicU64,
    date: AtomicU64,
    /// Which dial it is.
    mark: AtomicU64,
}

/// Where the mark stands on the page.
pub(super) const MARK: u64 = 40;

/// The dial of one session.
pub(super) struct Dial {
    face: NonNull<Face>,
    file: OwnedFd,
    looks_given: i64,
}

impl Dial {
    /// A dial of clocks that show so much at the start.
    pub(super) fn new(uptime: u64, date: u64) -> io::Result<Dial> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create("stroboscope-clock", flags)?;
        ftruncate(&file, PAGE as u64)?;
        // Whoever has it could else take the memory away under the tracer.
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the system chooses where, and so no memory of ours is touched.
        let face = unsafe { mmap(ptr::null_mut(), PAGE, access, MapFlags::SHARED, &file, 0)? };
        let face = NonNull::new(face.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let dial = Dial {
            face,
            file,
            looks_given: 0,
        };
        dial.face().uptime.store(uptime, SeqCst);
        dial.face().date.store(date, SeqCst);
        // It is to be unlike others, and in no recording.
        let mark = RandomState::new().hash_one(dial.file.as_raw_fd());
        dial.face().mark.store(mark, SeqCst);
        Ok(dial)
    }

    pub(super) fn now(&self) -> u64 {
        self.face().now.load(SeqCst)
    }

    pub(super) fn set(&mut self, now: u64) {
        self.face().now.store(now, SeqCst);
    }

    /// Gives the program so many looks without a call, short of an instant.
    pub(super) fn give_looks(&mut self, looks: u64, until: u64) {
        self.looks_given = i64::try_from(looks).unwrap_or(i64::MAX);
        self.face().until.store(until, SeqCst);
        self.face().looks_left.store(self.looks_given, SeqCst);
    }

    /// How many of those it has made; it has none any more.
    pub(super) fn take_looks(&mut self) -> u64 {
        let left = self.face().looks_left.swap(0, SeqCst);
        let given = std::mem::take(&mut self.looks_given);
        // What programs can write, they may have written.
        u64::try_from(given.saturating_sub(left).clamp(0, given)).unwrap_or(0)
    }

    /// Under which descriptor of ours it is.
    pub(super) fn descriptor(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    /// What stands at [`MARK`], and on no other page.
    pub(super) fn mark(&self) -> u64 {
        self.face().mark.load(SeqCst)
    }

    fn face(&self) -> &Face {
        // SAFETY: the page is there, and of this form, as long as the dial is; others change it as these types allow.
        unsafe { self.face.as_ref() }
    }
}

impl Drop for Dial {
    fn drop(&mut self) {
        // SAFETY: it was mapped so, and nothing of it is lent.
        let _ = unsafe { munmap(self.face.as_ptr().cast(), PAGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::Dial;

    #[test]
    fn looks_are_counted_whatever_a_program_has_written() {
        let mut dial = Dial::new(0, 0).unwrap();
        for (left, made) in [
            (100, 0),
            (40, 60),
            (0, 100),
            (-3, 100),
            (7_000, 0),
            (i64::MIN, 100),
        ] {
            dial.give_looks(100, u64::MAX);
            dial.face()
                .looks_left
                .store(left, std::sync::atomic::Ordering::SeqCst);
            assert_eq!(dial.take_looks(), made, "{left} left of 100");
            assert_eq!(dial.take_looks(), 0);
        }
    }
}

//! Named pipes (fifo(7)): opening one waits for the other end.
//!
//! A system call that opens a file is not reported, as nearly all return at once. The tracer finds the thread asleep in it.
//!
//! A writer outside may be there first: then nobody waits, neither to open the pipe nor to read from it. So what can be read
//! before anybody inside has written comes from outside.

use super::{MAX_NAME, Reach, holders};
use crate::{
    recording::Varies,
    text::escape,
    trace::{arch, blocked::Probe, memory::read_path, proc, tracer::Tracer},
};
use libc::pid_t;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, Metadata},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

const NO_WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// The named pipes that the program has written to, by device and inode.
#[derive(Default)]
pub(in crate::trace) struct Written(BTreeSet<(u64, u64)>);

impl Tracer<'_> {
    /// A thread writes to a named pipe.
    pub(in crate::trace) fn note_write_to_named_pipe(&mut self, id: pid_t, descriptor: i32) {
        if let Some(pipe) = at(proc::path(id, descriptor)) {
            self.named_pipes.0.insert((pipe.dev(), pipe.ino()));
        }
    }

    /// A thread reads from a named pipe: if what is there comes from outside, the recording is marked, even if it does not wait.
    pub(in crate::trace) fn note_read_of_named_pipe(&mut self, id: pid_t, descriptor: i32) {
        let Some(pipe) = at(proc::path(id, descriptor)) else {
            return;
        };
        if self.named_pipes.0.contains(&(pipe.dev(), pipe.ino())) {
            return;
        }
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        let has_bytes = self.duplicate(process, descriptor).is_some_and(|file| {
            let mut polled = [PollFd::new(&*file, PollFlags::IN)];
            poll(&mut polled, Some(&NO_WAIT)).is_ok() && polled[0].revents().contains(PollFlags::IN)
        });
        if has_bytes && let Some(name) = proc::file(id, descriptor) {
            let name = escape(name.as_os_str().as_bytes(), MAX_NAME);
            self.note(&Varies::Waited(format!("`{name}`")));
        }
    }
}

/// The named pipe at a path.
pub(super) fn at(path: impl AsRef<Path>) -> Option<Metadata> {
    let file = fs::metadata(path).ok()?;
    file.file_type().is_fifo().then_some(file)
}

/// The reach of a named pipe: anybody can open it.
pub(super) fn reach(pipe: &Metadata, name: String, inside: &BTreeSet<pid_t>) -> Reach {
    if holders::is_open_outside(pipe, inside) {
        Reach::External(name)
    } else {
        Reach::Open(name)
    }
}

/// The named pipe that a sleeping thread waits to open, and its path as the program has it.
pub(in crate::trace) fn opened(thread: pid_t, probe: &Probe) -> Option<(PathBuf, Metadata)> {
    let [number, first, second, ..] = probe.arguments()?;
    let (folder, path) = match number.cast_signed() {
        libc::SYS_openat | libc::SYS_openat2 => (descriptor(first), second),
        number if arch::OPENS.contains(&number) => (libc::AT_FDCWD, first),
        _ => return None,
    };
    let path = PathBuf::from(OsString::from_vec(read_path(thread, path)?));
    let seen = match (path.strip_prefix("/"), folder) {
        (Ok(below), _) => Path::new(&format!("/proc/{thread}/root")).join(below),
        (_, libc::AT_FDCWD) => Path::new(&format!("/proc/{thread}/cwd")).join(&path),
        (_, folder) => Path::new(&proc::path(thread, folder)).join(&path),
    };
    at(seen).map(|pipe| (path, pipe))
}

/// Whether a sleeping thread waits to open a named pipe.
pub(in crate::trace) fn is_opened(thread: pid_t, probe: &Probe) -> bool {
    opened(thread, probe).is_some()
}

/// A descriptor in an argument, of which the kernel reads the lower half.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
fn descriptor(argument: u64) -> i32 {
    argument as i32
}

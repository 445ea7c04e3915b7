//! Named pipes (fifo(7)): opening one waits for the other end.
//!
//! A system call that opens a file is not reported, as nearly all return at once. The tracer finds the thread asleep in it.

use super::{Reach, holders};
use crate::trace::{arch, blocked::Probe, memory::read_path, proc};
use libc::pid_t;
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, Metadata},
    os::unix::{ffi::OsStringExt, fs::FileTypeExt},
    path::{Path, PathBuf},
};

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

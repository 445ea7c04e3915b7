//! What kind of file a descriptor refers to, as far as system calls on it are handled in other ways.

use super::compiled_python::is_compiled;
use crate::{
    recording::Machine,
    trace::{own_terminals::is_master, proc, tracer::Tracer},
    virtual_time::known_files::{KnownFile, look_up},
};
use libc::pid_t;
use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::FileTypeExt},
};

/// The kinds of files that differ in how reads of them are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum FileKind {
    /// A regular file: a read of it never blocks.
    Plain,
    /// One of Python's compiled files, which hold times.
    Compiled,
    /// Several readers compete for it.
    Socket,
    EventFd,
    TimerFd,
    SignalFd,
    Inotify,
    /// A random device.
    Random,
    /// A regular file that shows the machine, the clock or processes.
    Known(KnownFile),
    Terminal,
    /// The master side of a terminal.
    Master,
    Pipe,
    /// A pipe that anybody can open.
    NamedPipe,
    Other,
}

impl FileKind {
    /// Whether it may be a file or a folder on the disk.
    pub(in crate::trace) fn may_be_on_disk(self) -> bool {
        matches!(
            self,
            FileKind::Plain | FileKind::Compiled | FileKind::Known(_) | FileKind::Other
        )
    }

    fn of(thread: pid_t, descriptor: i32, machine: Machine) -> FileKind {
        let Some(name) = proc::file(thread, descriptor) else {
            return FileKind::Other;
        };
        if let Some(file) = name.to_str().and_then(|path| look_up(path, machine)) {
            return FileKind::Known(file);
        }
        match name.as_os_str().as_bytes() {
            _ if is_master(&name) => FileKind::Master,
            name if name.starts_with(b"socket:") => FileKind::Socket,
            name if name.starts_with(b"pipe:") => FileKind::Pipe,
            b"anon_inode:[eventfd]" => FileKind::EventFd,
            b"anon_inode:[timerfd]" => FileKind::TimerFd,
            b"anon_inode:[signalfd]" => FileKind::SignalFd,
            b"anon_inode:inotify" => FileKind::Inotify,
            b"/dev/urandom" | b"/dev/random" => FileKind::Random,
            _ if proc::is_terminal(&name) => FileKind::Terminal,
            path if path.starts_with(b"/") => {
                match fs::metadata(proc::path(thread, descriptor)).map(|file| file.file_type()) {
                    Ok(kind) if kind.is_file() && is_compiled(path) => FileKind::Compiled,
                    Ok(kind) if kind.is_file() => FileKind::Plain,
                    Ok(kind) if kind.is_fifo() => FileKind::NamedPipe,
                    _ => FileKind::Other,
                }
            }
            _ => FileKind::Other,
        }
    }
}

impl Tracer<'_> {
    /// The kind of file that a thread's descriptor refers to.
    pub(in crate::trace) fn file_kind(&mut self, id: pid_t, descriptor: i32) -> FileKind {
        let process = self.threads.get(&id).map_or(id, |thread| thread.process);
        if let Some(kind) = self.files.get(&(process, descriptor)) {
            return *kind;
        }
        let kind = FileKind::of(id, descriptor, self.machine);
        if !(self.regular_files.are_closed_unseen && kind.may_be_on_disk()) {
            self.files.insert((process, descriptor), kind);
        }
        kind
    }

    /// Forgets the files of a process's descriptors.
    pub(in crate::trace) fn forget_files(&mut self, process: pid_t) {
        self.files.retain(|(of, _), _| *of != process);
    }
}

//! Descriptors and objects whose other end is outside the traced tree, where time is real.
//!
//! A thread that waits for a remote socket, a named pipe, a device or a lock on a file may be woken by a process that lives
//! in real time. While it waits, the clock may not jump: a time-out would come early because of us. It depends on who
//! else can use the object:
//!
//! - Nobody outside: a connection between processes of the program, memory shared by `fork`, a file or queue that no
//!   longer has a name and that nobody outside has open, a lock on a file that nobody outside has open, `IPC_PRIVATE`
//!   objects that the program created, pidfds of its own processes. The object is inside.
//! - Somebody outside has it open or mapped, is the process, or can use it unnoticed (System V objects with a key). The
//!   object is external: the clock follows real time, and the recording is marked as varying.
//! - Nobody outside uses it yet, but anybody can: a listening or bound socket, a named pipe, watched files. It counts as inside as
//!   long as something else is due; otherwise the clock follows real time. Anything that comes from outside marks the
//!   recording.
//! - It has a name, but nobody outside has it open or mapped yet: a named semaphore, a mapped file, a POSIX queue. The
//!   clock follows real time, as anybody may open the object. The recording is marked only if somebody does and
//!   something comes of it. Otherwise every instant is the one that a jump would have led to.

use super::{
    arch::{self, Registers},
    blocked::Probe,
    memory::read,
    proc::{fdinfo, file, path, process_of},
    syscall::objects::{Object, SystemV, objects},
};
use holders::Mapped;
use libc::pid_t;
use std::{
    collections::{BTreeSet, HashSet},
    fmt, fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};
use system_v::Private;

pub(super) use sockets::{Sockets, connections::ConnectionId};

mod holders;
mod locks;
pub(super) mod named_pipe;
mod sockets;
mod system_v;

/// What a thread waits for that wants a lock.
pub(super) const LOCK: &str = "a lock on a file";
/// How deep epoll sets may be nested.
const MAX_DEPTH: usize = 4;
/// How many bytes of a file's name are shown.
const MAX_NAME: usize = 200;

/// Who can use the object that a thread waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Traced threads alone.
    Inside,
    /// Traced threads alone so far, but anybody can use it: a listening socket, watched files.
    Open(String),
    /// Nobody outside has it open now, but it has this name, by which others can open it.
    Named(String),
    /// Somebody outside has it open, or it has no virtual time. This describes it.
    External(String),
}

/// What is known about the outside.
#[derive(Debug)]
pub(super) struct External {
    /// Our terminal, by its name in `/proc/PID/fd`.
    terminal: Option<PathBuf>,
    pub(super) sockets: Sockets,
    /// System V objects that only the program can use.
    private: Private,
    /// Files without a name that nobody outside had open when they were first waited for.
    unnamed: HashSet<Mapped>,
    /// What Linux AIO polls: process, context, descriptor.
    polled: HashSet<(pid_t, u64, i32)>,
}

impl External {
    pub(super) fn new(terminal: Option<PathBuf>) -> External {
        External {
            terminal,
            sockets: Sockets::default(),
            private: Private::default(),
            unnamed: HashSet::new(),
            polled: HashSet::new(),
        }
    }

    /// Whether a file is our terminal.
    pub(super) fn is_terminal(&self, file: &Path) -> bool {
        self.terminal.as_deref() == Some(file)
    }

    /// Notes that the program has created a System V object as `IPC_PRIVATE`.
    pub(super) fn note_private(&mut self, kind: SystemV, id: i32) {
        self.private.note(kind, id);
    }

    /// Notes that a Linux AIO context polls a descriptor.
    pub(super) fn note_polled(&mut self, process: pid_t, context: u64, descriptor: i32) {
        self.polled.insert((process, context, descriptor));
    }

    /// The farthest reach of the objects that a system call waits for; `inside` is the set of traced processes.
    pub(super) fn reach(
        &mut self,
        thread: pid_t,
        entry: &Registers,
        inside: &BTreeSet<pid_t>,
    ) -> Reach {
        let objects = objects(thread, entry);
        let reaches = objects.into_iter().map(|object| match object {
            Object::Descriptor(descriptor) => self.at(thread, descriptor, inside, 0),
            Object::Lock(descriptor) => locks::reach(thread, descriptor, inside),
            Object::Futex {
                address,
                is_private: false,
            } => self.in_memory(thread, address, inside),
            Object::SystemV(kind, id) if !self.private.contains(thread, kind, id) => {
                Reach::External(kind.to_string())
            }
            Object::Completions(context) => self.completed(thread, context, inside),
            Object::Futex { .. }
            | Object::SystemV(..)
            | Object::Child
            | Object::Signal
            | Object::Time => Reach::Inside,
        });
        farthest(reaches)
    }

    /// A socket among the objects of a system call that is known to reach outside, described.
    pub(super) fn outside_socket(&self, thread: pid_t, entry: &Registers) -> Option<String> {
        if !self.sockets.reach_outside() {
            return None;
        }
        let objects = objects(thread, entry).into_iter();
        let mut descriptors: Vec<(i32, usize)> = objects
            .filter_map(|object| match object {
                Object::Descriptor(descriptor) => Some((descriptor, 0)),
                _ => None,
            })
            .collect();
        while let Some((descriptor, depth)) = descriptors.pop() {
            let file = file(thread, descriptor).unwrap_or_default();
            if self.sockets.is_outside(&file) {
                return Some(sockets::SOCKET.to_owned());
            }
            if file.as_os_str() == "anon_inode:[eventpoll]" && depth < MAX_DEPTH {
                let members = in_epoll(thread, descriptor).into_iter();
                descriptors.extend(members.map(|member| (member, depth + 1)));
            }
        }
        None
    }

    /// The reach of what a thread waits for in a system call that is not reported.
    pub(super) fn unreported(thread: pid_t, probe: &Probe, inside: &BTreeSet<pid_t>) -> Reach {
        let Some((path, pipe)) = named_pipe::opened(thread, probe) else {
            return Reach::External(External::unknown(probe.call()));
        };
        let name = crate::text::escape(path.as_os_str().as_bytes(), MAX_NAME);
        named_pipe::reach(&pipe, format!("`{name}`"), inside)
    }

    /// What a thread waits for in a system call that is not reported.
    pub(super) fn unknown(call: Option<i64>) -> String {
        call.map_or_else(
            || "something unknown".to_owned(),
            |call| format!("`{}`", arch::call_name(call)),
        )
    }

    /// The reach of a descriptor's file.
    fn at(
        &mut self,
        thread: pid_t,
        descriptor: i32,
        inside: &BTreeSet<pid_t>,
        depth: usize,
    ) -> Reach {
        let Some(file) = file(thread, descriptor) else {
            return Reach::Inside;
        };
        let name = file.as_os_str().as_bytes();
        if name.starts_with(b"socket:") {
            return self.sockets.reach(thread, descriptor, &file, inside);
        }
        match name {
            b"anon_inode:inotify" => return Reach::Open("changes of files".to_owned()),
            b"anon_inode:[fanotify]" => return Reach::External("changes of files".to_owned()),
            b"anon_inode:[eventpoll]" if depth < MAX_DEPTH => {
                let members = in_epoll(thread, descriptor);
                let members = members.into_iter();
                return farthest(members.map(|member| self.at(thread, member, inside, depth + 1)));
            }
            b"anon_inode:[pidfd]" => {
                let is_outside = process_of_pidfd(thread, descriptor)
                    .is_some_and(|process| process > 0 && !inside.contains(&process));
                return Reach::outside_if(is_outside, "another process");
            }
            _ => {}
        }
        let is_inside = name.first() != Some(&b'/')
            || name == b"/dev/tty"
            || name == b"/dev/ptmx"
            || name.starts_with(b"/dev/pts/")
            || self.is_terminal(&file);
        let shown = || format!("`{}`", crate::text::escape(name, MAX_NAME));
        if is_inside {
            Reach::Inside
        } else if let Some(pipe) = named_pipe::at(path(thread, descriptor)) {
            named_pipe::reach(&pipe, shown(), inside)
        } else if is_queue(thread, descriptor) {
            match fs::metadata(path(thread, descriptor)) {
                Ok(queue) if holders::is_open_outside(&queue, inside) => Reach::External(shown()),
                Ok(queue) if queue.nlink() > 0 => Reach::Named(shown()),
                _ => Reach::Inside,
            }
        } else {
            Reach::External(shown())
        }
    }

    /// The reach of the memory that contains a futex.
    fn in_memory(&mut self, thread: pid_t, address: u64, inside: &BTreeSet<pid_t>) -> Reach {
        let mapping = holders::mapping(thread, address);
        let Some(mapping) = mapping.filter(|mapping| mapping.is_shared) else {
            return Reach::Inside;
        };
        // Only processes forked from each other share anonymous memory.
        if mapping.name == "/dev/zero (deleted)" || self.unnamed.contains(&mapping.file) {
            return Reach::Inside;
        }
        // System V shared memory is named by its key, and key 0 is `IPC_PRIVATE`.
        let name = match mapping.name.strip_prefix("/SYSV") {
            Some(key) if key.starts_with("00000000") => None,
            Some(_) => Some("System V shared memory".to_owned()),
            None => holders::name_now(thread, &mapping)
                .map(|name| format!("`{}`", crate::text::escape(name.as_bytes(), MAX_NAME))),
        };
        match (holders::is_mapped_outside(&mapping.file, inside), name) {
            (true, name) => Reach::External(name.unwrap_or_else(|| "shared memory".to_owned())),
            (false, Some(name)) => Reach::Named(name),
            (false, None) => {
                self.unnamed.insert(mapping.file);
                Reach::Inside
            }
        }
    }

    /// The reach of the descriptors that a Linux AIO context polls. Its other requests are always complete.
    fn completed(&mut self, thread: pid_t, context: u64, inside: &BTreeSet<pid_t>) -> Reach {
        let process = process_of(thread).unwrap_or(thread);
        let polled = self
            .polled
            .iter()
            .filter(|(of, by, _)| (*of, *by) == (process, context));
        let polled: Vec<i32> = polled.map(|(_, _, descriptor)| *descriptor).collect();
        let polled = polled.into_iter();
        farthest(polled.map(|descriptor| self.at(thread, descriptor, inside, 0)))
    }
}

impl Reach {
    fn outside_if(is_outside: bool, what: &str) -> Reach {
        if is_outside {
            Reach::External(what.to_owned())
        } else {
            Reach::Inside
        }
    }

    /// The farther one.
    fn or(self, other: Reach) -> Reach {
        let far = |reach: &Reach| match reach {
            Reach::Inside => 0,
            Reach::Open(_) => 1,
            Reach::Named(_) => 2,
            Reach::External(_) => 3,
        };
        if far(&other) > far(&self) {
            other
        } else {
            self
        }
    }
}

fn farthest(reaches: impl Iterator<Item = Reach>) -> Reach {
    reaches.fold(Reach::Inside, Reach::or)
}

/// The descriptors in an epoll set (`proc_pid_fdinfo(5)`).
pub(super) fn in_epoll(thread: pid_t, descriptor: i32) -> Vec<i32> {
    let members = fdinfo(thread, descriptor);
    let members = members.lines().filter_map(|line| {
        let number = line.strip_prefix("tfd:")?.split_whitespace().next()?;
        number.parse().ok()
    });
    members.collect()
}

/// The process that a pidfd refers to; -1 if it is gone (`proc_pid_fdinfo(5)`).
fn process_of_pidfd(thread: pid_t, descriptor: i32) -> Option<pid_t> {
    let info = fdinfo(thread, descriptor);
    let process = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    process.trim().parse().ok()
}

/// Whether a descriptor refers to a POSIX message queue.
fn is_queue(thread: pid_t, descriptor: i32) -> bool {
    /// `MQUEUE_MAGIC` (`statfs(2)`).
    const QUEUES: i64 = 0x1980_0202;
    rustix::fs::statfs(path(thread, descriptor)).is_ok_and(|system| system.f_type == QUEUES)
}

/// Whether the kernel itself sends to a bound socket, to the multicast groups that it has joined (`netlink(7)`).
pub(super) fn listens_to_groups(thread: pid_t, address: u64) -> bool {
    let family = read(thread, address).map(u16::from_le_bytes);
    family.map(i32::from) == Some(libc::AF_NETLINK)
        && read(thread, address + 8).map(u32::from_le_bytes) != Some(0)
}

impl fmt::Display for SystemV {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SystemV::Semaphores => "a System V semaphore",
            SystemV::Queue => "a System V message queue",
        })
    }
}

//! What a blocking system call waits for: descriptors, futexes, System V objects, children, signals.

use super::{
    futex, linux_aio,
    poll::{polled, selected},
    table,
};
use crate::trace::arch::Registers;
use libc::pid_t;

/// How many objects of one system call are read.
pub(super) const MAX_OBJECTS: usize = 4096;

/// Something that a system call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Object {
    Descriptor(i32),
    /// A lock on a file.
    Lock(i32),
    /// A futex, and whether only its process can use it.
    Futex {
        address: u64,
        is_private: bool,
    },
    SystemV(SystemV, i32),
    /// Completions of Linux AIO, in the context at this address.
    Completions(u64),
    Child,
    Signal,
    /// Time alone.
    Time,
}

/// System V objects that can be waited for, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::trace) enum SystemV {
    Semaphores,
    Queue,
}

/// Where a system call's arguments say what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) enum Objects {
    None,
    /// These arguments are descriptors.
    Descriptors(&'static [usize]),
    /// `poll`'s array.
    Polled,
    /// `select`'s sets.
    Selected,
    /// A lock on the file of the first argument.
    Lock,
    Futex,
    NewFutex,
    Futexes,
    Semaphores,
    Queue,
    /// The descriptors in requests of Linux AIO.
    Submitted,
    Completions,
    Child,
    Signal,
    Time,
}

/// What a system call can wait for; nothing if it is unknown.
pub(in crate::trace) fn objects(thread: pid_t, entry: &Registers) -> Vec<Object> {
    match table::of(entry.call()).map_or(Objects::None, |row| row.objects) {
        Objects::None => Vec::new(),
        Objects::Descriptors(arguments) => {
            let descriptors = arguments.iter().map(|argument| entry.int(*argument));
            descriptors.map(Object::Descriptor).collect()
        }
        Objects::Polled => polled(thread, entry),
        Objects::Selected => selected(thread, entry),
        Objects::Lock => vec![Object::Lock(entry.int(0))],
        Objects::Futex => vec![futex::object(entry)],
        Objects::NewFutex => vec![futex::new_object(entry)],
        Objects::Futexes => futex::objects(thread, entry),
        Objects::Semaphores => vec![Object::SystemV(SystemV::Semaphores, entry.int(0))],
        Objects::Queue => vec![Object::SystemV(SystemV::Queue, entry.int(0))],
        Objects::Submitted => {
            let descriptors = linux_aio::descriptors(thread, entry).into_iter();
            descriptors.map(Object::Descriptor).collect()
        }
        Objects::Completions => vec![Object::Completions(entry.argument(0))],
        Objects::Child => vec![Object::Child],
        Objects::Signal => vec![Object::Signal],
        Objects::Time => vec![Object::Time],
    }
}

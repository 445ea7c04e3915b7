//! What each thread waits for, in words, to explain why a run ended.
//!
//! The lines contain nothing that changes from run to run: no process id, inode or address.

use super::{
    arch,
    deadlines::TimerId,
    external::{External, in_epoll, named_pipe},
    log, proc,
    syscall::objects::{Object, objects},
    thread::{State, Thread},
    tracer::Tracer,
};
use crate::text::escape;
use libc::pid_t;
use std::{collections::HashMap, os::unix::ffi::OsStrExt};

/// How many threads are listed, and how many objects of each.
const MAX_THREADS: usize = 16;
const MAX_OBJECTS: usize = 4;
/// How many bytes of a name are shown.
const MAX_NAME: usize = 100;

impl Tracer<'_> {
    /// What each thread waits for, in creation order, one line each.
    pub(super) fn waiting(&self) -> Vec<String> {
        let mut threads: Vec<_> = self.threads.iter().collect();
        threads.sort_by_key(|(_, thread)| thread.creation);
        let mut counts: HashMap<pid_t, usize> = HashMap::new();
        for (_, thread) in &threads {
            *counts.entry(thread.process).or_default() += 1;
        }
        let mut before: HashMap<pid_t, usize> = HashMap::new();
        let mut lines = Vec::new();
        for (id, thread) in threads {
            let number = before.entry(thread.process).or_default();
            *number += 1;
            let Some(what) = self.wait_of(*id, thread) else {
                continue;
            };
            let which = match counts.get(&thread.process) {
                Some(count) if *count > 1 => format!(" (thread {number})"),
                _ => String::new(),
            };
            lines.push(format!("`{}`{which} {what}", program(thread.process)));
        }
        let more = lines.len().saturating_sub(MAX_THREADS);
        if more > 0 {
            lines.truncate(MAX_THREADS);
            lines.push(format!("and {more} more"));
        }
        lines
    }

    /// Whether a thread waits for the session's terminal.
    pub(super) fn awaits_terminal(&self) -> bool {
        let is_terminal = |id, descriptor| {
            proc::file(id, descriptor).is_some_and(|file| {
                file.as_os_str() == "/dev/tty" || self.external.is_terminal(&file)
            })
        };
        let awaits = |id, object| match object {
            Object::Descriptor(descriptor) => {
                let members = in_epoll(id, descriptor).into_iter();
                members.chain([descriptor]).any(|one| is_terminal(id, one))
            }
            _ => false,
        };
        self.threads.iter().any(|(id, thread)| {
            let call = thread.call.filter(|_| thread.state == State::Waiting);
            let objects = call.map(|call| objects(*id, &call.entry));
            objects.is_some_and(|objects| objects.iter().any(|object| awaits(*id, *object)))
        })
    }

    /// Logs why a thread blocks, and its deadline.
    pub(super) fn log_wait(&mut self, id: pid_t) {
        self.log(id, |tracer| {
            let thread = tracer.threads.get(&id);
            let what = thread.and_then(|thread| tracer.wait_of(id, thread));
            let call = thread.and_then(|thread| thread.call);
            let deadline = call.and_then(|_| tracer.deadlines.of(TimerId::Wait(id)));
            let until = deadline.map(|at| format!(", until {}", log::seconds(at)));
            let what = what.unwrap_or_else(|| "for an unknown reason".to_owned());
            format!("blocks {what}{}", until.unwrap_or_default())
        });
    }

    /// What a thread waits for, in words.
    fn wait_of(&self, id: pid_t, thread: &Thread) -> Option<String> {
        match thread.state {
            State::Waiting => {}
            State::WaitingForVfork => {
                return Some("in `vfork` for the child's exec or exit".to_owned());
            }
            State::Stopped => return Some("stopped, for SIGCONT".to_owned()),
            _ => return None,
        }
        let Some(call) = &thread.call else {
            if let Some((path, _)) = named_pipe::opened(id, &thread.probe) {
                let name = escape(path.as_os_str().as_bytes(), MAX_NAME);
                return Some(format!("for somebody to open `{name}`"));
            }
            return Some(format!("in {}", External::unknown(thread.probe.call())));
        };
        let name = arch::call_name(call.entry.call());
        let objects = objects(id, &call.entry);
        let mut words: Vec<_> = objects
            .iter()
            .take(MAX_OBJECTS)
            .map(|object| self.words(id, *object))
            .collect();
        let more = objects.len().saturating_sub(MAX_OBJECTS);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        if words.is_empty() {
            words.push("a signal".to_owned());
        }
        Some(format!("in `{name}` for {}", words.join(", ")))
    }

    fn words(&self, id: pid_t, object: Object) -> String {
        match object {
            Object::Descriptor(descriptor) => self.descriptor(id, descriptor),
            Object::Lock(descriptor) => format!("a lock on {}", self.descriptor(id, descriptor)),
            Object::Futex {
                is_private: true, ..
            } => "a futex".to_owned(),
            Object::Futex { .. } => "a shared futex".to_owned(),
            Object::SystemV(kind, _) => kind.to_string(),
            Object::Completions(_) => "completions of Linux AIO".to_owned(),
            Object::Child => "a child process".to_owned(),
            Object::Signal => "a signal".to_owned(),
            Object::Time => "time".to_owned(),
        }
    }

    fn descriptor(&self, id: pid_t, descriptor: i32) -> String {
        let Some(file) = proc::file(id, descriptor) else {
            return format!("descriptor {descriptor}, which is closed");
        };
        let name = file.as_os_str().as_bytes();
        let kind = match name {
            b"/dev/tty" => "the terminal".to_owned(),
            _ if self.external.is_terminal(&file) => "the terminal".to_owned(),
            _ if name.starts_with(b"/dev/pts/") => "another terminal".to_owned(),
            _ if name.starts_with(b"pipe:") => "a pipe".to_owned(),
            _ if name.starts_with(b"socket:") => "a socket".to_owned(),
            // proc_pid_fd(5): an anonymous inode, with its type in brackets or not.
            _ if name.starts_with(b"anon_inode:") => {
                let kind = &name["anon_inode:".len()..];
                let kind = kind.strip_prefix(b"[").unwrap_or(kind);
                escape(kind.strip_suffix(b"]").unwrap_or(kind), MAX_NAME)
            }
            _ => format!("`{}`", escape(name, MAX_NAME)),
        };
        format!("descriptor {descriptor} ({kind})")
    }
}

/// The name of a process's program.
fn program(process: pid_t) -> String {
    let program = proc::program(process).unwrap_or_default();
    let name = program.file_name().unwrap_or_default();
    escape(name.as_bytes(), MAX_NAME)
}

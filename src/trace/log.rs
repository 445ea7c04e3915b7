//! The tracer's log: one line for each decision, to be read next to `strace -f -tt`.
//!
//! `STROBE_LOG=FILE` turns it on; lines are appended. A line has the virtual instant in seconds, the thread, and what
//! happened: a ptrace stop, a system call with its arguments and its result, why a thread blocks and until when, which
//! threads are woken, whose turn it is, where the clock jumps to, and why the recording is marked. Where something is masked
//! in the recording, the log has nothing of what is written.

use super::{
    arch::{self, Registers},
    memory::{Unit, read_into, read_time},
    ptrace::{self, Stop},
    syscall::{
        futex::is_futex_wake,
        objects::{Object, Objects, objects},
        table::{self, Row},
        time_out::TimeOut,
    },
    tracer::Tracer,
};
use crate::{recording::Signal, text::escape};
use libc::pid_t;
use std::{
    env,
    fmt::Display,
    fs::{File, OpenOptions},
    io::{self, Write},
    time::Duration,
};

/// The log of one run.
#[derive(Debug)]
pub(super) struct Log {
    /// `None` if it is off.
    file: Option<File>,
    /// Whether it may show what is written.
    shows_writes: bool,
}

impl Log {
    /// Opens the file named by `STROBE_LOG`.
    pub(super) fn from_environment(shows_writes: bool) -> io::Result<Log> {
        let path = env::var_os("STROBE_LOG").filter(|path| !path.is_empty());
        let Some(path) = path else {
            return Ok(Log {
                file: None,
                shows_writes,
            });
        };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| {
            let path = path.display();
            io::Error::new(
                error.kind(),
                format!("cannot open `{path}`, which STROBE_LOG names: {error}"),
            )
        })?;
        Ok(Log {
            file: Some(file),
            shows_writes,
        })
    }
}

impl Tracer<'_> {
    pub(super) fn is_logged(&self) -> bool {
        self.log.file.is_some()
    }

    /// Writes a line; `what` is called only if the log is on.
    pub(super) fn log<W: Display>(&mut self, id: pid_t, what: impl FnOnce(&Self) -> W) {
        if !self.is_logged() {
            return;
        }
        let now = seconds(self.clock.now());
        let line = format!("{now} {id} {}\n", what(self));
        if let Some(file) = &mut self.log.file {
            // A log that cannot be written does not affect the run.
            let _ = file.write_all(line.as_bytes());
        }
    }

    /// Logs a stop of a thread.
    pub(super) fn log_stop(&mut self, id: pid_t, stop: Stop) {
        if !self.is_logged() {
            return;
        }
        let what = match stop {
            Stop::SyscallEntry => {
                ptrace::registers(id).map(|entry| call(id, &entry, self.log.shows_writes))
            }
            Stop::SyscallExit => ptrace::registers(id).map(|exit| {
                let entry = self.threads.get(&id).and_then(|thread| thread.call);
                let entry = entry.map_or_else(|| exit.call(), |call| call.entry.call());
                format!("{} {}", arch::call_name(entry), result(exit.result()))
            }),
            Stop::Exiting => Some("exits".to_owned()),
            Stop::Exited(status) => Some(format!("has exited with {status}")),
            Stop::Killed(signal) => Some(format!("was killed by {}", name(signal))),
            Stop::Cloned(new) => Some(format!("cloned {new}")),
            Stop::Vforked(new) => Some(format!("vforked {new}, and waits for its exec or exit")),
            Stop::VforkDone => Some("its vfork child has executed or exited".to_owned()),
            Stop::Exec(_) => Some("executes another program".to_owned()),
            Stop::Group => Some("is stopped by a signal".to_owned()),
            Stop::Interrupted => Some("is interrupted".to_owned()),
            Stop::Signal(signal) => Some(format!("receives {}", name(signal))),
        };
        if let Some(what) = what {
            self.log(id, |_| what);
        }
    }
}

/// A system call at its entry, with its arguments.
fn call(id: pid_t, entry: &Registers, shows_writes: bool) -> String {
    let row = table::of(entry.call());
    let count = row.map_or(6, |row| usize::from(row.arguments));
    let argument = |index| {
        let is_hidden = !shows_writes && is_written(entry, index);
        if is_hidden {
            return "…".to_owned();
        }
        let decoded = row.and_then(|row| decoded(id, entry, row, index));
        decoded.unwrap_or_else(|| number(entry, index))
    };
    let arguments: Vec<String> = (0..count).map(argument).collect();
    let name = arch::call_name(entry.call());
    format!("{name}({})", arguments.join(", "))
}

/// An argument that the row of the system call explains: the time that it points to, in seconds, the descriptors that
/// are polled, or the first bytes that are written.
fn decoded(id: pid_t, entry: &Registers, row: &Row, index: usize) -> Option<String> {
    const SHOWN: u64 = 32;
    let address = entry.argument(index);
    if address == 0 {
        return None;
    }
    let time = match row.time_out {
        TimeOut::Futex if is_futex_wake(entry) => None,
        TimeOut::Sleep => Some((0, Unit::Nanoseconds)),
        TimeOut::ClockSleep => Some((2, Unit::Nanoseconds)),
        TimeOut::Futex => Some((3, Unit::Nanoseconds)),
        TimeOut::Relative { argument, unit, .. } => Some((argument, unit)),
        TimeOut::AtLeastOnce(time, _)
        | TimeOut::Until(time, _)
        | TimeOut::NewFutex { time, .. }
        | TimeOut::Messages(time) => Some((time, Unit::Nanoseconds)),
        TimeOut::None | TimeOut::Milliseconds(_) => None,
    };
    if let Some((_, unit)) = time.filter(|(argument, _)| *argument == index) {
        return read_time(id, address, unit).map(seconds);
    }
    if row.objects == Objects::Polled && index == 0 {
        let polled = objects(id, entry).into_iter();
        let polled = polled.filter_map(|object| match object {
            Object::Descriptor(descriptor) => Some(descriptor.to_string()),
            _ => None,
        });
        return Some(format!("[{}]", polled.collect::<Vec<_>>().join(", ")));
    }
    if is_written(entry, index) {
        let len = entry.argument(2).min(SHOWN);
        let mut bytes = vec![0; usize::try_from(len).ok()?];
        let is_there = read_into(id, address, &mut bytes);
        return is_there.then(|| format!("\"{}\"", escape(&bytes, usize::MAX)));
    }
    None
}

/// Whether an argument is what is written.
fn is_written(entry: &Registers, index: usize) -> bool {
    matches!(entry.call(), libc::SYS_write | libc::SYS_pwrite64) && index == 1
}

/// An argument as a number: decimal if it is small, otherwise hexadecimal.
fn number(entry: &Registers, index: usize) -> String {
    const SMALL: u32 = 1 << 20;
    match entry.int(index) {
        -1 => "-1".to_owned(),
        small
            if u64::from(small.cast_unsigned()) == entry.argument(index)
                && small.unsigned_abs() < SMALL =>
        {
            small.to_string()
        }
        _ => format!("{:#x}", entry.argument(index)),
    }
}

fn result(result: i64) -> String {
    let number = i32::try_from(-result).unwrap_or(0);
    match result {
        -4095..=-512 => format!("= interrupted by a signal ({result})"),
        -511..=-1 => format!("= -1: {}", io::Error::from_raw_os_error(number)),
        _ => format!("= {result}"),
    }
}

fn name(signal: i32) -> String {
    Signal::try_from(signal)
        .ok()
        .map_or_else(|| format!("signal {signal}"), |signal| signal.to_string())
}

/// Nanoseconds as seconds.
pub(super) fn seconds(nanoseconds: u64) -> String {
    let duration = Duration::from_nanos(nanoseconds);
    format!("{}.{:09}", duration.as_secs(), duration.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::{result, seconds};

    #[test]
    fn results_and_errors_of_system_calls_are_distinguished() {
        assert_eq!(result(7), "= 7");
        assert_eq!(result(-2), "= -1: No such file or directory (os error 2)");
        assert_eq!(result(-516), "= interrupted by a signal (-516)");
    }

    #[test]
    fn instants_are_in_seconds() {
        assert_eq!(seconds(1_050_000_001), "1.050000001");
    }
}

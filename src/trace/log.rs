//! The tracer's log: what it decided, a line each, to be read beside `strace -f -tt`.
//!
//! `STROBE_LOG=FILE` turns it on; lines are appended. A line has the virtual instant in seconds, the thread, and what happened:
//! a ptrace stop, a system call with its arguments and its result, why a thread blocks and until when, whom a call has woken,
//! whose turn it is, where the clock jumps, and why the recording is marked.

use super::{
    ptrace::{self, Stop},
    tracer::Tracer,
    x86_64::{self, Registers},
};
use crate::recording::Signal;
use libc::pid_t;
use std::{
    env,
    fmt::Display,
    fs::{File, OpenOptions},
    io::{self, Write},
    time::Duration,
};

/// The log of one run; `None` where nobody asked for it.
#[derive(Debug)]
pub(super) struct Log(Option<File>);

impl Log {
    /// Opens the file that `STROBE_LOG` names.
    pub(super) fn from_environment() -> io::Result<Log> {
        let Some(path) = env::var_os("STROBE_LOG").filter(|path| !path.is_empty()) else {
            return Ok(Log(None));
        };
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| {
            let path = path.display();
            io::Error::new(
                error.kind(),
                format!("cannot open `{path}`, which STROBE_LOG names: {error}"),
            )
        })?;
        Ok(Log(Some(file)))
    }
}

impl Tracer<'_> {
    pub(super) fn is_logged(&self) -> bool {
        self.log.0.is_some()
    }

    /// Writes a line; `what` is asked only where there is a log.
    pub(super) fn log<W: Display>(&mut self, id: pid_t, what: impl FnOnce(&Self) -> W) {
        if !self.is_logged() {
            return;
        }
        let now = seconds(self.clock.now());
        let line = format!("{now} {id} {}\n", what(self));
        if let Some(file) = &mut self.log.0 {
            // A log that cannot be written changes nothing of the run.
            let _ = file.write_all(line.as_bytes());
        }
    }

    /// Logs what a thread has reported.
    pub(super) fn log_stop(&mut self, id: pid_t, stop: Stop) {
        if !self.is_logged() {
            return;
        }
        let what = match stop {
            Stop::SyscallEntry => ptrace::registers(id).map(|entry| call(&entry)),
            Stop::SyscallExit => ptrace::registers(id).map(|exit| {
                let entry = self.threads.get(&id).and_then(|thread| thread.call);
                let entry = entry.map_or_else(|| exit.call(), |call| call.made.call());
                format!("{} {}", x86_64::call_name(entry), result(exit.result()))
            }),
            Stop::Exiting => Some("exits".to_owned()),
            Stop::Exited(status) => Some(format!("has exited with {status}")),
            Stop::Killed(signal) => Some(format!("was killed by {}", name(signal))),
            Stop::Cloned(new) => Some(format!("cloned {new}")),
            Stop::Vforked(new) => Some(format!("vforked {new}, and waits for its exec or exit")),
            Stop::VforkDone => Some("its vfork child has executed or exited".to_owned()),
            Stop::Exec(_) => Some("executes another program".to_owned()),
            Stop::StoppedWithProcess => Some("is stopped by a signal".to_owned()),
            Stop::Interrupted => Some("is interrupted".to_owned()),
            Stop::Signal(signal) => Some(format!("receives {}", name(signal))),
        };
        if let Some(what) = what {
            self.log(id, |_| what);
        }
    }
}

/// A system call as it is made, with the six registers that hold its arguments: small numbers in decimal, all else in hex.
fn call(entry: &Registers) -> String {
    const SMALL: i32 = 1 << 20;
    let shown = |index| match entry.int(index) {
        -1 => "-1".to_owned(),
        small
            if u64::from(small.cast_unsigned()) == entry.argument(index) && small.abs() < SMALL =>
        {
            small.to_string()
        }
        _ => format!("{:#x}", entry.argument(index)),
    };
    let arguments: Vec<String> = (0..6).map(shown).collect();
    format!(
        "{}({})",
        x86_64::call_name(entry.call()),
        arguments.join(", ")
    )
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
    Signal::from_number(signal)
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
    fn results_are_told_from_errors() {
        assert_eq!(result(7), "= 7");
        assert_eq!(result(-2), "= -1: No such file or directory (os error 2)");
        assert_eq!(result(-516), "= interrupted by a signal (-516)");
    }

    #[test]
    fn instants_are_in_seconds() {
        assert_eq!(seconds(1_050_000_001), "1.050000001");
    }
}

//! Sets up clock and stdout, and runs one of the two programs.

use crate::{
    cli::{SpinnerArgs, SpinnerCommand},
    clock::{self, ClockDriver, ClockMode},
    interrupt::{Interrupt, Signals},
    stdout::{Outlet, Stdout},
    task, thread,
};
use std::{convert::Infallible, env, ffi::OsString, io, path::PathBuf};
use stroboscope::{
    file::Destination,
    recording::{Clock, End, EventKind, Header, Precision, Recorder, Signal},
};

/// Why the spinner cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SpinnerError {
    #[error("cannot write the recording to `{}`: {error}", path.display())]
    Record { path: PathBuf, error: io::Error },
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl From<io::Error> for SpinnerError {
    fn from(error: io::Error) -> SpinnerError {
        SpinnerError::Start(error)
    }
}

/// Runs one spinner, and ends the process with it.
pub fn run(options: &SpinnerArgs) -> Result<Infallible, SpinnerError> {
    let common = options.style.common();
    let outlet = Outlet::find();
    let recording = match &common.record {
        None => None,
        Some(path) => {
            let destination = Destination::new(path).map_err(|error| SpinnerError::Record {
                path: path.clone(),
                error,
            })?;
            Some((recorder(&outlet, common.pace()), destination))
        }
    };
    let signals = Signals::listen()?;
    if common.pace() != ClockMode::Real {
        // This only affects speed; if it is not allowed, the run is the same.
        let _ = clock::pin_to_one_cpu();
    }
    let time = ClockDriver::new(common.pace())?;
    let stdout = Stdout::new(time.clock(), outlet, signals.clone(), recording);
    let interrupt = Interrupt::new(
        signals.clone(),
        common.interrupt_at,
        time.clock(),
        stdout.clone(),
    );
    match &options.style {
        SpinnerCommand::Thread {
            thread_name,
            common,
        } => time.threads(|me| {
            let result = thread::supervisor(me, thread_name, &common.spinner, &stdout, interrupt)?;
            finish(result, &signals, &stdout)
        }),
        SpinnerCommand::Async { source, common } => {
            let (file, line) = task::SOURCE;
            let source = source.clone().unwrap_or_else(|| format!("{file}:{line}"));
            let result = time.run(task::supervisor(
                time.clock(),
                &source,
                &common.spinner,
                &stdout,
                interrupt,
            ));
            finish(result, &signals, &stdout)
        }
    }
}

/// Prints the answer and exits, or dies by the signal that came instead; also by a signal that came too late for the
/// work.
fn finish(result: Result<u32, Signal>, signals: &Signals, stdout: &Stdout) -> ! {
    let late = result.is_ok().then(|| signals.arrived()).flatten();
    late.inspect(|signal| stdout.record(EventKind::Signal(*signal)));
    match result.and_then(|answer| late.map_or(Ok(answer), Err)) {
        Ok(answer) => {
            stdout.print("Answer:", &answer.to_string());
            stdout.end(End::Exit(0))
        }
        Err(signal) => {
            stdout.wipe_echo();
            stdout.end(End::Killed(signal))
        }
    }
}

fn recorder(outlet: &Outlet, pace: ClockMode) -> Recorder {
    let mut header = Header::new(outlet.channel.clone());
    header.command = command();
    let (clock, precision) = match pace {
        ClockMode::Real => (Clock::Real, Precision::Milliseconds),
        // Already exact: multiples of the granularity.
        ClockMode::Paused { grain } => (Clock::Paused { grain }, Precision::Nanoseconds),
    };
    header.clock = Some(clock);
    Recorder::new(header, precision)
}

/// The program and its arguments, without the path of the recording.
fn command() -> Vec<OsString> {
    let mut command = vec!["spinner".into()];
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--record" {
            arguments.next();
        } else if !argument.as_encoded_bytes().starts_with(b"--record=") {
            command.push(argument);
        }
    }
    command
}

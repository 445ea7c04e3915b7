//! The two spinners of Fluent Python's chapter on asyncio: one on a thread, one a coroutine.

use std::{
    io::{self, Write},
    process::ExitCode,
};

mod buffer;
mod interrupt;
mod options;
mod run;
mod status;
mod stdout;
mod task;
mod thread;

fn main() -> ExitCode {
    match run::run(&stroboscope::command_line::parse::<options::Options>()) {
        Ok(never) => match never {},
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Says on stderr what is wrong, if it can be said there; `eprintln!` would panic where it cannot.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "spinner: {message}");
}

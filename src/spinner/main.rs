//! The two spinners of Fluent Python's chapter on asyncio: one on a thread, one a coroutine.

use std::process::ExitCode;
use stroboscope::command_line::complain;

mod buffer;
mod cli;
mod clock;
mod interrupt;
mod run;
mod status;
mod stdout;
mod task;
mod thread;

fn main() -> ExitCode {
    match run::run(&stroboscope::command_line::parse::<cli::SpinnerArgs>()) {
        Ok(never) => match never {},
        Err(error) => {
            complain("spinner", &error.to_string());
            ExitCode::FAILURE
        }
    }
}

//! The two spinners of Fluent Python's chapter on asyncio: one on a thread, one a coroutine.

use std::process::ExitCode;

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
            eprintln!("spinner: {error}");
            ExitCode::FAILURE
        }
    }
}

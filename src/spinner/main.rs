//! The two spinners of Fluent Python's chapter on asyncio: one on a thread, the other a coroutine.

use command_line::complain;
use std::process::ExitCode;

mod buffer;
mod cli;
mod clock;
#[path = "../command_line.rs"]
mod command_line;
mod interrupt;
mod run;
mod status;
mod stdout;
mod task;
mod thread;

fn main() -> ExitCode {
    match run::run(&command_line::parse::<cli::SpinnerArgs>()) {
        Ok(never) => match never {},
        Err(error) => {
            complain("spinner", &error.to_string());
            ExitCode::FAILURE
        }
    }
}

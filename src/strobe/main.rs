//! The instrument on the command line: records a program, shows, compares and checks recordings.

use std::process::ExitCode;
use stroboscope::command_line::complain;

mod cli;
mod clock_args;
mod commands;
mod input;
mod output;
mod report;
mod signals;

fn main() -> ExitCode {
    let cli = stroboscope::command_line::parse::<cli::Cli>();
    cli.run().unwrap_or_else(|error| {
        complain("strobe", &error.to_string());
        ExitCode::from(2)
    })
}

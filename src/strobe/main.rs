//! The instrument on the command line: records a program, shows, compares and checks recordings.

use command_line::complain;
use std::process::ExitCode;

mod canvas;
mod cli;
mod clock_args;
#[path = "../command_line.rs"]
mod command_line;
mod commands;
mod found;
mod input;
mod listing;
mod masks;
mod not_found;
mod output;
mod report;
mod send_args;
mod side_by_side;
mod signals;
mod tty;

fn main() -> ExitCode {
    let cli = command_line::parse::<cli::Cli>();
    cli.run().unwrap_or_else(|error| {
        complain("strobe", &error.to_string());
        ExitCode::from(2)
    })
}

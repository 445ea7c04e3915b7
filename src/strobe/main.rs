//! The instrument on the command line: records a program, shows, compares and checks recordings.

use std::process::ExitCode;

mod check;
mod diff;
mod input;
mod options;
mod record;
mod report;
mod show;
mod signals;

fn main() -> ExitCode {
    let options = stroboscope::command_line::parse::<options::Options>();
    options.run().unwrap_or_else(|error| {
        eprintln!("strobe: {error}");
        ExitCode::from(2)
    })
}

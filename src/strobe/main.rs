//! The instrument on the command line: records a program, shows, compares and checks recordings.

use std::process::ExitCode;
use stroboscope::command_line::complain;

mod check;
mod diff;
mod input;
mod options;
mod record;
mod report;
mod show;
mod signals;
mod time;

fn main() -> ExitCode {
    let options = stroboscope::command_line::parse::<options::Options>();
    options.run().unwrap_or_else(|error| {
        complain("strobe", &error.to_string());
        ExitCode::from(2)
    })
}

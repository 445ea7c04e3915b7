//! The command line.

use crate::{
    commands::{check, diff, record, show},
    output, signals,
};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::{error::Error, process::ExitCode, time::Duration};

/// Makes a spinning terminal stand still: records what a program writes, byte by byte and instant by instant, and tells
/// which byte or instant has changed.
#[derive(Debug, Parser)]
#[command(name = "strobe", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  strobe record -o hello.strobe -- my-cli build     record a run, and commit the file
  strobe check                                      run every recording below this folder again
  strobe show hello.strobe --as svg >hello.svg      a moving picture of it
  strobe diff before.strobe after.strobe            what has changed, a line for each cause

A transcript is text: read it, review it, and answer `strobe check --accept` when a change was meant.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a program and take down every write with its instant
    Record(record::RecordArgs),
    /// Show a recording: as text, as bytes, as a screen, as a moving picture
    Show(show::ShowArgs),
    /// Compare two recordings, or two folders of them
    Diff(diff::DiffArgs),
    /// Run recorded programs again, and compare
    Check(check::CheckArgs),
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Cli {
    /// Carries the command out.
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        signals::report_file_size_limit()?;
        match self.command {
            Command::Record(options) => record::run(&options),
            Command::Show(options) => show::run(&options),
            Command::Diff(options) => diff::run(&options),
            Command::Check(options) => check::run(&options),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "strobe", &mut script);
                output::print(&script)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// An instant since the start, which may be the start.
pub fn instant(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as in `30s` or `1.5s`"))
}

/// A duration that is not zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = instant(text)?;
    if duration.is_zero() {
        Err("it must be longer than nothing".to_owned())
    } else {
        Ok(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}

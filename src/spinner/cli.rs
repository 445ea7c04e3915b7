//! The command line.

use crate::clock::{ClockMode, LEAST_GRAIN};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, time::Duration};

/// The longest time that an option accepts; for humantime, a year has 365.25 days.
const YEAR: Duration = Duration::from_secs(31_557_600);

/// Shows the spinners of Fluent Python's chapter on asyncio, in real time or at once.
#[derive(Debug, Parser)]
#[command(name = "spinner", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct SpinnerArgs {
    #[command(subcommand)]
    pub style: SpinnerCommand,
}

const EXAMPLES: &str = "\
Examples:
  spinner thread                      three seconds of the book's thread spinner
  spinner async --paused              the coroutine's, the same bytes, at once
  spinner thread --paused --record run.strobe
                                      and every write with its instant, as text
  spinner thread --paused --grain 15.625ms --thread-name 'Thread-5 (spin)'
                                      the 28 frames of a system whose timer ticks 64 times a second";

/// What spins.
#[derive(Debug, Subcommand)]
pub enum SpinnerCommand {
    /// A spinner on a thread of its own
    Thread {
        /// The thread's name; the system shows its first 15 bytes
        #[arg(long, value_name = "TEXT", default_value = "Thread-1 (spin)", value_parser = printable)]
        thread_name: String,
        #[command(flatten)]
        common: Common,
    },
    /// A spinner that is a coroutine
    Async {
        /// Where the header line says that `spin` runs [default: where it is in this program's source]
        #[arg(long, value_name = "FILE:LINE", value_parser = source)]
        source: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

/// What both styles take.
#[derive(Args, Debug)]
pub struct Common {
    #[command(flatten)]
    pub spinner: Spinner,
    /// Take the waiting out: time is tokio's paused clock, which jumps to whatever is next
    #[arg(long)]
    paused: bool,
    /// The timer granularity that the paused clock models: every sleep ends on its grid [default: 1ms]
    #[arg(long, value_name = "DURATION", requires = "paused", value_parser = duration)]
    grain: Option<Duration>,
    /// Let an interrupt arrive at this instant of the paused clock
    #[arg(long, value_name = "DURATION", requires = "paused", value_parser = duration)]
    pub interrupt_at: Option<Duration>,
    /// Also write the recording, a transcript, to this file or device
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// What the spinner shows, and for how long.
#[derive(Args, Clone, Debug)]
pub struct Spinner {
    /// The text behind the glyph
    #[arg(long, value_name = "TEXT", default_value = "thinking!", value_parser = printable)]
    pub message: String,
    /// The time between two frames
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = duration)]
    pub interval: Duration,
    /// The time that the slow function takes
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    pub work: Duration,
}

impl Common {
    /// How time passes.
    pub fn pace(&self) -> ClockMode {
        if self.paused {
            ClockMode::Paused {
                grain: self.grain.unwrap_or(LEAST_GRAIN),
            }
        } else {
            ClockMode::Real
        }
    }
}

impl SpinnerCommand {
    /// What both styles take.
    pub fn common(&self) -> &Common {
        match self {
            SpinnerCommand::Thread { common, .. } | SpinnerCommand::Async { common, .. } => common,
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as in `100ms` or `1.5s`"))?;
    if (LEAST_GRAIN..=YEAR).contains(&duration) {
        Ok(duration)
    } else {
        Err("it must be from 1ms to 1y".to_owned())
    }
}

fn printable(text: &str) -> Result<String, String> {
    match text.chars().find(|character| character.is_control()) {
        None => Ok(text.to_owned()),
        Some(control) => Err(format!(
            "it holds the control character U+{:04X}",
            u32::from(control)
        )),
    }
}

fn source(text: &str) -> Result<String, String> {
    let (file, line) = text.rsplit_once(':').unwrap_or_default();
    if file.is_empty() || !line.parse::<u32>().is_ok_and(|line| line > 0) {
        return Err("it must be FILE:LINE, such as `spinner.py:6`".to_owned());
    }
    printable(text)
}

#[cfg(test)]
mod tests {
    use super::SpinnerArgs;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_definition_is_valid() {
        SpinnerArgs::command().debug_assert();
    }
}

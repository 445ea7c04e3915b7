//! `strobe show`: a recording in one of its views.

use crate::{cli::instant, input, output};
use clap::{Args, ValueEnum};
use std::{
    error::Error,
    io::{Write, stderr},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};
use stroboscope::{
    recording::{EventKind, Recording},
    transcript,
    view::{asciicast, frames, notebook, screen, svg},
};

#[derive(Args, Debug)]
#[command(after_help = "\
FILE is a transcript, a snapshot that holds one, or an asciicast of version 2 or 3; `-` is standard input.

Examples:
  strobe show hello.strobe                         its canonical text
  strobe show hello.strobe --instants              with the time since the start in front of every event
  strobe show hello.strobe --as screen --at 1.2s   what could be seen by then
  strobe show hello.strobe --as svg >hello.svg     a moving picture for a web page
  strobe show demo.cast >demo.strobe               an asciicast as a transcript")]
pub struct ShowArgs {
    /// The recording
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to show it
    #[arg(long = "as", value_enum, default_value_t = View::Transcript, value_name = "VIEW")]
    view: View,
    /// Show the screen as it was at this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Duration>,
    /// Print the instant, and not the gap, in front of every event of the transcript
    #[arg(long)]
    instants: bool,
    /// Leave out, or replace, what the format cannot hold
    #[arg(long)]
    lossy: bool,
}

/// A view of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// Its canonical text
    Transcript,
    /// The exact bytes: to standard output, and what went to stderr to standard error
    Bytes,
    /// What is left to see
    Screen,
    /// Each distinct screen with its instants
    Frames,
    /// What a notebook keeps of it
    Notebook,
    /// An asciicast of version 3
    Asciicast,
    /// A moving picture, one file that needs nothing else
    Svg,
}

/// Shows one recording.
pub fn run(options: &ShowArgs) -> Result<ExitCode, Box<dyn Error>> {
    let recording = input::recording(&options.file)?;
    if options.at.is_some() && options.view != View::Screen {
        return Err(
            "`--at` goes with `--as screen`: only a screen has a state at an instant".into(),
        );
    }
    if options.instants && options.view != View::Transcript {
        return Err("`--instants` goes with the transcript, without `--as` another view".into());
    }
    let text = match options.view {
        View::Transcript if options.instants => transcript::with_instants(&recording),
        View::Transcript => recording.to_string(),
        View::Bytes => {
            bytes(&recording)?;
            return Ok(ExitCode::SUCCESS);
        }
        View::Screen => options
            .at
            .map_or_else(
                || screen::screen(&recording),
                |at| screen::at(&recording, at),
            )
            .to_string(),
        View::Frames => frames::text(&recording),
        View::Notebook => notebook::notebook(&recording, notebook::Rule::Rx),
        View::Asciicast => {
            let fidelity = if options.lossy {
                asciicast::Fidelity::Lossy
            } else {
                asciicast::Fidelity::Exact
            };
            asciicast::write(&recording, fidelity).map_err(|error| {
                format!(
                    "{}: {error}; `--lossy` leaves it out",
                    input::name(&options.file)
                )
            })?
        }
        View::Svg => svg::svg(&recording),
    };
    output::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn bytes(recording: &Recording) -> Result<(), Box<dyn Error>> {
    for event in recording.events() {
        match &event.kind {
            EventKind::Output(bytes) => output::print(bytes)?,
            EventKind::Stderr(bytes) => stderr().write_all(bytes)?,
            _ => {}
        }
    }
    Ok(())
}

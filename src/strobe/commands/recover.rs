//! `strobe recover`: makes a transcript of a recording that was interrupted.

use crate::command_line::tell;
use clap::Args;
use std::{error::Error, path::PathBuf, process::ExitCode};
use stroboscope::{
    recording::{End, StopReason},
    text, unfinished,
};

#[derive(Args, Debug)]
#[command(after_long_help = "\
While `strobe record -o FILE` runs, the transcript grows in `.FILE.recording`. If strobe is killed, the disk is full, \
or FILE cannot be written at the end, that file stays. Recovered is everything up to its last whole event; the transcript \
ends with `stopped interrupted`, unless the program had ended. No run ends so: `strobe check` calls such a transcript \
different until a whole run is accepted (`strobe check --accept FILE`). Where there are masks, nothing is written before the \
run is over or strobe is asked to end: of a strobe that was killed (SIGKILL) nothing is left.

Examples:
  Recover a recording that was interrupted:
    strobe recover demo.strobe

  Recover it to another file:
    strobe recover demo.strobe -o half.strobe

  Recover one of several:
    strobe recover .demo.strobe.recording-2")]
pub struct RecoverArgs {
    /// The transcript that was being recorded, or its `.FILE.recording`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the transcript to this file
    ///
    /// Without it the transcript gets the name that it was to have, or, if there is such a file, the same with
    /// `.recovered`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Recovers a recording.
pub fn run(options: &RecoverArgs) -> Result<ExitCode, Box<dyn Error>> {
    let recovered = unfinished::recover(&options.file, options.output.as_deref())?;
    let events = match recovered.events {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    };
    let (at, end) = recovered.end;
    tell(&format!(
        "strobe: recovered {events} in {:.3} s to {}: {end}",
        at.as_secs_f64(),
        recovered.destination
    ));
    if end == End::Stopped(StopReason::Interrupted) {
        tell(
            "strobe: no run ends so: `strobe check` calls it different until a whole run is accepted",
        );
    }
    match recovered.torn {
        0 => {}
        1 => tell("strobe: left out 1 byte of an event that is not whole"),
        torn => tell(&format!(
            "strobe: left out {torn} bytes of an event that is not whole"
        )),
    }
    if let Some(kept) = recovered.kept {
        let kept = text::escape(kept.as_os_str().as_encoded_bytes(), 4096);
        tell(&format!("strobe: `{kept}` is still there"));
    }
    Ok(ExitCode::SUCCESS)
}

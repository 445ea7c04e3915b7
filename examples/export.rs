//! Records a program, and writes the recording as an animated picture and as an asciicast.
//!
//! `cargo run --example export` writes `countdown.svg`, for a README, and `countdown.cast`, for asciinema, to the current
//! folder.

use std::fs;
use stroboscope::{
    session::Session,
    view::{
        asciicast::{self, Fidelity},
        svg::svg,
    },
    virtual_time::VirtualTime,
};

const PROGRAM: &str =
    r#"for i in 3 2 1; do printf "\r%s" $i; sleep 1; done; printf "\rlift-off\n""#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Three seconds of a countdown, recorded in a few milliseconds.
    let recording = Session::new("sh")
        .args(["-c", PROGRAM])
        .pty(40, 10)
        .virtual_time(VirtualTime::default())
        .run()?;
    fs::write("countdown.svg", svg(&recording))?;
    fs::write(
        "countdown.cast",
        asciicast::write(&recording, Fidelity::Exact)?,
    )?;
    Ok(())
}

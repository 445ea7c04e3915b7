//! Prints what a notebook keeps of a program's output: here the page of *Fluent Python* that shows its spinner.
//!
//! A notebook folds backspaces and carriage returns, and so shows something else than a terminal does.
//! `cargo run --example notebook` prints the page's Markdown, byte for byte.

use std::io::{Write, stdout};
use stroboscope::{
    session::Session,
    view::notebook::{Rule, fold, markdown_block},
};

/// The spinner of the page, on the clock of the machine on which it ran: 64 ticks a second.
const SPINNER: [&str; 6] = [
    "thread",
    "--paused",
    "--grain",
    "15.625ms",
    "--thread-name",
    "Thread-5 (spin)",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recording = Session::cargo_bin("spinner")?
        .args(SPINNER)
        .pipe()
        // It keeps its own time.
        .real_time()
        .run()?;
    let output = String::from_utf8(recording.output())?;
    let page = markdown_block(&fold(Rule::Rx, &output)?);
    Ok(stdout().write_all(page.as_bytes())?)
}

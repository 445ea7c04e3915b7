//! Prints what a notebook keeps of a spinner's output, as the Markdown page of that notebook shows it.
//!
//! `spinner thread --paused | page`

use std::io::{Read, Write, stdin, stdout};
use stroboscope::view::notebook::{Rule, fold, markdown_block};

fn main() -> std::io::Result<()> {
    let mut output = String::new();
    stdin().read_to_string(&mut output)?;
    stdout().write_all(markdown_block(&fold(Rule::Rx, &output)).as_bytes())
}

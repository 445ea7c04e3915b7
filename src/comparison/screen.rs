//! Compares what is left to see.

use super::{EXCERPT, count, shown};
use crate::{
    recording::{Channel, Kind, Recording},
    transcript::quote,
};
use std::num::NonZeroU16;

/// The size of the terminal where none is known: columns, rows.
const SIZE: (u16, u16) = (80, 24);
/// More columns or rows than this are not kept.
const MOST_CELLS: u16 = 500;

/// The rows that differ.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<String> {
    let (left, right) = (screen_of(left), screen_of(right));
    let (mut old, mut new) = (left.lines(), right.lines());
    let mut rows = Vec::new();
    for row in 0.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old.unwrap_or_default() == new.unwrap_or_default() => {}
            (old, new) => rows.push((row, old.unwrap_or_default(), new.unwrap_or_default())),
        }
    }
    let (shown, others) = rows.split_at(shown(rows.len()));
    let row = |(row, old, new): &(usize, &str, &str)| {
        let (old, new) = (
            quote(old.as_bytes(), EXCERPT),
            quote(new.as_bytes(), EXCERPT),
        );
        format!("row {row}: {old} became {new}")
    };
    let rest = others.first().map(|(first, ..)| {
        let others = count(others.len(), "other row");
        format!("{others} changed, first row {first}")
    });
    shown.iter().map(row).chain(rest).collect()
}

/// The text on the screen at the end, row by row.
fn screen_of(recording: &Recording) -> String {
    let (columns, rows) = match recording.header().channel {
        Channel::Pty { columns, rows, .. } => (columns, rows),
        Channel::Pipe => SIZE,
    };
    // Nothing turns the line feeds of a pipe into line ends.
    let is_pipe = recording.header().channel == Channel::Pipe;
    let mut terminal = vt100::Parser::new(cells(rows, SIZE.1), cells(columns, SIZE.0), 0);
    for event in recording.events() {
        match &event.kind {
            Kind::Output(bytes) | Kind::Stderr(bytes) if is_pipe => {
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    match line.strip_suffix(b"\n") {
                        Some(line) => {
                            terminal.process(line);
                            terminal.process(b"\r\n");
                        }
                        None => terminal.process(line),
                    }
                }
            }
            Kind::Output(bytes) | Kind::Stderr(bytes) => terminal.process(bytes),
            Kind::Resize { columns, rows } => {
                terminal.set_size(cells(*rows, SIZE.1), cells(*columns, SIZE.0));
            }
            Kind::Send { .. } | Kind::Eof | Kind::Signal(_) | Kind::End(_) => {}
        }
    }
    // A blank at the end cannot be told from nothing.
    let rows = terminal.screen().rows(0, u16::MAX);
    rows.map(|row| row.trim_end_matches(' ').to_owned() + "\n")
        .collect()
}

fn cells(number: u16, unknown: u16) -> NonZeroU16 {
    let number = if number == 0 { unknown } else { number };
    NonZeroU16::new(number.min(MOST_CELLS)).unwrap_or(NonZeroU16::MIN)
}

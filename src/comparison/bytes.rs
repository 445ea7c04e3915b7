//! Compares the bytes of each stream, whatever their boundaries and instants.

use super::{
    Cause, CauseKind, count,
    edit::{common_head, unit_start, word_start},
    events, sequence,
};
use crate::{
    recording::{Channel, Event, EventKind, Level, Recording},
    text::quote,
    view::screen::Emulator,
};

/// How many bytes of output are played to find the row of a difference.
const MAX_PLAYED: usize = 1 << 24;
/// How many bytes before a difference are shown.
const CONTEXT: usize = 12;
/// How many characters from the difference on are shown.
const SHOWN: usize = 24;

/// The first difference of each stream, and the differences of other actions on the program.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (old, new) = (Streams::new(left), Streams::new(right));
    let is_pty = |recording: &Recording| matches!(recording.header().channel, Channel::Pty { .. });
    let on_pty = is_pty(left) && is_pty(right);
    let output = if on_pty { "output" } else { "stdout" };
    let row = |at| row(left, at).filter(|_| on_pty);
    [
        (CauseKind::Output, output, &old.output, &new.output),
        (CauseKind::Stderr, "stderr", &old.stderr, &new.stderr),
        (CauseKind::Input, "input", &old.input, &new.input),
        (CauseKind::Reply, "reply", &old.replies, &new.replies),
    ]
    .into_iter()
    .filter_map(|(kind, stream, old, new)| {
        let row = |at| (kind == CauseKind::Output).then(|| row(at)).flatten();
        difference(stream, old, new, row).map(|line| Cause::new(kind, line))
    })
    .chain(masks(left, right))
    .chain(events::actions(left, right))
    .collect()
}

/// Whether what reads the same is masked in one recording and written in the other.
fn masks(left: &Recording, right: &Recording) -> Option<Cause> {
    let written = |recording: &Recording| {
        let events = recording.at_level(Level::Bytes).events().to_vec();
        let written = events
            .into_iter()
            .filter(|event| matches!(event.kind, EventKind::Output(_) | EventKind::Stderr(_)));
        written
            .map(|event| (event.kind, event.masked))
            .collect::<Vec<_>>()
    };
    let is_masked = |recording: &Recording| {
        let mut events = recording.events().iter();
        events.any(|event| !event.masked.is_empty())
    };
    if !is_masked(left) && !is_masked(right) {
        return None;
    }
    let (left, right) = (written(left), written(right));
    let reads_the_same =
        left.len() == right.len() && left.iter().zip(&right).all(|(old, new)| old.0 == new.0);
    (reads_the_same && left != right).then(|| {
        let line = "the output reads the same, but other parts of it are masked".to_owned();
        Cause::new(CauseKind::Mask, line)
    })
}

/// All bytes of a recording, by stream.
#[derive(Default)]
struct Streams {
    output: Vec<u8>,
    stderr: Vec<u8>,
    input: Vec<u8>,
    replies: Vec<u8>,
}

impl Streams {
    fn new(recording: &Recording) -> Streams {
        let mut streams = Streams::default();
        for event in recording.events() {
            match &event.kind {
                EventKind::Output(bytes) => streams.output.extend_from_slice(bytes),
                EventKind::Stderr(bytes) => streams.stderr.extend_from_slice(bytes),
                EventKind::Reply(bytes) => streams.replies.extend_from_slice(bytes),
                EventKind::Send(bytes) | EventKind::Input { bytes, .. } => {
                    streams.input.extend_from_slice(bytes);
                }
                EventKind::SendSecret(name) => streams.input.extend_from_slice(name.as_bytes()),
                EventKind::Eof
                | EventKind::Resize { .. }
                | EventKind::Signal(_)
                | EventKind::Expect { .. }
                | EventKind::Mark(_)
                | EventKind::End(_) => {}
            }
        }
        streams
    }
}

/// The row from 1 at which a byte of the output is drawn.
fn row(recording: &Recording, at: usize) -> Option<usize> {
    let mut emulator = Emulator::new(recording.header());
    let mut left = Some(at).filter(|at| *at <= MAX_PLAYED)?;
    for event in recording.events() {
        match &event.kind {
            EventKind::Output(bytes) if bytes.len() > left => {
                let kind = EventKind::Output(bytes[..left].to_vec());
                emulator.take(&Event::new(event.at, kind));
                let cursor = emulator.terminal().cursor();
                return Some(usize::from(cursor.row) + 1);
            }
            EventKind::Output(bytes) => left -= bytes.len(),
            _ => {}
        }
        emulator.take(event);
    }
    None
}

fn difference(
    stream: &str,
    old: &[u8],
    new: &[u8],
    row: impl Fn(usize) -> Option<usize>,
) -> Option<String> {
    let at = common_head(old, new);
    let mut shown = unit_start(old, new, at);
    if at < old.len().min(new.len()) {
        shown = word_start(old, shown);
    }
    let mut before = &old[unit_start(old, new, shown.saturating_sub(CONTEXT))..shown];
    // What is directly before it is shown.
    while quote(before, usize::MAX).chars().count() > SHOWN {
        before = &before[sequence::length(before).max(1)..];
    }
    let context = match before {
        [] => String::new(),
        before => format!(" after {}", quote(before, SHOWN)),
    };
    let (old, new) = (&old[shown..], &new[shown..]);
    let (was, is) = (quote(old, SHOWN), quote(new, SHOWN));
    let change = match (old.len() - (at - shown), new.len() - (at - shown)) {
        (0, 0) => return None,
        (lost, 0) => format!("{} fewer, {was}", count(lost, "byte")),
        (0, more) => format!("{} more, {is}", count(more, "byte")),
        _ => format!("{was} became {is}"),
    };
    let row = row(shown).map_or_else(String::new, |row| format!(" in row {row}"));
    Some(format!(
        "{stream} byte {}{row}{context}: {change}",
        shown + 1
    ))
}

//! Compares the bytes of each stream, whatever their boundaries and instants.

use super::{
    Cause, CauseKind, count,
    edit::{common_head, scalar_start},
    events,
};
use crate::{
    recording::{Channel, EventKind, Recording},
    text::quote,
};

/// How many bytes before a difference are shown.
const CONTEXT: usize = 12;
/// How many characters from the difference on are shown.
const SHOWN: usize = 24;

/// The first difference of each stream, and the differences of other actions on the program.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (old, new) = (Streams::new(left), Streams::new(right));
    let is_pty = |recording: &Recording| matches!(recording.header().channel, Channel::Pty { .. });
    let output = if is_pty(left) && is_pty(right) {
        "output"
    } else {
        "stdout"
    };
    [
        (CauseKind::Output, output, &old.output, &new.output),
        (CauseKind::Stderr, "stderr", &old.stderr, &new.stderr),
        (CauseKind::Input, "input", &old.input, &new.input),
        (CauseKind::Reply, "reply", &old.replies, &new.replies),
    ]
    .into_iter()
    .filter_map(|(kind, stream, old, new)| {
        difference(stream, old, new).map(|line| Cause::new(kind, line))
    })
    .chain(events::actions(left, right))
    .collect()
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

fn difference(stream: &str, old: &[u8], new: &[u8]) -> Option<String> {
    let at = common_head(old, new);
    let shown = scalar_start(old, new, at);
    let begin = shown.saturating_sub(CONTEXT);
    let begin = scalar_start(old, new, begin);
    let context = match &old[begin..shown] {
        [] => String::new(),
        before => format!(" after {}", quote(before, SHOWN)),
    };
    let (old, new) = (&old[shown..], &new[shown..]);
    let (was, is) = (quote(old, SHOWN), quote(new, SHOWN));
    let change = match (old.len() - (at - shown), new.len() - (at - shown)) {
        (0, 0) => return None,
        (lost, 0) => format!("{} less, {was}", count(lost, "byte")),
        (0, more) => format!("{} more, {is}", count(more, "byte")),
        _ => format!("{was} became {is}"),
    };
    Some(format!("{stream} byte {at}{context}: {change}"))
}

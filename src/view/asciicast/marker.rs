//! Markers of asciicasts, which a recording keeps as notes.

use super::duration;
use crate::text;
use std::time::Duration;

/// How a note of a marker begins.
const PREFIX: &str = "marker at ";

/// The note of a marker: `marker at 1.500: LABEL`.
pub(super) fn note(at: Duration, label: &str) -> String {
    let at = text::seconds(at);
    match label {
        "" => format!("{PREFIX}{at}"),
        _ if text::is_line(label) => format!("{PREFIX}{at}: {label}"),
        _ => format!(
            "{PREFIX}{at}: {}",
            text::quote(label.as_bytes(), usize::MAX)
        ),
    }
}

/// The instant and the label of a marker, if a note is of one.
pub(super) fn of_note(note: &str) -> Option<(Duration, &str)> {
    let rest = note.strip_prefix(PREFIX)?;
    let (at, label) = rest.split_once(": ").unwrap_or((rest, ""));
    Some((duration::seconds(at).ok()?, label))
}

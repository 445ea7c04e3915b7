//! How closely recordings are compared by default.

use crate::recording::{Clock, Level, Recording};

/// How closely a run must agree with a recording by default: by its final screen if its header says that it varies; by
/// its bytes if its time was real, or the program's own; otherwise exactly.
#[must_use]
pub fn default_level(recording: &Recording) -> Level {
    let header = recording.header();
    match (header.level, header.clock) {
        (Some(level), _) => level,
        (None, _) if !header.varies.is_empty() => Level::Screen,
        (None, Some(Clock::Virtual { .. })) => Level::Exact,
        (None, _) => Level::Bytes,
    }
}

//! Views: pure functions of a recording.

pub mod notebook;

//! Views: pure functions of a recording.
//!
//! Whatever a program wrote, what a view makes of it is inert: a text has line ends and characters that a
//! [transcript](crate::transcript) shows as themselves, a picture has no scripts.

pub mod asciicast;
pub mod frames;
pub mod notebook;
pub mod screen;
pub mod svg;

mod utf8;

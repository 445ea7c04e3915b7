//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.

pub mod clock;
#[cfg(feature = "cli")]
pub mod command_line;
pub mod comparison;
pub mod file;
pub mod recording;
pub mod transcript;
pub mod view;

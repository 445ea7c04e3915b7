//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.
//!
//! A test records its program and leaves it to insta to keep the transcript:
//!
//! ```no_run
//! use stroboscope::session::Session;
//!
//! #[test]
//! fn the_progress_bar_moves() -> Result<(), stroboscope::session::Error> {
//!     let recording = Session::cargo_bin("my-cli")?.arg("build").run()?;
//!     insta::assert_snapshot!(recording);
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! In real time a run's instants are never the same twice: compare what does not change, or keep the transcripts in a
//! folder and let [`transcripts`] compare them by their bytes.

pub mod check;
pub mod clock;
#[cfg(feature = "cli")]
pub mod command_line;
pub mod comparison;
pub mod file;
#[cfg(feature = "libtest")]
mod libtest;
pub mod recording;
pub mod script;
pub mod session;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trace;
pub mod transcript;
pub mod view;
pub mod virtual_time;

#[cfg(feature = "libtest")]
pub use libtest::transcripts;

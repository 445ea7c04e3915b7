//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.
//!
//! A test records its program, and insta stores the transcript:
//!
//! ```no_run
//! use stroboscope::{Session, VirtualTime, session};
//!
//! #[test]
//! fn the_progress_bar_moves() -> Result<(), session::SessionError> {
//!     let session = Session::cargo_bin("my-cli")?.arg("build");
//!     let recording = session.virtual_time(VirtualTime::default()).run()?;
//!     insta::assert_snapshot!(recording);
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! In [virtual time](virtual_time) nothing is waited for, and every run gives the same recording. In real time a run's
//! instants are never the same twice: compare [what does not change](recording::Recording::at_level), or keep the
//! transcripts in a folder and let [`transcripts`] compare them as their clocks allow.

pub mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod command_line;
pub mod comparison;
#[doc(hidden)]
pub mod file;
#[cfg(feature = "libtest")]
mod libtest;
pub mod recording;
pub mod script;
pub mod session;
pub mod text;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trace;
pub mod transcript;
pub mod view;
pub mod virtual_time;

#[cfg(feature = "libtest")]
pub use libtest::transcripts;
pub use recording::Recording;
pub use script::Script;
pub use session::Session;
pub use virtual_time::VirtualTime;

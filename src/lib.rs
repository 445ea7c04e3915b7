//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.
//!
//! A test records its program, and insta stores the transcript:
//!
//! ```no_run
//! use stroboscope::{Session, session::SessionError};
//!
//! #[test]
//! fn the_progress_bar_moves() -> Result<(), SessionError> {
//!     let recording = Session::cargo_bin("my-cli")?.arg("build").run()?;
//!     insta::assert_snapshot!(recording);
//!     Ok(())
//! }
//! # fn main() {}
//! ```
//!
//! On Linux on `x86_64` it runs in [virtual time](virtual_time): nothing is waited for, and every run gives the same
//! recording. In [real time](Session::real_time), the default elsewhere, a run's instants are never the same twice: compare
//! [what does not change](recording::Recording::at_level), or keep the transcripts in a folder and let `transcripts` (with
//! the feature `libtest`) compare them as their clocks allow.

#![cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(
        dead_code,
        unused_imports,
        reason = "where there is no virtual time, nothing uses what only it needs"
    )
)]

pub mod check;
pub mod comparison;
// Public only for the binaries, which are crates of their own and write files as `check` does.
#[doc(hidden)]
pub mod file;
#[cfg(feature = "libtest")]
mod libtest;
pub mod recording;
pub mod script;
pub mod session;
// Public only for the binaries, too.
#[cfg(any(feature = "cli", feature = "libtest"))]
#[doc(hidden)]
pub mod settings;
pub mod terminal;
pub mod text;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trace;
pub mod transcript;
// Public only for the binaries, too.
#[doc(hidden)]
pub mod unfinished;
pub mod view;
pub mod virtual_time;

#[cfg(feature = "libtest")]
pub use libtest::transcripts;
pub use recording::Recording;
pub use script::Script;
pub use session::Session;
pub use virtual_time::VirtualTime;

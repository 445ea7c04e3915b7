//! Views: pure functions of a recording.
//!
//! Whatever a program wrote, what a view makes of it is inert: a text has line ends and characters that a
//! [transcript](crate::transcript) shows as themselves, a picture has no scripts.
//!
//! ```
//! use stroboscope::{Recording, view};
//!
//! let recording: Recording = "transcript: 1\nchannel: pty 80x24 dumb\n\n\
//!     0.000 \"10%\"\n1.000 \"\\r\" \"99%\"\n@2.000 exit 0\n".parse()?;
//! assert_eq!(view::screen(&recording).to_string(), "99%\n");
//! assert_eq!(view::frames(&recording).len(), 2);
//! assert!(view::svg(&recording).starts_with("<svg"));
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```

#[cfg(feature = "asciicast")]
pub mod asciicast;
pub mod frames;
pub mod notebook;
pub mod picture;
pub mod screen;
pub mod svg;

pub use {frames::frames, notebook::notebook, screen::screen, svg::svg};

mod utf8;

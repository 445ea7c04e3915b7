//! How pictures of a recording look and play: colors, margin and window; which part, how fast, how often.
//!
//! ```
//! use std::time::Duration;
//! use stroboscope::{Recording, view::{picture::{Look, Playback, Theme}, svg}};
//!
//! let recording: Recording = "transcript: 1\nchannel: pty 80x24 dumb\n\n\
//!     0.000 \"10%\"\n9.000 \"\\r99%\"\n@9.000 exit 0\n".parse()?;
//! let look = Look::default().theme(Theme::named("solarized-light").unwrap_or_default());
//! let playback = Playback::default().idle_limit(Duration::from_secs(1));
//! assert!(svg::draw(&recording, &look, &playback).contains("#fdf6e3"));
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```

pub(super) use self::theme::Palette;
pub use self::{
    look::{FontFamily, FontFamilyError, Look, title},
    playback::{Playback, Speed, SpeedError, thinned},
    theme::Theme,
};

mod look;
mod playback;
#[expect(
    clippy::unreadable_literal,
    reason = "colors are written as `RRGGBB` everywhere"
)]
mod theme;

//! How pictures of a recording look and play: colors, margin and window; which part, how fast, how often.
//!
//! With the feature `pictures` there are pictures of pixels, too: `png`, `apng` and `gif`. They are drawn with DejaVu Sans
//! Mono, which is part of the library; box drawing and block elements are drawn so that they join, and what the font does not
//! have, most wide characters and emoji, is a box of as many columns.
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

#[cfg(feature = "pictures")]
use self::error::check;
pub(super) use self::{blocks::shape, theme::Palette};
#[cfg(feature = "pictures")]
pub use self::{
    error::PictureError,
    gif::gif,
    png::{apng, png},
};
pub use self::{
    look::{FontFamily, FontFamilyError, Look, title},
    playback::{Playback, Speed, SpeedError, thinned},
    theme::Theme,
};

mod blocks;
#[cfg(feature = "pictures")]
mod error;
#[cfg(feature = "pictures")]
mod gif;
mod look;
mod playback;
#[cfg(feature = "pictures")]
mod png;
#[cfg(feature = "pictures")]
mod raster;
#[expect(
    clippy::unreadable_literal,
    reason = "colors are written as `RRGGBB` everywhere"
)]
mod theme;

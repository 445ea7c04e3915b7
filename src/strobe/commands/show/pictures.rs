//! What pictures look like, and what of a recording they play.

use super::View;
use clap::{Args, builder::PossibleValuesParser};
use std::{
    error::Error,
    io::{IsTerminal, stdout},
    time::Duration,
};
use stroboscope::{
    recording::Recording,
    settings::values::{duration, instant},
    view::{
        picture::{self, FontFamily, Look, Playback, Speed, Theme},
        svg,
    },
};

/// The widest margin (pixels).
const MAX_PADDING: i64 = 1000;

#[derive(Args, Debug)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// Colors of a picture [default: dark]
    ///
    /// `auto` is dark or light, whichever the viewer prefers; only an SVG can be both.
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = PossibleValuesParser::new(Theme::names()), long_help = themes())]
    theme: Option<String>,
    /// Draw a title bar with the command, or with this title
    #[arg(long, value_name = "TITLE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    window: Option<String>,
    /// Margin around the rows, in pixels [default: 12]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(0..=MAX_PADDING))]
    padding: Option<u16>,
    /// Draw no cursor
    #[arg(long)]
    no_cursor: bool,
    /// Fonts of an SVG, the preferred one first: `Fira Code, monospace`
    #[arg(long, value_name = "FONTS")]
    font_family: Option<FontFamily>,
    /// Play it so many times as fast
    #[arg(long, value_name = "N")]
    speed: Option<Speed>,
    /// Show no frame for longer than this
    ///
    /// The limit is a time of the recording, before `--speed`.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    idle_limit: Option<Duration>,
    /// Start at this instant of the recording
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    from: Option<Duration>,
    /// End at this instant of the recording
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<Duration>,
    /// Start again at the end (the default)
    #[arg(long, conflicts_with = "once")]
    r#loop: bool,
    /// Stop at the end
    #[arg(long)]
    once: bool,
}

/// The long help of `--theme`.
fn themes() -> String {
    let names: Vec<_> = Theme::names().collect();
    format!(
        "Colors of a picture [default: dark]\n\n`auto` is dark or light, whichever the viewer prefers; only an SVG can be \
         both. One of {}",
        names.join(", ")
    )
}

impl PictureArgs {
    /// Refuses what a view cannot heed.
    pub fn check(&self, view: View, at: Option<Duration>) -> Result<(), String> {
        let looks = [
            ("theme", self.theme.is_some()),
            ("window", self.window.is_some()),
            ("padding", self.padding.is_some()),
            ("no-cursor", self.no_cursor),
        ];
        let plays = [
            ("speed", self.speed.is_some()),
            ("idle-limit", self.idle_limit.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("loop", self.r#loop),
            ("once", self.once),
        ];
        let set = |options: &[(&'static str, bool)]| {
            let mut options = options.iter().copied();
            options.find(|(_, is_set)| *is_set).map(|(name, _)| name)
        };
        if let Some(option) = set(&looks).filter(|_| !view.is_picture()) {
            return Err(format!(
                "`--{option}` is for pictures: {}",
                View::pictures(View::is_picture)
            ));
        }
        if let Some(option) = set(&plays).filter(|_| !view.is_moving()) {
            return Err(format!(
                "`--{option}` is for moving pictures: {}",
                View::pictures(View::is_moving)
            ));
        }
        if self.font_family.is_some() && view != View::Svg {
            return Err("`--font-family` is for `--as svg`: other pictures are drawn with the font that strobe has".to_owned());
        }
        if let (Some(option), Some(_)) = (set(&plays), at) {
            return Err(format!(
                "with `--at` a picture does not move: leave `--{option}` out"
            ));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to <= from
        {
            return Err("`--to` is not after `--from`".to_owned());
        }
        Ok(())
    }

    /// Draws a recording; at an instant, as a still.
    pub fn draw(
        &self,
        view: View,
        recording: &Recording,
        at: Option<Duration>,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let (look, playback) = (self.look(recording), self.playback(at));
        if view == View::Svg {
            return Ok(svg::draw(recording, &look, &playback).into_bytes());
        }
        if stdout().is_terminal() {
            return Err("a picture is no text: send standard output to a file".into());
        }
        pixels(view, recording, &look, &playback, at)
    }

    /// How a picture of a recording looks.
    fn look(&self, recording: &Recording) -> Look {
        let mut look = Look::default();
        if let Some(theme) = self.theme.as_deref().and_then(Theme::named) {
            look = look.theme(theme);
        }
        if let Some(title) = &self.window {
            look = look.window(match title.as_str() {
                "" => picture::title(recording),
                title => title.to_owned(),
            });
        }
        if let Some(padding) = self.padding {
            look = look.padding(padding);
        }
        look.cursor = !self.no_cursor;
        look.font_family.clone_from(&self.font_family);
        look
    }

    /// How it is played; at an instant, as a still.
    fn playback(&self, at: Option<Duration>) -> Playback {
        let mut playback = Playback::default();
        playback.from = at.or(self.from).unwrap_or_default();
        playback.to = at.or(self.to);
        playback.speed = self.speed.unwrap_or_default();
        playback.idle_limit = self.idle_limit;
        playback.once = self.once;
        playback
    }
}

#[cfg(feature = "pictures")]
fn pixels(
    view: View,
    recording: &Recording,
    look: &Look,
    playback: &Playback,
    at: Option<Duration>,
) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(match view {
        View::Gif => picture::gif(recording, look, playback)?,
        View::Apng => picture::apng(recording, look, playback)?,
        _ => picture::png(recording, look, at.unwrap_or(Duration::MAX))?,
    })
}

#[cfg(not(feature = "pictures"))]
fn pixels(
    _: View,
    _: &Recording,
    _: &Look,
    _: &Playback,
    _: Option<Duration>,
) -> Result<Vec<u8>, Box<dyn Error>> {
    Err("this strobe was built without the feature `pictures`: use `--as svg`".into())
}

//! Moving pictures as GIF.

use super::{
    Look, PictureError, Playback,
    raster::{
        Shown,
        palette::{Palette, coarse},
        play,
    },
};
use crate::{recording::Recording, terminal::palette::Rgb};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::{borrow::Cow, time::Duration};

/// The most colors, beside the one that lets the frame before show through.
const COLORS: usize = 255;

/// Returns a recording as a GIF; the same recording always gives the same bytes.
///
/// Instants are rounded to hundredths of a second, and frames shorter than two of them are left out, as viewers would show
/// them for longer. A frame of more than 255 colors has coarser ones.
///
/// # Errors
/// A theme that depends on the viewer.
pub fn gif(
    recording: &Recording,
    look: &Look,
    playback: &Playback,
) -> Result<Vec<u8>, PictureError> {
    super::check(look)?;
    // One palette for all frames, if that is enough.
    let mut palette = Palette::default();
    let mut is_enough = true;
    play(recording, look, playback, |shown| {
        is_enough = is_enough && palette.add(shown.canvas, shown.changed, COLORS);
        Ok::<(), PictureError>(())
    })?;
    let palette = is_enough.then_some(palette);
    let mut writer = Writer {
        global: palette,
        encoder: None,
        before: Vec::new(),
        at: Duration::ZERO,
        once: playback.once,
    };
    play(recording, look, playback, |shown| writer.write(&shown))?;
    match writer.encoder {
        Some(encoder) => Ok(encoder.into_inner()?),
        None => Ok(Vec::new()),
    }
}

struct Writer {
    global: Option<Palette>,
    encoder: Option<Encoder<Vec<u8>>>,
    /// The pixels of the frame before.
    before: Vec<Rgb>,
    at: Duration,
    once: bool,
}

impl Writer {
    fn write(&mut self, shown: &Shown) -> Result<(), PictureError> {
        let (width, height) = (short(shown.canvas.width()), short(shown.canvas.height()));
        let mut encoder = if let Some(encoder) = self.encoder.take() {
            encoder
        } else {
            let colors = self.global.as_ref().map(Palette::bytes);
            let mut encoder = Encoder::new(Vec::new(), width, height, &colors.unwrap_or_default())?;
            if !self.once {
                encoder.set_repeat(Repeat::Infinite)?;
            }
            encoder
        };
        let is_first = self.before.is_empty();
        let delay = self.delay(shown.time);
        let mut rect = shown.changed;
        if rect.is_empty() {
            // What has changed cannot be seen: a pixel as it was.
            (rect.left, rect.top, rect.right, rect.bottom) = (0, 0, 1, 1);
        }
        let whole = shown.canvas.width();
        let (palette, bits) = match &self.global {
            Some(palette) => (Cow::Borrowed(palette), 8),
            None => of_frame(shown),
        };
        let through = u8::try_from(palette.len()).unwrap_or(u8::MAX);
        let mut pixels = Vec::with_capacity(rect.width() * rect.height());
        for (row, colors) in shown.canvas.rows(rect).enumerate() {
            let start = (rect.top + row) * whole + rect.left;
            for (column, color) in colors.iter().enumerate() {
                let is_as_before = self.before.get(start + column) == Some(color);
                pixels.push(if is_as_before {
                    through
                } else {
                    palette.get(coarse(*color, bits))
                });
            }
        }
        let mut frame = Frame {
            delay,
            dispose: DisposalMethod::Keep,
            transparent: (!is_first).then_some(through),
            left: short(rect.left),
            top: short(rect.top),
            width: short(rect.width()),
            height: short(rect.height()),
            palette: self.global.is_none().then(|| palette.bytes()),
            buffer: Cow::Owned(pixels),
            ..Frame::default()
        };
        frame.make_lzw_pre_encoded();
        encoder.write_lzw_pre_encoded_frame(&frame)?;
        self.encoder = Some(encoder);
        if is_first {
            self.before = shown.canvas.copy(rect);
        } else {
            for (row, colors) in shown.canvas.rows(rect).enumerate() {
                let start = (rect.top + row) * whole + rect.left;
                self.before[start..start + colors.len()].copy_from_slice(colors);
            }
        }
        Ok(())
    }

    /// Hundredths of a second, so that roundings do not add up.
    fn delay(&mut self, time: Duration) -> u16 {
        let hundredths = |time: Duration| (time.as_millis() + 5) / 10;
        let before = hundredths(self.at);
        self.at = self.at.saturating_add(time);
        u16::try_from(hundredths(self.at) - before).unwrap_or(u16::MAX)
    }
}

/// The colors of one frame, made coarser until there are few enough, and how many bits each part then has.
fn of_frame(shown: &Shown) -> (Cow<'static, Palette>, u32) {
    for bits in (1..=8).rev() {
        let mut palette = Palette::default();
        let mut colors = shown.canvas.rows(shown.changed).flatten();
        if colors.all(|color| palette.take(coarse(*color, bits), COLORS)) {
            return (Cow::Owned(palette), bits);
        }
    }
    (Cow::Owned(Palette::default()), 1)
}

fn short(pixels: usize) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

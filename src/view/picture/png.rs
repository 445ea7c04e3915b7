//! PNG pictures: still ones and animated ones (APNG).

use super::{
    Look, PictureError, Playback,
    raster::{Canvas, Rect, palette::Palette, play, still},
};
use crate::recording::Recording;
use png::{BitDepth, ColorType, Compression, Encoder};
use std::time::Duration;

/// The most colors of a picture that has a palette.
const COLORS: usize = 256;

/// Returns what was visible at an instant of a recording as a PNG; the same recording always gives the same bytes.
///
/// # Errors
/// A theme that depends on the viewer.
pub fn png(recording: &Recording, look: &Look, instant: Duration) -> Result<Vec<u8>, PictureError> {
    super::check(look)?;
    let canvas = still(recording, look, instant);
    let whole = whole(&canvas);
    let palette = Palette::of(&canvas, whole, COLORS);
    let mut bytes = Vec::new();
    let encoder = encoder(&mut bytes, &canvas, palette.as_ref());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels(&canvas, whole, palette.as_ref()))?;
    writer.finish()?;
    Ok(bytes)
}

/// Returns a recording as an animated PNG (APNG); the same recording always gives the same bytes. Viewers that play no
/// animation show its first frame.
///
/// # Errors
/// A theme that depends on the viewer.
pub fn apng(
    recording: &Recording,
    look: &Look,
    playback: &Playback,
) -> Result<Vec<u8>, PictureError> {
    super::check(look)?;
    let (mut frames, mut palette, mut is_enough) = (0, Palette::default(), true);
    play(recording, look, playback, |shown| {
        frames += 1;
        is_enough = is_enough && palette.add(shown.canvas, shown.changed, COLORS);
        Ok::<(), PictureError>(())
    })?;
    let palette = is_enough.then_some(palette);
    let mut bytes = Vec::new();
    let played = (recording, look, playback);
    write_frames(&mut bytes, played, frames, palette.as_ref())?;
    Ok(bytes)
}

fn write_frames(
    bytes: &mut Vec<u8>,
    (recording, look, playback): (&Recording, &Look, &Playback),
    frames: u32,
    palette: Option<&Palette>,
) -> Result<(), PictureError> {
    let (mut writer, mut target) = (None, Some(bytes));
    play(recording, look, playback, |shown| {
        let mut rect = shown.changed;
        if rect.is_empty() {
            // What has changed cannot be seen: a pixel as it was.
            (rect.left, rect.top, rect.right, rect.bottom) = (0, 0, 1, 1);
        }
        let (numerator, denominator) = fraction(shown.time);
        if let Some(target) = target.take() {
            let mut encoder = encoder(target, shown.canvas, palette);
            encoder.set_animated(frames, u32::from(playback.once))?;
            encoder.set_frame_delay(numerator, denominator)?;
            writer = Some(encoder.write_header()?);
        }
        let Some(writer) = &mut writer else {
            return Ok(());
        };
        if rect != whole(shown.canvas) {
            writer.set_frame_position(0, 0)?;
            writer.set_frame_dimension(long(rect.width()), long(rect.height()))?;
            writer.set_frame_position(long(rect.left), long(rect.top))?;
        }
        writer.set_frame_delay(numerator, denominator)?;
        writer.write_image_data(&pixels(shown.canvas, rect, palette))?;
        Ok::<(), PictureError>(())
    })?;
    if let Some(writer) = writer {
        writer.finish()?;
    }
    Ok(())
}

fn encoder<'a>(
    bytes: &'a mut Vec<u8>,
    canvas: &Canvas,
    palette: Option<&Palette>,
) -> Encoder<'static, &'a mut Vec<u8>> {
    let mut encoder = Encoder::new(bytes, long(canvas.width()), long(canvas.height()));
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    match palette {
        Some(palette) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(palette.bytes());
        }
        None => encoder.set_color(ColorType::Rgb),
    }
    encoder
}

fn pixels(canvas: &Canvas, rect: Rect, palette: Option<&Palette>) -> Vec<u8> {
    let colors = canvas.rows(rect).flatten();
    match palette {
        Some(palette) => colors.map(|color| palette.get(*color)).collect(),
        None => colors
            .flat_map(|(red, green, blue)| [*red, *green, *blue])
            .collect(),
    }
}

fn whole(canvas: &Canvas) -> Rect {
    Rect {
        left: 0,
        top: 0,
        right: canvas.width(),
        bottom: canvas.height(),
    }
}

/// Seconds as a fraction of two short numbers, as exact as they can be.
fn fraction(time: Duration) -> (u16, u16) {
    let parts = [(1, 1000), (10, 100), (100, 10), (1000, 1)];
    let exact = parts.into_iter().find_map(|(unit, denominator)| {
        let units = (time.as_millis() + unit / 2) / unit;
        u16::try_from(units).ok().map(|units| (units, denominator))
    });
    exact.unwrap_or((u16::MAX, 1))
}

fn long(pixels: usize) -> u32 {
    u32::try_from(pixels).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::fraction;
    use std::time::Duration;

    #[test]
    fn times_are_as_exact_as_two_short_numbers() {
        for (milliseconds, parts) in [
            (0, (0, 1000)),
            (1, (1, 1000)),
            (65_535, (65_535, 1000)),
            (65_536, (6_554, 100)),
            (10_000_000, (10_000, 1)),
            (u64::MAX, (u16::MAX, 1)),
        ] {
            assert_eq!(fraction(Duration::from_millis(milliseconds)), parts);
        }
    }
}

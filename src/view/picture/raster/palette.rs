//! The colors of a picture, numbered, for formats that have few.

use super::canvas::{Canvas, Rect};
use crate::terminal::palette::Rgb;
use std::collections::HashMap;

/// Numbered colors.
#[derive(Clone, Default)]
pub(in crate::view::picture) struct Palette {
    colors: Vec<Rgb>,
    numbers: HashMap<Rgb, u8>,
}

impl Palette {
    /// The colors of a part of a picture, if there are at most so many.
    pub fn of(canvas: &Canvas, rect: Rect, most: usize) -> Option<Palette> {
        let mut palette = Palette::default();
        palette.add(canvas, rect, most).then_some(palette)
    }

    /// Adds the colors of a part of a picture; returns whether there are at most so many then.
    pub fn add(&mut self, canvas: &Canvas, rect: Rect, most: usize) -> bool {
        canvas
            .rows(rect)
            .flatten()
            .all(|color| self.number(*color, most).is_some())
    }

    /// Adds a color; returns whether there was space.
    pub fn take(&mut self, color: Rgb, most: usize) -> bool {
        self.number(color, most).is_some()
    }

    /// The number of a color, which is added if there is space.
    fn number(&mut self, color: Rgb, most: usize) -> Option<u8> {
        if let Some(number) = self.numbers.get(&color) {
            return Some(*number);
        }
        let number = u8::try_from(self.colors.len())
            .ok()
            .filter(|_| self.colors.len() < most)?;
        self.colors.push(color);
        self.numbers.insert(color, number);
        Some(number)
    }

    /// The number of a color that it has; 0 for any other.
    pub fn get(&self, color: Rgb) -> u8 {
        self.numbers.get(&color).copied().unwrap_or(0)
    }

    pub fn len(&self) -> usize {
        self.colors.len()
    }

    /// The colors in red, green and blue.
    pub fn bytes(&self) -> Vec<u8> {
        self.colors
            .iter()
            .flat_map(|(red, green, blue)| [*red, *green, *blue])
            .collect()
    }
}

/// A color with so many bits of each part only.
pub(in crate::view::picture) fn coarse((red, green, blue): Rgb, bits: u32) -> Rgb {
    let mask = u8::MAX.checked_shl(8 - bits).unwrap_or(0);
    // The brightest stays the brightest.
    let part = |value: u8| (value & mask) | (value & mask).checked_shr(bits).unwrap_or(0);
    (part(red), part(green), part(blue))
}

#[cfg(test)]
mod tests {
    use super::{Palette, coarse};
    use crate::view::picture::raster::canvas::{Canvas, Rect};

    #[test]
    fn a_palette_has_every_color_or_there_is_none() {
        let mut canvas = Canvas::new(4, 1, (0, 0, 0));
        canvas.paint(1, 0, (9, 9, 9), 255);
        canvas.paint(2, 0, (8, 8, 8), 255);
        let rect = Rect {
            left: 0,
            top: 0,
            right: 4,
            bottom: 1,
        };
        assert!(Palette::of(&canvas, rect, 2).is_none());
        let palette = Palette::of(&canvas, rect, 3).unwrap();
        assert_eq!(palette.bytes(), [0, 0, 0, 9, 9, 9, 8, 8, 8]);
        assert_eq!(palette.get((8, 8, 8)), 2);
    }

    #[test]
    fn coarse_colors_keep_black_and_white() {
        for bits in 1..=8 {
            let (black, white, _) = coarse((0, 255, 0), bits);
            assert_eq!(
                (black, white >> (8 - bits) << (8 - bits)),
                (0, white & u8::MAX << (8 - bits))
            );
        }
        assert_eq!(coarse((0x12, 0xab, 0xff), 8), (0x12, 0xab, 0xff));
        assert_eq!(coarse((0x12, 0xab, 0xff), 4), (0x11, 0xaa, 0xff));
    }
}

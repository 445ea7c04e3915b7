//! Pixels.

use crate::terminal::palette::Rgb;

/// An opaque picture.
pub(in crate::view::picture) struct Canvas {
    width: usize,
    pixels: Vec<Rgb>,
}

/// Some pixels: from left and top to before right and bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::view::picture) struct Rect {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Rect {
    pub fn width(self) -> usize {
        self.right - self.left
    }

    pub fn height(self) -> usize {
        self.bottom - self.top
    }

    pub fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// The smallest rectangle around both.
    pub fn with(self, other: Rect) -> Rect {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        Rect {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

impl Canvas {
    pub fn new(width: usize, height: usize, background: Rgb) -> Canvas {
        Canvas {
            width,
            pixels: vec![background; width * height],
        }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The pixels of a rectangle, row by row.
    pub fn rows(&self, rect: Rect) -> impl Iterator<Item = &[Rgb]> {
        let row =
            move |y: usize| &self.pixels[y * self.width + rect.left..y * self.width + rect.right];
        (rect.top..rect.bottom).map(row)
    }

    pub fn copy(&self, rect: Rect) -> Vec<Rgb> {
        self.rows(rect).collect::<Vec<_>>().concat()
    }

    /// The smallest rectangle around the pixels that are others than these of a rectangle were.
    pub fn difference(&self, rect: Rect, before: &[Rgb]) -> Rect {
        let rows = self
            .rows(rect)
            .zip(before.chunks(rect.width().max(1)))
            .enumerate();
        rows.fold(Rect::default(), |changed, (y, (now, before))| {
            let differs = |x: &usize| now[*x] != before[*x];
            let Some(first) = (0..now.len()).find(differs) else {
                return changed;
            };
            let last = (0..now.len()).rfind(differs).unwrap_or(first);
            changed.with(Rect {
                left: rect.left + first,
                right: rect.left + last + 1,
                top: rect.top + y,
                bottom: rect.top + y + 1,
            })
        })
    }

    /// Fills what of a rectangle is in the picture.
    pub fn fill(&mut self, rect: Rect, color: Rgb) {
        let right = rect.right.min(self.width);
        for y in rect.top..rect.bottom.min(self.height()) {
            if rect.left < right {
                self.pixels[y * self.width + rect.left..y * self.width + right].fill(color);
            }
        }
    }

    /// Paints a pixel, if it is in the picture, with a part of a color (0 to 255).
    pub fn paint(&mut self, x: usize, y: usize, color: Rgb, part: u8) {
        if x < self.width && y < self.height() {
            let pixel = &mut self.pixels[y * self.width + x];
            *pixel = blend(*pixel, color, part);
        }
    }

    /// Paints what a shape covers of a rectangle; it is asked at four points of each pixel, in quarters of a pixel from the
    /// rectangle's left and top.
    pub fn shape(&mut self, rect: Rect, color: Rgb, covers: impl Fn(i32, i32) -> bool) {
        let quarter = |pixel: usize| i32::try_from(4 * pixel).unwrap_or(i32::MAX / 2);
        for y in 0..rect.height() {
            for x in 0..rect.width() {
                let points = [(1, 1), (3, 1), (1, 3), (3, 3)];
                let is_in =
                    |(right, down): &(i32, i32)| covers(quarter(x) + right, quarter(y) + down);
                let part =
                    [0, 64, 128, 191, 255][points.iter().filter(|point| is_in(point)).count()];
                self.paint(rect.left + x, rect.top + y, color, part);
            }
        }
    }

    /// Draws a disc around a center.
    pub fn disc(&mut self, x: usize, y: usize, radius: usize, color: Rgb) {
        let rect = Rect {
            left: x - radius,
            right: x + radius,
            top: y - radius,
            bottom: y + radius,
        };
        let radius = i32::try_from(4 * radius).unwrap_or(0);
        self.shape(rect, color, |x, y| {
            (x - radius).pow(2) + (y - radius).pow(2) <= radius.pow(2)
        });
    }
}

/// A color over another, of which so much shows (0 to 255).
pub(super) fn blend(under: Rgb, over: Rgb, part: u8) -> Rgb {
    let part = u16::from(part);
    let mix = |under: u8, over: u8| {
        let mixed = (u16::from(under) * (255 - part) + u16::from(over) * part + 127) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    (
        mix(under.0, over.0),
        mix(under.1, over.1),
        mix(under.2, over.2),
    )
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Rect, blend};

    #[test]
    fn all_and_nothing_of_a_color_are_exact() {
        for value in 0..=255 {
            let color = (value, 255 - value, 7);
            assert_eq!(blend((1, 2, 3), color, 255), color);
            assert_eq!(blend(color, (1, 2, 3), 0), color);
        }
    }

    #[test]
    fn a_difference_is_the_smallest_rectangle() {
        let mut canvas = Canvas::new(10, 10, (0, 0, 0));
        let whole = Rect {
            left: 1,
            top: 1,
            right: 9,
            bottom: 9,
        };
        let before = canvas.copy(whole);
        assert!(canvas.difference(whole, &before).is_empty());
        canvas.paint(3, 4, (9, 9, 9), 255);
        canvas.paint(5, 2, (9, 9, 9), 255);
        canvas.paint(99, 99, (9, 9, 9), 255);
        let changed = Rect {
            left: 3,
            top: 2,
            right: 6,
            bottom: 5,
        };
        assert_eq!(canvas.difference(whole, &before), changed);
    }
}

//! Draws block elements.

use super::canvas::{Canvas, Rect};
use crate::{terminal::palette::Rgb, view::picture::shape};

/// Draws a block element into a cell; returns whether the character is one.
pub(super) fn draw(canvas: &mut Canvas, cell: Rect, character: char, color: Rgb) -> bool {
    let Some((parts, percent)) = shape(character) else {
        return false;
    };
    // Edges in eighths of the cell.
    let across = |eighths: usize| cell.left + (cell.width() * eighths + 4) / 8;
    let down = |eighths: usize| cell.top + (cell.height() * eighths + 4) / 8;
    let shade = u8::try_from((u16::from(percent) * 255 + 50) / 100).unwrap_or(u8::MAX);
    for [left, top, right, bottom] in parts {
        for y in down(top)..down(bottom) {
            (across(left)..across(right)).for_each(|x| canvas.paint(x, y, color, shade));
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::view::picture::raster::canvas::{Canvas, Rect};

    /// How many of the 16 by 16 pixels are filled, by quadrants: upper left, upper right, lower left, lower right.
    #[track_caller]
    fn fills(character: char, quadrants: [usize; 4]) {
        let mut canvas = Canvas::new(16, 16, (0, 0, 0));
        let cell = Rect {
            left: 0,
            top: 0,
            right: 16,
            bottom: 16,
        };
        assert!(draw(&mut canvas, cell, character, (1, 1, 1)));
        let count = |left, top| {
            let rect = Rect {
                left,
                top,
                right: left + 8,
                bottom: top + 8,
            };
            canvas
                .copy(rect)
                .iter()
                .filter(|pixel| **pixel == (1, 1, 1))
                .count()
        };
        assert_eq!(
            [count(0, 0), count(8, 0), count(0, 8), count(8, 8)],
            quadrants,
            "{character}"
        );
    }

    #[test]
    fn blocks_fill_what_their_names_say() {
        // Upper half, lower eighth, lower half, full, left half, left eighth, right half, upper eighth, right eighth.
        fills('▀', [64, 64, 0, 0]);
        fills('▁', [0, 0, 16, 16]);
        fills('▄', [0, 0, 64, 64]);
        fills('█', [64; 4]);
        fills('▌', [64, 0, 64, 0]);
        fills('▏', [16, 0, 16, 0]);
        fills('▐', [0, 64, 0, 64]);
        fills('▔', [16, 16, 0, 0]);
        fills('▕', [0, 16, 0, 16]);
        // Lower left, lower right, upper left, all but the upper right, two across, and so on.
        fills('▖', [0, 0, 64, 0]);
        fills('▗', [0, 0, 0, 64]);
        fills('▘', [64, 0, 0, 0]);
        fills('▙', [64, 0, 64, 64]);
        fills('▚', [64, 0, 0, 64]);
        fills('▛', [64, 64, 64, 0]);
        fills('▜', [64, 64, 0, 64]);
        fills('▝', [0, 64, 0, 0]);
        fills('▞', [0, 64, 64, 0]);
        fills('▟', [0, 64, 64, 64]);
    }
}

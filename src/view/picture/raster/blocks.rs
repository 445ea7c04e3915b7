//! Block elements (U+2580 to U+259F), which fill parts of a cell, and so join.

use super::canvas::{Canvas, Rect};
use crate::terminal::palette::Rgb;

/// Draws a block element into a cell; returns whether the character is one.
pub(super) fn draw(canvas: &mut Canvas, cell: Rect, character: char, color: Rgb) -> bool {
    let number = u32::from(character);
    if !(0x2580..=0x259f).contains(&number) {
        return false;
    }
    // Edges in eighths of the cell.
    let across = |eighths: usize| cell.left + (cell.width() * eighths + 4) / 8;
    let down = |eighths: usize| cell.top + (cell.height() * eighths + 4) / 8;
    let mut fill = |left: usize, top: usize, right: usize, bottom: usize| {
        let rect = Rect {
            left: across(left),
            top: down(top),
            right: across(right),
            bottom: down(bottom),
        };
        canvas.fill(rect, color);
    };
    match number {
        0x2580 => fill(0, 0, 8, 4),
        0x2581..=0x2588 => fill(0, 8 - eighths(number, 0x2580), 8, 8),
        0x2589..=0x258f => fill(0, 0, 8 - eighths(number, 0x2588), 8),
        0x2590 => fill(4, 0, 8, 8),
        0x2591..=0x2593 => {
            let part = [64, 128, 191][eighths(number, 0x2591)];
            for y in cell.top..cell.bottom {
                (cell.left..cell.right).for_each(|x| canvas.paint(x, y, color, part));
            }
        }
        0x2594 => fill(0, 0, 8, 1),
        0x2595 => fill(7, 0, 8, 8),
        _ => {
            let quadrants = QUADRANTS[eighths(number, 0x2596)];
            for (bit, (left, top)) in [(0, 0), (4, 0), (0, 4), (4, 4)].into_iter().enumerate() {
                if quadrants & 1 << bit != 0 {
                    fill(left, top, left + 4, top + 4);
                }
            }
        }
    }
    true
}

fn eighths(number: u32, from: u32) -> usize {
    usize::try_from(number - from).unwrap_or(0)
}

/// The quadrants of U+2596 to U+259F: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUADRANTS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

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

//! Braille patterns (U+2801 to U+28FF), which progress bars and spinners are made of.

use super::canvas::{Canvas, Rect};
use crate::terminal::palette::Rgb;

/// The column and the row of each dot, in the order of a pattern's bits (Unicode, chapter 21.1).
const DOTS: [(usize, usize); 8] = [
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (0, 3),
    (1, 3),
];

/// Draws a pattern into a cell; returns whether the character is one.
pub(super) fn draw(canvas: &mut Canvas, cell: Rect, character: char, color: Rgb) -> bool {
    let Some(bits) = u32::from(character)
        .checked_sub(0x2800)
        .filter(|bits| *bits < 0x100)
    else {
        return false;
    };
    for (bit, (column, row)) in DOTS.into_iter().enumerate() {
        if bits & 1 << bit != 0 {
            // The middle of each of two columns and four rows.
            let x = cell.left + (2 * column + 1) * cell.width() / 4;
            let y = cell.top + (2 * row + 1) * cell.height() / 8;
            let dot = Rect {
                left: x - 1,
                right: x + 2,
                top: y - 1,
                bottom: y + 2,
            };
            canvas.shape(dot, color, |x, y| (x - 6).pow(2) + (y - 6).pow(2) <= 36);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::view::picture::raster::canvas::{Canvas, Rect};

    #[track_caller]
    fn has_dots(character: char, rows: [&str; 4]) {
        let mut canvas = Canvas::new(10, 20, (0, 0, 0));
        let cell = Rect {
            left: 0,
            top: 0,
            right: 10,
            bottom: 20,
        };
        assert!(draw(&mut canvas, cell, character, (255, 255, 255)));
        let quarter = |left: usize, top: usize| {
            let rect = Rect {
                left,
                top,
                right: left + 5,
                bottom: top + 5,
            };
            let is_dot = canvas.copy(rect).contains(&(255, 255, 255));
            if is_dot { 'o' } else { '.' }
        };
        let drawn = [0, 5, 10, 15].map(|top| format!("{}{}", quarter(0, top), quarter(5, top)));
        assert_eq!(drawn, rows, "{character}");
    }

    #[test]
    fn dots_are_where_their_bits_say() {
        // Dots 1-2-4, dots 1-2-3-7 and 4-5-6-8 (the character's names).
        has_dots('\u{280b}', ["oo", "o.", "..", ".."]);
        has_dots('\u{2847}', ["o.", "o.", "o.", "o."]);
        has_dots('\u{28b8}', [".o", ".o", ".o", ".o"]);
    }
}

//! Lines under, over and through characters, as rectangles: no renderer draws all sorts of `text-decoration`.

use super::{
    COLUMN,
    paint::{Paint, Paints, paints},
    xml::tenths,
};
use crate::view::screen::{Color, Style, Underline};

/// Where lines are, from the top of a row (pixels).
const OVER: usize = 0;
const THROUGH: usize = 8;
const UNDER: usize = 14;
/// The parts of which dots, dashes and waves are made (tenths of a pixel): a quarter of a column.
const PART: usize = COLUMN / 4;

/// Whether a style has lines, which are visible under blanks, too.
pub(super) fn are_drawn(style: Style) -> bool {
    style.underline != Underline::None || style.strike || style.overline
}

/// Whether the line under a character is the one that every renderer draws.
pub(super) fn is_plain(style: Style) -> bool {
    style.underline == Underline::Single && style.underline_color == Color::Default
}

/// Draws the lines of some columns; the plain one under a text is its own.
pub(super) fn draw(
    style: Style,
    is_text: bool,
    column: usize,
    columns: usize,
    used: &mut Paints,
    out: &mut String,
) {
    let text = paints(style).0.unwrap_or(Paint::Text);
    let under = Paint::new(style.underline_color).unwrap_or(text);
    let mut draw = |x: usize, y: usize, width: usize, paint: Paint| {
        let fill = used.fill_dim(paint, style.dim && !style.inverse);
        let (x, width) = (tenths(x), tenths(width));
        *out += &format!(r#"<rect x="{x}" y="{y}" width="{width}" height="1"{fill}/>"#);
    };
    let (left, width) = (column * COLUMN, columns * COLUMN);
    let parts = || (0..columns * COLUMN / PART).map(|part| (part, left + part * PART));
    match style.underline {
        Underline::None => {}
        Underline::Single if is_plain(style) && is_text => {}
        Underline::Single => draw(left, UNDER, width, under),
        Underline::Double => {
            draw(left, UNDER - 1, width, under);
            draw(left, UNDER + 1, width, under);
        }
        Underline::Curly => parts().for_each(|(part, x)| draw(x, UNDER - part % 2, PART, under)),
        Underline::Dotted => parts()
            .step_by(2)
            .for_each(|(_, x)| draw(x, UNDER, PART, under)),
        Underline::Dashed => parts()
            .step_by(4)
            .for_each(|(_, x)| draw(x, UNDER, 3 * PART, under)),
    }
    if style.strike {
        draw(left, THROUGH, width, text);
    }
    if style.overline {
        draw(left, OVER, width, text);
    }
}

//! Block elements as rectangles: between characters of any font some renderers leave seams.

use super::{
    COLUMN, ROW,
    paint::{Paint, Paints, paints},
    xml::tenths,
};
use crate::view::{picture::shape, screen::Style};

/// Draws a block element into each of some columns.
pub(super) fn draw(
    character: char,
    style: Style,
    (column, columns): (usize, usize),
    used: &mut Paints,
    out: &mut String,
) {
    let Some((parts, percent)) = shape(character) else {
        return;
    };
    let paint = paints(style).0.unwrap_or(Paint::Text);
    let fill = used.fill_dim(paint, style.dim && !style.inverse);
    let shade = match percent {
        100 => String::new(),
        percent => format!(r#" fill-opacity=".{percent}""#),
    };
    let mut part = |column: usize, columns: usize, [left, top, right, bottom]: [usize; 4]| {
        let x = column * COLUMN + left * COLUMN / 8;
        let width = (column + columns - 1) * COLUMN + right * COLUMN / 8 - x;
        let (x, width) = (tenths(x), tenths(width));
        let y = match top * ROW / 8 {
            0 => String::new(),
            y => format!(r#" y="{y}""#),
        };
        let height = (bottom - top) * ROW / 8;
        *out += &format!(r#"<rect x="{x}"{y} width="{width}" height="{height}"{fill}{shade}/>"#);
    };
    for eighths in parts {
        // What reaches from edge to edge is one with its neighbours.
        if eighths[0] == 0 && eighths[2] == 8 {
            part(column, columns, eighths);
        } else {
            (column..column + columns).for_each(|column| part(column, 1, eighths));
        }
    }
}

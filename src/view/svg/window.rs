//! The title bar.

use super::{
    COLUMN,
    paint::{Paint, Paints},
    xml::{escape, tenths},
};

/// The height of the bar (pixels).
pub(super) const BAR: usize = 28;
/// The buttons, from the left.
const BUTTONS: [(u8, u8, u8); 3] = [(0xff, 0x5f, 0x57), (0xfe, 0xbc, 0x2e), (0x28, 0xc8, 0x40)];
/// The columns that the buttons leave free at neither end.
const RESERVED: usize = 18;

/// Draws the bar of a picture of some width (tenths of a pixel).
pub(super) fn draw(title: &str, width: usize, used: &mut Paints, out: &mut String) {
    for (index, rgb) in BUTTONS.into_iter().enumerate() {
        let fill = used.fill(Paint::Fixed(rgb));
        *out += &format!(r#"<circle cx="{}" cy="15" r="6"{fill}/>"#, 18 + 20 * index);
    }
    let columns = (width / COLUMN).saturating_sub(RESERVED);
    let cut = match title.chars().count() {
        count if count <= columns => title.to_owned(),
        _ if columns < 4 => String::new(),
        _ => title.chars().take(columns - 1).chain(['…']).collect(),
    };
    if !cut.is_empty() {
        let middle = tenths(width / 2);
        *out += &format!(r#"<text x="{middle}" y="20" text-anchor="middle" class="d">"#);
        escape(&cut, out);
        *out += "</text>\n";
    }
}

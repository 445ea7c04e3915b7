//! Draws a cursor.

use super::{
    COLUMN, ROW,
    paint::{Paint, Paints, paints},
    row,
    xml::tenths,
};
use crate::view::screen::{CursorForm, Row};

/// How thick a cursor is that is a line (pixels).
const LINE: usize = 2;

/// What is drawn of a cursor: the cell as a block would cover it, and the form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Cursor {
    pub covered: Row,
    pub form: CursorForm,
}

/// Writes the elements of a cursor, with the left and the top of its cell at 0.
pub(super) fn draw(cursor: &Cursor, used: &mut Paints, out: &mut String) {
    for cell in cursor.covered.cells() {
        let (width, top, height) = match cursor.form {
            CursorForm::Block => (cell.columns * COLUMN, 0, ROW),
            CursorForm::Underline => (cell.columns * COLUMN, ROW - LINE, LINE),
            CursorForm::Bar => (LINE * 10, 0, ROW),
        };
        let fill = used.fill(paints(cell.style).1.unwrap_or(Paint::Background));
        let y = match top {
            0 => String::new(),
            top => format!(r#" y="{top}""#),
        };
        let width = tenths(width);
        *out += &format!(r#"<rect{y} width="{width}" height="{height}"{fill}/>"#);
    }
    if cursor.form == CursorForm::Block {
        row::draw_characters(&cursor.covered, used, out);
    }
}

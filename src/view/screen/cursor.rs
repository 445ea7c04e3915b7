//! The cursor as a picture shows it.

use super::{Color, Row, Style};
use crate::terminal::CursorShape;

/// A visible cursor as it is drawn, which is as xterm draws it; one that blinks is drawn steady.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DrawnCursor {
    /// Its row, from 0 at the top.
    pub row: usize,
    /// Its column, from 0 at the left.
    pub column: usize,
    /// What it looks like.
    pub form: CursorForm,
    /// Its color; [`Color::Default`] is the default one of characters.
    pub color: Color,
    /// Its color if it is a block on an inverse character; [`Color::Default`] is the default one of the background.
    pub color_on_inverse: Color,
}

/// What a cursor looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CursorForm {
    /// The cell is filled with the cursor's color, and its character has the color of its background.
    Block,
    /// A line under the character.
    Underline,
    /// A line before the character.
    Bar,
}

impl From<CursorShape> for CursorForm {
    fn from(shape: CursorShape) -> CursorForm {
        match shape {
            CursorShape::Default | CursorShape::BlinkingBlock | CursorShape::Block => {
                CursorForm::Block
            }
            CursorShape::BlinkingUnderline | CursorShape::Underline => CursorForm::Underline,
            CursorShape::BlinkingBar | CursorShape::Bar => CursorForm::Bar,
        }
    }
}

impl DrawnCursor {
    /// Returns the column of the character under the cursor, and a row of that character alone, styled as under a block cursor:
    /// its background is the cursor's color, whatever the form.
    #[must_use]
    pub fn covered(&self, row: Option<&Row>) -> (usize, Row) {
        let cell = row.and_then(|row| {
            row.cells()
                .find(|cell| (cell.column..cell.column + cell.columns).contains(&self.column))
        });
        let mut covered = Row::default();
        let style = cell.map_or_else(Style::default, |cell| cell.style);
        let (text, wide) = cell.map_or((" ", false), |cell| (cell.text, cell.columns == 2));
        covered.push(text, wide, self.over(style), None);
        (cell.map_or(self.column, |cell| cell.column), covered)
    }

    /// Returns its row with the cell under the cursor styled as under a block cursor.
    pub(super) fn drawn_on(&self, row: &Row) -> Row {
        let mut drawn = row.clone();
        for _ in drawn.columns()..=self.column {
            drawn.push(" ", false, Style::default(), None);
        }
        drawn.restyle(self.column, |style| self.over(style));
        drawn
    }

    /// The style of a cell as it is covered: its background is the cursor's color.
    fn over(&self, mut style: Style) -> Style {
        if style.inverse && self.form == CursorForm::Block {
            style.inverse = false;
            style.background = self.color_on_inverse;
        } else {
            style.inverse = true;
            style.foreground = self.color;
            // The characters are dim, and not the cursor.
            style.dim = false;
        }
        style
    }
}

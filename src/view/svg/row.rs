//! Draws one row: the backgrounds, then the characters in runs.

use super::{
    BASELINE, COLUMN, ROW, blocks, lines,
    paint::{Paint, Paints, paints, under},
    xml::{escape, tenths},
};
use crate::view::{
    picture::shape,
    screen::{Cell, Color, Row, Style},
};

/// Adjacent characters that are drawn as one text. Each run begins at its column and fills its columns with any font;
/// characters that may come from another font are not drawn together with their neighbours.
struct Run {
    column: usize,
    columns: usize,
    style: Style,
    width: Width,
    text: String,
}

/// What the characters of a run have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// ASCII.
    Plain,
    /// Other characters of one column.
    One,
    /// Characters of two columns, each with its own position: their fonts are rarely twice as wide.
    Two,
    /// A block element.
    Block,
    /// Characters of two columns and more than one UTF-16 unit: renderers disagree on how their positions are counted.
    Alone,
}

/// Writes the row's elements, with the top at 0.
pub(super) fn draw(row: &Row, used: &mut Paints, out: &mut String) {
    let cells: Vec<Cell> = row.cells().collect();
    for stretch in cells.chunk_by(|cell, next| backgrounds(cell) == backgrounds(next)) {
        let columns: usize = stretch.iter().map(|cell| cell.columns).sum();
        let (x, width) = (tenths(stretch[0].column * COLUMN), tenths(columns * COLUMN));
        for (paint, dim) in backgrounds(&stretch[0]).into_iter().flatten() {
            let fill = used.fill_dim(paint, dim);
            *out += &format!(r#"<rect x="{x}" width="{width}" height="{ROW}"{fill}/>"#);
        }
    }
    draw_cells(&cells, used, out);
}

/// What is painted under the characters of a cell, one over the other, and whether it is dim.
fn backgrounds(cell: &Cell) -> [Option<(Paint, bool)>; 2] {
    let Style {
        background,
        inverse,
        reversed,
        ..
    } = cell.style;
    // Most have none.
    if background == Color::Default && !inverse && !reversed {
        return [None; 2];
    }
    let is_dim = cell.style.dim && inverse;
    let under = under(cell.style).filter(|_| is_dim);
    let over = paints(cell.style).1;
    [
        under.map(|paint| (paint, false)),
        over.map(|paint| (paint, is_dim)),
    ]
}

/// Writes the characters alone, without backgrounds.
pub(super) fn draw_characters(row: &Row, used: &mut Paints, out: &mut String) {
    draw_cells(&row.cells().collect::<Vec<_>>(), used, out);
}

fn draw_cells(cells: &[Cell], used: &mut Paints, out: &mut String) {
    let alike = |cell: &Cell, next: &Cell| {
        let is_like = match width(cell) {
            Width::Alone => false,
            Width::Block => cell.text == next.text,
            _ => true,
        };
        is_like && (cell.style, width(cell)) == (next.style, width(next))
    };
    for run in cells.chunk_by(alike) {
        if let Some(run) = Run::new(run) {
            run.draw(used, out);
        }
    }
}

fn width(cell: &Cell) -> Width {
    match cell.columns {
        2 if cell.text.encode_utf16().count() == 1 => Width::Two,
        2 => Width::Alone,
        _ if cell.text.is_ascii() => Width::Plain,
        _ if block(cell.text).is_some() => Width::Block,
        _ => Width::One,
    }
}

/// The block element that a text is.
fn block(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let first = characters.next()?;
    (characters.next().is_none() && shape(first).is_some()).then_some(first)
}

impl Run {
    /// A run of cells of the same kind; `None` if there is nothing to draw.
    fn new(cells: &[Cell]) -> Option<Run> {
        let first = cells[0];
        let mut run = Run {
            column: first.column,
            columns: cells.iter().map(|cell| cell.columns).sum(),
            style: first.style,
            width: width(&first),
            text: String::new(),
        };
        for cell in cells {
            cell.write_inert(!run.text.is_empty(), &mut run.text);
        }
        // A line under spaces is visible.
        if !lines::are_drawn(run.style) && run.width == Width::Plain {
            let full = run.text.len();
            run.text.truncate(run.text.trim_end_matches(' ').len());
            run.columns -= full - run.text.len();
            let blanks = run.text.len() - run.text.trim_start_matches(' ').len();
            run.text.drain(..blanks);
            run.column += blanks;
            run.columns -= blanks;
        }
        (!run.text.is_empty()).then_some(run)
    }

    fn draw(&self, used: &mut Paints, out: &mut String) {
        if self.width == Width::Block {
            let character = self.text.chars().next().unwrap_or(' ');
            let place = (self.column, self.columns);
            blocks::draw(character, self.style, place, used, out);
            return lines::draw(self.style, false, self.column, self.columns, used, out);
        }
        let columns = match self.width {
            Width::Two => (0..self.columns).step_by(2),
            Width::Plain | Width::One | Width::Block | Width::Alone => (0..1).step_by(1),
        };
        let places: Vec<String> = columns
            .map(|column| tenths((self.column + column) * COLUMN))
            .collect();
        *out += &format!(r#"<text x="{}" y="{BASELINE}""#, places.join(" "));
        if matches!(self.width, Width::Plain | Width::One) && self.columns > 1 {
            *out += &format!(r#" textLength="{}""#, tenths(self.columns * COLUMN));
            if self.width == Width::One {
                // Makes lines and boxes join.
                *out += r#" lengthAdjust="spacingAndGlyphs""#;
            }
        }
        let classes = [
            (self.style.bold, "b"),
            (self.style.dim && !self.style.inverse, "d"),
            (self.style.italic, "i"),
            (lines::is_plain(self.style), "u"),
        ];
        let classes = classes.into_iter().filter(|(set, _)| *set);
        let classes = classes.map(|(_, class)| class.to_owned());
        *out += &used.text(classes.collect(), paints(self.style).0);
        out.push('>');
        escape(&self.text, out);
        *out += "</text>";
        lines::draw(self.style, true, self.column, self.columns, used, out);
    }
}

#[cfg(test)]
mod tests {
    use super::{Paints, draw};
    use crate::{recording::Recording, view::screen::screen};

    #[track_caller]
    fn draws(payload: &str, elements: &str) {
        let text = format!(
            "transcript: 1\nchannel: pty 80x24 dumb\n\n0.000 \"{payload}\"\n@0.000 exit 0\n"
        );
        let recording: Recording = text.parse().unwrap();
        let mut out = String::new();
        draw(
            &screen(&recording).rows()[0],
            &mut Paints::default(),
            &mut out,
        );
        assert_eq!(out, elements);
    }

    #[test]
    fn a_text_is_placed_at_its_column_and_as_wide_as_its_columns() {
        draws(
            r"  a < b  ",
            r#"<text x="16.8" y="12" textLength="42">a &lt; b</text>"#,
        );
    }

    #[test]
    fn styles_are_classes_and_colors_fills() {
        draws(
            r"\e[1;3;4;38;5;208mab\e[0;2mc",
            concat!(
                r#"<text x="0" y="12" textLength="16.8" class="b i u" style="fill:#ff8700">ab</text>"#,
                r#"<text x="16.8" y="12" class="d">c</text>"#
            ),
        );
    }

    #[test]
    fn lines_are_drawn_in_their_colors() {
        draws(
            r"\e[9;53ma\e[0;21;58:2::1:2:3m \e[m",
            concat!(
                r#"<text x="0" y="12">a</text>"#,
                r##"<rect x="0" y="8" width="8.4" height="1" class="fg"/>"##,
                r##"<rect x="0" y="0" width="8.4" height="1" class="fg"/>"##,
                r#"<text x="8.4" y="12"> </text>"#,
                r##"<rect x="8.4" y="13" width="8.4" height="1" fill="#010203"/>"##,
                r##"<rect x="8.4" y="15" width="8.4" height="1" fill="#010203"/>"##,
            ),
        );
        draws(
            r"\e[4:4;31mab",
            concat!(
                r##"<text x="0" y="12" textLength="16.8" class="c1">ab</text>"##,
                r##"<rect x="0" y="14" width="2.1" height="1" class="c1"/>"##,
                r##"<rect x="4.2" y="14" width="2.1" height="1" class="c1"/>"##,
                r##"<rect x="8.4" y="14" width="2.1" height="1" class="c1"/>"##,
                r##"<rect x="12.6" y="14" width="2.1" height="1" class="c1"/>"##,
            ),
        );
    }

    #[test]
    fn what_is_concealed_is_not_in_a_picture() {
        draws(
            r"\e[8mhunter2\e[m ok",
            r#"<text x="67.2" y="12" textLength="16.8">ok</text>"#,
        );
    }

    #[test]
    fn the_background_is_drawn_under_blanks_too() {
        draws(
            r"\e[44m  \e[7mx",
            concat!(
                r##"<rect x="0" width="16.8" height="16" class="c4"/>"##,
                r##"<rect x="16.8" width="8.4" height="16" class="fg"/>"##,
                r#"<text x="16.8" y="12" class="c4">x</text>"#
            ),
        );
    }

    #[test]
    fn bold_makes_named_colors_bright_and_no_others() {
        draws(r"\e[31;1ma", r#"<text x="0" y="12" class="b c9">a</text>"#);
        draws(r"\e[1;31ma", r#"<text x="0" y="12" class="b c9">a</text>"#);
        draws(
            r"\e[1;38;5;1ma",
            r#"<text x="0" y="12" class="b c1">a</text>"#,
        );
    }

    #[test]
    fn of_what_is_dim_and_inverse_the_background_is_dim() {
        draws(
            r"\e[2;7;31ma\e[44mb",
            concat!(
                r##"<rect x="0" width="8.4" height="16" class="d c1"/>"##,
                r##"<rect x="8.4" width="8.4" height="16" class="c4"/>"##,
                r##"<rect x="8.4" width="8.4" height="16" class="d c1"/>"##,
                r#"<text x="0" y="12" class="bg">a</text>"#,
                r#"<text x="8.4" y="12" class="c4">b</text>"#,
            ),
        );
    }

    #[test]
    fn block_elements_are_rectangles_that_join() {
        draws(
            "███▄▄▐▐░",
            concat!(
                r##"<rect x="0" width="25.2" height="16" class="fg"/>"##,
                r##"<rect x="25.2" y="8" width="16.8" height="8" class="fg"/>"##,
                r##"<rect x="46.2" width="4.2" height="16" class="fg"/>"##,
                r##"<rect x="54.6" width="4.2" height="16" class="fg"/>"##,
                r##"<rect x="58.8" width="8.4" height="16" class="fg" fill-opacity=".25"/>"##,
            ),
        );
        draws(
            r"\e[4m█",
            concat!(
                r##"<rect x="0" width="8.4" height="16" class="fg"/>"##,
                r##"<rect x="0" y="14" width="8.4" height="1" class="fg"/>"##,
            ),
        );
    }

    #[test]
    fn characters_of_two_units_are_drawn_alone() {
        draws(
            "😀👍",
            r#"<text x="0" y="12">😀</text><text x="16.8" y="12">👍</text>"#,
        );
    }

    #[test]
    fn wide_characters_and_lines_are_runs_of_their_own() {
        draws(
            "a中文──b",
            concat!(
                r#"<text x="0" y="12">a</text>"#,
                r#"<text x="8.4 25.2" y="12">中文</text>"#,
                r#"<text x="42" y="12" textLength="16.8" lengthAdjust="spacingAndGlyphs">──</text>"#,
                r#"<text x="58.8" y="12">b</text>"#
            ),
        );
    }
}

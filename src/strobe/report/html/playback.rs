//! What the page's script plays: frames as lists of rows, each distinct row once, and events side by side.

use super::events::{events, milliseconds};
use base64::{Engine, engine::general_purpose::STANDARD};
use miniz_oxide::deflate::compress_to_vec;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Duration};
use stroboscope::{
    recording::Recording,
    view::{
        frames::{Frame, frames_with_cursor},
        picture::{Theme, thinned},
        screen::{Cell, Color, CursorForm, Row, Style, Underline},
    },
};

/// The level of compression, 0 to 10.
const LEVEL: u8 = 8;
/// The width of a screen that uses fewer columns.
const LEAST_COLUMNS: usize = 40;

/// One recording or two, and what happens in them.
pub struct Playback<'a> {
    old: Side<'a>,
    new: Option<Side<'a>>,
    tables: Tables,
    events: Vec<Value>,
    diff: Vec<&'a str>,
    /// What the only side is.
    alone: &'static str,
}

/// A recording and its frames.
struct Side<'a> {
    recording: &'a Recording,
    frames: Vec<Frame>,
}

impl<'a> Playback<'a> {
    /// What there is to play of a recording, or of two that differ; `alone` is what the only one is.
    pub fn new(
        old: &'a Recording,
        new: Option<&'a Recording>,
        alone: &'static str,
        diff: &'a str,
    ) -> Playback<'a> {
        let side = |recording| Side {
            recording,
            frames: frames_with_cursor(recording),
        };
        let (left, right) = (side(old), new.map(side));
        let mut tables = Tables::default();
        for side in [Some(&left), right.as_ref()].into_iter().flatten() {
            tables.add(&side.frames);
        }
        Playback {
            old: left,
            new: right,
            tables,
            events: events(old, new),
            diff: diff.lines().collect(),
            alone,
        }
    }

    /// How much there is: of frames, events or lines, whichever are most.
    pub fn len(&self) -> usize {
        let sides = [Some(&self.old), self.new.as_ref()];
        let frames = sides.into_iter().flatten().map(|side| side.frames.len());
        frames
            .chain([self.events.len(), self.diff.len()])
            .max()
            .unwrap_or(0)
    }

    /// At most so many frames of each side, events, and lines of the diff, as base64 of deflated JSON.
    pub fn deflated(&self, most: usize) -> String {
        let mut left_out = 0;
        let mut rows = Numbers::default();
        let mut side = |side: &Side| {
            let kept = thinned(&side.frames, most);
            left_out += side.frames.len() - kept.len();
            self.tables.side(&kept, side.recording, &mut rows)
        };
        let (old, new) = (side(&self.old), self.new.as_ref().map(&mut side));
        let (events, lines) = (self.events.len().min(most), self.diff.len().min(most));
        let json = json!({
            "old": old,
            "new": new,
            "alone": self.alone,
            "rows": rows.list.iter().map(|row| &self.tables.rows[*row]).collect::<Vec<_>>(),
            "styles": self.tables.styles,
            "events": &self.events[..events],
            "moreEvents": self.events.len() - events,
            "diff": &self.diff[..lines],
            "moreLines": self.diff.len() - lines,
            "leftOut": left_out,
        });
        STANDARD.encode(compress_to_vec(json.to_string().as_bytes(), LEVEL))
    }
}

/// Every distinct row and style, by its number. Row 0 is blank, style 0 plain.
struct Tables {
    rows: Vec<Value>,
    row_numbers: HashMap<Row, usize>,
    /// The numbers of the rows that frames share.
    known: HashMap<*const Row, usize>,
    styles: Vec<Value>,
    style_numbers: HashMap<Style, usize>,
    theme: Theme,
}

/// The rows that are played, in the order of their first frames.
struct Numbers {
    list: Vec<usize>,
    numbers: HashMap<usize, usize>,
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers {
            list: vec![0],
            numbers: HashMap::from([(0, 0)]),
        }
    }
}

impl Numbers {
    fn number(&mut self, row: usize) -> usize {
        *self.numbers.entry(row).or_insert_with(|| {
            self.list.push(row);
            self.list.len() - 1
        })
    }
}

impl Default for Tables {
    fn default() -> Tables {
        Tables {
            rows: vec![json!([])],
            row_numbers: HashMap::new(),
            known: HashMap::new(),
            styles: vec![json!([])],
            style_numbers: HashMap::from([(Style::default(), 0)]),
            theme: Theme::default(),
        }
    }
}

/// The cursor of a frame: its line, its column, its form, and the cell that it covers.
fn cursor(frame: &Frame) -> Option<(usize, usize, &'static str, Row)> {
    let cursor = frame.cursor?;
    let row = frame.screen.rows().get(cursor.row);
    let (column, covered) = cursor.covered(row.map(AsRef::as_ref));
    let form = match cursor.form {
        CursorForm::Underline => "underline",
        CursorForm::Bar => "bar",
        _ => "block",
    };
    Some((cursor.row, column, form, covered))
}

impl Tables {
    /// Gives every row of some frames a number, and each cell that a cursor covers one as a row of its own.
    fn add(&mut self, frames: &[Frame]) {
        for row in frames.iter().flat_map(|frame| frame.screen.rows()) {
            let pointer = Arc::as_ptr(row);
            if !self.known.contains_key(&pointer) {
                let number = self.row(row);
                self.known.insert(pointer, number);
            }
        }
        for (_, _, _, covered) in frames.iter().filter_map(cursor) {
            self.row(&covered);
        }
    }

    /// The frames of a recording: each has its instant, its number of rows, its cursor, and then each line that is another one
    /// than before, and its row. A cursor has its line, its column, its form, and the row of the cell that it covers; 0 is none.
    fn side(&self, kept: &[&Frame], recording: &Recording, numbers: &mut Numbers) -> Value {
        let mut before: Vec<usize> = Vec::new();
        let (mut columns, mut height) = (LEAST_COLUMNS, 0);
        let mut list = Vec::new();
        for (index, frame) in kept.iter().enumerate() {
            let from = if index == 0 {
                Duration::ZERO
            } else {
                frame.from
            };
            let rows = frame.screen.rows();
            columns = columns.max(rows.iter().map(|row| row.columns()).max().unwrap_or(0));
            height = height.max(rows.len());
            let mut drawn = json!(0);
            if let Some((line, column, form, covered)) = cursor(frame) {
                (columns, height) = (columns.max(column + 1), height.max(line + 1));
                let covered = numbers.number(self.row_numbers[&covered]);
                drawn = json!([line, column, form, covered]);
            }
            let number = |row| numbers.number(self.known[&Arc::as_ptr(row)]);
            let rows: Vec<usize> = rows.iter().map(number).collect();
            let mut entry = vec![milliseconds(from), json!(rows.len()), drawn];
            for (line, row) in rows.iter().enumerate() {
                if before.get(line) != Some(row) {
                    entry.extend([json!(line), json!(row)]);
                }
            }
            list.push(entry);
            before = rows;
        }
        json!({
            "columns": columns,
            "height": height,
            "frames": list,
            "end": milliseconds(recording.end().0),
        })
    }

    fn row(&mut self, row: &Row) -> usize {
        if row.is_blank() {
            return 0;
        }
        if let Some(number) = self.row_numbers.get(row) {
            return *number;
        }
        let runs = self.runs(row);
        self.rows.push(Value::Array(runs));
        let number = self.rows.len() - 1;
        self.row_numbers.insert(row.clone(), number);
        number
    }

    /// A row as runs: a style and a text of one column for each character; or a style, columns and such a text; or a
    /// style, columns and a list of cells.
    fn runs(&mut self, row: &Row) -> Vec<Value> {
        let cells: Vec<(Cell, String)> = row.cells().map(|cell| (cell, cell.printed())).collect();
        let kind = |(cell, text): &(Cell, String)| {
            let is_plain = text.is_ascii() && text.len() == 1;
            (cell.style, if is_plain { 0 } else { cell.columns })
        };
        let mut runs = Vec::new();
        for run in cells.chunk_by(|cell, next| kind(cell) == kind(next)) {
            let (style, columns) = kind(&run[0]);
            runs.push(json!(self.style(style)));
            let texts: Vec<&str> = run.iter().map(|(_, text)| text.as_str()).collect();
            if columns == 0 {
                runs.push(json!(texts.concat()));
            } else if texts.iter().all(|text| text.chars().count() == 1) {
                runs.push(json!([columns, texts.concat()]));
            } else {
                runs.push(json!([columns, texts]));
            }
        }
        runs
    }

    /// The number of a style: its colors and classes.
    fn style(&mut self, style: Style) -> usize {
        if let Some(number) = self.style_numbers.get(&style) {
            return *number;
        }
        let known = style;
        let style = style.on_usual_screen();
        let hex = |(red, green, blue): (u8, u8, u8)| format!("#{red:02x}{green:02x}{blue:02x}");
        let color = |color: Color| self.theme.rgb(color).map(hex);
        let (mut text, mut background) = (color(style.text_color()), color(style.background));
        if style.inverse {
            let default = (hex(self.theme.foreground()), hex(self.theme.background()));
            (text, background) = (
                Some(background.unwrap_or(default.1)),
                Some(text.unwrap_or(default.0)),
            );
        }
        let under = match style.underline {
            Underline::None => None,
            Underline::Double => Some("double"),
            Underline::Curly => Some("wavy"),
            Underline::Dotted => Some("dotted"),
            Underline::Dashed => Some("dashed"),
            _ => Some("solid"),
        };
        let lines = [
            (style.strike, "line-through"),
            (style.overline, "overline"),
            (under.is_some(), "underline"),
        ];
        let lines: Vec<&str> = lines
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, line)| *line)
            .collect();
        let classes = [
            (style.bold, "bold"),
            (style.dim, "dim"),
            (style.italic, "italic"),
        ];
        let classes: Vec<&str> = classes
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, class)| *class)
            .collect();
        self.styles.push(json!([
            text,
            background,
            classes,
            lines.join(" "),
            under,
            color(style.underline_color),
        ]));
        let number = self.styles.len() - 1;
        self.style_numbers.insert(known, number);
        number
    }
}

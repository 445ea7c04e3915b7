//! A terminal on which a recording is played, and the rows of what it shows.

use super::{DrawnCursor, Row, Screen};
use crate::{
    recording::{Channel, Event, EventKind, Header, Recording},
    terminal::{Color, Grid, Kind, Line, MAX_ROWS, Mode, Style, Terminal, palette::Dynamic},
};
use std::{mem, num::NonZeroU16, sync::Arc, time::Duration};

/// The columns and rows of a terminal of unknown size.
const UNKNOWN: (u16, u16) = (80, 24);

/// A terminal on which a recording is played.
pub(crate) struct Emulator {
    terminal: Terminal,
    /// Whether a line discipline has turned `\n` into `\r\n`.
    cooked: bool,
    /// The rows of the last screen, each with the stamp of its line.
    rows: Vec<(u64, Arc<Row>)>,
    looks: Looks,
}

/// What the colors of a row depend on beside its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Looks {
    palette: u64,
    reverse: bool,
    columns: usize,
}

impl Emulator {
    /// The terminal before the first event. Rows that scrolled away are kept, as they are needed if the screen grows.
    pub fn new(header: &Header) -> Emulator {
        Emulator::with_scrollback(header, MAX_ROWS.into())
    }

    /// The terminal before the first event, which keeps so many rows that scroll away.
    pub fn with_scrollback(header: &Header, lines: usize) -> Emulator {
        let (columns, rows) = match header.channel {
            Channel::Pty { columns, rows, .. } => size(columns, rows),
            Channel::Pipe => UNKNOWN,
        };
        Emulator {
            terminal: Terminal::new(columns, rows).with_scrollback(lines).silent(),
            cooked: header.channel != Channel::Pipe,
            rows: Vec::new(),
            looks: Looks::default(),
        }
    }

    /// The terminal at an instant.
    pub fn played(recording: &Recording, instant: Duration) -> Emulator {
        let mut emulator = Emulator::new(recording.header());
        let events = recording.events();
        for event in events.iter().take_while(|event| event.at <= instant) {
            emulator.take(event);
        }
        if instant >= recording.end().0 {
            emulator.finish();
        }
        emulator
    }

    /// Processes the next event.
    pub fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) => self.feed(bytes),
            EventKind::Resize { columns, rows } => {
                let (columns, rows) = size(*columns, *rows);
                self.terminal.resize(columns, rows);
            }
            _ => {}
        }
    }

    /// After the last event: what was held back is shown.
    pub fn finish(&mut self) {
        self.terminal.finish();
    }

    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// How many rows were drawn, whether they are seen or not.
    pub fn drawn_rows(&self) -> usize {
        self.terminal.drawn().rows()
    }

    /// A row as it was drawn; blank below the last one.
    pub fn drawn_row(&self, at: usize) -> Row {
        let grid = self.terminal.drawn();
        let line = grid.lines().nth(at);
        line.map_or_else(Row::default, |line| {
            row(line, grid.columns(), &Colors::new(&self.terminal))
        })
    }

    /// The stamp of a row as it was drawn.
    pub fn drawn_stamp(&self, at: usize) -> Option<u64> {
        self.drawn_stamps().nth(at)
    }

    /// The stamps of all rows as they were drawn.
    pub fn drawn_stamps(&self) -> impl Iterator<Item = u64> {
        self.terminal.drawn().lines().map(|line| line.stamp)
    }

    fn feed(&mut self, bytes: &[u8]) {
        if self.cooked {
            return self.terminal.feed(bytes);
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(line) => {
                    self.terminal.feed(line);
                    self.terminal.feed(b"\r\n");
                }
                None => self.terminal.feed(line),
            }
        }
    }

    /// The visible screen; its rows are shared with those of the last one.
    pub fn screen(&mut self) -> Screen {
        let looks = Looks {
            palette: self.terminal.palette().version,
            reverse: self.terminal.seen_modes().contains(Mode::ReverseScreen),
            columns: self.terminal.seen().columns(),
        };
        if self.looks != looks {
            self.rows.clear();
            self.looks = looks;
        }
        let colors = Colors::new(&self.terminal);
        let known = mem::take(&mut self.rows);
        let grid = self.terminal.seen();
        let mut rows: Vec<(u64, Arc<Row>)> = Vec::with_capacity(grid.rows());
        // Most rows are where they were, or follow the one that they followed before.
        let mut next = 0;
        for line in grid.lines() {
            let is_its = |(stamp, _): &(u64, Arc<Row>)| *stamp == line.stamp;
            let place = match known.get(next) {
                Some(row) if is_its(row) => Some(next),
                _ => known.iter().position(is_its),
            };
            next = place.unwrap_or(next) + 1;
            let known = place.map(|place| &known[place]);
            let row = match known.or_else(|| rows.last().filter(|row| is_its(row))) {
                Some((_, row)) => Arc::clone(row),
                None => Arc::new(row(line, grid.columns(), &colors)),
            };
            rows.push((line.stamp, row));
        }
        let shown = rows.iter().map(|(_, row)| Arc::clone(row)).collect();
        let screen = self.finished(grid.columns(), shown);
        self.rows = rows;
        screen
    }

    /// The cursor, unless the program hides it; a pipe has none.
    pub fn cursor(&self) -> Option<DrawnCursor> {
        let cursor = self.terminal.cursor();
        let colors = Colors::new(&self.terminal);
        let color = |default: Option<Color>| colors.set(Dynamic::Cursor).or(default);
        (self.cooked && cursor.visible).then(|| DrawnCursor {
            row: cursor.row.into(),
            column: cursor.column.into(),
            form: cursor.shape.into(),
            color: color(colors.text).unwrap_or_default(),
            color_on_inverse: color(colors.background).unwrap_or_default(),
        })
    }

    /// The screen of a grid that is not seen.
    pub fn hidden(&self, grid: &Grid) -> Screen {
        let colors = Colors::new(&self.terminal);
        let rows = grid
            .lines()
            .map(|line| Arc::new(row(line, grid.columns(), &colors)));
        self.finished(grid.columns(), rows.collect())
    }

    /// The rows above the screen, the oldest first, and how many older ones were dropped.
    pub fn scrollback(&self) -> (Vec<Arc<Row>>, u64) {
        let colors = Colors::new(&self.terminal);
        let columns = self.terminal.seen().columns();
        let (lines, dropped) = self.terminal.scrollback();
        (
            lines
                .map(|line| Arc::new(row(line, columns, &colors)))
                .collect(),
            dropped,
        )
    }

    fn finished(&self, columns: usize, mut rows: Vec<Arc<Row>>) -> Screen {
        let height = u16::try_from(rows.len()).unwrap_or(MAX_ROWS);
        let last = rows.iter().rposition(|row| !row.is_blank());
        rows.truncate(last.map_or(0, |last| last + 1));
        let (width, _) = self.terminal.size();
        Screen {
            size: (u16::try_from(columns).unwrap_or(width), height),
            rows,
        }
    }
}

/// The size (columns, rows) of the emulated terminal.
fn size(columns: u16, rows: u16) -> (u16, u16) {
    let known = |value, unknown| NonZeroU16::new(value).map_or(unknown, NonZeroU16::get);
    (known(columns, UNKNOWN.0), known(rows, UNKNOWN.1))
}

/// The colors that a program has changed.
struct Colors<'a> {
    terminal: &'a Terminal,
    /// The default ones of characters and background, where they were set.
    text: Option<Color>,
    background: Option<Color>,
    /// Whether the default ones are exchanged (DECSCNM).
    reverse: bool,
}

impl<'a> Colors<'a> {
    fn new(terminal: &'a Terminal) -> Colors<'a> {
        let mut colors = Colors {
            terminal,
            text: None,
            background: None,
            reverse: terminal.seen_modes().contains(Mode::ReverseScreen),
        };
        colors.text = colors.set(Dynamic::Foreground);
        colors.background = colors.set(Dynamic::Background);
        if colors.reverse {
            mem::swap(&mut colors.text, &mut colors.background);
        }
        colors
    }

    fn set(&self, which: Dynamic) -> Option<Color> {
        let color = self.terminal.palette().changed(which);
        color.map(|(red, green, blue)| Color::Rgb(red, green, blue))
    }

    /// A style as it looks.
    fn seen(&self, style: Style) -> Style {
        let palette = self.terminal.palette();
        let or_set = |color, set: Option<Color>| match color {
            Color::Default => set.unwrap_or(color),
            color => palette.resolve(color),
        };
        let text = or_set(style.text_color(), self.text);
        let is_kept = text == style.text_color();
        Style {
            foreground: if is_kept { style.foreground } else { text },
            brightens: is_kept && style.brightens,
            background: or_set(style.background, self.background),
            underline_color: palette.resolve(style.underline_color),
            reversed: self.reverse,
            ..style
        }
    }
}

/// The row of a line.
fn row(line: &Line, columns: usize, colors: &Colors) -> Row {
    let columns = line.width.characters(columns);
    let slots = &line.slots()[..line.slots().len().min(columns)];
    let mut row = Row::with_capacity(slots.len());
    let mut text = String::new();
    for slot in slots.iter().filter(|slot| slot.kind != Kind::Continuation) {
        let style = colors.seen(slot.style);
        let wide = slot.kind == Kind::Two;
        if style.conceal {
            // What is concealed is not kept.
            (0..=usize::from(wide)).for_each(|_| row.push(" ", false, style, None));
            continue;
        }
        text.clear();
        slot.write(&mut text);
        row.push(&text, wide, style, colors.terminal.link(slot.link));
    }
    let blank = colors.seen(Style {
        background: line.fill(),
        ..Style::default()
    });
    if blank != Style::default() {
        (slots.len()..columns).for_each(|_| row.push(" ", false, blank, None));
    }
    row.trim();
    row
}

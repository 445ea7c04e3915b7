//! Frames as pixels.

pub(super) use self::canvas::{Canvas, Rect};
use self::glyphs::Glyphs;
use super::{Look, Playback, Theme, thinned};
use crate::{
    recording::Recording,
    terminal::palette::Rgb,
    view::{
        frames::{Frame, each},
        screen::{Cell, CursorForm, DrawnCursor, Row, Style, Underline},
    },
};
use std::{sync::Arc, time::Duration};

mod blocks;
mod boxes;
mod braille;
mod canvas;
mod glyphs;
pub(super) mod palette;

/// The size of a cell (pixels), which is what the terminal answers to programs that ask.
pub(super) const WIDTH: usize = 10;
pub(super) const HEIGHT: usize = 20;
/// The width of a picture that uses fewer columns, unless the terminal had fewer.
const USUAL_COLUMNS: usize = 80;
/// The height of the title bar (pixels).
const BAR: usize = 34;
/// The buttons of a title bar, from the left.
const BUTTONS: [Rgb; 3] = [(0xff, 0x5f, 0x57), (0xfe, 0xbc, 0x2e), (0x28, 0xc8, 0x40)];
/// The columns that the buttons take at either end.
const RESERVED: usize = 9;
/// How thick a cursor is that is a line (pixels).
const CURSOR: usize = 2;
/// The most frames of a moving picture, and the most pixels that all of them have.
const MAX_FRAMES: usize = 2_000;
const MAX_PIXELS: usize = 1 << 31;
/// How long the last frame is shown before the picture starts again.
const PAUSE: Duration = Duration::from_secs(2);
/// The shortest time of a frame: viewers show shorter ones for longer, and not as long as asked for.
const SHORTEST: Duration = Duration::from_millis(20);

/// A frame's picture, and how long it is shown.
pub(super) struct Shown<'a> {
    pub canvas: &'a Canvas,
    /// What has changed since the frame before; of the first one, all.
    pub changed: Rect,
    pub time: Duration,
}

/// Draws the frames that are played one after another, and hands out each.
pub(super) fn play<E>(
    recording: &Recording,
    look: &Look,
    playback: &Playback,
    mut show: impl FnMut(Shown) -> Result<(), E>,
) -> Result<(), E> {
    let frames = playback.thinned_frames(recording, look, MAX_FRAMES);
    let title = look.window.as_deref();
    let mut stage = Stage::new(&frames, look);
    let size = stage.canvas.width() * stage.canvas.height();
    let most = MAX_FRAMES.min(MAX_PIXELS / size.max(1)).max(1);
    let frames = long_enough(&thinned(&frames, most));
    stage.draw_around(title);
    let mut before: Option<&Frame> = None;
    for (index, (from, frame)) in frames.iter().enumerate() {
        let changed = stage.draw(before, frame);
        let until = match frames.get(index + 1) {
            Some((next, _)) => *next,
            None => frame.until.saturating_add(PAUSE),
        };
        show(Shown {
            canvas: &stage.canvas,
            changed,
            time: until.saturating_sub(*from),
        })?;
        before = Some(frame);
    }
    Ok(())
}

/// The frames with the instants from which they are shown, without those that are replaced before a viewer could show them.
fn long_enough<'a>(frames: &[&'a Frame]) -> Vec<(Duration, &'a Frame)> {
    let mut kept: Vec<(Duration, &Frame)> = Vec::new();
    for frame in frames {
        match kept.last_mut() {
            // The first frame starts at the beginning, even if others were thinned out before it.
            None => kept.push((Duration::ZERO, frame)),
            Some((since, last)) if frame.from.saturating_sub(*since) < SHORTEST => *last = frame,
            Some(_) => kept.push((frame.from, frame)),
        }
    }
    kept
}

/// Draws one frame.
pub(super) fn still(recording: &Recording, look: &Look, instant: Duration) -> Canvas {
    let mut shown = None;
    each(recording, look.maker(recording), |frame| {
        if shown.is_none() || frame.from <= instant {
            shown = Some(frame);
        }
    });
    let mut stage = Stage::new(shown.as_slice(), look);
    stage.draw_around(look.window.as_deref());
    if let Some(frame) = &shown {
        stage.draw(None, frame);
    }
    stage.canvas
}

/// Where frames are drawn.
struct Stage {
    canvas: Canvas,
    glyphs: Glyphs,
    theme: Theme,
    columns: usize,
    left: usize,
    top: usize,
}

impl Stage {
    fn new(frames: &[Frame], look: &Look) -> Stage {
        let sizes = frames.iter().map(used);
        let (used, height) = sizes.fold((1, 1), |(columns, rows), (more, higher)| {
            (columns.max(more), rows.max(higher))
        });
        let terminal = frames.iter().map(|frame| frame.screen.size().0).max();
        let columns = used.max(usize::from(terminal.unwrap_or(1)).min(USUAL_COLUMNS));
        let padding = usize::from(look.padding);
        let top = padding + look.window.as_ref().map_or(0, |_| BAR);
        Stage {
            canvas: Canvas::new(
                columns * WIDTH + 2 * padding,
                height * HEIGHT + top + padding,
                look.theme.background(),
            ),
            glyphs: Glyphs::new(),
            theme: look.theme,
            columns,
            left: padding,
            top,
        }
    }

    /// Draws the title bar, if there is one.
    fn draw_around(&mut self, title: Option<&str>) {
        let Some(title) = title else {
            return;
        };
        for (index, color) in BUTTONS.into_iter().enumerate() {
            self.canvas.disc(22 + 24 * index, 18, 7, color);
        }
        let space = (self.canvas.width() / WIDTH).saturating_sub(2 * RESERVED);
        let cut: String = match title.chars().count() {
            count if count <= space => title.to_owned(),
            _ if space < 4 => return,
            _ => title.chars().take(space - 1).chain(['…']).collect(),
        };
        let left = (self.canvas.width() - cut.chars().count() * WIDTH) / 2;
        let color = mixed(self.theme.foreground(), self.theme.background());
        for (index, character) in cut.chars().enumerate() {
            let mut text = String::new();
            text.push(character);
            self.glyphs.draw(
                &mut self.canvas,
                (left + index * WIDTH, 8),
                (&text, 1),
                Style::default(),
                color,
            );
        }
    }

    /// Draws the rows that are others than those of the frame before; returns the smallest rectangle around them.
    fn draw(&mut self, before: Option<&Frame>, frame: &Frame) -> Rect {
        let lines = before.map_or(0, |frame| used(frame).1).max(used(frame).1);
        let mut changed = Rect::default();
        for line in 0..lines {
            let now = on_line(frame, line);
            if before.map(|before| on_line(before, line)) != Some(now) {
                changed = changed.with(self.draw_row(line, now));
            }
        }
        match before {
            None => Rect {
                left: 0,
                top: 0,
                right: self.canvas.width(),
                bottom: self.canvas.height(),
            },
            Some(_) => changed,
        }
    }

    fn draw_row(
        &mut self,
        line: usize,
        (row, cursor): (Option<&Arc<Row>>, Option<DrawnCursor>),
    ) -> Rect {
        let top = self.top + line * HEIGHT;
        let whole = Rect {
            left: self.left,
            top,
            right: self.left + self.columns * WIDTH,
            bottom: top + HEIGHT,
        };
        let before = self.canvas.copy(whole);
        self.canvas.fill(whole, self.theme.background());
        for cell in row.into_iter().flat_map(|row| row.cells()) {
            self.draw_cell(&cell, top);
        }
        if let Some(cursor) = cursor {
            self.draw_cursor(cursor, row.map(AsRef::as_ref), top);
        }
        self.canvas.difference(whole, &before)
    }

    fn draw_cursor(&mut self, cursor: DrawnCursor, row: Option<&Row>, top: usize) {
        let (column, covered) = cursor.covered(row);
        for cell in covered.cells() {
            let cell = Cell { column, ..cell };
            let mut rect = self.rect(&cell, top);
            match cursor.form {
                CursorForm::Block => {
                    self.canvas.fill(rect, self.theme.background());
                    self.draw_cell(&cell, top);
                    continue;
                }
                CursorForm::Underline => rect.top = rect.bottom - CURSOR,
                CursorForm::Bar => rect.right = rect.left + CURSOR,
            }
            let (_, color) = self.colors(cell.style);
            self.canvas
                .fill(rect, color.unwrap_or(self.theme.background()));
        }
    }

    /// The colors of characters and background; of the latter, unless it is the default one.
    fn colors(&self, style: Style) -> (Rgb, Option<Rgb>) {
        let mut defaults = (self.theme.foreground(), self.theme.background());
        let mut background = self.theme.rgb(style.background);
        if style.reversed {
            defaults = (defaults.1, defaults.0);
            background = background.or(Some(defaults.1));
        }
        let mut text = self.theme.rgb(style.text_color()).unwrap_or(defaults.0);
        let under = background.unwrap_or(defaults.1);
        if style.dim {
            text = mixed(text, under);
        }
        if style.inverse {
            (under, Some(text))
        } else {
            (text, background)
        }
    }

    fn rect(&self, cell: &Cell, top: usize) -> Rect {
        let left = self.left + cell.column * WIDTH;
        Rect {
            left,
            top,
            right: left + cell.columns * WIDTH,
            bottom: top + HEIGHT,
        }
    }

    fn draw_cell(&mut self, cell: &Cell, top: usize) {
        let rect = self.rect(cell, top);
        let (color, background) = self.colors(cell.style);
        if let Some(background) = background {
            self.canvas.fill(rect, background);
        }
        let printed = cell.printed();
        let mut characters = printed.chars();
        let single = characters.next().filter(|_| characters.next().is_none());
        let is_drawn = single.is_some_and(|character| {
            blocks::draw(&mut self.canvas, rect, character, color)
                || boxes::draw(&mut self.canvas, rect, character, color)
                || braille::draw(&mut self.canvas, rect, character, color)
        });
        if !is_drawn {
            self.glyphs.draw(
                &mut self.canvas,
                (rect.left, top),
                (&printed, cell.columns),
                cell.style,
                color,
            );
        }
        let under = self.theme.rgb(cell.style.underline_color).unwrap_or(color);
        draw_lines(&mut self.canvas, rect, cell.style, color, under);
    }
}

/// The number of columns and of rows of a frame up to the last ones that show something, the cursor among it.
fn used(frame: &Frame) -> (usize, usize) {
    let rows = frame.screen.rows();
    let columns = rows.iter().map(|row| row.columns()).max().unwrap_or(0);
    let cursor = frame
        .cursor
        .map(|cursor| (cursor.column + 1, cursor.row + 1));
    let (column, row) = cursor.unwrap_or_default();
    (columns.max(column), rows.len().max(row))
}

/// The row of a frame on a line, and the cursor if it is there.
fn on_line(frame: &Frame, line: usize) -> (Option<&Arc<Row>>, Option<DrawnCursor>) {
    let cursor = frame.cursor.filter(|cursor| cursor.row == line);
    (frame.screen.rows().get(line), cursor)
}

/// Draws the lines under, through and over a cell.
fn draw_lines(canvas: &mut Canvas, cell: Rect, style: Style, color: Rgb, under: Rgb) {
    let mut line = |from: usize, to: usize, y: usize, color: Rgb| {
        canvas.fill(
            Rect {
                left: cell.left + from,
                right: cell.left + to,
                top: cell.top + y,
                bottom: cell.top + y + 1,
            },
            color,
        );
    };
    let width = cell.right - cell.left;
    match style.underline {
        Underline::None => {}
        Underline::Double => {
            line(0, width, 17, under);
            line(0, width, 19, under);
        }
        Underline::Curly => {
            (0..width).for_each(|x| line(x, x + 1, [18, 17, 17, 18, 19][x % 5], under));
        }
        Underline::Dotted => (0..width)
            .step_by(4)
            .for_each(|x| line(x, x + 2, 18, under)),
        Underline::Dashed => (0..width)
            .step_by(5)
            .for_each(|x| line(x, x + 3, 18, under)),
        Underline::Single => line(0, width, 18, under),
    }
    if style.strike {
        line(0, width, 11, color);
    }
    if style.overline {
        line(0, width, 0, color);
    }
}

/// A color of three parts of one and two of another, as a dim one is drawn.
fn mixed(one: Rgb, other: Rgb) -> Rgb {
    canvas::blend(other, one, 153)
}

//! The lines of a screen, and what moves and erases them.

use super::cell::{Color, Kind, Slot, Style};
use std::collections::VecDeque;

/// One line; what lies to the right of its slots is blank.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    slots: Vec<Slot>,
    /// The background of the blanks to the right.
    fill: Color,
    pub width: LineWidth,
    /// Whether a text went on in the next line, because this one was full.
    pub wraps: bool,
    /// Two lines of one terminal with the same number are equal.
    pub stamp: u64,
}

/// How wide and high the characters of a line are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineWidth {
    #[default]
    Single,
    Double,
    /// Also double in height, of which this is the upper half.
    DoubleTop,
    DoubleBottom,
}

impl LineWidth {
    /// How many characters a line has that would have `columns` single ones, at least one; of an odd number of columns half a
    /// character more than fits (as in xterm).
    pub fn characters(self, columns: usize) -> usize {
        match self {
            LineWidth::Single => columns,
            _ => columns.div_ceil(2),
        }
    }
}

/// A part of a screen; both ends are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub top: usize,
    pub bottom: usize,
    pub left: usize,
    pub right: usize,
}

impl Region {
    pub fn height(self) -> usize {
        self.bottom - self.top + 1
    }

    pub fn width(self) -> usize {
        self.right - self.left + 1
    }

    pub fn has_row(self, row: usize) -> bool {
        (self.top..=self.bottom).contains(&row)
    }

    pub fn has_column(self, column: usize) -> bool {
        (self.left..=self.right).contains(&column)
    }
}

impl Line {
    fn blank(fill: Color) -> Line {
        Line {
            slots: Vec::new(),
            fill,
            width: LineWidth::Single,
            wraps: false,
            stamp: 0,
        }
    }

    fn clear(&mut self, fill: Color) {
        self.slots.clear();
        self.fill = fill;
        self.width = LineWidth::Single;
        self.wraps = false;
    }

    /// What was written up to the last place that is not blank by itself.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The background to the right of the slots.
    pub fn fill(&self) -> Color {
        self.fill
    }

    fn slot(&self, column: usize) -> Slot {
        let slot = self.slots.get(column);
        slot.cloned().unwrap_or_else(|| Slot::blank(self.fill))
    }

    /// Makes slots up to a column, which is excluded.
    fn reach(&mut self, columns: usize) {
        if self.slots.len() < columns {
            self.slots.resize(columns, Slot::blank(self.fill));
        }
    }

    /// Blanks the rest of characters of which only one column lies in a range that will be overwritten. Without a `fill` it
    /// keeps its background.
    fn split(&mut self, from: usize, until: usize, fill: Option<Color>) {
        let is_second =
            |slot: Option<&Slot>| slot.is_some_and(|slot| slot.kind == Kind::Continuation);
        if from > 0 && is_second(self.slots.get(from)) {
            let background = self.slots[from - 1].style.background;
            self.slots[from - 1] = Slot::blank(fill.unwrap_or(background));
        }
        if is_second(self.slots.get(until)) {
            let background = self.slots[until].style.background;
            self.slots[until] = Slot::blank(fill.unwrap_or(background));
        }
    }

    /// Writes a slot over a range, whose places may keep their colors.
    pub fn fill_with(&mut self, from: usize, until: usize, slot: &Slot, keeps_colors: bool) {
        self.split(from, until, None);
        self.reach(until);
        for place in &mut self.slots[from..until] {
            let Style {
                foreground,
                brightens,
                background,
                ..
            } = place.style;
            *place = slot.clone();
            if keeps_colors {
                place.style = Style {
                    foreground,
                    background,
                    brightens,
                    ..slot.style
                };
            }
        }
    }

    /// Writes printable ASCII.
    pub fn write_ascii(&mut self, column: usize, text: &[u8], pen: &Slot) {
        let until = column + text.len();
        self.split(column, until, Some(pen.style.background));
        self.reach(column);
        let over = text.len().min(self.slots.len() - column);
        let slot = |byte: &u8| Slot {
            character: char::from(*byte),
            ..pen.clone()
        };
        for (place, byte) in self.slots[column..].iter_mut().zip(text) {
            *place = slot(byte);
        }
        self.slots.extend(text[over..].iter().map(slot));
    }

    /// Writes one character of one or two columns.
    pub fn write(&mut self, column: usize, slot: Slot) {
        let columns = if slot.kind == Kind::Two { 2 } else { 1 };
        self.split(column, column + columns, Some(slot.style.background));
        self.reach(column + columns);
        if columns == 2 {
            self.slots[column + 1] = Slot {
                kind: Kind::Continuation,
                marks: None,
                ..slot.clone()
            };
        }
        self.slots[column] = slot;
    }

    /// The character at a column, or of which that is the second column.
    pub fn character_mut(&mut self, column: usize) -> Option<&mut Slot> {
        let column = match self.slots.get(column)?.kind {
            Kind::Continuation => column.checked_sub(1)?,
            _ => column,
        };
        self.slots.get_mut(column)
    }

    /// Erases a range. Without a `fill` each place keeps its look; protected places may be spared.
    pub fn erase(
        &mut self,
        from: usize,
        until: usize,
        columns: usize,
        fill: Option<Color>,
        spares: bool,
    ) {
        if from >= until {
            return;
        }
        if let (Some(fill), false, true) = (fill, spares, until >= columns) {
            self.wraps = false;
            self.split(from, columns, Some(fill));
            if from < self.slots.len() {
                self.slots.truncate(from);
            } else if self.fill != fill {
                self.reach(from);
            }
            self.fill = fill;
            return;
        }
        self.split(from, until, fill);
        self.reach(until);
        for slot in &mut self.slots[from..until] {
            if !(spares && slot.protected) {
                *slot = match fill {
                    Some(fill) => Slot::blank(fill),
                    None => Slot {
                        style: slot.style,
                        protected: slot.protected,
                        ..Slot::blank(Color::Default)
                    },
                };
            }
        }
    }

    /// Inserts blanks at a column; what is pushed past `right` is lost.
    pub fn insert(&mut self, at: usize, count: usize, right: usize, fill: Color) {
        let count = count.min(right + 1 - at);
        self.split(at, at, Some(fill));
        self.split(right + 1 - count, right + 1, Some(fill));
        self.reach(right + 1);
        self.slots[at..=right].rotate_right(count);
        self.slots[at..at + count].fill(Slot::blank(fill));
    }

    /// Deletes places at a column; blanks come in at `right`.
    pub fn delete(&mut self, at: usize, count: usize, right: usize, fill: Color) {
        let count = count.min(right + 1 - at);
        self.split(at, at + count, Some(fill));
        self.split(right + 1, right + 1, Some(fill));
        self.reach(right + 1);
        self.slots[at..=right].rotate_left(count);
        self.slots[right + 1 - count..=right].fill(Slot::blank(fill));
    }

    fn copy(&mut self, from: &[Slot], at: usize) {
        self.split(at, at + from.len(), None);
        self.reach(at + from.len());
        self.slots[at..at + from.len()].clone_from_slice(from);
    }

    fn range(&self, left: usize, right: usize) -> Vec<Slot> {
        let mut slots: Vec<Slot> = (left..=right).map(|column| self.slot(column)).collect();
        // Half of a character is none.
        if let Some(first) = slots.first_mut()
            && first.kind == Kind::Continuation
        {
            *first = Slot::blank(first.style.background);
        }
        if let Some(last) = slots.last_mut()
            && last.kind == Kind::Two
        {
            *last = Slot::blank(last.style.background);
        }
        slots
    }

    fn resize(&mut self, columns: usize, before: usize) {
        self.wraps &= columns == before;
        self.split(columns, columns, None);
        self.slots.truncate(columns);
        if self.fill != Color::Default {
            // What is new has no background.
            self.reach(columns);
            self.fill = Color::Default;
        }
    }
}

/// The lines of a screen.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    lines: VecDeque<Line>,
    columns: usize,
    stamp: u64,
}

impl Grid {
    /// A blank screen. The numbers of its lines are even or odd, so that two grids have no number in common.
    pub fn new(columns: usize, rows: usize, odd: bool) -> Grid {
        let lines = std::iter::repeat_n(Line::blank(Color::Default), rows);
        Grid {
            lines: lines.collect(),
            columns,
            stamp: odd.into(),
        }
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    pub fn line(&self, row: usize) -> &Line {
        &self.lines[row]
    }

    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// A line that will be changed.
    pub fn line_mut(&mut self, row: usize) -> &mut Line {
        self.stamp += 2;
        let line = &mut self.lines[row];
        line.stamp = self.stamp;
        line
    }

    /// The whole screen.
    pub fn all(&self) -> Region {
        Region {
            top: 0,
            bottom: self.rows() - 1,
            left: 0,
            right: self.columns - 1,
        }
    }

    /// Makes lines of double width single ones.
    pub fn make_lines_single(&mut self, rows: std::ops::RangeInclusive<usize>) {
        for row in rows {
            if self.lines[row].width != LineWidth::Single {
                self.line_mut(row).width = LineWidth::Single;
            }
        }
    }

    pub fn clear(&mut self, fill: Color) {
        for row in 0..self.rows() {
            self.line_mut(row).clear(fill);
        }
    }

    /// Whether all of a region is protected.
    pub fn is_protected(&self, region: Region) -> bool {
        let mut lines = self.lines.range(region.top..=region.bottom);
        lines.all(|line| {
            let slots = line.slots.get(region.left..=region.right);
            slots.is_some_and(|slots| slots.iter().all(|slot| slot.protected))
        })
    }

    /// Whether anything is protected.
    pub fn has_protected(&self) -> bool {
        let mut slots = self.lines.iter().flat_map(|line| &line.slots);
        slots.any(|slot| slot.protected)
    }

    /// Erases a region, as a line erases a range.
    pub fn erase(&mut self, region: Region, fill: Option<Color>, spares: bool) {
        let columns = self.columns;
        for row in region.top..=region.bottom {
            let line = self.line_mut(row);
            line.erase(region.left, region.right + 1, columns, fill, spares);
        }
    }

    /// Moves a region's lines up; what leaves it at the top is given to `gone`.
    pub fn scroll_up(
        &mut self,
        region: Region,
        count: usize,
        fill: Color,
        mut gone: impl FnMut(Line),
    ) {
        let count = count.min(region.height());
        if region.width() < self.columns {
            return self.shift_rows(region, count, fill, false);
        }
        let whole = region.height() == self.rows();
        for _ in 0..count {
            let line = if whole {
                self.lines.pop_front()
            } else {
                self.lines.remove(region.top)
            };
            let Some(mut line) = line else { return };
            let mut slots = Vec::new();
            std::mem::swap(&mut slots, &mut line.slots);
            let old = Line { slots, ..line };
            self.stamp += 2;
            let mut blank = Line::blank(fill);
            blank.stamp = self.stamp;
            self.lines.insert(region.bottom, blank);
            gone(old);
        }
    }

    /// Moves a region's lines down.
    pub fn scroll_down(&mut self, region: Region, count: usize, fill: Color) {
        let count = count.min(region.height());
        if region.width() < self.columns {
            return self.shift_rows(region, count, fill, true);
        }
        for _ in 0..count {
            self.lines.remove(region.bottom);
            self.stamp += 2;
            let mut blank = Line::blank(fill);
            blank.stamp = self.stamp;
            self.lines.insert(region.top, blank);
        }
    }

    /// Moves the rows of a region that does not take whole lines.
    fn shift_rows(&mut self, region: Region, count: usize, fill: Color, down: bool) {
        let blank = vec![Slot::blank(fill); region.width()];
        let mut row = |row: usize| {
            let source = if down {
                row.checked_sub(count).filter(|row| *row >= region.top)
            } else {
                Some(row + count).filter(|row| *row <= region.bottom)
            };
            let slots = source.map(|row| self.lines[row].range(region.left, region.right));
            self.line_mut(row)
                .copy(slots.as_deref().unwrap_or(&blank), region.left);
        };
        if down {
            (region.top..=region.bottom).rev().for_each(&mut row);
        } else {
            (region.top..=region.bottom).for_each(&mut row);
        }
    }

    /// Copies a region to another place; what does not fit is left out.
    pub fn copy(&mut self, from: Region, top: usize, left: usize) {
        let rows: Vec<Vec<Slot>> = (from.top..=from.bottom)
            .map(|row| self.lines[row].range(from.left, from.right))
            .collect();
        let (height, columns) = (self.rows(), self.columns);
        for (row, mut slots) in rows.into_iter().enumerate() {
            if top + row >= height || left >= columns {
                break;
            }
            slots.truncate(columns - left);
            self.line_mut(top + row).copy(&slots, left);
        }
    }

    /// Changes each slot of a row's range that has or could have a character.
    pub fn restyle(
        &mut self,
        row: usize,
        left: usize,
        right: usize,
        mut change: impl FnMut(&mut Style),
    ) {
        let line = self.line_mut(row);
        line.reach(right + 1);
        line.slots[left..=right]
            .iter_mut()
            .for_each(|slot| change(&mut slot.style));
    }

    /// Takes another size; the lines above `dropped` are removed at the top, and `added` come in there.
    pub fn resize(
        &mut self,
        columns: usize,
        rows: usize,
        dropped: usize,
        added: Vec<Line>,
    ) -> Vec<Line> {
        let gone: Vec<Line> = self.lines.drain(..dropped.min(self.lines.len())).collect();
        for line in added {
            self.lines.push_front(line);
        }
        self.lines.resize(rows, Line::blank(Color::Default));
        let before = std::mem::replace(&mut self.columns, columns);
        for row in 0..rows {
            self.line_mut(row).resize(columns, before);
        }
        gone
    }
}

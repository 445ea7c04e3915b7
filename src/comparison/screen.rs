//! Compares what terminals show and keep at the end: the screen, the rows above it, the cursor, modes, title and bell.

use super::{
    Cause, CauseKind, EXCERPT, count,
    edit::Editor,
    row::{MORE, RowChange},
    shown,
};
use crate::{
    recording::Recording,
    terminal::{Cursor, Mode, Modes},
    text::quote,
    view::screen::{Row, Screen, Still, Words, still},
};
use std::{ops::RangeInclusive, sync::Arc};

/// What differs.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (left, right) = (still(left), still(right));
    let rows = rows("row", left.screen.rows(), right.screen.rows());
    named(rows).chain(beside(&left, &right)).collect()
}

/// What differs beside the rows of the final screen.
pub(super) fn rest(left: &Recording, right: &Recording) -> Vec<Cause> {
    beside(&still(left), &still(right)).collect()
}

/// The first difference between two screens.
pub(super) fn first_change(left: &Screen, right: &Screen) -> String {
    let rows = rows("row", left.rows(), right.rows());
    match &rows[..] {
        [] => size(left, right).unwrap_or_default(),
        [row, _, ..] if !row.ends_with(MORE) => format!("{row}{MORE}"),
        [row, ..] => row.clone(),
    }
}

fn named(lines: Vec<String>) -> impl Iterator<Item = Cause> {
    lines
        .into_iter()
        .map(|line| Cause::new(CauseKind::Screen, line))
}

fn beside(left: &Still, right: &Still) -> impl Iterator<Item = Cause> {
    let mut lines = Vec::new();
    lines.extend(alternate(left.alternate.as_ref(), right.alternate.as_ref()));
    lines.extend(scrollback(left, right));
    lines.extend(state(left, right));
    named(lines)
}

/// The rows that differ, from the top; neighbours that look otherwise in the same way are one.
fn rows(noun: &str, left: &[Arc<Row>], right: &[Arc<Row>]) -> Vec<String> {
    let mut editor = Editor::new();
    let mut changes: Vec<(RangeInclusive<usize>, RowChange)> = Vec::new();
    for row in 0..left.len().max(right.len()) {
        let Some(change) = change(left.get(row), right.get(row), &mut editor) else {
            continue;
        };
        match (changes.last_mut(), change) {
            (Some((rows, RowChange::Looks(looks))), RowChange::Looks(more))
                if rows.end() + 1 == row && looks.name() == more.name() =>
            {
                looks.join(more);
                *rows = *rows.start()..=row;
            }
            (_, change) => changes.push((row..=row, change)),
        }
    }
    let (shown, others) = changes.split_at(shown(changes.len()));
    let name = |(rows, change): &(RangeInclusive<usize>, RowChange)| {
        let (first, last) = (rows.start() + 1, rows.end() + 1);
        let rows = if first == last {
            format!("{noun} {first}")
        } else {
            format!("{noun}s {first} to {last}")
        };
        format!("{rows}: {}", change.name())
    };
    let rest = others.first().map(|(rows, _)| {
        let number = others.iter().map(|(rows, _)| rows.clone().count()).sum();
        let others = count(number, &format!("other {noun}"));
        format!("{others} changed, first {noun} {}", rows.start() + 1)
    });
    shown.iter().map(name).chain(rest).collect()
}

/// How a row changed; one that is not there is blank.
fn change(
    old: Option<&Arc<Row>>,
    new: Option<&Arc<Row>>,
    editor: &mut Editor,
) -> Option<RowChange> {
    let blank = Arc::new(Row::default());
    RowChange::of(old.unwrap_or(&blank), new.unwrap_or(&blank), editor)
}

/// What differs in the alternate screens that were left.
fn alternate(left: Option<&Screen>, right: Option<&Screen>) -> Vec<String> {
    match (left, right) {
        (Some(left), Some(right)) => rows("alternate row", left.rows(), right.rows()),
        (Some(_), None) => vec!["no alternate screen was left".to_owned()],
        (None, Some(_)) => vec!["an alternate screen was left".to_owned()],
        (None, None) => Vec::new(),
    }
}

/// What differs above the screen; the rows count from the newest, which is 1.
fn scrollback(left: &Still, right: &Still) -> Option<String> {
    let (old, new) = (&left.scrollback, &right.scrollback);
    let total = |still: &Still| still.scrollback.len() as u64 + still.dropped;
    if total(left) != total(right) {
        return Some(format!(
            "{} above the screen became {}",
            count(usize::try_from(total(left)).unwrap_or(usize::MAX), "row"),
            total(right)
        ));
    }
    let differing: Vec<usize> = (0..old.len().min(new.len()))
        .filter(|at| old[*at] != new[*at])
        .collect();
    let first = *differing.first()?;
    let change = change(Some(&old[first]), Some(&new[first]), &mut Editor::new());
    let change = change.map_or_else(String::new, |change| change.name());
    let above = format!("{} above the screen", count(old.len() - first, "row"));
    Some(match differing.len() {
        1 => format!("{above}: {change}"),
        many => format!(
            "{} above the screen changed, the first {above}: {change}",
            count(many, "row")
        ),
    })
}

/// What differs beside the rows.
fn state(left: &Still, right: &Still) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(size(&left.screen, &right.screen));
    if left.cursor != right.cursor {
        lines.push(cursor(left.cursor, right.cursor));
    }
    lines.extend(modes(left.modes, right.modes));
    if left.title != right.title {
        lines.push(title(&left.title, &right.title));
    }
    if left.bells != right.bells {
        lines.push(bells(left.bells, right.bells));
    }
    lines
}

pub(super) fn cursor(left: Cursor, right: Cursor) -> String {
    format!("{} became {}", Words(left), Words(right))
}

pub(super) fn title(left: &str, right: &str) -> String {
    let title = |title: &str| quote(title.as_bytes(), EXCERPT);
    format!("title {} became {}", title(left), title(right))
}

pub(super) fn bells(left: u64, right: u64) -> String {
    let bells = usize::try_from(left).unwrap_or(usize::MAX);
    format!("{} became {right}", count(bells, "bell"))
}

fn size(left: &Screen, right: &Screen) -> Option<String> {
    let name = |screen: &Screen| format!("{}x{}", screen.size().0, screen.size().1);
    (left.size() != right.size()).then(|| format!("size {} became {}", name(left), name(right)))
}

/// The modes that are left otherwise; the cursor's line says whether it is visible.
pub(super) fn modes(left: Modes, right: Modes) -> Option<String> {
    let without_cursor = |mut modes: Modes| {
        modes.set(Mode::CursorVisible, true);
        modes
    };
    let (left, right) = (without_cursor(left), without_cursor(right));
    let name = |modes: Modes| match modes.to_string() {
        none if none.is_empty() => "as at first".to_owned(),
        names => names,
    };
    (left != right).then(|| format!("modes {} became {}", name(left), name(right)))
}

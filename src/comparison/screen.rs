//! Compares what terminals show and keep at the end: the screen, the rows above it, the cursor, modes, title and bell.

use super::{Cause, CauseKind, EXCERPT, count, shown};
use crate::{
    recording::Recording,
    terminal::{Mode, Modes},
    text::quote,
    view::screen::{Row, Screen, Still, Words, still},
};
use std::sync::Arc;

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
    let more = match rows.len() {
        0 | 1 => "",
        _ => ", and more",
    };
    match rows.first() {
        Some(row) => format!("{row}{more}"),
        None => size(left, right).unwrap_or_default(),
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

/// The rows that differ, from the top.
fn rows(noun: &str, left: &[Arc<Row>], right: &[Arc<Row>]) -> Vec<String> {
    let is_blank = |row: Option<&Arc<Row>>| row.is_none_or(|row| row.is_blank());
    let differing = (0..left.len().max(right.len())).filter_map(|at| {
        let (old, new) = (left.get(at), right.get(at));
        (old != new && !(is_blank(old) && is_blank(new))).then_some((at, old, new))
    });
    let differing: Vec<_> = differing.collect();
    let (shown, others) = differing.split_at(shown(differing.len()));
    let name = |(at, old, new): &(usize, Option<&Arc<Row>>, Option<&Arc<Row>>)| {
        format!("{noun} {at}: {}", change(*old, *new))
    };
    let rest = others.first().map(|(first, ..)| {
        let others = count(others.len(), &format!("other {noun}"));
        format!("{others} changed, first {noun} {first}")
    });
    shown.iter().map(name).chain(rest).collect()
}

/// How a row changed.
fn change(old: Option<&Arc<Row>>, new: Option<&Arc<Row>>) -> String {
    let text = |row: Option<&Arc<Row>>| row.map_or(String::new(), ToString::to_string);
    let characters = |row: Option<&Arc<Row>>| -> String {
        row.map_or(String::new(), |row| {
            row.cells().map(|cell| cell.text).collect()
        })
    };
    let (before, after) = (text(old), text(new));
    let quoted = |text: &str| quote(text.as_bytes(), EXCERPT);
    if before != after {
        return format!("{} became {}", quoted(&before), quoted(&after));
    }
    let how = if characters(old).trim_end() == characters(new).trim_end() {
        "in another style"
    } else {
        "with other invisible characters"
    };
    format!("{} {how}", quoted(&before))
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
    let change = change(Some(&old[first]), Some(&new[first]));
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
        lines.push(format!(
            "{} became {}",
            Words(left.cursor),
            Words(right.cursor)
        ));
    }
    lines.extend(modes(left.modes, right.modes));
    if left.title != right.title {
        let title = |still: &Still| quote(still.title.as_bytes(), EXCERPT);
        lines.push(format!("title {} became {}", title(left), title(right)));
    }
    if left.bells != right.bells {
        let bells = usize::try_from(left.bells).unwrap_or(usize::MAX);
        lines.push(format!("{} became {}", count(bells, "bell"), right.bells));
    }
    lines
}

fn size(left: &Screen, right: &Screen) -> Option<String> {
    let name = |screen: &Screen| format!("{}x{}", screen.size().0, screen.size().1);
    (left.size() != right.size()).then(|| format!("size {} became {}", name(left), name(right)))
}

/// The modes that are left otherwise; the cursor's line says whether it is visible.
fn modes(left: Modes, right: Modes) -> Option<String> {
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

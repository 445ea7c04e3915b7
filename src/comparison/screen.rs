//! Compares the final screens.

use super::{Cause, CauseKind, EXCERPT, count, shown};
use crate::{recording::Recording, text::quote, view::screen::screen};

/// The rows that differ.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (left, right) = (screen(left), screen(right));
    let text = |rows: &[_], row: usize| rows.get(row).map_or(String::new(), ToString::to_string);
    let differing = (0..left.rows().len().max(right.rows().len())).filter_map(|row| {
        let (old, new) = (left.rows().get(row), right.rows().get(row));
        let is_blank = |row: Option<&std::sync::Arc<_>>| {
            row.is_none_or(|row| crate::view::screen::Row::is_blank(row))
        };
        (old != new && !(is_blank(old) && is_blank(new)))
            .then(|| (row, text(left.rows(), row), text(right.rows(), row)))
    });
    let rows: Vec<(usize, String, String)> = differing.collect();
    let (shown, others) = rows.split_at(shown(rows.len()));
    let row = |(row, old, new): &(usize, String, String)| {
        if old == new {
            return format!(
                "row {row}: {} in another style",
                quote(old.as_bytes(), EXCERPT)
            );
        }
        format!(
            "row {row}: {} became {}",
            quote(old.as_bytes(), EXCERPT),
            quote(new.as_bytes(), EXCERPT)
        )
    };
    let rest = others.first().map(|(first, ..)| {
        let others = count(others.len(), "other row");
        format!("{others} changed, first row {first}")
    });
    let lines = shown.iter().map(row).chain(rest);
    lines
        .map(|line| Cause::new(CauseKind::Screen, line))
        .collect()
}

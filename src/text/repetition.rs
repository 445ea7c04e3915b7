//! Finds lines of a payload that come again and again: what `yes` writes is one literal with a count.

use super::{
    literal::{is_lone_return, is_row_move, least_run, run},
    unit::Unit,
};
use memchr::memchr;

/// From how many equal lines on one literal stands for all of them.
const LINES: usize = 64;

/// The length of the line at the head, and how often it comes, where one literal stands for all; `moves` says whether moves
/// of the cursor begin lines. A line that is more than one literal is not counted.
pub(super) fn of_line(bytes: &[u8], moves: bool) -> Option<(usize, usize)> {
    let len = memchr(b'\n', bytes)? + 1;
    let line = &bytes[..len];
    // Most lines are not repeated: the place where the last one would be tells at once. Line ends alone are a run.
    if len < 2 || bytes.get((LINES - 1) * len..LINES * len) != Some(line) {
        return None;
    }
    let mut count = bytes
        .chunks_exact(len)
        .take_while(|other| *other == line)
        .count();
    // The last line's end may begin a run.
    let end = &bytes[len * count - 1..];
    let feed = Unit::Scalar('\n');
    let enough = least_run(feed, false);
    count -= usize::from(run(end, feed, enough) >= enough);
    (count >= LINES && is_one_literal(line, moves)).then_some((len, count))
}

/// Whether no run and no move of the cursor splits a line.
fn is_one_literal(line: &[u8], moves: bool) -> bool {
    let (mut at, mut after_bare) = (0, false);
    let mut before = None;
    while at < line.len() {
        let rest = &line[at..];
        let unit = Unit::at(rest);
        let is_bare = unit.is_bare(after_bare);
        if before != Some(unit) {
            let enough = least_run(unit, is_bare);
            if run(rest, unit, enough) >= enough {
                return false;
            }
        }
        if at > 0 && moves && (is_lone_return(rest) || is_row_move(rest)) {
            return false;
        }
        (before, after_bare) = (Some(unit), is_bare);
        at += unit.len();
    }
    true
}

//! Compares what was visible, and when.

use super::{Cause, CauseKind, count, screen, shown};
use crate::{
    recording::Recording,
    text,
    view::frames::{Frame, frames},
};
use std::time::Duration;

/// The stretches of time in which the screens differ, and what is left otherwise at the end.
pub(super) fn causes(left: &Recording, right: &Recording) -> Vec<Cause> {
    let (old, new) = (frames(left), frames(right));
    let lines = later(&old, &new).map_or_else(|| stretches(&old, &new), |line| vec![line]);
    let frames = lines
        .into_iter()
        .map(|line| Cause::new(CauseKind::Frames, line));
    frames.chain(screen::rest(left, right)).collect()
}

/// The same frames at other instants.
fn later(old: &[Frame], new: &[Frame]) -> Option<String> {
    let screens =
        |frames: &[Frame]| -> Vec<_> { frames.iter().map(|frame| frame.screen.clone()).collect() };
    if screens(old) != screens(new) {
        return None;
    }
    let pairs = old.iter().zip(new).enumerate();
    let mut moved = pairs.filter(|(_, (old, new))| old.from != new.from);
    let (number, (before, after)) = moved.next()?;
    let change = format!(
        "frame {} at {} became {}",
        number + 1,
        text::seconds(before.from),
        text::seconds(after.from)
    );
    Some(match moved.count() {
        0 => change,
        others => format!("{change}, and {} moved", count(others, "later frame")),
    })
}

/// The stretches in which other screens were visible.
fn stretches(old: &[Frame], new: &[Frame]) -> Vec<String> {
    let mut instants: Vec<Duration> = old.iter().chain(new).map(|frame| frame.from).collect();
    instants.sort();
    instants.dedup();
    let last = |frames: &[Frame]| frames.last().map_or(Duration::ZERO, |frame| frame.until);
    let end = last(old).max(last(new));
    let mut differing: Vec<(Duration, Duration, String)> = Vec::new();
    let (mut old, mut new) = (old, new);
    for (index, from) in instants.iter().enumerate() {
        // The frames that are visible then come first.
        let passed = |frames: &[Frame]| frames.get(1).is_some_and(|next| next.from <= *from);
        while passed(old) {
            old = &old[1..];
        }
        while passed(new) {
            new = &new[1..];
        }
        let (before, after) = (&old[0].screen, &new[0].screen);
        let until = instants.get(index + 1).copied().unwrap_or(end);
        if before == after {
            continue;
        }
        let what = screen::first_change(before, after);
        match differing.last_mut() {
            Some((_, to, known)) if *to == *from && *known == what => *to = until,
            _ => differing.push((*from, until, what)),
        }
    }
    let (shown, others) = differing.split_at(shown(differing.len()));
    let line = |(from, until, what): &(Duration, Duration, String)| {
        let (from, until) = (text::seconds(*from), text::seconds(*until));
        format!("from {from} to {until}: {what}")
    };
    let rest = others.first().map(|(from, ..)| {
        let others = count(others.len(), "other stretch").replace("stretchs", "stretches");
        format!(
            "{others} of time changed, the first from {}",
            text::seconds(*from)
        )
    });
    shown.iter().map(line).chain(rest).collect()
}

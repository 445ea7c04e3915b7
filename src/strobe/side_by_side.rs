//! Two recordings side by side: their final screens, or every screen that differs.

use crate::canvas::{self, Look, SEPARATOR, SEPARATOR_COLUMNS, Window, seconds, text_line};
use std::fmt::Write as _;
use stroboscope::{
    comparison::{Sight, SightKind, by_name, compare, sights},
    recording::{Level, Recording},
    view::{
        frames::{Frame, frames},
        screen::{self, Screen},
    },
};

/// How many screens are shown unless all are asked for.
const MOST: usize = 10;

/// What shows more than the final screens.
const OTHERS: &str =
    "`--as frames` shows every screen that differs, and without `--as` every difference is named";

/// How two recordings are shown.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub look: Look,
    /// How many columns there are for both.
    pub columns: usize,
    /// Whether nothing is left out.
    pub all: bool,
}

/// The final screens.
pub fn screens(left: &Recording, right: &Recording, layout: Layout) -> String {
    let (left, right) = by_name(left, right);
    let (left, right) = (left.as_ref(), right.as_ref());
    let (old, new) = (screen::screen(left), screen::screen(right));
    if old == new {
        let beside = compare(left, right, Level::Screen);
        let causes = beside.causes().iter();
        let causes: String = causes.map(|cause| format!("  {cause}\n")).collect();
        return if causes.is_empty() {
            format!("the final screens are the same, what differs came before; {OTHERS}\n")
        } else {
            format!("the final screens read the same, but:\n{causes}{OTHERS}\n")
        };
    }
    pair(["old", "new"].map(str::to_owned), &old, &new, layout)
}

/// Every screen that only one of them shows, beside the one that the other has in its place.
pub fn all_frames(left: &Recording, right: &Recording, layout: Layout) -> String {
    let (left, right) = by_name(left, right);
    let (old, new) = (frames(&left), frames(&right));
    let sights = sights(&old, &new);
    if sights.is_empty() {
        return "all screens are the same, at the same instants; without `--as` every difference is named\n".to_owned();
    }
    let mut text = String::new();
    let mut shown = 0;
    let is_time = |sight: &Sight| sight.kind == SightKind::Time;
    for group in sights.chunk_by(|one, other| is_time(one) && is_time(other)) {
        let Sight {
            left, right, kind, ..
        } = group[0];
        let (old, new) = (&old[left], &new[right]);
        if kind == SightKind::Time {
            let (before, after) = (seconds(old.from), seconds(new.from));
            let _ = match group.len() {
                1 => writeln!(
                    text,
                    "the same screen, from {before} on, is there from {after} on"
                ),
                count => writeln!(
                    text,
                    "{count} screens are the same, at other instants: the first, from {before} on, is there from {after} on"
                ),
            };
            continue;
        }
        if shown == MOST && !layout.all {
            let rest = sights.iter().filter(|sight| !is_time(sight)).count() - shown;
            let _ = writeln!(text, "and {rest} more that differ: `--all` shows them");
            break;
        }
        shown += 1;
        let title = |which: &str, frame: &Frame, is_alone: bool| {
            let alone = if is_alone { ", here alone" } else { "" };
            format!(
                "{which} from {} to {}{alone}",
                seconds(frame.from),
                seconds(frame.until)
            )
        };
        let titles = [
            title("old", old, kind == SightKind::Removed),
            title("new", new, kind == SightKind::Added),
        ];
        text += &pair(titles, &old.screen, &new.screen, layout);
    }
    text
}

/// Two screens below their titles.
fn pair(titles: [String; 2], left: &Screen, right: &Screen, layout: Layout) -> String {
    let (width, height) = canvas::used_of_both(left, right);
    let titles_width = titles.iter().map(|title| title.chars().count()).max();
    let most = layout.columns.saturating_sub(SEPARATOR_COLUMNS) / 2;
    let side = width.max(titles_width.unwrap_or(0)).min(most);
    let window = Window {
        rows: height,
        ..Window::of(left, right, side, height)
    };
    let titles = titles.map(|title| text_line(&title, side)).join(SEPARATOR);
    let mut lines = match layout.look {
        Look::Text => vec![titles],
        _ => vec![format!("\x1b[1m{titles}\x1b[0m")],
    };
    lines.extend(canvas::two(left, right, window, layout.look));
    let cropped = window.cropped(width, height);
    if !cropped.is_empty() {
        lines.push(format!("({cropped})"));
    }
    let lines = lines.iter().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect::<String>() + "\n"
}

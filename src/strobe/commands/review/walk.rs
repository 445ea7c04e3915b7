//! Walks through what is pending in the terminal: the verdict, both screens side by side, and the lines that differ.

use super::pending::Pending;
use crate::{
    canvas::{self, Look, SEPARATOR, SEPARATOR_COLUMNS, Window, seconds, text_line},
    commands::play::Show,
    input,
    tty::{self, Input, Key, Tty},
};
use std::{io, iter, path::Path, time::Duration};
use stroboscope::{
    comparison::{Line, Sight, SightKind, by_name, sights},
    recording::Recording,
    view::frames::{Frame, frames},
};

/// What the keys do, as `?` shows it.
const KEYS: [&str; 13] = [
    "a      accept: the new recording replaces the transcript",
    "r      reject: the new recording is removed",
    "s      skip: look at it another time",
    "n, p   the next difference, the previous one",
    "",
    "o      play the old recording",
    "w      play the new recording",
    "b      play both, side by side",
    "",
    "arrows up and down, PageUp, PageDown   move the lines below",
    "?      show these keys, or not",
    "q      quit; what was neither accepted nor rejected is left",
    "",
];

/// How many lines of a verdict are shown.
const MOST_CAUSES: usize = 5;

/// What a person has done.
pub struct Done {
    pub accepted: usize,
    pub rejected: usize,
    /// What failed.
    pub errors: Vec<String>,
}

/// Walks through all, until the person quits.
pub fn walk(all: &[Pending]) -> Done {
    let mut done = Done {
        accepted: 0,
        rejected: 0,
        errors: Vec::new(),
    };
    let mut tty = match Tty::open() {
        Ok(tty) => tty,
        Err(error) => {
            done.errors.push(error.to_string());
            return done;
        }
    };
    for (number, pending) in all.iter().enumerate() {
        let mut page = Page::new(pending, number + 1, all.len());
        let result = match page.look(&mut tty) {
            Ok(Choice::Accept) => pending.accept().map(|()| done.accepted += 1),
            Ok(Choice::Reject) => pending.reject().map(|()| done.rejected += 1),
            Ok(Choice::Skip) => Ok(()),
            Ok(Choice::Quit) => break,
            Err(error) => {
                done.errors.push(error.to_string());
                break;
            }
        };
        // The others can be reviewed all the same.
        done.errors.extend(result.err());
    }
    done
}

/// What is to be done with a change.
enum Choice {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// One change as it is shown.
struct Page<'a> {
    pending: &'a Pending,
    /// Which one it is, and of how many.
    place: (usize, usize),
    old: Vec<Frame>,
    new: Vec<Frame>,
    sights: Vec<Sight>,
    /// Which difference is shown.
    shown: usize,
    /// How many lines of the diff are above what is shown.
    scrolled: usize,
    shows_keys: bool,
    message: &'static str,
    look: Look,
}

impl<'a> Page<'a> {
    fn new(pending: &'a Pending, number: usize, count: usize) -> Page<'a> {
        let (old, new) = match &pending.old {
            Some(old) => {
                let (old, new) = by_name(old, &pending.new);
                (frames(&old), frames(&new))
            }
            None => (Vec::new(), frames(&pending.new)),
        };
        let mut sights = if old.is_empty() {
            Vec::new()
        } else {
            sights(&old, &new)
        };
        // What is seen comes before what is only seen at another time.
        sights.sort_by_key(|sight| sight.kind == SightKind::Time);
        Page {
            pending,
            place: (number, count),
            old,
            new,
            sights,
            shown: 0,
            scrolled: 0,
            shows_keys: false,
            message: "",
            look: Look::of_terminal(),
        }
    }

    fn look(&mut self, tty: &mut Tty) -> io::Result<Choice> {
        loop {
            tty.draw(self.rows(tty::size()))?;
            let key = match tty.next(None)? {
                Input::End => return Ok(Choice::Quit),
                Input::Key(key) => key,
                Input::Resized | Input::Nothing => continue,
            };
            self.message = "";
            match key {
                Key::Char('a') if self.pending.refusal().is_some() => {
                    self.message = "it cannot be accepted: the first line says why";
                }
                Key::Char('a') => return Ok(Choice::Accept),
                Key::Char('r') => return Ok(Choice::Reject),
                Key::Char('s') => return Ok(Choice::Skip),
                Key::Char('q') | Key::Control('c') => return Ok(Choice::Quit),
                Key::Char('n') if self.shown + 1 < self.sights.len() => self.shown += 1,
                Key::Char('n') => self.message = "that was the last difference",
                Key::Char('p') if self.shown > 0 => self.shown -= 1,
                Key::Char('p') => self.message = "that was the first difference",
                Key::Char('o' | 'b') if self.pending.old.is_none() => {
                    self.message = "there is no old recording";
                }
                Key::Char('o') => play(tty, self.old())?,
                Key::Char('w') => play(tty, self.new_one())?,
                Key::Char('b') => play(tty, self.old().chain(self.new_one()))?,
                Key::Char('?') => self.shows_keys = !self.shows_keys,
                Key::Down => self.scrolled += 1,
                Key::Up => self.scrolled = self.scrolled.saturating_sub(1),
                Key::PageDown => self.scrolled += tty::size().1 / 2,
                Key::PageUp => self.scrolled = self.scrolled.saturating_sub(tty::size().1 / 2),
                _ => {}
            }
        }
    }

    /// The old recording with its name, if there is one.
    fn old(&self) -> impl Iterator<Item = (&Path, &Recording)> {
        let old = self.pending.old.iter();
        old.map(|old| (self.pending.path.as_path(), old))
    }

    /// The new recording with its name.
    fn new_one(&self) -> impl Iterator<Item = (&Path, &Recording)> {
        iter::once((self.pending.new_path.as_path(), &self.pending.new))
    }

    /// All rows of a terminal of this size.
    fn rows(&mut self, (columns, rows): (usize, usize)) -> Vec<String> {
        let mut lines = vec![format!("\x1b[7m{}", text_line(&self.title(), columns))];
        if self.shows_keys {
            lines.extend(KEYS.iter().map(|key| text_line(key, columns)));
        } else {
            lines.extend(self.verdict().iter().map(|line| text_line(line, columns)));
            let left = rows.saturating_sub(lines.len() + 2);
            lines.extend(self.screens(columns, left));
            let left = rows.saturating_sub(lines.len() + 1);
            lines.extend(self.diff(columns, left));
        }
        lines.truncate(rows.saturating_sub(1));
        lines.resize(rows.saturating_sub(1), String::new());
        let help = "a accept · r reject · s skip · n next difference · o/w/b play old/new/both · q quit · ? keys";
        let last = if self.message.is_empty() {
            help
        } else {
            self.message
        };
        lines.push(format!("\x1b[7m{}", text_line(last, columns)));
        lines
    }

    fn title(&self) -> String {
        let (number, count) = self.place;
        let name = input::name(&self.pending.path);
        format!("review {number} of {count}: {name}")
    }

    fn verdict(&self) -> Vec<String> {
        let mut lines = self.pending.verdict();
        if lines.len() > MOST_CAUSES {
            let more = lines.len() - (MOST_CAUSES - 1);
            lines.truncate(MOST_CAUSES - 1);
            lines.push(format!("and {more} more"));
        }
        lines.into_iter().map(|line| format!("  {line}")).collect()
    }

    /// Both screens at the difference that is shown, below their instants, in at most so many rows. Where nothing that is
    /// visible differs, they are the final screens.
    fn screens(&self, columns: usize, rows: usize) -> Vec<String> {
        let last = |frames: &[Frame]| frames.len().saturating_sub(1);
        let sight = self.sights.get(self.shown);
        let (left, right) = sight.map_or((last(&self.old), last(&self.new)), |sight| {
            (sight.left, sight.right)
        });
        let new = &self.new[right];
        let old = self.old.get(left);
        let side = columns.saturating_sub(SEPARATOR_COLUMNS) / 2;
        let what = match sight.map(|sight| sight.kind) {
            Some(SightKind::Screen) => "the screens differ",
            Some(SightKind::Time) => "the same screen, at another time",
            Some(SightKind::Removed) => "the old one alone has this screen",
            Some(SightKind::Added) => "the new one alone has this screen",
            None if old.is_some() => "all screens are the same; these are the last",
            None => "the last screen",
        };
        // The lines below have a third of the space at least.
        let most = (rows * 2 / 3).max(3).saturating_sub(2);
        let (drawn, cropped) = if let Some(old) = old {
            let (old, new) = (&old.screen, &new.screen);
            let (width, height) = canvas::used_of_both(old, new);
            let window = Window::of(old, new, side, height.min(most)).at_edge();
            let drawn = canvas::two(old, new, window, self.look);
            (drawn, window.cropped(width, height))
        } else {
            let (width, height) = canvas::used(&new.screen);
            let window = Window {
                columns,
                rows: height.min(most),
                ..Window::default()
            }
            .at_edge();
            let drawn = canvas::one(&new.screen, window, self.look);
            (drawn, window.cropped(width, height))
        };
        let mut place = String::new();
        if !self.sights.is_empty() {
            place = format!("difference {} of {}", self.shown + 1, self.sights.len());
        }
        let parts = [place.as_str(), cropped.as_str(), what];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let about = parts.collect::<Vec<_>>().join(" · ");
        let instants = |which: &str, frame: &Frame, columns: usize| {
            let (from, until) = (seconds(frame.from), seconds(frame.until));
            text_line(&format!("{which} from {from} to {until}"), columns)
        };
        let titles = match old {
            Some(old) => [instants("old", old, side), instants("new", new, side)].join(SEPARATOR),
            None => instants("new", new, columns),
        };
        let mut lines = vec![text_line(&about, columns), format!("\x1b[1m{titles}")];
        lines.extend(drawn);
        lines
    }

    /// The lines that differ, from where they are scrolled to.
    fn diff(&mut self, columns: usize, rows: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let hunks = self
            .pending
            .difference
            .iter()
            .flat_map(|(_, diff)| &diff.hunks);
        for hunk in hunks {
            lines.push(String::from("─").repeat(columns.min(40)));
            for line in &hunk.lines {
                let color = match (line, self.look) {
                    (Line::Removed(_), Look::Color) => "\x1b[31m",
                    (Line::Added(_), Look::Color) => "\x1b[32m",
                    _ => "",
                };
                lines.push(format!("{color}{}", text_line(&line.to_string(), columns)));
            }
        }
        self.scrolled = self.scrolled.min(lines.len().saturating_sub(rows));
        lines.into_iter().skip(self.scrolled).take(rows).collect()
    }
}

/// Plays one recording or two, until the person has seen enough.
fn play<'a>(
    tty: &mut Tty,
    recordings: impl Iterator<Item = (&'a Path, &'a Recording)>,
) -> io::Result<()> {
    let recordings = recordings.map(|(name, recording)| (input::name(name), recording.clone()));
    Show::new(recordings.collect(), Duration::ZERO, None).play(tty)
}

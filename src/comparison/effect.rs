//! Names what a write that changed does by the state of the terminal, and not by its bytes.
//!
//! Both recordings are played, each on a terminal of its own. What a pair of writes does is the difference between the
//! lines that either of them has touched.

use super::{
    Numbered, count,
    edit::Editor,
    look::Looks,
    row::{RowChange, became},
    screen,
};
use crate::{
    recording::{Channel, Event, EventKind, Recording},
    terminal::{Cursor, Modes, Style},
    view::screen::Emulator,
};
use std::collections::HashSet;

/// How many texts of one pair of writes are named one by one.
const MAX_TEXTS: usize = 3;
/// How many bytes are played in one comparison.
const MAX_BYTES: usize = 1 << 24;
/// How many places of screens are looked at in one comparison.
const MAX_PLACES: usize = 1 << 24;

/// One thing that a changed write does, without its location, so that equal ones can be counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// A text of a row.
    Text { old: String, new: String },
    /// The looks of cells, by the attributes that differ.
    Look(String),
    /// Many texts, or such as cannot be told apart.
    Rows,
    /// What is not in the rows.
    State(String),
}

impl Effect {
    /// The effect in words, where `amount` is the least and the most of it; of many rows the first one is named.
    pub fn name(&self, (least, most): (usize, usize), first_row: &str) -> String {
        let amount = |noun| match least {
            _ if least == most => count(most, noun),
            _ => format!("{least} to {}", count(most, noun)),
        };
        match self {
            Effect::Text { old, new } => became(old.as_bytes(), new.as_bytes()),
            Effect::Look(attributes) => format!("{attributes} of {}", amount("cell")),
            Effect::Rows => format!("{} changed, first {first_row}", amount("row")),
            Effect::State(line) => line.clone(),
        }
    }
}

/// An effect with what differs from one write to the next.
pub(super) struct Seen {
    pub effect: Effect,
    /// The row, from 1, if it is one.
    pub row: Option<usize>,
    /// How many cells or rows have it.
    pub amount: usize,
    /// Of many rows the first one, in words.
    pub first: String,
}

/// Two terminals, on which the recordings are played.
pub(super) struct Players<'a> {
    left: Player<'a>,
    right: Player<'a>,
    editor: Editor,
    bytes: usize,
    places: usize,
}

struct Player<'a> {
    emulator: Emulator,
    events: &'a [Event],
    next: usize,
}

impl<'a> Players<'a> {
    /// Two terminals before the first events; none for a pipe, whose text is nowhere in particular.
    pub fn new(left: &'a Recording, right: &'a Recording) -> Option<Players<'a>> {
        let player = |recording: &'a Recording| {
            let is_pty = matches!(recording.header().channel, Channel::Pty { .. });
            is_pty.then(|| Player {
                emulator: Emulator::new(recording.header()),
                events: recording.events(),
                next: 0,
            })
        };
        Some(Players {
            left: player(left)?,
            right: player(right)?,
            editor: Editor::new(),
            bytes: MAX_BYTES,
            places: MAX_PLACES,
        })
    }

    /// What a pair of writes does; the pairs come in their order. `None` if it is not known, as it would take too long.
    pub fn effects(&mut self, old: Numbered, new: Numbered) -> Option<Vec<Seen>> {
        for (player, number) in [(&mut self.left, old.0), (&mut self.right, new.0)] {
            self.bytes = self.bytes.checked_sub(player.cost(number)?)?;
            self.places = self.places.checked_sub(player.places())?;
        }
        let before = [self.left.play(old.0), self.right.play(new.0)];
        let after = [self.left.play(old.0 + 1), self.right.play(new.0 + 1)];
        let mut seen = self.rows(&before);
        let states = [&before, &after].map(|[left, right]| (&left.beside, &right.beside));
        let rows_differ = !seen.is_empty();
        seen.extend(beside(states, rows_differ).map(|line| Seen {
            effect: Effect::State(line),
            row: None,
            amount: 1,
            first: String::new(),
        }));
        Some(seen)
    }

    /// What differs in the lines that were touched since `before`.
    fn rows(&mut self, before: &[Still; 2]) -> Vec<Seen> {
        let players = [&self.left, &self.right];
        let is_touched = |row: usize| {
            let mut sides = players.iter().zip(before);
            sides.any(|(player, before)| {
                let stamp = player.emulator.drawn_stamp(row);
                stamp.is_some_and(|stamp| !before.stamps.contains(&stamp))
            })
        };
        let height = players.map(|player| player.emulator.drawn_rows());
        let mut changes = Vec::new();
        for row in (0..height[0].max(height[1])).filter(|row| is_touched(*row)) {
            let [old, new] = players.map(|player| player.emulator.drawn_row(row));
            let change = RowChange::of(&old, &new, &mut self.editor);
            changes.extend(change.map(|change| (row + 1, change)));
        }
        effects(&changes)
    }
}

/// The effects of changes of rows.
fn effects(changes: &[(usize, RowChange)]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let texts = |change: &RowChange| match change {
        RowChange::Texts(texts) => texts.len(),
        RowChange::Invisible(_) => 1,
        RowChange::Looks(_) => 0,
    };
    let are_few = changes
        .iter()
        .map(|(_, change)| texts(change))
        .sum::<usize>()
        <= MAX_TEXTS;
    let mut looks: Option<(Looks, Option<usize>)> = None;
    let mut rows: Option<Seen> = None;
    for (row, change) in changes {
        match change {
            RowChange::Texts(texts) if are_few => {
                seen.extend(texts.iter().map(|(old, new)| Seen {
                    effect: Effect::Text {
                        old: old.clone(),
                        new: new.clone(),
                    },
                    row: Some(*row),
                    amount: 1,
                    first: String::new(),
                }));
            }
            RowChange::Texts(_) | RowChange::Invisible(_) => {
                let rows = rows.get_or_insert_with(|| Seen {
                    effect: Effect::Rows,
                    row: None,
                    amount: 0,
                    first: format!("row {row}: {}", change.name()),
                });
                rows.amount += 1;
            }
            RowChange::Looks(more) => match &mut looks {
                Some((looks, only)) => {
                    looks.join(*more);
                    *only = None;
                }
                None => looks = Some((*more, Some(*row))),
            },
        }
    }
    seen.extend(rows);
    seen.extend(looks.map(|(looks, row)| Seen {
        effect: Effect::Look(looks.name()),
        row,
        amount: looks.cells,
        first: String::new(),
    }));
    seen
}

/// What a player keeps of an instant.
struct Still {
    stamps: HashSet<u64>,
    beside: Beside,
}

/// What is not in the rows.
struct Beside {
    cursor: Cursor,
    modes: Modes,
    title: String,
    bells: u64,
    pen: Style,
}

impl Player<'_> {
    /// How many bytes are played up to an event and with it; `None` if it has been played.
    fn cost(&self, number: usize) -> Option<usize> {
        let events = self.events.get(self.next..=number)?;
        let output = events.iter().map(|event| match &event.kind {
            EventKind::Output(bytes) => bytes.len(),
            _ => 0,
        });
        Some(output.sum())
    }

    fn places(&self) -> usize {
        let (columns, rows) = self.emulator.terminal().size();
        usize::from(columns) * usize::from(rows)
    }

    /// Plays the events before one.
    fn play(&mut self, number: usize) -> Still {
        for event in &self.events[self.next..number] {
            self.emulator.take(event);
        }
        self.next = number;
        let terminal = self.emulator.terminal();
        Still {
            stamps: self.emulator.drawn_stamps().collect(),
            beside: Beside {
                cursor: terminal.cursor(),
                modes: terminal.modes(),
                title: terminal.title().to_owned(),
                bells: terminal.bells(),
                pen: terminal.pen(),
            },
        }
    }
}

/// What is different since then and not in the rows: `before` and `after`, of each the old and the new one. Where rows differ
/// the cursor does, too.
fn beside(
    [before, after]: [(&Beside, &Beside); 2],
    rows_differ: bool,
) -> impl Iterator<Item = String> {
    let mut lines = Vec::new();
    let ((old, new), (from, to)) = (after, before);
    let is_news = from.cursor == to.cursor && old.cursor != new.cursor;
    if is_news && (!rows_differ || old.cursor.visible != new.cursor.visible) {
        lines.push(screen::cursor(old.cursor, new.cursor));
    }
    if from.modes == to.modes {
        lines.extend(screen::modes(old.modes, new.modes));
    }
    if from.title == to.title && old.title != new.title {
        lines.push(screen::title(&old.title, &new.title));
    }
    let [old_bells, new_bells] = [old.bells - from.bells, new.bells - to.bells];
    if old_bells != new_bells {
        lines.push(screen::bells(old_bells, new_bells));
    }
    if from.pen == to.pen && !rows_differ {
        let looks = Looks::of_styles(old.pen, new.pen);
        let of_pen = || format!("{} of what follows", looks.name());
        lines.extend((!looks.is_empty()).then(of_pen));
    }
    lines.into_iter()
}

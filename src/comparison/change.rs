//! Names what changed in events that are in both recordings.

use super::{
    Cause, CauseKind, EXCERPT, Numbered, count,
    edit::{Edit, Editor},
    effect::{Effect, Players},
    row::became,
    sequence,
    tally::{Entry, Tally},
};
use crate::{
    recording::{After, EventKind},
    transcript::excerpt,
};
use std::collections::HashMap;

/// One change of an event, without its location, so that equal changes can be counted.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Change<'a> {
    /// What a write does to the terminal.
    Effect(Effect),
    /// Control sequences that leave the terminal as the others did.
    Unseen { old: &'a [u8], new: &'a [u8] },
    /// Other bytes at one place of a payload.
    Bytes {
        payload: Payload,
        old: &'a [u8],
        new: &'a [u8],
    },
    /// The whole payload is different.
    Whole {
        payload: Payload,
        old: &'a [u8],
        new: &'a [u8],
    },
    /// The same bytes to another stream.
    Stream { to_stderr: bool },
    /// What one recording masks reads in the other as the name of the mask.
    Mask,
    /// Done after something else had been seen.
    Wait {
        old: Option<&'a After>,
        new: Option<&'a After>,
    },
    /// Another action on the program.
    Action {
        old: &'a EventKind,
        new: &'a EventKind,
    },
}

/// A change, and the byte from 1 at which it is, if there is one.
type Located<'a> = (Change<'a>, Option<usize>);

/// Whose bytes changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Payload {
    Output,
    Stderr,
    Send,
    Reply,
}

/// The changes of a comparison, counted.
pub(super) struct Changes<'a> {
    tally: Tally<Change<'a>>,
    editor: Editor,
    players: Option<Players<'a>>,
    /// Where many rows changed for the first time, the first one.
    first_row: String,
    /// The changes between two event kinds that were compared before, by their tokens.
    known: HashMap<(Option<u32>, Option<u32>), Vec<Located<'a>>>,
}

impl<'a> Changes<'a> {
    pub fn new(players: Option<Players<'a>>) -> Changes<'a> {
        Changes {
            tally: Tally::new(),
            editor: Editor::new(),
            players,
            first_row: String::new(),
            known: HashMap::new(),
        }
    }

    /// Adds two events that correspond but are not equal; equal `tokens` stand for equal kinds, and so do none.
    pub fn add(
        &mut self,
        old: Numbered<'a>,
        new: Numbered<'a>,
        tokens: (Option<u32>, Option<u32>),
    ) {
        if tokens.0 != tokens.1 && !self.add_effects(old, new) {
            let changes = self
                .known
                .entry(tokens)
                .or_insert_with(|| changes(&old.1.kind, &new.1.kind, &mut self.editor));
            for (change, offset) in changes {
                self.tally.add(change.clone(), old.into(), *offset, 1);
            }
        }
        if old.1.kind == new.1.kind && old.1.masked != new.1.masked {
            self.tally.add(Change::Mask, old.into(), None, 0);
        }
        let (place, old, new) = (old.into(), old.1.after.as_deref(), new.1.after.as_deref());
        if old != new {
            self.tally.add(Change::Wait { old, new }, place, None, 1);
        }
    }

    /// Adds what two writes do to the terminal. Returns whether that is known, and says something.
    fn add_effects(&mut self, old: Numbered<'a>, new: Numbered<'a>) -> bool {
        let (EventKind::Output(old_bytes), EventKind::Output(new_bytes)) =
            (&old.1.kind, &new.1.kind)
        else {
            return false;
        };
        let effects = self
            .players
            .as_mut()
            .map(|players| players.effects(old, new));
        let Some(Some(effects)) = effects else {
            return false;
        };
        for seen in &effects {
            if seen.effect == Effect::Rows && self.first_row.is_empty() {
                self.first_row.clone_from(&seen.first);
            }
            let change = Change::Effect(seen.effect.clone());
            self.tally.add(change, old.into(), seen.row, seen.amount);
        }
        if !effects.is_empty() {
            return true;
        }
        // Text that cannot be seen may have been seen, or be above the screen.
        let edits = self.editor.edits(old_bytes, new_bytes);
        let is_control = |edit: &Edit| {
            let parts = [edit.old, edit.new];
            parts.into_iter().all(sequence::is_control)
        };
        let are_unseen = edits.iter().all(is_control);
        for edit in edits.iter().filter(|_| are_unseen) {
            let (old_bytes, new_bytes) = (edit.old, edit.new);
            let change = Change::Unseen {
                old: old_bytes,
                new: new_bytes,
            };
            self.tally.add(change, old.into(), Some(edit.offset + 1), 1);
        }
        are_unseen
    }

    pub fn causes(self) -> Vec<Cause> {
        let name = |entry: &Entry<Change>| name(entry, &self.first_row);
        self.tally.causes(
            kind,
            |entry| {
                let (noun, change) = name(entry);
                match entry.count {
                    1 => format!("{}: {change}", entry.first),
                    number => format!("{}: {change}", count(number, noun)),
                }
            },
            |others, first| {
                let (others, place) = (others.of("change"), first.first);
                format!("{others}, first {place}: {}", name(first).1)
            },
        )
    }
}

fn changes<'a>(old: &'a EventKind, new: &'a EventKind, editor: &mut Editor) -> Vec<Located<'a>> {
    match (old, new) {
        (EventKind::Output(old), EventKind::Output(new)) => {
            of_bytes(Payload::Output, old, new, editor)
        }
        (EventKind::Stderr(old), EventKind::Stderr(new)) => {
            of_bytes(Payload::Stderr, old, new, editor)
        }
        (EventKind::Reply(old), EventKind::Reply(new)) => {
            of_bytes(Payload::Reply, old, new, editor)
        }
        (EventKind::Send(old), EventKind::Send(new)) => of_bytes(Payload::Send, old, new, editor),
        (EventKind::Output(_), EventKind::Stderr(_))
        | (EventKind::Stderr(_), EventKind::Output(_)) => {
            let to_stderr = matches!(new, EventKind::Stderr(_));
            vec![(Change::Stream { to_stderr }, None)]
        }
        _ if old == new => Vec::new(),
        _ => vec![(Change::Action { old, new }, None)],
    }
}

fn of_bytes<'a>(
    payload: Payload,
    old: &'a [u8],
    new: &'a [u8],
    editor: &mut Editor,
) -> Vec<Located<'a>> {
    if old == new {
        return Vec::new();
    }
    let change = |edit: Edit<'a>| {
        let (is_all, offset) = (edit.old == old && edit.new == new, edit.offset);
        let (old, new) = (edit.old, edit.new);
        if is_all {
            (Change::Whole { payload, old, new }, None)
        } else {
            (Change::Bytes { payload, old, new }, Some(offset + 1))
        }
    };
    editor.edits(old, new).into_iter().map(change).collect()
}

fn kind(change: &Change) -> CauseKind {
    match change {
        Change::Bytes { payload, .. } | Change::Whole { payload, .. } => match payload {
            Payload::Output => CauseKind::Output,
            Payload::Stderr => CauseKind::Stderr,
            Payload::Send => CauseKind::Input,
            Payload::Reply => CauseKind::Reply,
        },
        Change::Effect(_) | Change::Unseen { .. } => CauseKind::Output,
        Change::Stream { .. } => CauseKind::Stream,
        Change::Mask => CauseKind::Mask,
        Change::Wait { .. } | Change::Action { .. } => CauseKind::Input,
    }
}

/// The name of a changed event, and how it changed; of many rows the first one.
fn name(entry: &Entry<Change>, first_row: &str) -> (&'static str, String) {
    let at = |what: &str| entry.offset.map(|offset| format!("{what} {offset}"));
    let at_byte = || at("byte").map_or_else(String::new, |byte| byte + " ");
    match &entry.thing {
        Change::Effect(effect) => {
            let row = at("row").map_or_else(String::new, |row| row + ": ");
            (WRITE, row + &effect.name(entry.amount, first_row))
        }
        Change::Unseen { old, new } => {
            let change = became(old, new);
            (
                WRITE,
                format!("{}{change}, and the screen is the same", at_byte()),
            )
        }
        Change::Whole { payload, old, new } => (payload.noun(), became(old, new)),
        Change::Bytes { payload, old, new } => (payload.noun(), at_byte() + &became(old, new)),
        Change::Stream { to_stderr: true } => (WRITE, "stdout became stderr".to_owned()),
        Change::Stream { to_stderr: false } => (WRITE, "stderr became stdout".to_owned()),
        Change::Mask => (
            WRITE,
            "reads the same, but other parts are masked".to_owned(),
        ),
        Change::Wait { old, new } => {
            let wait = |after: Option<&After>| match after {
                Some(after) => after.excerpt(EXCERPT),
                None => "no wait".to_owned(),
            };
            (INPUT, format!("{} became {}", wait(*old), wait(*new)))
        }
        Change::Action { old, new } => {
            let (old, new) = (excerpt(old, EXCERPT), excerpt(new, EXCERPT));
            ("event", format!("{old} became {new}"))
        }
    }
}

const WRITE: &str = "write";
const INPUT: &str = "input";

impl Payload {
    fn noun(self) -> &'static str {
        match self {
            Payload::Output | Payload::Stderr => WRITE,
            Payload::Send => INPUT,
            Payload::Reply => "reply",
        }
    }
}

//! Compares events one by one: bytes, write boundaries and, at some levels, instants.

use super::{
    Cause, CauseKind, Numbered, Place,
    alignment::{Alignment, Pair, align},
    change::Changes,
    effect::Players,
    presence, times,
};
use crate::recording::{EventKind, Recording};

/// The differences between the events of two recordings, except their ends.
pub(super) fn causes(
    left_recording: &Recording,
    right_recording: &Recording,
    with_times: bool,
) -> Vec<Cause> {
    let (left, right) = (numbered(left_recording), numbered(right_recording));
    // The ends always correspond.
    let (left_rest, right_rest) = (&left[..left.len() - 1], &right[..right.len() - 1]);
    let alignment = align(left_rest, right_rest);
    let times = if with_times {
        let ends = Pair {
            left: left_rest.len(),
            right: right_rest.len(),
        };
        let pairs = alignment.pairs.iter().copied().chain([ends]);
        times::causes(pairs, &left, &right)
    } else {
        Vec::new()
    };
    all(
        &alignment,
        left_rest,
        right_rest,
        times,
        Players::new(left_recording, right_recording),
    )
}

/// The differences between two programs' actions other than sending bytes, by their order alone.
pub(super) fn actions(left: &Recording, right: &Recording) -> Vec<Cause> {
    let actions = |recording| {
        let is_deed = |(_, event): &Numbered| {
            matches!(
                event.kind,
                EventKind::Eof
                    | EventKind::Resize { .. }
                    | EventKind::Signal(_)
                    | EventKind::Expect { .. }
            )
        };
        numbered(recording)
            .into_iter()
            .filter(is_deed)
            .collect::<Vec<_>>()
    };
    let (left, right) = (actions(left), actions(right));
    all(&align(&left, &right), &left, &right, Vec::new(), None)
}

fn numbered(recording: &Recording) -> Vec<Numbered<'_>> {
    recording.events().iter().enumerate().collect()
}

/// All causes, in the order that reads best: a gap that changed explains why there are more events.
fn all(
    alignment: &Alignment,
    left: &[Numbered],
    right: &[Numbered],
    times: Vec<Cause>,
    players: Option<Players>,
) -> Vec<Cause> {
    let mut changes = Changes::new(players);
    for pair in &alignment.pairs {
        let tokens = (
            alignment.left_tokens.get(pair.left),
            alignment.right_tokens.get(pair.right),
        );
        let (old, new) = (left[pair.left].1, right[pair.right].1);
        if tokens.0 != tokens.1 || old.masked != new.masked || old.after != new.after {
            changes.add(left[pair.left], right[pair.right], tokens);
        }
    }
    let recut = match alignment.recut[..] {
        [] => None,
        // Everything differs, so the location says nothing.
        [_] if alignment.pairs.is_empty() => Some(RECUT.to_owned()),
        [place] => Some(format!("{}: {RECUT}", Place::from(left[place]))),
        ref places => Some(format!("{RECUT}, {} times", places.len())),
    };
    let mut causes = changes.causes();
    causes.extend(times);
    causes.extend(
        presence::lines(alignment, left, right).map(|line| Cause::new(CauseKind::Events, line)),
    );
    causes.extend(recut.map(|line| Cause::new(CauseKind::Boundaries, line)));
    causes
}

const RECUT: &str = "same bytes, other write boundaries";

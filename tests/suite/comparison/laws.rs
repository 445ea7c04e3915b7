//! Laws of comparisons, over arbitrary recordings and near copies of them.

use super::LEVELS;
use crate::{arbitrary, effort::cases};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::time::Duration;
use stroboscope::{
    comparison::{Comparison, compare, event_pairs, groups, line_diff},
    recording::{Event, EventKind, Level, Masked, Recording},
    text::is_line,
};

/// A small difference, of the kind that another run of a program has.
#[derive(Clone, Debug)]
enum Slip {
    Cut(Index, Index),
    Later(Index, Duration),
    Twice(Index),
    Gone(Index),
    Longer(Index, Vec<u8>),
    Swapped(Index),
}

fn slip() -> impl Strategy<Value = Slip> {
    let index = any::<Index>;
    let by = (0..2_000_u64).prop_map(Duration::from_millis);
    prop_oneof![
        (index(), index()).prop_map(|(event, byte)| Slip::Cut(event, byte)),
        (index(), by).prop_map(|(event, by)| Slip::Later(event, by)),
        index().prop_map(Slip::Twice),
        index().prop_map(Slip::Gone),
        (index(), arbitrary::bytes()).prop_map(|(event, bytes)| Slip::Longer(event, bytes)),
        index().prop_map(Slip::Swapped),
    ]
}

impl Slip {
    /// Changes events, of which there is at least one.
    fn happen(&self, events: &mut Vec<Event>) {
        let count = events.len();
        match self {
            Slip::Cut(event, byte) => {
                let index = event.index(count);
                let event = &mut events[index];
                if let EventKind::Output(bytes) = &mut event.kind
                    && bytes.len() > 1
                {
                    let place = 1 + byte.index(bytes.len() - 1);
                    let mut rest = bytes.split_off(place);
                    let masked = cut(&event.masked, place, bytes, &mut rest);
                    let next = Event::new(event.at, EventKind::Output(rest)).masked(masked.1);
                    event.masked = masked.0;
                    events.insert(index + 1, next);
                }
            }
            Slip::Later(event, by) => {
                for event in &mut events[event.index(count)..] {
                    event.at += *by;
                }
            }
            Slip::Twice(event) => {
                let event = event.index(count);
                events.insert(event, events[event].clone());
            }
            Slip::Gone(event) => drop(events.remove(event.index(count))),
            Slip::Longer(event, more) => {
                if let EventKind::Output(bytes) = &mut events[event.index(count)].kind {
                    bytes.extend_from_slice(more);
                }
            }
            Slip::Swapped(event) => {
                let event = event.index(count);
                if let [one, next, ..] = &mut events[event..] {
                    std::mem::swap(&mut one.kind, &mut next.kind);
                    std::mem::swap(&mut one.after, &mut next.after);
                    std::mem::swap(&mut one.masked, &mut next.masked);
                }
            }
        }
    }
}

/// What is masked before a place where a write was cut, and after it.
fn cut(
    masked: &[Masked],
    place: usize,
    first: &mut [u8],
    rest: &mut [u8],
) -> (Vec<Masked>, Vec<Masked>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for part in masked {
        if part.at < place || part.end() == place {
            let columns = part.end().min(place) - part.at;
            before.push(Masked::new(part.at, &part.name, columns, part.continues));
        }
        if part.end() > place {
            let at = part.at.max(place);
            let continues = part.continues || part.at < place;
            after.push(Masked::new(
                at - place,
                &part.name,
                part.end() - at,
                continues,
            ));
        }
    }
    for (parts, bytes) in [(&before, first), (&after, rest)] {
        for part in parts {
            bytes[part.at..part.end()].copy_from_slice(part.text().as_bytes());
        }
    }
    (before, after)
}

fn slipped(recording: &Recording, slips: &[Slip]) -> Recording {
    let mut events = recording.events().to_vec();
    let mut end = events.pop().unwrap();
    for slip in slips {
        if !events.is_empty() {
            slip.happen(&mut events);
        }
    }
    end.at = events.last().map_or(end.at, |event| event.at.max(end.at));
    events.push(end);
    Recording::new(recording.header().clone(), events).unwrap()
}

/// Two recordings that have nearly all in common, or nearly nothing.
fn pair() -> impl Strategy<Value = (Recording, Recording)> {
    let near = (arbitrary::recording(12), vec(slip(), 0..4));
    let near = near.prop_map(|(recording, slips)| {
        let other = slipped(&recording, &slips);
        (recording, other)
    });
    prop_oneof![4 => near, 1 => (arbitrary::recording(6), arbitrary::recording(6))]
}

fn at_all_levels(left: &Recording, right: &Recording) -> [Comparison; 4] {
    LEVELS.map(|level| compare(left, right, level))
}

fn same_at_all_levels(left: &Recording, right: &Recording) -> [bool; 4] {
    at_all_levels(left, right).map(|comparison| comparison.is_same())
}

/// Channel and events with what they waited for, but for their instants.
fn content(recording: &Recording) -> String {
    let events = recording.events().iter();
    let events: Vec<_> = events.map(|event| (&event.after, &event.kind)).collect();
    format!("{:?} {events:?}", recording.header().channel)
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn a_recording_is_the_same_as_itself(recording in arbitrary::recording(12)) {
        prop_assert_eq!(same_at_all_levels(&recording, &recording), [true; 4]);
        prop_assert_eq!(line_diff(&recording, &recording, Level::Exact).hunks, []);
    }

    #[test]
    fn each_event_of_both_is_in_one_pair((left, right) in pair()) {
        let pairs = event_pairs(&left, &right);
        let numbers = |side: &dyn Fn(usize) -> Option<usize>| (0..pairs.len()).filter_map(side).collect::<Vec<_>>();
        prop_assert_eq!(numbers(&|pair| pairs[pair].left), (0..left.events().len()).collect::<Vec<_>>());
        prop_assert_eq!(numbers(&|pair| pairs[pair].right), (0..right.events().len()).collect::<Vec<_>>());
    }

    #[test]
    fn exactly_the_same_is_what_recordings_call_the_same((left, right) in pair()) {
        prop_assert_eq!(compare(&left, &right, Level::Exact).is_same(), left.same(&right));
    }

    #[test]
    fn the_same_writes_are_the_same_events_without_instants((left, right) in pair()) {
        prop_assert_eq!(compare(&left, &right, Level::Writes).is_same(), content(&left) == content(&right));
    }

    #[test]
    fn which_comes_first_does_not_decide_whether_they_differ((left, right) in pair()) {
        prop_assert_eq!(same_at_all_levels(&left, &right), same_at_all_levels(&right, &left));
    }

    #[test]
    fn what_agrees_at_a_level_agrees_at_every_coarser_one((left, right) in pair()) {
        let same = same_at_all_levels(&left, &right);
        prop_assert!(same.is_sorted(), "{:?}", same);
    }

    #[test]
    fn the_level_of_frames_lies_between_exact_and_screen((left, right) in pair()) {
        let same = |level| compare(&left, &right, level).is_same();
        let same = [Level::Exact, Level::Frames, Level::Screen].map(same);
        prop_assert!(same.is_sorted(), "{:?}", same);
        prop_assert!(compare(&left, &left, Level::Frames).is_same());
    }

    #[test]
    fn a_verdict_is_short_lines_of_printable_text((left, right) in pair()) {
        let frames = compare(&left, &right, Level::Frames);
        for comparison in at_all_levels(&left, &right).into_iter().chain([frames]) {
            prop_assert!(is_line(&comparison.to_string()));
            for cause in comparison.causes() {
                let line = cause.to_string();
                prop_assert!(is_line(&line) && line.chars().count() < 200, "{}", line);
            }
        }
    }

    #[test]
    fn a_line_diff_is_printable_and_empty_for_equal_transcripts_alone((left, right) in pair()) {
        let text = line_diff(&left, &right, Level::Exact).to_string();
        prop_assert_eq!(text.is_empty(), left == right);
        for line in text.lines() {
            let line = line[1..].trim_start();
            prop_assert!(line.is_empty() || is_line(line), "{}", line);
        }
    }

    #[test]
    fn every_file_is_in_the_group_of_its_verdict(pairs in vec(pair(), 1..4)) {
        let compare = |(left, right): &(Recording, Recording)| compare(left, right, Level::Exact);
        let comparisons: Vec<_> = pairs.iter().map(compare).collect();
        let groups = groups(comparisons.iter().map(|comparison| ("\x1b.strobe", comparison)));
        let names: usize = groups.iter().map(|group| group.names.len()).sum();
        prop_assert_eq!(names, comparisons.len());
        for (place, group) in groups.iter().enumerate() {
            prop_assert!(is_line(&group.to_string()));
            prop_assert!(groups[..place].iter().all(|other| other.comparison != group.comparison));
        }
    }
}

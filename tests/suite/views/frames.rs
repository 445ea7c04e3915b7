//! The distinct screens, one after another.

use super::{output, parse, pty, recording};
use crate::{arbitrary, effort::cases};
use proptest::prelude::*;
use std::time::Duration;
use stroboscope::{
    recording::{Event, EventKind, Recording},
    view::{
        frames::{frames, text},
        screen::{at, screen},
    },
};

/// The same recording with its writes cut into pieces of these lengths, over and over.
fn cut(recording: &Recording, lengths: &[usize]) -> Recording {
    let mut lengths = lengths.iter().copied().cycle();
    let mut pieces = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let (mut pieces, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            let (piece, next) = rest.split_at(lengths.next().unwrap().min(rest.len()));
            pieces.push(piece.to_vec());
            rest = next;
        }
        pieces
    };
    let events = recording.events().iter().flat_map(|event| {
        let kinds: Vec<EventKind> = match &event.kind {
            EventKind::Output(bytes) => pieces(bytes).into_iter().map(EventKind::Output).collect(),
            EventKind::Stderr(bytes) => pieces(bytes).into_iter().map(EventKind::Stderr).collect(),
            kind => vec![kind.clone()],
        };
        kinds.into_iter().map(|kind| Event::new(event.at, kind))
    });
    Recording::new(recording.header().clone(), events.collect()).unwrap()
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn frames_depend_on_the_bytes_and_not_on_where_they_are_cut(
        recording in arbitrary::shown(8),
        lengths in proptest::collection::vec(1_usize..9, 1..6),
    ) {
        prop_assert_eq!(frames(&recording), frames(&cut(&recording, &lengths)));
    }

    #[test]
    fn the_last_frame_is_the_screen(recording in arbitrary::shown(8)) {
        let frames = frames(&recording);
        prop_assert_eq!(&frames.last().unwrap().screen, &screen(&recording));
    }

    #[test]
    fn each_frame_is_the_screen_at_its_instants_and_unlike_the_next(recording in arbitrary::shown(8)) {
        let frames = frames(&recording);
        prop_assert_eq!(frames[0].from, Duration::ZERO);
        for frame in &frames {
            prop_assert_eq!(&at(&recording, frame.from), &frame.screen);
        }
        for pair in frames.windows(2) {
            prop_assert!(pair[0].from < pair[1].from);
            prop_assert_eq!(pair[0].until, pair[1].from);
            prop_assert_ne!(&pair[0].screen, &pair[1].screen);
            let before = pair[1].from.checked_sub(Duration::from_nanos(1)).unwrap();
            prop_assert_eq!(&at(&recording, before), &pair[0].screen);
        }
        prop_assert_eq!(frames.last().unwrap().until, recording.end().0);
    }
}

#[track_caller]
fn reads(events: Vec<(u64, EventKind)>, expected: &str) {
    assert_eq!(text(&recording(pty(20, 5), events)), expected);
}

#[test]
fn what_happens_at_one_instant_is_one_frame() {
    reads(
        vec![
            (0, output("a")),
            (0, output("\rb")),
            (5, output("\rc")),
            (9, EventKind::Eof),
        ],
        "@0.000 to 0.005\n    b\n@0.005 to 0.009\n    c\n",
    );
}

#[test]
fn a_screen_is_blank_until_something_happens() {
    reads(
        vec![(5, output("a\r\n\r\n  b"))],
        "@0.000 to 0.005\n@0.005 to 0.005\n    a\n\n      b\n",
    );
}

#[test]
fn a_write_without_a_visible_change_makes_no_frame() {
    reads(
        vec![
            (0, output("a")),
            (3, output("\x1b]0;title\x07\x08")),
            (5, output("a\x1b[m ")),
        ],
        "@0.000 to 0.005\n    a\n",
    );
}

#[test]
fn marks_stand_between_the_frames() {
    let mark = |name: &str| EventKind::Mark(name.to_owned());
    reads(
        vec![
            (0, output("a")),
            (0, mark("first")),
            (3, mark("same\nframe")),
            (5, mark("second")),
            (5, output("\rb")),
            (7, mark("")),
        ],
        "@0.000 mark \"first\"\n@0.000 to 0.005\n    a\n@0.003 mark \"same\\n\" \"frame\"\n@0.005 mark \"second\"\n\
         @0.005 to 0.007\n    b\n@0.007 mark \"\"\n",
    );
}

#[test]
fn neighbours_that_differ_in_colour_alone_are_one_in_a_text() {
    let events = vec![
        (0, output("a")),
        (3, output("\r\x1b[31ma")),
        (5, output("b")),
    ];
    assert_eq!(frames(&recording(pty(20, 5), events.clone())).len(), 3);
    reads(events, "@0.000 to 0.005\n    a\n@0.005 to 0.005\n    ab\n");
}

#[test]
fn a_screen_cannot_pretend_to_be_a_heading() {
    reads(
        vec![(0, output("@0.000 to 0.001\r\n"))],
        "@0.000 to 0.000\n    @0.000 to 0.001\n",
    );
}

#[test]
fn three_seconds_of_the_spinner_are_31_frames() {
    let recording = parse(include_str!("../../../snapshots/thread_pty_3s.snap"));
    let frames = frames(&recording);
    assert_eq!(frames.len(), 31);
    for (frame, tenths) in frames.iter().zip(0..) {
        assert_eq!(frame.from, Duration::from_millis(100 * tenths));
    }
}

#[test]
fn what_is_drawn_in_one_synchronized_update_is_one_frame() {
    reads(
        vec![
            (0, output("before")),
            (5, output("\r\x1b[?2026h\x1b[2K")),
            (6, output("after\x1b[?2026l")),
            (9, EventKind::Eof),
        ],
        "@0.000 to 0.006\n    before\n@0.006 to 0.009\n    after\n",
    );
    reads(
        vec![(0, output("a\x1b[?2026hb")), (5, output("c"))],
        "@0.000 to 0.005\n    a\n@0.005 to 0.005\n    abc\n",
    );
}

//! Recordings with tens of thousands of events compare at once, however different they are.

use std::time::Duration;
use stroboscope::{
    comparison::{compare, line_diff},
    recording::{Channel, End, Event, EventKind, Header, Level, Recording},
};

const EVENTS: u64 = 10_000;

#[test]
fn events_that_are_all_different_are_compared_at_once() {
    check(
        |number| (1, format!("left {number}")),
        |number| (1, format!("{number} right")),
        1,
    );
}

#[test]
fn events_that_come_in_another_order_are_compared_at_once() {
    check(
        |number| (1, number.to_string()),
        |number| (1, (EVENTS - number).to_string()),
        4,
    );
}

#[test]
fn noise_of_four_letters_is_compared_at_once() {
    check(
        |number| (noise(number) % 5, (noise(number) % 4).to_string()),
        |number| (noise(number) % 7, (noise(number + EVENTS) % 4).to_string()),
        13,
    );
}

#[test]
fn a_change_of_every_other_event_is_compared_at_once() {
    check(
        |number| (100, (number % 4).to_string()),
        |number| {
            let odd = format!("odd {number}");
            (
                100,
                if number % 2 == 0 {
                    (number % 4).to_string()
                } else {
                    odd
                },
            )
        },
        2,
    );
}

#[test]
fn writes_that_are_all_cut_otherwise_are_compared_at_once() {
    check(
        |number| (100, "x".repeat(1 + usize::from(number % 2 == 0))),
        |number| (100, "x".repeat(1 + usize::from(number % 2 == 1))),
        1,
    );
}

#[test]
fn long_writes_that_are_all_different_are_compared_at_once() {
    let words = |number: u64| (0..30).map(move |word| format!("{:x} ", noise(number * 100 + word)));
    check(
        |number| (1, words(number).collect()),
        |number| (1, words(number + EVENTS).collect()),
        1,
    );
}

#[track_caller]
fn check(left: impl Fn(u64) -> (u64, String), right: impl Fn(u64) -> (u64, String), lines: usize) {
    let (left, right) = (recording(left), recording(right));
    let comparison = compare(&left, &right, Level::Exact);
    assert!(!line_diff(&left, &right, Level::Exact).hunks.is_empty());
    // A search without bounds would not have come here within minutes.
    assert_eq!(comparison.causes().len(), lines, "{comparison}");
}

fn recording(event: impl Fn(u64) -> (u64, String)) -> Recording {
    let mut at = Duration::ZERO;
    let output = |number| {
        let (gap, text) = event(number);
        at += Duration::from_millis(gap);
        let kind = EventKind::Output(text.into_bytes());
        Event::new(at, kind)
    };
    let mut events: Vec<Event> = (0..EVENTS).map(output).collect();
    let kind = EventKind::End(End::Exit(0));
    events.push(Event::new(at, kind));
    Recording::new(Header::new(Channel::Pipe), events).unwrap()
}

/// Noise that is the same every time.
fn noise(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

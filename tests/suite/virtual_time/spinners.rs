//! This project's spinners in real mode under virtual time, against those on the paused clock: two ways to one story.

use super::{events, run};
use crate::{
    capture::{on_pipe, on_pty},
    snapshots::words,
};
use std::time::Duration;
use stroboscope::{
    recording::{Event, Recording},
    session::Session,
};

const MS: Duration = Duration::from_millis(1);

fn spinner(style: &str) -> Session {
    Session::cargo_bin("spinner").unwrap().arg(style)
}

/// The run in virtual time is the paused clock's, with each event where `moved` says.
#[track_caller]
fn agree(style: &str, session: &Session, paused: &Recording, moved: impl Fn(Duration) -> Duration) {
    let Some(recording) = run(session) else {
        return;
    };
    let paused_events = paused
        .events()
        .iter()
        .map(|event| Event::new(moved(event.at), event.kind.clone()));
    let channel = &paused.header().channel;
    assert_eq!(&recording.header().channel, channel, "{style}");
    let told = events(channel, recording.events());
    let expected = events(channel, &paused_events.collect::<Vec<_>>());
    assert!(
        told == expected,
        "{style} told:\n{told}\nand not:\n{expected}"
    );
}

#[track_caller]
fn agree_on_both(style: &str, moved: impl Fn(Duration) -> Duration) {
    let arguments = format!("{style} --paused");
    let pty = on_pty(&words(&arguments), (80, 24)).recording;
    agree(style, &spinner(style), &pty, &moved);
    let pipe = on_pipe(&words(&arguments)).recording;
    agree(style, &spinner(style).pipe(), &pipe, &moved);
}

/// When a task of tokio's wakes that goes to sleep at a whole millisecond. To be exact it does so a moment later, as reading
/// the clock takes a moment; its end is rounded up to the next millisecond that tokio counts.
fn woken(asleep: Duration, sleep: Duration) -> Duration {
    asleep + sleep + MS
}

/// Where an event of the paused coroutine is in real mode: a frame after so many sleeps of 100 ms, or the end after the one
/// of three seconds.
fn by_tokio(paused: Duration) -> Duration {
    let (interval, work) = (100 * MS, 3000 * MS);
    if paused == work {
        return woken(Duration::ZERO, work);
    }
    let sleeps = (0..).take_while(|count| interval * *count < paused);
    sleeps.fold(Duration::ZERO, |asleep, _| woken(asleep, interval))
}

/// Both, on a terminal and on pipes.
pub fn all() -> Vec<(String, Session)> {
    let runs = ["thread", "async"].into_iter().flat_map(|style| {
        let (pty, pipe) = (spinner(style), spinner(style).pipe());
        [("pty", pty), ("pipe", pipe)].map(|(channel, session)| {
            let name = format!("spinner {style} on a {channel}");
            (name, session)
        })
    });
    runs.collect()
}

#[test]
fn the_thread_is_the_paused_clocks() {
    agree_on_both("thread", |at| at);
}

#[test]
fn the_coroutine_is_the_paused_clocks_by_tokios_rounding() {
    agree_on_both("async", by_tokio);
}

#[test]
fn tokios_rounding_gives_thirty_frames_a_hundred_and_one_milliseconds_apart() {
    let frames: Vec<_> = (0..30).map(|frame| by_tokio(100 * MS * frame)).collect();
    assert!(frames.windows(2).all(|pair| pair[1] == pair[0] + 101 * MS));
    assert!(*frames.last().unwrap() < by_tokio(3000 * MS));
    assert_eq!(by_tokio(3000 * MS), 3001 * MS);
}

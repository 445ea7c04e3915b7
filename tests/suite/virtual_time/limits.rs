//! Runs in virtual time that do not end by themselves.

use super::{is_story, run_by, tells};
use std::time::Duration;
use stroboscope::{recording::Precision, session::Session, virtual_time::VirtualTime};

#[test]
fn an_endless_animation_ends_at_the_virtual_limit() {
    let session = Session::new("bash").args(["-c", "while :; do echo tick; sleep 1; done"]);
    let limit = VirtualTime {
        limit: Duration::from_millis(2500),
        ..VirtualTime::default()
    };
    let Some(recording) = run_by(limit, &session.pipe()) else {
        return;
    };
    let lines = r#"
        @0.000 "tick\n"
        @1.000 "tick\n"
        @2.000 "tick\n"
        @2.500 stopped virtual-limit"#;
    is_story(&recording, lines);
}

#[test]
fn who_looks_at_a_clock_does_nothing_behind_the_virtual_limit() {
    // A look at this clock goes to the next microsecond.
    let script = "for i in {1..150}; do : $EPOCHREALTIME; done; echo late; sleep 5";
    let limit = VirtualTime {
        limit: Duration::from_micros(100),
        precision: Precision::Microseconds,
        ..VirtualTime::default()
    };
    let session = Session::new("bash").args(["-c", script]).pipe();
    if let Some(recording) = run_by(limit, &session) {
        is_story(&recording, "@0.0001 stopped virtual-limit");
    }
}

#[test]
fn who_waits_for_a_key_that_is_never_pressed_is_stopped_at_once() {
    tells(&Session::new("cat"), "@0.000 stopped waits");
}

#[test]
fn who_waits_for_one_who_waits_too_is_stopped_when_nobody_sleeps_any_more() {
    // The shell waits for `cat`, which waits for the shell.
    let script = "coproc cat; sleep 1; read -r line <&${COPROC[0]}";
    let session = Session::new("bash").args(["-c", script]).pipe();
    tells(&session, "@1.000 stopped waits");
}

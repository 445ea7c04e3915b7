//! Reads of a terminal by its own timer (termios(3), non-canonical mode): what they return, and when. The instants are those
//! of a run in real time, without its delays.

use super::{programs::c_session, run};
use stroboscope::{
    recording::{End, StopReason},
    script::Script,
};

/// What is typed, and when, in hundredths of a second: a at 10, b at 25, c at 38, seven bytes at 90, k at 200, l at 300.
const KEYS: &str = r#"
@0.100 send "a"
@0.250 send "b"
@0.380 send "c"
@0.900 send "defghij"
@2.000 send "k"
@3.000 send "l"
"#;

/// With these arguments, `MIN TIME COUNT READS` and perhaps what else is the case, the reads tell this; not marked.
#[track_caller]
fn reads(arguments: &str, expected: &str) {
    let script: Script = KEYS.parse().unwrap();
    let session = c_session("timed")
        .args(arguments.splitn(5, ' '))
        .script(script);
    let Some(recording) = run(&session) else {
        return;
    };
    let output = String::from_utf8(recording.output()).unwrap();
    let told: Vec<&str> = output.lines().collect();
    assert_eq!(told.join("; "), expected, "{recording}");
    assert_eq!(recording.end().1, End::Exit(0));
    assert!(recording.header().varies.is_empty(), "{recording}");
}

#[test]
fn time_alone_runs_from_the_start_of_each_read() {
    reads(
        "0 2 10 6",
        "1 at 10; 1 at 25; 1 at 38; 0 at 58; 0 at 78; 7 at 90",
    );
}

#[test]
fn time_beside_min_runs_from_the_last_byte() {
    reads("3 2 10 4", "3 at 38; 7 at 90; 1 at 220; 1 at 320");
    reads("100 3 200 1", "3 at 68");
}

#[test]
fn min_alone_waits_for_as_many_bytes_as_there_is_room_for() {
    reads("3 0 10 2", "3 at 38; 7 at 90");
    reads("10 0 2 3", "2 at 25; 2 at 90; 2 at 90");
    reads("10 2 3 3", "3 at 38; 3 at 90; 3 at 90");
}

#[test]
fn without_min_and_time_a_read_returns_at_once() {
    reads("0 0 10 2", "0 at 0; 0 at 0");
    reads("0 2 10 1 at once", "-1 EAGAIN at 0");
}

#[test]
fn the_timer_is_the_terminals_under_whatever_descriptor() {
    let expected = "3 at 38; 7 at 90; 1 at 220; 1 at 320";
    reads("3 2 10 4 tty", expected);
    reads("3 2 10 4 dup", expected);
    reads("5 2 10 3 pieces", "3 at 58; 7 at 90; 1 at 220");
}

#[test]
fn a_poll_before_a_read_does_not_shorten_its_timer() {
    reads(
        "3 2 10 3 poll",
        "poll 1, 3 at 38; poll 0, 7 at 90; poll 0, 1 at 220",
    );
}

#[test]
fn a_read_keeps_to_the_settings_with_which_it_began() {
    reads("5 2 10 2 changed 1 0", "3 at 58; 7 at 90");
    reads("0 3 10 2 changed 1 0", "1 at 10; 1 at 25");
    reads("1 0 10 3 changed 0 1", "1 at 10; 0 at 20; 1 at 25");
    reads("1 0 10 2 changed 5 0", "1 at 10; 9 at 90");
    reads("1 0 10 2 cooked, changed 0 1", "1 at 10; 0 at 20");
    reads("1 0 10 2 cooked, changed 3 0", "1 at 10; 9 at 90");
}

#[test]
fn a_read_that_no_byte_will_come_for_ends_the_run() {
    let session = c_session("timed").args(["10", "0", "2", "1"]);
    if let Some(recording) = run(&session) {
        assert_eq!(
            recording.end().1,
            End::Stopped(StopReason::Waits),
            "{recording}"
        );
    }
}

#[test]
fn a_computation_does_not_shorten_the_terminals_timer() {
    reads("0 2 10 4 computing", "1 at 10; 1 at 25; 1 at 38; 0 at 58");
}

#[test]
fn a_terminal_of_the_programs_own_has_its_timer_too() {
    reads("0 2 10 3 own", "1 at 10; 1 at 25; 0 at 45");
    reads("3 2 10 1 own", "2 at 45");
}

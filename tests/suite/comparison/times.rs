//! How differences of instants are called.

use super::{PTY, check, check_on, spinner};
use stroboscope::recording::Level;

#[test]
fn a_faster_spinner_is_one_gap_and_some_events() {
    check_on(
        [PTY, PTY],
        Level::Exact,
        &spinner(100, "-"),
        &spinner(80, "-"),
        &["gap 0.100 became 0.080, 29 times", "8 more events"],
    );
}

#[test]
fn a_slower_spinner_is_one_gap_and_some_events() {
    check_on(
        [PTY, PTY],
        Level::Exact,
        &spinner(80, "-"),
        &spinner(100, "-"),
        &["gap 0.080 became 0.100, 29 times", "8 fewer events"],
    );
}

#[test]
fn one_longer_wait_makes_all_later_events_late() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; 0.100 "c"; 0.100 "d""#,
        r#"0.100 "a"; 0.100 "b"; 0.400 "c"; 0.100 "d""#,
        &["from event 3 on: 0.300 later"],
    );
}

#[test]
fn one_shorter_wait_makes_all_later_events_early() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.400 "b""#,
        r#"0.100 "a"; 0.1000001 "b""#,
        &["from event 2 on: 0.2999999 earlier"],
    );
}

#[test]
fn an_event_that_came_late_alone_is_named() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; 0.100 "c""#,
        r#"0.100 "a"; 0.150 "b"; 0.050 "c""#,
        &["event 2 at 0.200: 0.050 later"],
    );
}

#[test]
fn some_events_that_came_late_are_one_line() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; 0.100 "c"; 0.100 "d""#,
        r#"0.100 "a"; 0.150 "b"; 0.100 "c"; 0.050 "d""#,
        &["events 2 to 3: 0.050 later"],
    );
}

#[test]
fn a_late_end_is_an_event_too() {
    check(
        Level::Exact,
        r#"0.100 "a"; @0.100 exit 0"#,
        r#"0.100 "a"; @0.150 exit 0"#,
        &["event 2 at 0.100: 0.050 later"],
    );
}

#[test]
fn a_gap_that_changed_beside_others_is_named_with_its_place() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; 0.100 "c"; 0.500 "d""#,
        r#"0.080 "a"; 0.080 "b"; 0.080 "c"; 0.900 "d""#,
        &[
            "gap 0.100 became 0.080, 3 times",
            "event 4 at 0.800: gap 0.500 became 0.900",
        ],
    );
}

#[test]
fn gaps_that_all_changed_in_their_own_way_are_counted() {
    check(
        Level::Exact,
        &gaps(&[100, 100, 100, 100, 100, 100, 100]),
        &gaps(&[101, 102, 103, 104, 105, 106, 107]),
        &["7 gaps changed, first event 1 at 0.100: 0.100 became 0.101"],
    );
}

#[test]
fn gaps_that_changed_often_stand_before_the_others() {
    check(
        Level::Exact,
        &gaps(&[100; 8]),
        &gaps(&[80, 80, 80, 101, 102, 103, 104, 105]),
        &[
            "gap 0.100 became 0.080, 3 times",
            "5 other gaps changed, first event 4 at 0.400: 0.100 became 0.101",
        ],
    );
}

#[test]
fn input_between_two_outputs_does_not_hide_their_gap() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; @0.210 send "x"; @0.300 "c"; 0.100 "d"; @0.400 exit 0"#,
        r#"0.080 "a"; 0.080 "b"; @0.210 send "x"; @0.240 "c"; 0.080 "d"; @0.400 exit 0"#,
        &["gap 0.100 became 0.080, 4 times"],
    );
}

#[test]
fn input_that_came_later_is_named_alone() {
    check(
        Level::Exact,
        r#"0.100 "a"; @0.150 send "x"; @0.300 "b""#,
        r#"0.100 "a"; @0.170 send "x"; @0.300 "b""#,
        &["event 2 at 0.150: 0.020 later"],
    );
}

#[test]
fn an_event_more_that_took_its_own_time_is_one_cause() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b""#,
        r#"0.100 "a"; 0.070 "new"; 0.100 "b""#,
        &[r#"1 event only in the second: event 2 at 0.170 "new""#],
    );
}

#[test]
fn an_event_more_between_changed_gaps_is_one_cause() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b"; 0.100 "c"; 0.100 "d"; 0.100 "e""#,
        r#"0.080 "a"; 0.080 "b"; 0.040 "new"; 0.060 "c"; 0.080 "d"; 0.080 "e""#,
        &[
            "gap 0.100 became 0.080, 4 times",
            r#"1 event only in the second: event 3 at 0.200 "new""#,
        ],
    );
}

#[test]
fn an_event_more_within_the_same_time_is_one_cause() {
    check(
        Level::Exact,
        r#"0.100 "a"; 0.100 "b""#,
        r#"0.100 "a"; 0.070 "new"; 0.030 "b""#,
        &[r#"1 event only in the second: event 2 at 0.170 "new""#],
    );
}

#[test]
fn a_changed_event_does_not_hide_its_changed_time() {
    check(
        Level::Exact,
        r#"0.100 "a b"; 0.100 "c""#,
        r#"0.200 "a x"; 0.100 "c""#,
        &[
            r#"event 1 at 0.100: byte 3 "b" became "x""#,
            "from event 1 on: 0.100 later",
        ],
    );
}

/// Writes of the same byte after these milliseconds each.
fn gaps(gaps: &[u32]) -> String {
    let lines = gaps.iter().map(|gap| format!("0.{gap:03} \"a\"\n"));
    lines.collect()
}

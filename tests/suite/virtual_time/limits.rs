//! Runs in virtual time that do not end by themselves.

use super::{is_story, run, run_by, tells};
use std::time::Duration;
use stroboscope::{
    recording::{End, Precision, Recording, StopReason},
    session::Session,
    virtual_time::VirtualTime,
};

#[test]
fn an_endless_animation_ends_at_the_virtual_limit() {
    let session = Session::new("bash").args(["-c", "while :; do echo tick; sleep 1; done"]);
    let limit = VirtualTime::default().limit(Duration::from_millis(2500));
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
fn a_program_that_reads_clocks_does_nothing_after_the_virtual_limit() {
    // A read of the clock costs 20 nanoseconds.
    let script = "for i in {1..6000}; do : $EPOCHREALTIME; done; echo late; sleep 5";
    let limit = VirtualTime::default()
        .limit(Duration::from_micros(100))
        .precision(Precision::Microseconds);
    let session = Session::new("bash").args(["-c", script]).pipe();
    if let Some(recording) = run_by(limit, &session) {
        is_story(&recording, "@0.0001 stopped virtual-limit");
    }
}

#[test]
fn a_program_that_waits_for_a_key_without_a_script_is_stopped_at_once() {
    tells(&Session::new("cat"), "@0.000 stopped waits");
}

#[test]
fn two_processes_that_wait_for_each_other_are_stopped_once_none_sleeps() {
    // The shell waits for `cat`, which waits for the shell.
    let script = "coproc cat; sleep 1; read -r line <&${COPROC[0]}";
    let session = Session::new("bash").args(["-c", script]).pipe();
    tells(&session, "@1.000 stopped waits");
}

/// A program is stopped as it waits for what cannot come; for what is said of each of its threads.
#[track_caller]
fn waits_for(session: &Session, expected: &[&str]) {
    if let Some(recording) = run(session) {
        assert_eq!(recording.end().1, End::Stopped(StopReason::Waits));
        assert_eq!(recording.waits().collect::<Vec<_>>(), expected);
        let read: Recording = recording.to_string().parse().unwrap();
        assert_eq!(read.waits().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_stopped_run_says_what_each_thread_waits_for() {
    waits_for(
        &Session::new("cat"),
        &["`cat` in `read` for descriptor 0 (the terminal)"],
    );
    waits_for(
        &Session::new("bash").args(["-c", "coproc cat; read -r line <&${COPROC[0]}"]),
        &[
            "`bash` in `read` for descriptor 0 (a pipe)",
            "`cat` in `read` for descriptor 0 (a pipe)",
        ],
    );
    waits_for(
        &Session::new("bash").args(["-c", "exec 3<&0; (exec <&3; read -r line) & wait"]),
        &[
            "`bash` in `wait4` for a child process",
            "`bash` in `read` for descriptor 0 (the terminal)",
        ],
    );
    waits_for(
        &Session::new("bash").args(["-c", "kill -STOP $$"]),
        &["`bash` stopped, for SIGCONT"],
    );
}

#[test]
fn a_program_name_with_control_characters_is_escaped_in_the_list_of_waits() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join(format!("a\nb`{}", "c".repeat(150)));
    std::fs::copy("/bin/cat", &named).unwrap();
    if let Some(recording) = run(&Session::new(&named)) {
        let [wait] = recording.waits().collect::<Vec<_>>()[..] else {
            panic!("{recording}");
        };
        assert!(wait.starts_with(r"`a\nb`ccc") && wait.len() < 200, "{wait}");
    }
}

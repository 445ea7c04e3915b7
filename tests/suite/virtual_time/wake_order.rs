//! The order in which threads run that others have woken: the first woken first. Natively it is the scheduler's, and so there
//! is nothing to compare with.

use super::{programs::c_session, run_by, tells};
use crate::effort::times;
use stroboscope::{recording::Precision, session::Session, virtual_time::VirtualTime};

/// What a program writes, the same to the nanosecond in so many runs, and never marked.
#[track_caller]
pub fn writes(session: &Session, runs: usize, expected: &str) {
    let to_the_nanosecond = VirtualTime::default().precision(Precision::Nanoseconds);
    let mut first = None;
    for _ in 0..runs {
        let Some(recording) = run_by(to_the_nanosecond, session) else {
            return;
        };
        assert_eq!(recording.header().varies, Vec::<String>::new());
        let output = String::from_utf8(recording.output()).unwrap();
        assert_eq!(output, expected);
        let text = recording.to_string();
        assert_eq!(*first.get_or_insert_with(|| text.clone()), text);
    }
}

#[test]
fn readers_woken_one_after_the_other_run_in_that_order() {
    writes(
        &c_session("feed").pipe(),
        times(3),
        &("CBA ".repeat(10) + "\n"),
    );
}

#[test]
fn readers_by_preadv2_are_readers_too() {
    let expected = "2 x\n1 x\n0 x\n0 a\n1 b\n";
    writes(&c_session("preadv2").pipe(), times(3), expected);
}

#[test]
fn signalled_processes_run_in_the_order_of_their_signals() {
    writes(&c_session("kills").pipe(), times(3), &"CBA ".repeat(10));
}

#[test]
fn a_poller_sees_all_that_a_process_closes_at_its_end() {
    writes(&c_session("one_end").pipe(), times(3), &"4 ".repeat(10));
}

#[test]
fn threads_that_wait_for_any_child_get_them_in_creation_order() {
    let statuses: String = (0..12).map(|status| format!("{status} ")).collect();
    writes(&c_session("child_waits").pipe(), times(3), &statuses);
}

#[test]
fn a_reader_takes_what_one_write_has_left_when_that_is_over() {
    writes(
        &c_session("socket_reads").pipe(),
        times(3),
        &"65536 34464 ".repeat(4),
    );
}

#[test]
fn writers_on_a_stopped_terminal_write_one_at_a_time() {
    // Each has one write held back; the first resumes when the terminal does.
    let story = r#"
        @0.010 "a0 "
        0.000 "b0 "
        0.000 "b1 "
        0.000 "b2 "
        0.000 "c0 "
        0.000 "c1 "
        0.000 "c2 "
        0.000 "a1 "
        0.000 "a2 "
        0.000 "end\r\n"
        @0.010 exit 0"#;
    for _ in 0..times(2) {
        tells(&c_session("stopped_writers"), story);
    }
}

#[test]
fn what_a_program_types_on_its_terminal_is_echoed_at_its_instant() {
    // As natively, where TIOCSTI is allowed (`ioctl_tty(2)`).
    let story = r#"
        @0.000 "a"
        @0.500 "b"
        @1.000 "c"
        @1.500 "end\r\n"
        @1.500 exit 0"#;
    tells(&c_session("tiocsti"), story);
}

//! The order in which threads run that others have woken: the first woken first.

use super::{programs::c_session, run_by};
use stroboscope::{recording::Precision, session::Session, virtual_time::VirtualTime};

/// What a program writes, the same to the nanosecond in so many runs, and never marked.
#[track_caller]
pub fn writes(session: &Session, runs: usize, expected: &str) {
    let to_the_nanosecond = VirtualTime {
        precision: Precision::Nanoseconds,
        ..VirtualTime::default()
    };
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
    writes(&c_session("feed").pipe(), 10, &("CBA ".repeat(10) + "\n"));
}

#[test]
fn signalled_processes_run_in_the_order_of_their_signals() {
    writes(&c_session("kills").pipe(), 10, &"CBA ".repeat(10));
}

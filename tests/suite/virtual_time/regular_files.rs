//! Reads and closes of regular files, which the tracer does not see once there are many: all else is as if it did.

use super::{native::outputs, programs::c_session, run, runs::Runs};
use crate::effort::times;
use stroboscope::session::Session;

pub fn regular_files(kind: &str) -> Session {
    let folder = super::programs::own_folder();
    c_session("regular_files")
        .arg(kind)
        .current_dir(folder)
        .pipe()
}

/// It prints what it prints natively, in each run.
#[track_caller]
fn prints_the_same(kind: &str) {
    let session = regular_files(kind);
    let Some(runs) = Runs::of(&session, times(2)) else {
        return;
    };
    assert_eq!(
        (runs.recordings.len(), runs.marked()),
        (1, 0),
        "{kind}: {}",
        runs.texts()
    );
    let printed = run(&session).map(|recording| String::from_utf8(recording.output()).unwrap());
    let native = outputs(std::slice::from_ref(&session));
    assert_eq!(native, [printed.unwrap()], "{kind}");
}

#[test]
fn what_a_descriptor_stood_for_before_is_forgotten() {
    prints_the_same("reused");
}

#[test]
fn who_watches_a_file_learns_of_each_read_and_close() {
    prints_the_same("watched");
    if let Some(recording) = run(&regular_files("watched")) {
        let instants = recording.writes().map(|(at, _)| at.as_millis());
        let expected = [100, 200, 300, 400].map(|at| [at; 2]);
        assert_eq!(instants.collect::<Vec<_>>(), expected.as_flattened());
    }
}

#[test]
fn a_close_releases_a_lock_for_which_another_process_waits() {
    prints_the_same("locked");
}

#[test]
fn a_program_may_forbid_itself_what_it_does_not_call() {
    prints_the_same("confined");
}

#[test]
fn a_thread_is_cancelled_in_a_read_that_blocks() {
    prints_the_same("cancelled");
}

#[test]
fn known_files_on_the_disk_are_those_of_the_virtual_machine() {
    if let Some(recording) = run(&regular_files("known")) {
        let printed = String::from_utf8(recording.output()).unwrap();
        assert_eq!(printed, "localhost\n".repeat(3));
    }
}

//! TCP connections inside: what the kernel delays in real time decides nothing.

use super::{
    cases::is_one,
    has_virtual_time,
    programs::{c_program, c_session},
};
use crate::{bounded::Run, effort::times, workshop::Workshop};
use std::collections::BTreeSet;
use stroboscope::recording::Recording;

/// Natively the first is sent, and the others wait for its acknowledgement or not.
#[test]
fn small_writes_over_a_connection_arrive_before_its_reader_runs() {
    let session = c_session("small_writes").pipe();
    let Some(recording) = is_one("small_writes", &session, times(2)) else {
        return;
    };
    let set = "new: 0, 4 bytes\nset: 1, 4 bytes\nreset: 0, 4 bytes\n";
    let read = "server: 18 bytes at once\nclient: 18 bytes at once\n".repeat(2);
    assert_eq!(
        String::from_utf8(recording.output()).unwrap(),
        set.to_owned() + &read
    );
}

/// How much fits before the first read depends on what was acknowledged.
#[test]
fn a_writer_that_is_faster_than_its_reader_writes_as_much_before_the_first_read_in_each_run() {
    if !has_virtual_time() {
        return;
    }
    let shop = Workshop::new();
    let program = c_program("slow_reader");
    let mut beginnings = BTreeSet::new();
    for seed in 0..times(6) {
        let record = "record --once --precision ns --channel pipe --";
        let mut command = shop.command(&record.split(' ').collect::<Vec<_>>());
        // With random delays of the tracer.
        command
            .arg(&program)
            .env("STROBE_CHAOS", (1 + seed).to_string());
        let text = String::from_utf8(command.run().stdout).unwrap();
        let recording: Recording = text.parse().unwrap();
        let output = String::from_utf8(recording.output()).unwrap();
        assert!(output.ends_with(", 4000000\n"), "{text}");
        // On a busy machine the system may ask for space by itself, in real time.
        if recording.header().varies.is_empty() {
            let (beginning, _) = text.split_once("\"read ").unwrap();
            beginnings.insert(beginning.to_owned());
        }
    }
    let beginnings = Vec::from_iter(beginnings);
    assert_eq!(beginnings.len(), 1, "{}", beginnings.join("\n"));
}

//! Scripts: input by name, waiting for what is visible, checks, and the answers of the terminal.

use crate::requirement::has_virtual_time;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use stroboscope::{
    recording::{Answers, EventKind, Recording},
    session::{FailedStep, Session, SessionError},
};

mod answers;
mod checked;
mod input;
mod live;
mod messages;
mod secrets;
mod waits;

pub use answers::answers;

/// A shell's command on a terminal, with a script.
fn sh(command: &str, script: &str) -> Session {
    let script = script
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {script}"));
    Session::new("sh").args(["-c", command]).script(script)
}

/// A program that sets modes on a raw terminal, and prints the bytes that it then reads until there are none for a while.
fn reads_raw(modes: &str, script: &str) -> Session {
    let command = format!(
        "stty raw -echo min 0 time 5; printf '{modes}ready'; printf '%s' \"$(dd bs=999 2>/dev/null | cat -v)\"; stty sane; echo"
    );
    sh(&command, &format!("after screen \"ready\" {script}"))
}

/// The events of a session in virtual time, in the notation of a transcript; none where that cannot be had. They are the
/// same again when the recording is run.
#[track_caller]
fn events(session: &Session) -> Option<String> {
    if !has_virtual_time() {
        return None;
    }
    let recording = session.run().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recording.header().varies, Vec::<String>::new());
    let text = recording.to_string();
    let read: Recording = text.parse().unwrap();
    assert_eq!(read.to_string(), text);
    let again = Session::again(&read, Path::new(".")).unwrap();
    let again = again.path(subjects()).run();
    assert_eq!(
        again
            .map(|run| run.to_string())
            .map_err(|error| error.to_string()),
        Ok(text.clone())
    );
    text.split_once("\n\n").map(|(_, events)| events.to_owned())
}

/// A session tells these events.
#[track_caller]
fn tells(session: &Session, expected: &str) {
    let Some(told) = events(session) else {
        return;
    };
    assert!(told == expected, "it told:\n{told}\nand not:\n{expected}");
}

/// Why a session's script failed, and that it was known at once.
#[track_caller]
fn fails(session: &Session) -> Option<Box<FailedStep>> {
    if !has_virtual_time() {
        return None;
    }
    let begun = Instant::now();
    let error = session.run().unwrap_err();
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        begun.elapsed()
    );
    match error {
        SessionError::Step(failed) => Some(failed),
        error => panic!("{error}"),
    }
}

/// What was sent to the program in a recording, joined.
fn sent(recording: &Recording) -> Vec<u8> {
    let events = recording.events().iter();
    let sent = events.filter_map(|event| match &event.kind {
        EventKind::Input { bytes, .. } | EventKind::Send(bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    sent.collect::<Vec<_>>().concat()
}

/// A program of `tests/subject` that asks its terminal.
fn asks(arguments: &[&str], answers: Answers) -> Session {
    let subject = Session::new("subject").path(subjects());
    subject
        .arg("terminal_questions")
        .args(arguments)
        .answers(answers)
}

/// The folder of the programs of `tests/subject`, which `cargo test` or `cargo build --examples` builds.
fn subjects() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_spinner")).with_file_name("examples")
}

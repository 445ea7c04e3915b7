//! Programs whose recordings differed once, each by a cause of its own.

use super::{
    locks,
    named_pipes::named_pipes,
    native::outputs,
    programs::{c_program, c_session, own_folder},
    runs::Runs,
    subjects::bash,
};
use crate::effort::times;
use std::iter::once;
use stroboscope::{recording::Recording, session::Session};

/// What the workers of `herd` wait in.
const KINDS: &[&str] = &[
    "stream",
    "dgram",
    "seqpacket",
    "pipe",
    "poll",
    "epoll",
    "eventfd",
    "sem",
    "psem",
    "msg",
    "mq",
    "accept",
    "room",
    "eroom",
    "qroom",
];

/// What `timers` tries, and over what `inside_sockets` talks.
const TIMERS: &[&str] = &[
    "alarms", "posix", "threads", "files", "edges", "signals", "exec", "sockets",
];
const SOCKETS: &[&str] = &["tcp", "tcp6", "udp", "unix", "renamed", "abstract"];

/// What sends the signals of `async_signals`.
const ASYNC: [&str; 2] = ["pipe", "queue"];

/// Every case, by name.
pub fn all() -> Vec<(String, Session)> {
    let named = |name: &str| (name.to_owned(), c_session(name).pipe());
    let herds = KINDS
        .iter()
        .map(|kind| (format!("herd {kind}"), herd(kind)));
    ["feed", "kills", "full_pipe", "spin", "closed_early"]
        .into_iter()
        .map(named)
        .chain(herds)
        .chain(["output", "typed", "keys"].map(|way| {
            let session = c_session("own_terminal").arg(way).pipe();
            (format!("own_terminal {way}"), session)
        }))
        .chain(["main", "other"].map(|by| {
            let session = c_session("exec_threads").arg(by).pipe();
            (format!("exec_threads {by}"), session)
        }))
        .chain(TIMERS.iter().map(|what| {
            let session = c_session("timers").arg(*what).pipe();
            (format!("timers {what}"), session)
        }))
        .chain(SOCKETS.iter().map(|kind| {
            let session = c_session("inside_sockets").args([*kind, "1000"]);
            (
                format!("inside_sockets {kind}"),
                session.arg(own_folder()).pipe(),
            )
        }))
        .chain(locks::all())
        .chain(once(("named_pipes".to_owned(), named_pipes())))
        .chain(ASYNC.map(|way| (format!("async_signals {way}"), async_signals(way))))
        .chain(once(("typed_ahead".to_owned(), typed_ahead())))
        .collect()
}

fn async_signals(way: &str) -> Session {
    c_session("async_signals").arg(way).pipe()
}

fn herd(kind: &str) -> Session {
    Session::new(c_program("herd")).arg(kind).pipe()
}

/// Sixty lines of thirty bytes are typed three times at one instant, more than a terminal takes, while the shell sleeps.
fn typed_ahead() -> Session {
    let lines = format!("{}\\r", "x".repeat(29)).repeat(60);
    let script = format!("@0.1 send \"{lines}\"\n").repeat(3) + "@2 eof\n";
    let shell = bash("sleep 0.5; while read -r line; do echo ok; done");
    shell.pty(80, 24).script(script.parse().unwrap())
}

/// So many runs give one recording, and it is not marked.
#[track_caller]
pub fn is_one(name: &str, session: &Session, count: usize) -> Option<Recording> {
    let runs = Runs::of(session, count)?;
    let texts = runs.texts();
    assert_eq!(runs.recordings.len(), 1, "{name}\n{texts}");
    assert!(runs.marked() == 0, "{name}\n{texts}");
    let recorded = runs.recordings.values().next()?;
    Some(recorded.text.parse().unwrap())
}

/// Which process gets a unit is the scheduler's choice natively; that each unit goes to one is not.
#[test]
fn each_unit_goes_to_one_waiting_process_and_to_the_same_in_each_run() {
    let herds: Vec<_> = KINDS.iter().map(|kind| herd(kind)).collect();
    for (kind, native) in KINDS.iter().zip(outputs(&herds)) {
        goes_to_workers(kind, &native);
    }
    for kind in KINDS {
        let Some(recording) = is_one(kind, &herd(kind), times(2)) else {
            return;
        };
        goes_to_workers(kind, &String::from_utf8(recording.output()).unwrap());
    }
}

/// Each of thirty units was taken by a worker, which wrote its number.
#[track_caller]
fn goes_to_workers(kind: &str, output: &str) {
    let (units, workers) = (output.trim_end(), "01234");
    let is_worker = |unit| workers.contains(unit);
    assert!(
        units.len() == 30 && units.chars().all(is_worker),
        "{kind}: {output}"
    );
}

#[test]
fn a_writer_takes_the_room_that_a_read_makes_at_the_same_point_in_each_run() {
    is_one("full_pipe", &c_session("full_pipe").pipe(), times(5));
}

#[test]
fn typing_more_than_a_terminal_takes_gives_one_recording() {
    is_one("typed_ahead", &typed_ahead(), times(2));
}

/// Each dot is a write that sends a signal, and each exclamation mark the end of a sleep by it; in between a third one prints.
#[test]
fn signals_of_bytes_and_messages_end_sleeps_in_causal_order() {
    for way in ASYNC {
        let session = async_signals(way);
        let Some(recording) = is_one(way, &session, times(5)) else {
            return;
        };
        let output = String::from_utf8(recording.output()).unwrap();
        let count = |mark| output.matches(mark).count();
        assert_eq!([count('.'), count('!'), count('-')], [20; 3], "{output}");
        assert_eq!(recording.end().0.as_millis(), 200, "{recording}");
    }
}

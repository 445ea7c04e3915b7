//! Locks on files: inside where the program alone has the file open, and given to who came first.

use super::{
    native::outputs,
    programs::{c_program, own_folder},
    run,
    runs::Runs,
};
use crate::{bounded::TOOL_LIMIT, effort::times};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    thread,
    time::{Duration, Instant},
};
use stroboscope::{recording::Recording, session::Session};

const KINDS: [&str; 3] = ["flock", "posix", "ofd"];
const RELEASES: [&str; 8] = [
    "unlock",
    "another",
    "both",
    "close",
    "replace",
    "exec",
    "exit",
    "downgrade",
];

/// Five workers that wait for a lock of this kind, the last one first.
fn workers(kind: &str, release: &str) -> Session {
    let file = own_folder().join(format!("lock.{kind}.{release}"));
    Session::new(c_program("locks"))
        .args([kind, release])
        .arg(file)
        .pipe()
}

/// Every kind of lock with every way of releasing it.
pub fn all() -> impl Iterator<Item = (String, Session)> {
    KINDS.into_iter().flat_map(|kind| {
        RELEASES.map(|release| (format!("locks {kind} {release}"), workers(kind, release)))
    })
}

#[test]
fn a_lock_goes_to_who_came_first() {
    let natively: Vec<_> = all().map(|(_, session)| session).collect();
    for ((name, session), native) in all().zip(outputs(&natively)) {
        let mut native: Vec<_> = native.chars().collect();
        native.sort_unstable();
        assert_eq!(native.into_iter().collect::<String>(), "01234", "{name}");
        let Some(runs) = Runs::of(&session, times(1)) else {
            return;
        };
        let texts = runs.texts();
        assert_eq!(
            (runs.recordings.len(), runs.marked()),
            (1, 0),
            "{name}\n{texts}"
        );
        // Readers get it together; each other one keeps it for 10 ms.
        let step = if name.ends_with("downgrade") { 0 } else { 10 };
        let recorded = runs.recordings.values().next().unwrap();
        let recording: Recording = recorded.text.parse().unwrap();
        let writes: Vec<_> = recording.writes().collect();
        let took = writes.iter().map(|(at, worker)| (at.as_millis(), *worker));
        let right = [b"4", b"3", b"2", b"1", b"0"].iter().zip(0..);
        let right = right.map(|(worker, turn)| (200 + turn * step, &worker[..]));
        assert!(took.eq(right), "{name}\n{texts}");
    }
}

#[test]
fn a_lock_that_an_outsider_holds_is_waited_for_in_real_time() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let holder = file.reopen().unwrap();
    flock(&holder, FlockOperation::LockExclusive).unwrap();
    thread::spawn(move || {
        let begun = Instant::now();
        while !is_waited_for(&holder) && begun.elapsed() < TOOL_LIMIT {
            thread::sleep(Duration::from_millis(10));
        }
        // A lock that is held for a moment is not noticed.
        thread::sleep(Duration::from_millis(500));
        flock(&holder, FlockOperation::Unlock).unwrap();
    });
    let script = "(sleep 20; echo sleeper) & flock \"$0\" echo locked; wait";
    let session = Session::new("bash")
        .args(["-c", script])
        .arg(file.path())
        .pipe();
    let Some(recording) = run(&session) else {
        return;
    };
    assert_eq!(recording.output(), b"locked\nsleeper\n", "{recording}");
    let why = "it waited for a lock on a file, where real time passes";
    assert_eq!(recording.header().varies, [why]);
}

/// Whether somebody waits for a lock on a file (`proc_locks(5)`).
fn is_waited_for(file: &File) -> bool {
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let inode = format!(":{} ", file.metadata().unwrap().ino());
    let mut lines = locks.lines();
    lines.any(|line| line.contains("-> FLOCK") && line.contains(&inode))
}

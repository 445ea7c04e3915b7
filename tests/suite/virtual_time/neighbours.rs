//! Sessions beside each other, and beside other children of whoever runs them.

use super::{events, run};
use crate::{bounded::Run, effort::times, session::left_behind};
use rustix::{
    io::Errno,
    process::{WaitId, WaitIdOptions, waitid},
};
use std::{
    env, fs,
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
};
use stroboscope::session::Session;

/// Two processes and a signal between them: whatever can be mixed up between sessions, and takes some time.
fn session() -> Session {
    let script = "trap 'echo asked' USR1; for i in 1 2 3; do { sleep 0.1; kill -USR1 $$; sleep 0.1; } & wait; wait; echo $i; done";
    Session::new("bash").args(["-c", script])
}

/// What a session gives, as text.
#[track_caller]
fn told(session: &Session) -> Option<String> {
    run(session).map(|recording| events(&recording.header().channel, recording.events()))
}

#[test]
fn sessions_side_by_side_give_the_same_recording() {
    let Some(alone) = told(&session()) else {
        return;
    };
    thread::scope(|scope| {
        let sessions = [(); 4].map(|()| scope.spawn(|| told(&session()).unwrap()));
        for session in sessions {
            assert_eq!(session.join().unwrap(), alone);
        }
    });
}

#[test]
fn a_session_does_not_reap_other_children() {
    let Some(alone) = told(&session()) else {
        return;
    };
    let done = AtomicBool::new(false);
    let mut children = 0;
    thread::scope(|scope| {
        let sessions = scope.spawn(|| {
            let told = [(); 3].map(|()| told(&session()).unwrap());
            done.store(true, Relaxed);
            told
        });
        while !done.load(Relaxed) && !sessions.is_finished() {
            let child = Command::new("sh").args(["-c", "exit 7"]).run();
            assert_eq!(child.status.code(), Some(7));
            children += 1;
        }
        for told in sessions.join().unwrap() {
            assert_eq!(told, alone);
        }
    });
    assert!(children > 0);
}

#[test]
fn finished_sessions_leave_no_process_thread_or_descriptor() {
    let this = env::current_exe().unwrap();
    let helper = "virtual_time::neighbours::helper_runs_many_sessions";
    let output = Command::new(this)
        .args(["--exact", helper, "--include-ignored", "--nocapture"])
        .run_tool();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

/// How many of these the process has.
fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
#[ignore = "run by another test, in a process that has no other children"]
fn helper_runs_many_sessions() {
    let mark = format!("neighbours-{}", std::process::id());
    let session = session().env("STROBE_TEST", &mark);
    // A killed one too: what it started in the background is still there at its end.
    let killed = Session::new("bash").args(["-c", "sleep 1000 & kill -KILL $$"]);
    let killed = killed.env("STROBE_TEST", &mark);
    if told(&session).is_none() {
        return;
    }
    let before = (count("/proc/self/fd"), count("/proc/self/task"));
    for _ in 0..times(5) {
        told(&session);
        told(&killed);
    }
    let after = (count("/proc/self/fd"), count("/proc/self/task"));
    assert_eq!(after, before, "descriptors and threads");
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let child = waitid(WaitId::All, options);
    assert_eq!(child.err(), Some(Errno::CHILD));
    let left = left_behind(&format!("STROBE_TEST={mark}"));
    assert_eq!(left, Vec::<String>::new());
}

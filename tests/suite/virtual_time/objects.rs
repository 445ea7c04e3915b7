//! Objects that processes share: outside where somebody outside has them, inside where the program alone has.

use super::{
    native::outputs,
    programs::{c_program, c_session},
    run, run_by, tells,
};
use crate::bounded::{Bounded, TOOL_LIMIT};
use std::{
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use stroboscope::{
    recording::{Machine, Recording},
    session::Session,
    virtual_time::VirtualTime,
};
use tempfile::TempDir;

/// Kinds that others can open by a name or a key, each with what a recording says of it.
const PUBLIC: [(&str, &str); 6] = [
    ("semaphore", "a System V semaphore"),
    ("queue", "a System V message queue"),
    ("shm", "System V shared memory"),
    ("futex", "`NAME`"),
    ("named", "`/dev/shm/sem.NAME`"),
    ("posix", "`/NAME`"),
];

/// One object of a kind, with a name that no other test and no other process has.
struct Named {
    kind: &'static str,
    name: String,
    folder: TempDir,
}

impl Named {
    fn new(kind: &'static str) -> Named {
        let folder = tempfile::tempdir().unwrap();
        // Names of semaphores and queues begin with a slash; keys are numbers.
        let unique = folder
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let key = unique
            .bytes()
            .fold(1_u32, |key, byte| key.wrapping_mul(31) ^ u32::from(byte));
        let name = match kind {
            "semaphore" | "queue" | "shm" => (key & 0x3fff_ffff | 1).to_string(),
            "futex" | "removed" => folder.path().join("file").to_str().unwrap().to_owned(),
            _ => format!("/strobe{unique}"),
        };
        Named { kind, name, folder }
    }

    fn ready(&self) -> PathBuf {
        self.folder.path().join("ready")
    }

    fn session(&self, role: &str) -> Session {
        let session = c_session("objects").args([self.kind, role, &self.name]);
        session.arg(self.ready()).pipe()
    }

    /// A process that is no child of the session, and is killed at the end of the test.
    fn outsider(&self, role: &str) -> Bounded {
        let mut command = Command::new(c_program("objects"));
        let command = command
            .args([self.kind, role, &self.name])
            .arg(self.ready());
        Bounded::spawn(command, TOOL_LIMIT)
    }

    /// What a recording says that has waited for it.
    fn why(&self, what: &str) -> String {
        let name = self
            .name
            .trim_start_matches(|slash| slash == '/' && self.kind != "futex");
        let what = what.replace("NAME", name);
        format!("it waited for {what}, where real time passes")
    }
}

/// The lines that a program wrote, with what was done to it left out.
fn lines(recording: &Recording) -> String {
    String::from_utf8(recording.output()).unwrap()
}

/// A new object of each kind that others can open, and what a recording says of it; side by side, as real time passes.
fn of_each_kind(test: impl Fn(&Named, &str) + Sync) {
    thread::scope(|scope| {
        for (kind, what) in PUBLIC {
            let test = &test;
            scope.spawn(move || test(&Named::new(kind), what));
        }
    });
}

/// An outsider ends the wait long before the sleeper's time is up; natively it comes first.
#[track_caller]
fn is_ended_from_outside(role: &str) {
    of_each_kind(|object, what| {
        let _outsider = object.outsider(role);
        let begun = Instant::now();
        let Some(recording) = run(&object.session("wait")) else {
            return;
        };
        assert_eq!(lines(&recording), "posted\nsleeper\n", "{recording}");
        assert_eq!(recording.header().varies, [object.why(what)]);
        // How long it waits depends on when the outsider is let run; never more time passes than in reality.
        let (posted, _) = recording.writes().next().unwrap();
        assert!(posted <= begun.elapsed(), "{recording}");
    });
}

#[test]
fn a_wait_for_an_object_that_an_outsider_has_takes_real_time() {
    is_ended_from_outside("has");
}

#[test]
fn a_wait_for_an_object_that_an_outsider_can_open_takes_real_time() {
    is_ended_from_outside("opens");
}

#[test]
fn a_time_out_beside_an_outsider_is_kept_and_marked() {
    of_each_kind(|object, what| {
        // `msgrcv` has no time-out.
        if object.kind == "queue" {
            return;
        }
        let mut outsider = object.outsider("has");
        has_opened(&mut outsider, object);
        let begun = Instant::now();
        let Some(recording) = run(&object.session("late")) else {
            return;
        };
        assert_eq!(lines(&recording), "late\nsleeper\n", "{recording}");
        let (late, _) = recording.writes().next().unwrap();
        assert_eq!(late, Duration::from_millis(500), "{recording}");
        assert!(begun.elapsed() >= late);
        assert_eq!(recording.header().varies, [object.why(what)]);
    });
}

/// Waits until an outsider has its object: it polls for a file then.
fn has_opened(outsider: &mut Bounded, object: &Named) {
    if object.kind == "semaphore" {
        return;
    }
    let syscall = format!("/proc/{}/syscall", outsider.child().id());
    let sleeps = || {
        let call = std::fs::read_to_string(&syscall).unwrap_or_default();
        // clock_nanosleep
        call.starts_with("230 ").then_some(())
    };
    outsider.until("its first sleep", sleeps);
}

const POSTED_INSIDE: &str = r#"
    @1.000 "posted\n"
    @2.000 "posted\n"
    @2.000 exit 0"#;

/// A program that alone has its object waits for it in virtual time, and prints what it prints natively.
#[track_caller]
fn is_inside(objects: &[Named]) {
    let sessions: Vec<_> = objects.iter().map(|one| one.session("inside")).collect();
    // Where somebody else could open it, that nobody does is known after real time.
    thread::scope(|scope| {
        for session in &sessions {
            scope.spawn(|| tells(session, POSTED_INSIDE));
        }
    });
    for native in outputs(&sessions) {
        assert_eq!(native, "posted\nposted\n");
    }
}

#[test]
fn an_object_that_only_the_program_can_reach_is_inside() {
    let private = ["semaphore", "queue", "shm"].map(|kind| Named {
        name: "0".to_owned(),
        ..Named::new(kind)
    });
    let anonymous = Named {
        name: String::new(),
        ..Named::new("futex")
    };
    let nameless = ["removed", "unlinked", "posix-unlinked"].map(Named::new);
    let objects: Vec<_> = private
        .into_iter()
        .chain([anonymous])
        .chain(nameless)
        .collect();
    is_inside(&objects);
}

#[test]
fn a_named_object_that_no_other_process_opens_does_not_mark_the_recording() {
    is_inside(&["shm", "futex", "named", "posix"].map(Named::new));
}

#[test]
fn a_wait_for_a_process_outside_takes_real_time() {
    for way in ["poll", "select", "epoll"] {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready");
        let script = "while ! test -e \"$0\"; do sleep 0.01; done; sleep 0.7";
        let mut outsider = Command::new("sh");
        let outsider = outsider.args(["-c", script]).arg(&ready);
        let mut outsider = Bounded::spawn(outsider, TOOL_LIMIT);
        let process = outsider.child().id().to_string();
        let session = c_session("pidfd").args([way, &process]).arg(&ready).pipe();
        // In a PID namespace of its own, a program sees no process outside.
        let host = VirtualTime::default().machine(Machine::Host);
        let Some(recording) = run_by(host, &session) else {
            return;
        };
        assert_eq!(lines(&recording), "ended\nsleeper\n", "{recording}");
        assert_eq!(
            recording.header().varies,
            ["it waited for another process, where real time passes"]
        );
    }
}

#[test]
fn a_wait_for_a_process_of_the_program_is_inside() {
    for way in ["poll", "select", "epoll"] {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready");
        let session = c_session("pidfd").args([way, "0"]).arg(ready).pipe();
        let story = r#"
            @1.000 "ended\n"
            @20.000 "sleeper\n"
            @20.000 exit 0"#;
        tells(&session, story);
    }
}

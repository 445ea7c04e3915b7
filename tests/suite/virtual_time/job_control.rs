//! Jobs that are stopped and continued, by a person at a shell and by signals, as natively.

use super::{
    native::{Printed, natively},
    run,
    subjects::bash,
};
use stroboscope::{script::Script, session::Session};

/// Typed at a shell that waits for it: a job is stopped and brought back, and another one reads in the background. The job is
/// stopped when it sleeps; natively a stop in the middle of its `vfork` would never end.
const TYPED: &str = r#"
after "> " send "sh -c 'echo begun; sleep 1; echo over'\r"
after "begun\r\n" 0.3 send "\x1a"
after "> " send "jobs\r"
after "> " send "fg\r"
after "over\r\n> " send "cat & sleep 0.3; jobs\r"
after "> " send "fg\r"
after "cat\r\n" send "hello\r"
after "hello\r\nhello\r\n" send "\x03"
after "> " send "exit 3\r"
"#;

/// A group that is orphaned while its process is stopped: the kernel sends SIGHUP and SIGCONT.
const ORPHANED: &str = "((trap 'echo hung up' HUP; trap 'echo continued' CONT; kill -STOP $BASHPID; \
                        sleep 0.1; echo alive) & sleep 0.2); sleep 1; echo end";

/// A job that another process stops and continues: its sleep lasts no longer for it.
const STOPPED: &str = "(sleep 1; echo slept) & sleep 0.2; kill -STOP $!; sleep 0.3; kill -CONT $!; wait $!; echo \
                       waited $?";

/// A daemon, which belongs neither to the session nor to the parent.
const DAEMON: &str = "(setsid -f sh -c 'sleep 1; echo daemon'); sleep 2; echo end";

fn typed() -> Session {
    let script: Script = TYPED.parse().unwrap();
    Session::new("dash")
        .arg("-i")
        .env("PS1", "> ")
        .pty(80, 24)
        .script(script)
}

fn sessions() -> [Session; 4] {
    [
        typed(),
        bash(ORPHANED).pipe(),
        bash(STOPPED).pipe(),
        bash(DAEMON).pipe(),
    ]
}

#[test]
fn jobs_are_stopped_and_continued_as_natively() {
    let natively = natively(&sessions());
    for (session, native) in sessions().into_iter().zip(natively) {
        let Some(recording) = run(&session) else {
            return;
        };
        let [recorded, native] = [&recording, &native].map(Printed::of);
        assert_eq!(recorded, native);
        assert_eq!(recording.header().varies, Vec::<String>::new());
    }
}

#[test]
fn a_stopped_job_sleeps_on() {
    let Some(recording) = run(&bash(STOPPED).pipe()) else {
        return;
    };
    let at: Vec<_> = recording.writes().map(|(at, _)| at.as_millis()).collect();
    // Its second began before it was stopped, and ends after it was continued.
    assert_eq!(at, [1000, 1000], "{recording}");
}

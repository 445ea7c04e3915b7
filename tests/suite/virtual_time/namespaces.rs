//! Process ids are the same in each run where a program can have a PID namespace, and a recording that shows them is
//! marked where it cannot.

use super::{run, run_by};
use crate::bounded::{Bounded, Run, TOOL_LIMIT};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use stroboscope::{
    Script,
    recording::{End, Machine, Recording},
    session::Session,
    virtual_time::VirtualTime,
};

const MARK: &str = "it showed process ids, which differ from run to run where a program cannot have a PID namespace";

/// Whether util-linux can create the namespaces that a session needs.
fn can_have_namespace() -> bool {
    let arguments = [
        "--pid", "--mount", "--fork", "mount", "-t", "proc", "p", "/proc",
    ];
    Command::new("unshare")
        .args(arguments)
        .try_run()
        .is_ok_and(|output| output.status.success())
}

fn shell(command: &str) -> Session {
    Session::new("bash").args(["-c", command]).pipe()
}

#[track_caller]
fn prints(session: &Session, expected: &str) {
    if let Some(recording) = run(session).filter(|_| can_have_namespace()) {
        assert_eq!(String::from_utf8(recording.output()).unwrap(), expected);
        assert_eq!(recording.header().varies, Vec::<String>::new());
    }
}

fn on_host(session: &Session) -> Option<Recording> {
    run_by(VirtualTime::default().machine(Machine::Host), session)
}

#[test]
fn process_ids_count_from_two() {
    prints(
        &shell(
            "echo $$ $BASHPID; (echo $BASHPID); sleep 1 & echo $!; wait $!; sh -c 'echo $$ $PPID'; echo $PPID",
        ),
        "2 2\n3\n4\n5 2\n0\n",
    );
}

#[test]
fn a_job_of_an_interactive_shell_has_the_same_number_in_each_run() {
    let script: Script = r#"after "> " send "sleep 1 &\n"
after "> " send "wait; exit\n"
"#
    .parse()
    .unwrap();
    let session = Session::new("bash")
        .args(["--norc", "-i"])
        .env("PS1", "> ")
        .script(script);
    if let Some(recording) = run(&session).filter(|_| can_have_namespace()) {
        let output = String::from_utf8(recording.output()).unwrap();
        assert!(output.contains("[1] 3\r\n"), "{output}");
    }
}

#[test]
fn a_program_sees_its_own_processes_alone() {
    prints(
        &shell(
            "cd /proc; echo [0-9]*; cat 1/comm; kill -9 1; kill -0 1 && echo lives; kill -9 -1; echo survives",
        ),
        "1 2\ninit\nlives\nsurvives\n",
    );
}

#[test]
fn a_signal_that_a_program_sends_itself_ends_it() {
    for (signal, number) in [("TERM", 15), ("INT", 2), ("KILL", 9)] {
        if let Some(recording) = run(&shell(&format!("kill -{signal} $$; echo survives"))) {
            let End::Killed(killed) = recording.end().1 else {
                panic!("{recording}");
            };
            assert_eq!(killed.number(), number, "{recording}");
        }
    }
}

#[test]
fn orphans_belong_to_the_init_which_reaps_them() {
    prints(
        &shell(
            "sh -c 'sleep 1 & echo $!'; ps -o ppid= -p 4 | tr -d ' '; sleep 2; ps -e | grep -c sleep",
        ),
        "4\n1\n0\n",
    );
}

#[test]
fn a_recording_that_shows_process_ids_of_the_host_is_marked() {
    for shows in [
        "echo $$",
        "echo pid=$$.",
        "sleep 1 & echo $!; wait",
        "echo $PPID >&2",
    ] {
        if let Some(recording) = on_host(&shell(shows)) {
            assert_eq!(recording.header().varies, [MARK], "{recording}");
        }
    }
    for hides in [
        "echo 1$$",
        "test $$ -gt 0; sh -c 'echo hi'",
        "sleep 1 & wait",
    ] {
        if let Some(recording) = on_host(&shell(hides)) {
            assert_eq!(
                recording.header().varies,
                Vec::<String>::new(),
                "{recording}"
            );
        }
    }
}

/// Copies a program. If a thread of this process wrote it, another that forks would keep it busy.
pub fn copy(program: &Path, to: &Path) {
    let copied = Command::new("cp").args([program, to]).run();
    assert!(copied.status.success());
}

/// The children of a process.
fn children(parent: &str) -> Vec<PathBuf> {
    let is_child = |process: &Path| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        status.contains(&format!("\nPPid:\t{parent}\n"))
    };
    let processes = fs::read_dir("/proc").unwrap();
    let processes = processes.map(|entry| entry.unwrap().path());
    processes.filter(|process| is_child(process)).collect()
}

#[test]
fn nothing_is_left_of_a_namespace_when_strobe_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut strobe = Command::new(env!("CARGO_BIN_EXE_strobe"));
    let strobe = strobe
        .args([
            "record",
            "--",
            "sh",
            "-c",
            "echo >ready; while :; do :; done",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut strobe = Bounded::spawn(strobe, TOOL_LIMIT);
    if run(&shell("true")).is_none() {
        return;
    }
    strobe.until("the program", || {
        folder.path().join("ready").exists().then_some(())
    });
    let children = children(&strobe.child().id().to_string());
    // The program and its init.
    assert_eq!(children.len(), 1 + usize::from(can_have_namespace()));
    strobe.signal(rustix::process::Signal::KILL);
    strobe.wait();
    let mut end = Bounded::spawn(Command::new("sleep").arg("60"), TOOL_LIMIT);
    end.until("the end of all", || {
        let is_gone = |process: &PathBuf| {
            let status = fs::read_to_string(process.join("status")).unwrap_or_default();
            status.is_empty() || status.contains("\nState:\tZ")
        };
        children.iter().all(is_gone).then_some(())
    });
}

#[test]
fn another_user_keeps_its_groups_and_sees_the_owners_of_files() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let run = |command: &mut Command| command.run();
    run(Command::new("chmod").arg("755").arg(folder.path()));
    let strobe = folder.path().join("strobe");
    copy(Path::new(env!("CARGO_BIN_EXE_strobe")), &strobe);
    let as_nobody = |command: &[&std::ffi::OsStr]| {
        let mut setpriv = Command::new("setpriv");
        setpriv
            .args(["--reuid", "65534", "--regid", "65534", "--groups", "5,60"])
            .args(command)
            .current_dir("/");
        run(&mut setpriv)
    };
    let looks =
        "id; stat -c '%U %G' /usr /etc/passwd; echo $(ls -ld /proc/self/ | cut -d' ' -f3,4)";
    let natively = as_nobody(&["bash".as_ref(), "-c".as_ref(), looks.as_ref()]);
    // Only root can become another user.
    if !natively.status.success() {
        return;
    }
    let record = ["record", "--channel", "pipe", "--", "bash", "-c", looks];
    let words: Vec<&std::ffi::OsStr> = [strobe.as_os_str()]
        .into_iter()
        .chain(record.iter().map(AsRef::as_ref))
        .collect();
    let recorded = as_nobody(&words);
    let error = String::from_utf8_lossy(&recorded.stderr);
    let transcript = String::from_utf8(recorded.stdout).unwrap();
    let recording: Recording = transcript.parse().expect(&error);
    assert_eq!(recording.output(), natively.stdout);
    assert_eq!(recording.header().varies, Vec::<String>::new());
}

/// The tracer reads what it must know in `/proc`.
#[test]
fn without_the_proc_of_its_own_namespace_strobe_refuses_virtual_time() {
    if !can_have_namespace() || run(&shell("true")).is_none() {
        return;
    }
    let strobe = env!("CARGO_BIN_EXE_strobe");
    let unmount = format!("umount -l /proc; exec {strobe} record -- true");
    for arguments in [
        [
            "--pid",
            "--fork",
            "sh",
            "-c",
            &format!("{strobe} record -- true"),
        ],
        ["--mount", "--", "sh", "-c", &unmount],
    ] {
        let output = Command::new("unshare").args(arguments).run();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.contains("`/proc` does not show this process"),
            "{error}"
        );
    }
}

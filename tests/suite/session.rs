//! Sessions: exact bytes, scripts, and ends that leave nobody behind.

use crate::{bounded::Run, effort::times};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use stroboscope::{
    recording::{Channel, End, EventKind, Recording, Signal, StopReason},
    script::Script,
    session::{Session, SessionError},
};

/// A session in real time.
fn real(program: impl Into<std::ffi::OsString>) -> Session {
    Session::new(program).real_time()
}

fn sh(script: &str) -> Session {
    real("sh").args(["-c", script])
}

fn script(text: &str) -> Script {
    text.parse().unwrap()
}

#[track_caller]
fn outputs(session: &Session, bytes: &str, end: End) -> Recording {
    let recording = session.run().unwrap();
    assert_eq!(
        recording.output().escape_ascii().to_string(),
        bytes.as_bytes().escape_ascii().to_string()
    );
    assert_eq!(recording.end().1, end);
    recording
}

/// The processes, living or dying, whose environment has this variable.
pub fn left_behind(mark: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = entries.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let lines = pids.filter_map(|pid| {
        String::from_utf8(fs::read(format!("/proc/{pid}/environ")).ok()?)
            .ok()
            .map(|env| (pid, env))
    });
    lines
        .filter(|(_, env)| env.split('\0').any(|variable| variable == mark))
        .map(|(pid, _)| pid)
        .collect()
}

/// A session is ended at its limit, on time, and leaves nobody.
#[track_caller]
fn ended(session: Session, mark: &str, stop: StopReason) -> Recording {
    let started = Instant::now();
    let recording = session.env("STROBE_TEST", mark).run().unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(recording.end().1, End::Stopped(stop));
    assert_eq!(
        left_behind(&format!("STROBE_TEST={mark}")),
        Vec::<String>::new()
    );
    recording
}

#[test]
fn a_recording_on_a_terminal_has_the_exact_bytes() {
    let recording = real("printf")
        .arg("a\\nb\\rc\\377\\0\\033[31m\\b")
        .run()
        .unwrap();
    assert_eq!(recording.output(), b"a\r\nb\rc\xff\0\x1b[31m\x08");
}

#[test]
fn pipes_keep_writes_apart_and_in_order() {
    let session = sh("printf a; printf b >&2; printf c; printf 'd\\n'; exit 3").pipe();
    let recording = session.run().unwrap();
    let kinds: Vec<&EventKind> = recording.events().iter().map(|event| &event.kind).collect();
    let text = |text: &str| text.as_bytes().to_vec();
    let end = EventKind::End(End::Exit(3));
    let (a, b, c, d) = (
        EventKind::Output(text("a")),
        EventKind::Stderr(text("b")),
        EventKind::Output(text("c")),
        EventKind::Output(text("d\n")),
    );
    // Each stream's writes are apart and in order; between the streams the system lets one know only what was read first.
    let stdout: Vec<&&EventKind> = kinds
        .iter()
        .filter(|kind| matches!(kind, EventKind::Output(_)))
        .collect();
    assert_eq!(stdout, [&&a, &&c, &&d]);
    assert!(kinds.contains(&&b));
    assert_eq!(kinds.last(), Some(&&end));
}

#[test]
fn a_program_gets_a_clean_environment() {
    let recording = real("env").env("MINE", "1 2").run().unwrap();
    let text = String::from_utf8(recording.output()).unwrap();
    let mut names: Vec<&str> = text
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["HOME", "LANG", "MINE", "PATH", "TERM", "TMPDIR", "TZ"]
    );
    assert!(
        text.contains("LANG=C.UTF-8\r\n")
            && text.contains("TZ=UTC\r\n")
            && text.contains("TERM=xterm-256color\r\n")
    );
    let transcript = recording.to_string();
    assert!(transcript.starts_with("transcript: 1\ncommand: env\nenv: \"MINE=1 2\"\nchannel: pty 80x24 xterm-256color\nclock: real\n\n"));
    outputs(
        &sh("ls -A \"$HOME\" \"$TMPDIR\" | wc -w; echo x > \"$TMPDIR\"/x && cat \"$TMPDIR\"/x"),
        "3\r\nx\r\n".replace('3', "2").as_str(),
        End::Exit(0),
    );
}

#[test]
fn the_terminal_has_its_size_and_its_echo_from_the_first_instant() {
    outputs(
        &real("stty").arg("size").pty(101, 33),
        "33 101\r\n",
        End::Exit(0),
    );
    let modes = real("stty").arg("-a").run().unwrap().output();
    let modes = String::from_utf8(modes).unwrap();
    for mode in ["echo", "icanon", "isig", "opost", "onlcr"] {
        assert!(
            modes.split_whitespace().any(|word| word == mode),
            "{mode} in {modes}"
        );
    }
}

#[test]
fn a_program_does_not_inherit_ignored_signals() {
    let mut shell = Command::new("sh");
    let ignoring = r#"trap '' INT TERM HUP; exec "$0" --exact session::helper_prints_its_ignored_signals --include-ignored --nocapture"#;
    let output = shell
        .args(["-c", ignoring])
        .arg(std::env::current_exe().unwrap())
        .run();
    let text = String::from_utf8(output.stdout).unwrap();
    let ignored = text
        .lines()
        .find_map(|line| line.strip_prefix("ignored: "))
        .expect("the helper's line");
    let [hup, int, term] =
        [libc::SIGHUP, libc::SIGINT, libc::SIGTERM].map(|signal| 1_u64 << (signal - 1));
    assert_eq!(
        u64::from_str_radix(ignored, 16).unwrap() & (hup | int | term),
        0
    );
}

#[test]
#[ignore = "run by another test, in a process that ignores signals"]
fn helper_prints_its_ignored_signals() {
    let status = real("grep")
        .args(["SigIgn", "/proc/self/status"])
        .run()
        .unwrap()
        .output();
    println!(
        "ignored: {}",
        String::from_utf8(status)
            .unwrap()
            .trim_start_matches("SigIgn:")
            .trim()
    );
}

#[test]
fn a_program_that_cannot_be_run_is_named_and_the_test_process_is_not_duplicated() {
    let folder = tempfile::tempdir().unwrap();
    let (script, plain, count) = (
        folder.path().join("script"),
        folder.path().join("plain"),
        folder.path().join("count"),
    );
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&plain, "").unwrap();
    let (script, plain) = (script.to_str().unwrap(), plain.to_str().unwrap());
    let missing = "No such file or directory (os error 2)";
    let interpreter =
        "it is there, but its interpreter or loader is not (the first line of a script names it)";
    let denied = "Permission denied (os error 13)";
    for channel in [
        Channel::Pipe,
        Channel::Pty {
            columns: 80,
            rows: 24,
            term: "dumb".to_owned(),
        },
    ] {
        for (program, reason) in [
            ("no-such-program", missing),
            ("/no/such", missing),
            (script, interpreter),
            (plain, denied),
            ("", missing),
        ] {
            let error = real(program).channel(channel.clone()).run().unwrap_err();
            // A second copy of this test would write a second line.
            fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&count)
                .and_then(|mut file| std::io::Write::write_all(&mut file, b"x"))
                .unwrap();
            assert_eq!(
                error.to_string(),
                format!("cannot run `{program}`: {reason}")
            );
        }
    }
    assert_eq!(fs::read(&count).unwrap().len(), 10);
    let by_path = real("script").env("PATH", folder.path());
    let error = by_path.run();
    assert_eq!(
        error.unwrap_err().to_string(),
        format!("cannot run `script`: {interpreter}")
    );
    let error = real("true").current_dir("/no/such").run().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot run in the folder `/no/such`: {missing}")
    );
}

#[test]
fn a_script_without_an_interpreter_is_the_shells() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, "echo \"$0\" \"$1\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let session = real("script").arg("x").path(folder.path()).pipe();
    outputs(&session, &format!("{} x\n", script.display()), End::Exit(0));
}

#[test]
fn exit_statuses_and_signals_are_recorded() {
    outputs(&sh("exit 7"), "", End::Exit(7));
    outputs(&sh("kill -TERM $$"), "", End::Killed(Signal::TERM));
    let real_time = outputs(
        &sh("kill -40 $$"),
        "",
        End::Killed(Signal::try_from(40).unwrap()),
    );
    assert!(real_time.to_string().ends_with("killed 40\n"));
}

#[test]
fn a_script_answers_questions() {
    let asks =
        sh("printf 'Name? '; read -r name; printf 'Age? '; read -r age; echo \"$name is $age\"");
    let answers = script("after \"Name? \" send \"Ada\\r\"\nafter \"Age? \" send \"36\\r\"\n");
    let recording = outputs(
        &asks.clone().script(answers),
        "Name? Ada\r\nAge? 36\r\nAda is 36\r\n",
        End::Exit(0),
    );
    // Its own text runs it again.
    let read: Recording = recording.to_string().parse().unwrap();
    let again = Session::again(&read, std::path::Path::new(".")).unwrap();
    outputs(
        &again,
        "Name? Ada\r\nAge? 36\r\nAda is 36\r\n",
        End::Exit(0),
    );
}

#[test]
fn a_script_that_waits_in_vain_reports_the_output_that_came_instead() {
    let asks =
        sh("printf '\\033[1mPassword:\\033[0m '; read -r x").timeout(Duration::from_millis(300));
    let error = asks
        .script(script("after \"Name? \" send \"Ada\\r\""))
        .run()
        .unwrap_err();
    let message = "waited for \"Name? \", but the time was up; since the last match came \"\\e[1mPassword:\\e[0m \"\n\
        the screen at that moment:\n  | Password:\nthe cursor is at 11,1";
    assert_eq!(error.to_string(), message);
    let SessionError::Step(failed) = error else {
        panic!("{error}")
    };
    assert_eq!(failed.outline().end().1, End::Stopped(StopReason::Limit));
    let error = sh("echo hi")
        .script(script("after \"Name? \" send \"\""))
        .run()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "waited for \"Name? \", but the program ended; since the last match came \"hi\\r\\n\"\n\
        the screen at that moment:\n  | hi\nthe cursor is at 1,2"
    );
}

#[test]
fn a_script_that_waits_in_vain_reports_that_the_output_limit_was_reached() {
    let floods = real("yes")
        .output_limit(10_000)
        .script(script("after \"no\" send \"\""));
    let error = floods.run().unwrap_err().to_string();
    assert!(
        error.starts_with("waited for \"no\", but it wrote too much; since the last match came \""),
        "{error}"
    );
}

#[test]
fn every_kind_of_step_reaches_the_program() {
    let listens = r#"trap 'stty size' WINCH; trap 'echo usr1' USR1; stty -echo; echo ready; while read -r line; do echo "<$line>"; done; echo end"#;
    let steps = "after \"ready\" send \"a\\r\"\n0.150 resize 100x30\n0.150 signal USR1\n0.150 send \"b\\r\"\n0.150 eof\n";
    let recording = real("bash")
        .args(["-c", listens])
        .script(script(steps))
        .run()
        .unwrap();
    let text = String::from_utf8(recording.output()).unwrap();
    let mut rest = text.as_str();
    for part in ["ready\r\n", "<a>\r\n", "<b>\r\n", "end\r\n"] {
        rest = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part:?} is not next in {text:?}"))
            .1;
    }
    // bash runs traps when it is done with a line, in an order of its own.
    assert!(
        text.contains("30 100\r\n") && text.contains("usr1\r\n"),
        "{text:?}"
    );
    let kinds: Vec<&EventKind> = recording.events().iter().map(|event| &event.kind).collect();
    assert!(
        kinds.contains(&&EventKind::Resize {
            columns: 100,
            rows: 30
        }) && kinds.contains(&&EventKind::Eof)
    );
}

#[test]
fn on_pipes_an_end_of_input_closes_it() {
    let session = real("cat")
        .pipe()
        .script(script("@0.010 send \"a\\n\"\n@0.020 eof\n"));
    outputs(&session, "a\n", End::Exit(0));
    outputs(&real("cat").pipe(), "", End::Exit(0));
    let error = real("cat")
        .pipe()
        .script(script("@0.1 resize 1x1"))
        .run()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the script has `resize 1x1`, which a pipe cannot have: use the channel `pty`"
    );
}

#[test]
fn much_input_does_not_stop_the_run() {
    let much = "x".repeat(1 << 20);
    let script = Script::default().send_at(Duration::ZERO, much.clone());
    let session = real("sh")
        .args(["-c", "head -c 1048576 | wc -c"])
        .pipe()
        .script(script.clone());
    outputs(&session, "1048576\n", End::Exit(0));
    // Nobody reads it.
    outputs(
        &sh("sleep 0.1; echo done").pipe().script(script),
        "done\n",
        End::Exit(0),
    );
}

#[test]
fn a_program_that_hangs_is_ended_at_its_limit() {
    let recording = ended(
        sh("echo hi; sleep 1000").timeout(Duration::from_millis(100)),
        "hangs",
        StopReason::Limit,
    );
    assert_eq!(
        (recording.output().as_slice(), recording.end().0),
        (&b"hi\r\n"[..], Duration::from_millis(100))
    );
    ended(
        sh("trap '' TERM HUP INT; while :; do sleep 1000; done")
            .timeout(Duration::from_millis(100)),
        "stubborn",
        StopReason::Limit,
    );
    ended(
        sh("kill -STOP $$").timeout(Duration::from_millis(100)),
        "stopped",
        StopReason::Limit,
    );
    ended(
        sh("exec <&- >&- 2>&-; exec sleep 1000").timeout(Duration::from_millis(100)),
        "deaf",
        StopReason::Limit,
    );
    ended(
        sh("exec <&- >&- 2>&-; exec sleep 1000")
            .pipe()
            .timeout(Duration::from_millis(100)),
        "deaf-pipe",
        StopReason::Limit,
    );
}

#[test]
fn a_grandchild_that_holds_the_channel_open_does_not_delay_the_end() {
    for (mark, session) in [
        ("held-pty", sh("sleep 1000 & echo hi")),
        ("held-pipe", sh("sleep 1000 & echo hi").pipe()),
    ] {
        let started = Instant::now();
        let recording = session.env("STROBE_TEST", mark).run().unwrap();
        assert!(started.elapsed() < Duration::from_secs(60));
        assert!(recording.output().starts_with(b"hi"));
        assert_eq!(recording.end().1, End::Exit(0));
        assert_eq!(
            left_behind(&format!("STROBE_TEST={mark}")),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_grandchild_that_floods_the_channel_ends_with_the_program() {
    for session in [sh("yes & echo $!"), sh("yes & echo $!").pipe()] {
        let recording = session.env("STROBE_TEST", "flooded").run().unwrap();
        assert_eq!(recording.end().1, End::Exit(0));
        assert!(recording.output().len() < 64 << 20);
        assert_eq!(left_behind("STROBE_TEST=flooded"), Vec::<String>::new());
    }
}

/// Who has left the session is not ended with it, and may write for ever.
#[test]
fn a_daemon_that_never_stops_writing_does_not_hold_the_run() {
    let daemon = "setsid sh -c 'while echo x; do sleep 0.05; done' & sleep 0.3; echo hi";
    for session in [sh(daemon), sh(daemon).pipe()] {
        let started = Instant::now();
        let recording = session.run().unwrap();
        assert!(started.elapsed() < Duration::from_secs(60));
        assert_eq!(recording.end().1, End::Exit(0));
    }
}

#[test]
fn a_fork_tree_goes_with_its_root() {
    let tree = "for i in 1 2 3 4; do (for j in 1 2 3; do (trap '' HUP TERM; sleep 1000) & done; sleep 1000) & done; sleep 1000";
    ended(
        sh(tree).timeout(Duration::from_millis(300)),
        "tree",
        StopReason::Limit,
    );
}

#[test]
fn a_flood_is_ended_at_its_output_limit() {
    for session in [real("yes"), real("yes").pipe()] {
        let recording = ended(
            session.output_limit(1_000_000),
            "flood",
            StopReason::OutputLimit,
        );
        assert_eq!(recording.output().len(), 1_000_000);
    }
}

/// Whether the program was still there when the limit was met is chance, and must not show.
#[test]
fn what_is_beyond_the_output_limit_is_never_left_out_in_silence() {
    for _ in 0..50 {
        let recording = sh("head -c 20000 /dev/zero; kill -9 $$")
            .pipe()
            .output_limit(19_000)
            .run()
            .unwrap();
        assert_eq!(recording.end().1, End::Stopped(StopReason::OutputLimit));
        assert_eq!(recording.output().len(), 19_000);
    }
}

#[test]
fn what_was_written_just_before_the_end_is_there() {
    let much = "head -c 200000 /dev/zero | tr '\\0' x; printf end";
    for session in [sh(much), sh(much).pipe()] {
        let output = session.run().unwrap().output();
        assert_eq!((output.len(), output.ends_with(b"xend")), (200_003, true));
    }
}

/// Each program has its own channel and nothing of anyone else's: no session can keep another from its end.
#[test]
fn eight_sessions_at_once_hold_none_of_each_others_ends() {
    let run = |index: usize| {
        // The fourth descriptor is the folder that `ls` reads.
        let lists = sh("sleep 0.1; ls /proc/self/fd");
        let recording = if index.is_multiple_of(2) {
            lists.pipe()
        } else {
            lists
        }
        .run()
        .unwrap();
        let text = String::from_utf8(recording.output()).unwrap();
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>(),
            ["0", "1", "2", "3"]
        );
    };
    thread::scope(|scope| {
        for index in 0..8 {
            scope.spawn(move || run(index));
        }
    });
}

/// A signal ends a session by the descriptor that says so.
#[test]
fn a_cancelled_session_leaves_no_process() {
    let (reading, writing) = std::io::pipe().unwrap();
    let waits = sh("echo hi; sleep 1000")
        .env("STROBE_TEST", "given-up")
        .cancelled_by(std::sync::Arc::new(reading.into()));
    let run = thread::spawn(move || waits.timeout(Duration::from_secs(600)).run());
    drop(writing);
    assert!(matches!(run.join().unwrap(), Err(SessionError::Cancelled)));
    assert_eq!(left_behind("STROBE_TEST=given-up"), Vec::<String>::new());
}

/// Run by itself in a process of its own, so that no other test's descriptors and children are counted.
#[test]
fn no_run_leaves_a_zombie_or_a_descriptor() {
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let name = "session::helper_runs_many_sessions";
    let output = alone
        .args(["--exact", name, "--include-ignored", "--nocapture"])
        .run_tool();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("descriptors 0, children 0"), "{text}");
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn helper_runs_many_sessions() {
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let children = || {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        tasks
            .map(|task| {
                fs::read_to_string(task.unwrap().path().join("children"))
                    .unwrap()
                    .split_whitespace()
                    .count()
            })
            .sum::<usize>()
    };
    real("true").run().unwrap();
    let (descriptors_before, children_before) = (descriptors(), children());
    for index in 0..times(50) {
        let session = real(if index % 10 == 9 {
            "no-such-program"
        } else {
            "true"
        });
        let _ = if index % 2 == 0 {
            session.pipe()
        } else {
            session
        }
        .run();
    }
    println!(
        "descriptors {}, children {}",
        descriptors() - descriptors_before,
        children() - children_before
    );
}

#[test]
fn a_command_of_the_standard_library_becomes_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "pwd; echo $A"])
        .env("A", "b")
        .current_dir(folder.path());
    let recording = Session::from(command).real_time().run().unwrap();
    let expected = format!(
        "{}\r\nb\r\n",
        folder.path().canonicalize().unwrap().display()
    );
    assert_eq!(String::from_utf8(recording.output()).unwrap(), expected);
}

#[test]
fn a_program_that_cargo_built_is_called_by_its_name() {
    let recording = Session::cargo_bin("spinner")
        .unwrap()
        .real_time()
        .args(["thread", "--paused", "--work", "100ms"])
        .run()
        .unwrap();
    assert!(
        recording
            .to_string()
            .contains("\ncommand: spinner thread --paused --work 100ms\n")
    );
    let error = Session::cargo_bin("no-such").unwrap_err().to_string();
    assert_eq!(error, "cargo has built no program `no-such` for this test");
}

#[test]
fn the_header_tells_where_it_ran_as_seen_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    let recording = real("true")
        .current_dir(folder.path().join("a/b"))
        .folder(folder.path())
        .run()
        .unwrap();
    assert!(recording.to_string().contains("\ncwd: a/b\n"));
    let recording = real("true")
        .current_dir(folder.path())
        .folder(folder.path())
        .run()
        .unwrap();
    assert!(!recording.to_string().contains("cwd"));
}

#[test]
fn folders_that_cannot_be_emptied_go_all_the_same() {
    let script = "mkdir -p $HOME/a/b $TMPDIR/c; touch $HOME/a/b/f; chmod 500 $HOME/a/b $TMPDIR/c; \
                  chmod 0 $HOME/a; dirname $HOME";
    let told = real("sh").args(["-c", script]).pipe().run().unwrap();
    let folder = String::from_utf8(told.output()).unwrap();
    assert!(
        !std::path::Path::new(folder.trim_end()).exists(),
        "{folder}"
    );
}

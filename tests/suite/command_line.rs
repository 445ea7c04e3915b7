//! The spinner's command line: what it refuses, and where the recording goes.

use crate::{
    bounded::{Bounded, LIMIT, Run},
    capture::{end, repository_file, spinner},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};
use stroboscope::recording::{End, Recording, Signal};

/// The arguments are refused with this on stderr, before anything is printed.
#[track_caller]
fn refused(arguments: &[&str], status: u8, message: &str) {
    let output = spinner(arguments).run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (end(output.status), output.stdout.len()),
        (End::Exit(status), 0),
        "{stderr}"
    );
    let first = stderr.split("\n\n").next().unwrap().trim_end();
    assert_eq!(first, message);
}

#[test]
fn a_duration_out_of_range_or_unreadable_is_refused() {
    for option in ["--interval", "--work"] {
        for value in ["0ms", "0.999999ms", "1.1y", "2y"] {
            let message = format!(
                "error: invalid value '{value}' for '{option} <DURATION>': it must be from 1ms to 1y"
            );
            refused(&["thread", option, value], 2, &message);
        }
        let message = format!(
            "error: invalid value '3' for '{option} <DURATION>': time unit needed, for example 3sec or 3ms; \
             write it as in `100ms` or `1.5s`"
        );
        refused(&["async", option, "3"], 2, &message);
    }
    for option in ["--grain", "--interrupt-at"] {
        let message = format!(
            "error: invalid value '0.5ms' for '{option} <DURATION>': it must be from 1ms to 1y"
        );
        refused(&["thread", "--paused", option, "0.5ms"], 2, &message);
    }
}

#[test]
fn the_bounds_themselves_are_taken() {
    for arguments in [
        ["--work", "1ms", "--interval", "1y"],
        ["--work", "1y", "--interval", "1y"],
    ] {
        for style in ["thread", "async"] {
            let output = spinner(&[style, "--paused"]).args(arguments).run();
            assert_eq!(end(output.status), End::Exit(0));
            assert_eq!(
                String::from_utf8(output.stdout)
                    .unwrap()
                    .matches("thinking!")
                    .count(),
                1
            );
        }
    }
}

#[test]
fn a_grain_and_an_interrupt_need_the_paused_clock() {
    let message = "error: the following required arguments were not provided:\n  --paused";
    refused(&["thread", "--grain", "2ms"], 2, message);
    refused(&["async", "--interrupt-at", "2ms"], 2, message);
}

#[test]
fn control_characters_are_refused() {
    let control = |option, code| format!("'{option}': it holds the control character U+{code}");
    for (text, code) in [
        ("a\x1b[2J", "001B"),
        ("a\n", "000A"),
        ("\u{9b}", "009B"),
        ("\x7f", "007F"),
    ] {
        let output = spinner(&["thread", "--message", text]).run();
        assert_eq!(end(output.status), End::Exit(2));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains(&control("--message <TEXT>", code)),
            "{stderr}"
        );
        // What is refused is not sent to the terminal either.
        assert!(
            !stderr
                .trim_end()
                .contains(|c: char| c.is_control() && c != '\n'),
            "{stderr:?}"
        );
    }
    for (style, option, text) in [
        ("thread", "--thread-name", "a\tb"),
        ("async", "--source", "a\tb:1"),
    ] {
        let output = spinner(&[style, option, text]).run();
        assert_eq!(end(output.status), End::Exit(2), "{option}");
    }
}

#[test]
fn a_source_is_a_file_and_a_line() {
    for source in [
        "",
        "spinner.py",
        ":6",
        "spinner.py:",
        "spinner.py:0",
        "spinner.py:x",
    ] {
        let message = format!(
            "error: invalid value '{source}' for '--source <FILE:LINE>': it must be FILE:LINE, such as `spinner.py:6`"
        );
        refused(&["async", "--source", source], 2, &message);
    }
    let output = spinner(&["async", "--paused", "--source", "C:\\a b.py:6"]).run();
    assert!(output.stdout.starts_with(
        b"spinner object: <Task pending name='Task-2' coro=<spin() running at C:\\a b.py:6>>\n"
    ));
}

#[test]
fn each_style_has_its_own_options() {
    refused(
        &["thread", "--source", "a:1"],
        2,
        "error: unexpected argument '--source' found",
    );
    refused(
        &["async", "--thread-name", "x"],
        2,
        "error: unexpected argument '--thread-name' found",
    );
    refused(
        &["coroutine"],
        2,
        "error: unrecognized subcommand 'coroutine'",
    );
}

#[test]
fn without_a_source_the_task_says_where_spin_is() {
    let output = spinner(&["async", "--paused", "--work", "1ms"]).run();
    let header = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let source = header
        .strip_prefix("spinner object: <Task pending name='Task-2' coro=<spin() running at ")
        .unwrap();
    let (file, line) = source.strip_suffix(">>").unwrap().rsplit_once(':').unwrap();
    let text = repository_file(file);
    assert!(
        text.lines()
            .nth(line.parse::<usize>().unwrap() - 1)
            .unwrap()
            .starts_with("async fn spin(")
    );
}

#[test]
fn the_thread_bears_its_name_as_far_as_the_system_goes() {
    let mut command = spinner(&[
        "thread",
        "--work",
        "1h",
        "--thread-name",
        "a name of twenty-two b",
    ]);
    let mut running = Bounded::spawn(command.stdout(Stdio::piped()), LIMIT);
    // The first frame is written by the thread itself.
    let first: [u8; 60] = running.first();
    let tasks = fs::read_dir(format!("/proc/{}/task", running.child().id())).unwrap();
    let names: Vec<String> = tasks
        .map(|task| fs::read_to_string(task.unwrap().path().join("comm")).unwrap())
        .collect();
    assert!(names.contains(&"a name of twent\n".to_owned()), "{names:?}");
    assert!(first.starts_with(b"spinner object: <Thread(a name of twenty-two b, initial)>\n"));
}

#[test]
fn a_recording_that_cannot_be_written_is_refused_before_anything_runs() {
    let no_folder = "spinner: cannot write the recording to `/nowhere/run.strobe`: No such file or directory (os error 2)";
    refused(&["thread", "--record", "/nowhere/run.strobe"], 1, no_folder);
    refused(
        &["thread", "--record", "/"],
        1,
        "spinner: cannot write the recording to `/`: is a directory",
    );
    let no_descriptor = "spinner: cannot write the recording to `/dev/fd/77`: No such file or directory (os error 2)";
    refused(&["thread", "--record", "/dev/fd/77"], 1, no_descriptor);
}

#[test]
fn a_recording_that_cannot_be_written_at_the_end_is_an_error_with_status_1() {
    let output = spinner(&["thread", "--paused", "--record", "/dev/full"]).run();
    let message = "spinner: cannot write the recording to `/dev/full`: No space left on device (os error 28)\n";
    assert_eq!(
        (
            end(output.status),
            String::from_utf8(output.stderr).unwrap().as_str()
        ),
        (End::Exit(1), message)
    );
}

#[test]
fn a_recording_goes_straight_to_an_inherited_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"cd "$1" && "$0" thread --paused --record /dev/fd/3 3>file >stdout && "$0" thread --paused --record=/dev/fd/3 3>&1 >/dev/null | cat >pipe"#;
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_spinner")])
        .arg(folder.path())
        .run();
    assert!(output.status.success());
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    let recording: Recording = read("file").parse().unwrap();
    assert_eq!(recording.output(), read("stdout").as_bytes());
    assert_eq!(read("file"), read("pipe"));
    assert!(read("file").contains("\ncommand: spinner thread --paused\n"));
}

/// Until somebody reads a named pipe nothing is run, and a signal is not kept for later.
#[test]
fn a_recording_into_a_named_pipe_waits_for_its_reader_and_can_be_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).run().status.success());
    for style in ["thread", "async"] {
        let start = || {
            let mut command = spinner(&[style, "--paused", "--record"]);
            Bounded::spawn(command.arg(&pipe).stdout(Stdio::null()), LIMIT)
        };
        let mut writer = start();
        // A reader of its own: opening the pipe waits for whoever writes.
        let reader = Command::new("cat").arg(&pipe).run();
        assert_eq!(end(writer.wait()), End::Exit(0));
        let recording = String::from_utf8(reader.stdout).unwrap();
        assert!(recording.parse::<Recording>().is_ok(), "{recording}");

        let mut unread = start();
        unread.signal(rustix::process::Signal::INT);
        assert_eq!(end(unread.wait()), End::Killed(Signal::INT));
    }
}

#[test]
fn a_recording_replaces_the_target_of_a_symlink_and_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("file", &link).unwrap();
    assert!(
        spinner(&["async", "--paused", "--record"])
            .arg(&link)
            .run()
            .status
            .success()
    );
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .parse::<Recording>()
            .is_ok()
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

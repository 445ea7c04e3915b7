//! The two spinners in real time, and their ends: signals, and readers that leave.

use crate::{
    bounded::{Bounded, LIMIT, Run as _},
    capture::{OnPty, Run, end, on_pipe, on_pty, spinner, terminal},
    oracle::{TASK, THREAD, frames, onlcr, stream, unanswered},
    snapshots::words,
};
use rustix::pipe::fcntl_setpipe_size;
use rustix::process::Signal as Sent;
use std::{
    fs::File,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use stroboscope::recording::{End, EventKind, Recording, Signal};

const STYLES: [(&str, &str); 2] = [("thread", THREAD), ("async --source spinner.py:6", TASK)];

/// What was captured is what was recorded, and the stream of as many frames as the machine had time for.
#[track_caller]
fn is_the_stream(run: &Run, expected: impl Fn(usize) -> Vec<u8>) {
    let frames = frames(&run.captured, "thinking!");
    assert!(frames >= 1);
    assert_eq!(
        run.captured.escape_ascii().to_string(),
        expected(frames).escape_ascii().to_string()
    );
    assert_eq!(run.recording.output(), run.captured);
    assert_eq!(run.recording.end().1, run.end);
}

#[test]
fn in_real_time_the_bytes_are_the_same_but_for_the_number_of_frames() {
    for (arguments, header) in STYLES {
        let arguments = format!("{arguments} --work 200ms --interval 40ms");
        let started = Instant::now();
        let run = on_pipe(&words(&arguments));
        assert!(
            started.elapsed() >= Duration::from_millis(200),
            "real time passes"
        );
        is_the_stream(&run, |frames| stream(header, "thinking!", frames));
        assert_eq!(run.end, End::Exit(0));
        assert!(run.recording.end().0 >= Duration::from_millis(200));
        is_the_stream(&on_pty(&words(&arguments), (80, 24)), |frames| {
            onlcr(&stream(header, "thinking!", frames))
        });
    }
}

/// A run that is interrupted once it has drawn a frame.
fn interrupted(arguments: &str, interrupt: impl Fn(&mut OnPty)) -> Run {
    let mut run = OnPty::start(
        &words(&format!("{arguments} --work 1h --interval 20ms")),
        (80, 24),
    );
    run.wait_for("thinking!");
    interrupt(&mut run);
    run.finish()
}

/// The wiped stream, and the signal in the recording.
#[track_caller]
fn is_wiped(run: &Run, header: &str, signal: &str) {
    is_the_stream(run, |frames| {
        [
            onlcr(&unanswered(header, "thinking!", frames)),
            b"\r\x1b[K".to_vec(),
        ]
        .concat()
    });
    let signal = signal.parse().unwrap();
    assert_eq!(run.end, End::Killed(signal));
    assert!(
        run.recording
            .events()
            .iter()
            .any(|event| event.kind == EventKind::Signal(signal))
    );
}

#[test]
fn the_interrupt_key_wipes_the_line_and_its_echo() {
    for (arguments, header) in STYLES {
        let mut run = interrupted(arguments, |run| run.send(b"\x03"));
        // The terminal's own echo stands between two writes; the program does not see it.
        let echo = run
            .captured
            .windows(2)
            .position(|window| window == b"^C")
            .expect("an echo");
        run.captured.drain(echo..echo + 2);
        is_wiped(&run, header, "INT");
    }
}

#[test]
fn sigterm_and_sighup_wipe_the_line_too() {
    for (arguments, header) in STYLES {
        is_wiped(
            &interrupted(arguments, |run| run.signal(Sent::TERM)),
            header,
            "TERM",
        );
        is_wiped(
            &interrupted(arguments, |run| run.signal(Sent::HUP)),
            header,
            "HUP",
        );
    }
}

#[test]
fn a_shell_sees_130_and_its_loop_stops() {
    for style in ["thread", "async"] {
        let mut bash = Command::new("bash");
        let script =
            r#"for i in 1 2 3; do "$0" "$1" --paused --interrupt-at 1ms; echo "status $?"; done"#;
        let output = bash
            .args(["-c", script, env!("CARGO_BIN_EXE_spinner"), style])
            .run();
        // bash goes on where only the child was signalled, and tells of a death by signal by 128 + 2.
        assert_eq!(
            String::from_utf8(output.stdout)
                .unwrap()
                .matches("status 130")
                .count(),
            3
        );

        // A terminal's interrupt goes to both; the loop goes on unless the child died of it.
        let looped = format!(
            r"for i in 1 2 3; do {} {style} --work 1h; done",
            env!("CARGO_BIN_EXE_spinner")
        );
        let mut run = OnPty::command("bash", &["-c", &looped]);
        run.wait_for("thinking!");
        run.send(b"\x03");
        let (captured, end) = run.end();
        assert_eq!(frames(&captured, "thinking!").min(1), 1);
        assert_eq!(
            String::from_utf8(captured)
                .unwrap()
                .matches("spinner object")
                .count(),
            1
        );
        assert_eq!(end, End::Killed(Signal::INT));
    }
}

/// Ignored by whoever started it, as `nohup` does, a signal stays ignored.
#[test]
fn an_ignored_hangup_stays_ignored() {
    for style in ["thread", "async"] {
        let script = r#"trap '' HUP; exec "$0" "$1" --work 200ms --interval 10ms"#;
        let mut bash = Command::new("bash");
        let bash = bash
            .args(["-c", script, env!("CARGO_BIN_EXE_spinner"), style])
            .stdout(Stdio::piped());
        let mut spinner = Bounded::spawn(bash, LIMIT);
        spinner.first::<20>();
        spinner.signal(Sent::HUP);
        let output = spinner.output();
        assert_eq!(end(output.status), End::Exit(0));
        assert!(output.stdout.ends_with(b"Answer: 42\n"));
    }
}

#[test]
fn a_spinner_whose_reader_goes_away_dies_by_sigpipe_silently() {
    for (arguments, _) in STYLES {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("run.strobe");
        let mut command = spinner(&words(&format!("{arguments} --work 1h --interval 10ms")));
        command
            .arg("--record")
            .arg(&record)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut spinner = Bounded::spawn(&mut command, LIMIT);
        spinner.first::<20>();
        drop(spinner.child().stdout.take());
        let output = spinner.output();
        assert_eq!(
            (end(output.status), output.stderr),
            (End::Killed(Signal::PIPE), vec![])
        );
        let recording: Recording = std::fs::read_to_string(record).unwrap().parse().unwrap();
        assert_eq!(recording.end().1, End::Killed(Signal::PIPE));
    }
}

/// Where the terminal has gone there is no stderr either, and perhaps no signal yet.
#[test]
fn a_spinner_whose_terminal_goes_away_dies_by_sighup() {
    for (arguments, _) in STYLES {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("run.strobe");
        let (ours, theirs) = terminal();
        let mut command = spinner(&words(&format!("{arguments} --work 1h --interval 10ms")));
        command
            .arg("--record")
            .arg(&record)
            .stderr(theirs.try_clone().unwrap())
            .stdout(theirs);
        let mut spinner = Bounded::spawn(&mut command, LIMIT);
        drop(command);
        let is_readable = || (rustix::io::ioctl_fionread(&ours).unwrap() >= 20).then_some(());
        spinner.until("20 bytes on its terminal", is_readable);
        drop(ours);
        let hangup = End::Killed(Signal::HUP);
        assert_eq!(end(spinner.wait()), hangup);
        let recording: Recording = std::fs::read_to_string(record).unwrap().parse().unwrap();
        assert_eq!(recording.end().1, hangup);
    }
}

#[test]
fn a_spinner_that_can_write_neither_to_stdout_nor_to_stderr_exits() {
    for (arguments, _) in STYLES {
        let full = || File::options().write(true).open("/dev/full").unwrap();
        for arguments in [
            format!("{arguments} --work 1h"),
            format!("{arguments} --record /nowhere/run.strobe"),
        ] {
            let mut command = spinner(&words(&arguments));
            let mut spinner = Bounded::spawn(command.stdout(full()).stderr(full()), LIMIT);
            assert_eq!(end(spinner.wait()), End::Exit(1), "{arguments}");
        }
    }
}

#[test]
fn a_spinner_on_a_full_device_exits_at_once_with_one_line() {
    for (arguments, _) in STYLES {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = spinner(&words(&format!("{arguments} --work 1h")));
        let command = command.stdout(full).stderr(Stdio::piped());
        let output = Bounded::spawn(command, LIMIT).output();
        assert_eq!(end(output.status), End::Exit(1));
        let reason =
            "spinner: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), reason);
    }
}

#[test]
fn a_spinner_with_stdout_closed_exits_with_0_silently() {
    for style in ["thread", "async"] {
        let mut shell = Command::new("sh");
        let output = shell
            .args([
                "-c",
                r#""$0" "$1" --paused >&-"#,
                env!("CARGO_BIN_EXE_spinner"),
                style,
            ])
            .run();
        assert_eq!(
            (end(output.status), output.stdout, output.stderr),
            (End::Exit(0), vec![], vec![])
        );
    }
}

/// Who reads stdout has stopped but not left: a signal ends the program all the same.
#[test]
fn a_signal_ends_a_spinner_whose_reader_has_stopped_reading() {
    // The first write with the long message is held up half-way, and the system signals another thread than the writer.
    for ((arguments, _), length) in STYLES
        .into_iter()
        .flat_map(|style| [(style, 9), (style, 6_000)])
    {
        let mut command = spinner(&words(&format!(
            "{arguments} --paused --work 1y --interval 1ms --message {}",
            "m".repeat(length)
        )));
        let (stdout, theirs) = std::io::pipe().unwrap();
        // A pipe of one page is full for poll(2) once anything is in it. From its first write on it listens to signals.
        fcntl_setpipe_size(&stdout, 4096).unwrap();
        let mut spinner = Bounded::spawn(command.stdout(theirs), LIMIT);
        let is_full = || (rustix::io::ioctl_fionread(&stdout).unwrap() > 0).then_some(());
        spinner.until("its first write", is_full);
        spinner.signal(Sent::TERM);
        assert_eq!(end(spinner.wait()), End::Killed(Signal::TERM));
    }
}

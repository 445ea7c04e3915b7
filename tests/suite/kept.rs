//! What strobe has when it can write no more, or is ended: it says so, and keeps that.

use crate::{
    bounded::{Bounded, LIMIT, Run},
    capture::end,
    unfinished::names,
    workshop::Workshop,
};
use std::{
    fs,
    process::{Command, Stdio},
};
use stroboscope::recording::Recording;

/// Runs strobe by a shell, in a workshop whose temporary files go to `kept`.
#[track_caller]
fn by_shell(shop: &Workshop, command: &str) -> (i32, String) {
    fs::create_dir_all(shop.path("kept")).unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(shop.path("."))
        .env("STROBE", env!("CARGO_BIN_EXE_strobe"))
        .env("TMPDIR", shop.path("kept"))
        .run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), stderr)
}

#[test]
fn a_recording_that_cannot_be_printed_is_kept() {
    let cannot = "cannot write to standard output";
    for (to, status, error) in [
        (
            ">&-",
            "2",
            format!("{cannot}: Bad file descriptor (os error 9)"),
        ),
        (
            ">/dev/full",
            "2",
            format!("{cannot}: No space left on device (os error 28)"),
        ),
        // As the shell says that SIGPIPE has killed it.
        (
            "| :",
            "141",
            "the reader of standard output has gone".to_owned(),
        ),
    ] {
        let shop = Workshop::new();
        // The reader is gone before there is anything to print.
        let command = format!(
            "{{ $STROBE record --clock real -- sh -c 'sleep 0.2; echo line'; echo $? >status; }} {to}"
        );
        let (_, told) = by_shell(&shop, &command);
        assert_eq!(shop.line("status").as_deref(), Some(status), "{to}: {told}");
        let kept = &names(&shop.path("kept"))[..];
        let [kept] = kept else {
            panic!("{to}: {told} {kept:?}");
        };
        let path = shop.path("kept").join(kept);
        let message = format!(
            "strobe: {error}; the recording is in `{}`\n",
            path.display()
        );
        assert_eq!(told, message);
        let recording: Recording = fs::read_to_string(path).unwrap().parse().unwrap();
        assert_eq!(recording.output(), b"line\r\n");
    }
}

#[test]
fn a_closed_standard_output_is_an_error_of_every_command() {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        "transcript: 1\ncommand: true\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n",
    );
    let error = "strobe: cannot write to standard output: Bad file descriptor (os error 9)\n";
    for command in [
        "show a.strobe",
        "check --junit r.xml a.strobe",
        "completions bash",
    ] {
        let (status, told) = by_shell(&shop, &format!("$STROBE {command} >&-"));
        assert_eq!(status, 2, "{command}");
        assert!(told.ends_with(error), "{command}: {told}");
    }
    assert!(shop.read("r.xml").contains("a.strobe"));
}

/// A server ends by Ctrl-C: what it wrote until then is what its user wants to see.
#[test]
fn what_a_signal_ends_is_printed_as_far_as_it_came() {
    for (mask, shown) in [
        (None, "\"pid 4711\\r\\n\""),
        (Some("pid"), "\"pid \" <pid 4> \"\\r\\n\""),
    ] {
        let shop = Workshop::new();
        let program = "echo \"pid $((4700 + 11))\"; touch written; sleep 1000";
        let mask: Vec<&str> = mask.into_iter().flat_map(|mask| ["--mask", mask]).collect();
        let record = [
            &["record", "--clock", "real"],
            &mask[..],
            &["--", "sh", "-c", program],
        ]
        .concat();
        let mut command = shop.command(&record);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut strobe = Bounded::spawn(command, LIMIT);
        strobe.until("its output", || shop.path("written").exists().then_some(()));
        strobe.signal(rustix::process::Signal::INT);
        let output = strobe.output();
        assert_eq!(end(output.status).to_string(), "killed INT");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "strobe: SIGINT ended the recording: this is what there is of it\n"
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let recording: Recording = text.parse().unwrap();
        assert!(text.contains(shown), "{text}");
        assert_eq!(recording.end().1.to_string(), "stopped interrupted");
    }
}

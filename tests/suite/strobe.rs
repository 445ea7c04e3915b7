//! `strobe` on the command line: record, show, diff, check.

use crate::{
    bounded::{Bounded, LIMIT, Run},
    capture::end,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use stroboscope::{
    recording::{After, End, EventKind, Recording, StopReason, Wait},
    session::Session,
};
use tempfile::TempDir;

/// A folder to work in, with strobe at hand.
pub struct Workshop(TempDir);

impl Workshop {
    pub fn new() -> Workshop {
        Workshop(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The line in a file, once it has been written.
    pub fn line(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.path(name)).ok()?;
        Some(text.strip_suffix('\n')?.to_owned())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strobe"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_remove("NO_COLOR")
            .env_remove("STROBE_REQUIRE");
        command
    }

    /// Runs strobe, which must leave with this status.
    #[track_caller]
    pub fn strobe(&self, arguments: &[&str], status: u8) -> Text {
        Text::of(&mut self.command(arguments), status)
    }

    /// Strobe refuses this with one line.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], message: &str) {
        let text = self.strobe(arguments, 2);
        assert_eq!(
            (text.stdout.as_str(), text.stderr.as_str()),
            ("", format!("strobe: {message}\n").as_str())
        );
    }

    /// A script that prints something, as a program of its own.
    pub fn program(&self, name: &str, body: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, &format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What strobe said.
pub struct Text {
    pub stdout: String,
    pub stderr: String,
}

impl Text {
    /// What a command says, which must leave with this status.
    #[track_caller]
    pub fn of(command: &mut Command, status: u8) -> Text {
        let output = command.run_tool();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let end = end(output.status);
        let last = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(20)..].join("\n")
        };
        let shown = [last(&stdout), last(&stderr)].join("\n");
        assert_eq!(end, End::Exit(status), "{command:?}\n{shown}");
        Text { stdout, stderr }
    }
}

#[test]
fn a_program_is_recorded_shown_checked_and_accepted() {
    let shop = Workshop::new();
    shop.program("bar", r"printf '10%%\r20%%\r\n'");
    let told = shop.strobe(
        &[
            "record",
            "--clock",
            "real",
            "-o",
            "bar.strobe",
            "--",
            "./bar",
        ],
        0,
    );
    assert!(
        told.stderr.starts_with("strobe: recorded ")
            && told.stderr.ends_with(" s to `bar.strobe`: exit 0\n"),
        "{}",
        told.stderr
    );
    let text = shop.read("bar.strobe");
    assert!(
        text.starts_with(
            "transcript: 1\ncommand: ./bar\nchannel: pty 80x24 xterm-256color\nclock: real\n\n0.0"
        ),
        "{text}"
    );
    assert_eq!(shop.strobe(&["show", "bar.strobe"], 0).stdout, text);
    assert_eq!(
        shop.strobe(&["show", "bar.strobe", "--as", "bytes"], 0)
            .stdout,
        "10%\r20%\r\r\n"
    );
    assert_eq!(
        shop.strobe(&["show", "bar.strobe", "--as", "screen"], 0)
            .stdout,
        "20%\n\ncursor 1,2\n"
    );
    assert_eq!(
        shop.strobe(&["check"], 0).stdout,
        "1 the same, 0 different\n"
    );

    shop.program("bar", r"printf '10%%\r30%%\r\n'");
    let different = shop.strobe(&["check"], 1);
    assert!(
        different.stdout.ends_with("0 the same, 1 different\n"),
        "{}",
        different.stdout
    );
    assert!(
        different.stdout.contains("output byte 5 in row 1 after"),
        "{}",
        different.stdout
    );
    assert!(
        different
            .stderr
            .contains("about to run:\n  ./bar.strobe: ./bar\n"),
        "{}",
        different.stderr
    );
    assert_eq!(shop.read("bar.strobe"), text, "it was not asked to accept");

    let accepted = shop.strobe(&["check", "-u"], 0);
    assert!(
        accepted
            .stdout
            .ends_with("0 the same, 1 different, accepted\n"),
        "{}",
        accepted.stdout
    );
    assert!(shop.read("bar.strobe").contains("30%"));
    shop.strobe(&["check"], 0);
}

#[test]
fn without_a_file_the_transcript_goes_to_standard_output() {
    let shop = Workshop::new();
    let told = shop.strobe(
        &[
            "record",
            "--channel",
            "pipe",
            "--env",
            "A=b c",
            "--",
            "sh",
            "-c",
            "echo $A; echo no >&2; exit 3",
        ],
        0,
    );
    let recording: Recording = told.stdout.parse().unwrap();
    assert_eq!(
        (recording.output().as_slice(), recording.end().1),
        (&b"b c\n"[..], End::Exit(3))
    );
    assert!(
        told.stdout
            .contains("\nenv: \"A=b c\"\nchannel: pipe\nclock: virtual 2\n")
    );
    assert!(told.stdout.contains(" stderr \"no\\n\"\n"));
    assert_eq!(told.stderr, "");
}

#[test]
fn options_reach_the_program() {
    let shop = Workshop::new();
    shop.write("sub/there", "");
    shop.program("bin/mine", "ls; stty size; echo $TERM");
    let arguments = [
        "record",
        "--path",
        "bin",
        "--cwd",
        "sub",
        "--size",
        "101x33",
        "--term",
        "dumb",
        "-o",
        "t/mine.strobe",
        "--",
        "mine",
    ];
    fs::create_dir(shop.path("t")).unwrap();
    shop.strobe(&arguments, 0);
    assert_eq!(
        shop.strobe(&["show", "t/mine.strobe", "--as", "bytes"], 0)
            .stdout,
        "there\r\n33 101\r\ndumb\r\n"
    );
    assert!(
        shop.read("t/mine.strobe")
            .contains("\ncwd: ../sub\nchannel: pty 101x33 dumb\n")
    );
    // The header says where it ran, but a PATH is the machine's own.
    let told = shop.strobe(&["check", "t"], 2).stdout;
    assert!(
        told.contains("cannot run `mine`: No such file or directory (os error 2); it is not on PATH, but there is bin/mine: `--path bin`"),
        "{told}"
    );
    shop.strobe(&["check", "t", "--path", "bin"], 0);
}

#[test]
fn one_event_is_counted_in_the_singular() {
    let shop = Workshop::new();
    let arguments = ["record", "--clock", "real", "-o", "x.strobe", "--", "true"];
    let told = shop.strobe(&arguments, 0).stderr;
    assert!(told.starts_with("strobe: recorded 1 event in "), "{told}");
}

#[test]
fn what_is_sent_is_recorded_and_sent_again() {
    let shop = Workshop::new();
    shop.write("answers", "# Who?\nafter \"Name? \" send \"Ada\\r\"\n");
    let asks = "printf 'Name? '; read -r name; echo \"hello $name\"";
    shop.strobe(
        &[
            "record",
            "--script",
            "answers",
            "-o",
            "ask.strobe",
            "--",
            "sh",
            "-c",
            asks,
        ],
        0,
    );
    let recording: Recording = shop.read("ask.strobe").parse().unwrap();
    let after = Some(After::new(Wait::Bytes(b"Name? ".to_vec())));
    let sent = EventKind::Send(b"Ada\r".to_vec());
    let events = recording.events();
    assert!(
        events
            .iter()
            .any(|event| event.kind == sent && event.after.as_deref() == after.as_ref())
    );
    assert!(
        shop.strobe(&["show", "ask.strobe", "--as", "screen"], 0)
            .stdout
            .contains("hello Ada")
    );
    shop.strobe(&["check"], 0);

    let sent = [
        "record",
        "-o",
        "cat.strobe",
        "--send",
        "0.1:a\\r",
        "--send",
        "0.2:\\x04",
        "--",
        "cat",
    ];
    shop.strobe(&sent, 0);
    assert_eq!(
        shop.strobe(&["show", "cat.strobe", "--as", "bytes"], 0)
            .stdout,
        "a\r\na\r\n"
    );
    // A recording is a script.
    shop.strobe(
        &[
            "record",
            "--script",
            "cat.strobe",
            "-o",
            "again.strobe",
            "--",
            "cat",
        ],
        0,
    );
    shop.strobe(
        &["diff", "--level", "bytes", "cat.strobe", "again.strobe"],
        0,
    );
}

#[test]
fn a_run_that_is_stopped_is_recorded_all_the_same() {
    let shop = Workshop::new();
    let told = shop.strobe(
        &[
            "record", "--clock", "real", "--limit", "0.2s", "-o", "s.strobe", "--", "sleep", "1000",
        ],
        0,
    );
    assert!(
        told.stderr
            .ends_with("stopped limit (it had not ended by itself)\n"),
        "{}",
        told.stderr
    );
    assert!(shop.read("s.strobe").ends_with("@0.200 stopped limit\n"));
    // It is ended there again.
    shop.strobe(&["check", "--level", "exact", "s.strobe"], 0);
}

#[test]
fn two_reports_in_one_file_are_refused_before_anything_runs() {
    let shop = Workshop::new();
    shop.strobe(
        &[
            "record", "--clock", "real", "-o", "a.strobe", "--", "touch", "ran",
        ],
        0,
    );
    fs::remove_file(shop.path("ran")).unwrap();
    let reports = [
        "check",
        "--junit",
        "r.xml",
        "--markdown",
        "./r.xml",
        "a.strobe",
    ];
    let told = shop.strobe(&reports, 2);
    assert!(
        told.stderr
            .contains("--junit and --markdown would both write"),
        "{}",
        told.stderr
    );
    assert!(!shop.path("ran").exists() && !shop.path("r.xml").exists());
}

#[test]
fn a_program_that_still_writes_when_its_time_is_up_is_recorded() {
    let shop = Workshop::new();
    for channel in ["pty", "pipe"] {
        let session = ["record", "--clock", "real", "--limit", "0.2s", "--channel"];
        let program = ["sh", "-c", "while :; do echo x; done"];
        let program = [&[channel, "-o", "s.strobe", "--"], &program[..]].concat();
        shop.strobe(&[&session[..], &program].concat(), 0);
        let recording: Recording = shop.read("s.strobe").parse().unwrap();
        let (at, end) = recording.end();
        assert_eq!(end, End::Stopped(StopReason::Limit));
        assert!(at >= Duration::from_millis(200));
        assert!(recording.output().starts_with(b"x"));
    }
}

/// Where nothing can be said, strobe does its work all the same.
#[test]
fn a_closed_stderr_does_not_change_what_strobe_does() {
    let shop = Workshop::new();
    for arguments in [
        &["record", "-o", "a.strobe", "--", "true"][..],
        &["check", "a.strobe"],
    ] {
        let (reading, writing) = std::io::pipe().unwrap();
        drop(reading);
        let mut command = shop.command(arguments);
        let command = command.stdout(Stdio::piped()).stderr(writing);
        let output = Bounded::spawn(command, LIMIT).output();
        assert_eq!(end(output.status), End::Exit(0), "{arguments:?}");
    }
}

/// One transcript that cannot be written keeps nobody from what became of the others.
#[test]
fn a_transcript_that_cannot_be_written_is_reported_and_others_are_accepted() {
    let shop = Workshop::new();
    for (name, command) in [
        ("a", "sh -c \"rm a.strobe; mkdir a.strobe; echo new\""),
        ("b", "echo new"),
    ] {
        let text = format!("transcript: 1\ncommand: {command}\nchannel: pipe\n\n@0.000 exit 0\n");
        shop.write(&format!("{name}.strobe"), &text);
    }
    let told = shop.strobe(&["check", "-u", "a.strobe", "b.strobe"], 2);
    assert!(
        told.stdout
            .contains("cannot accept: a.strobe: is a directory"),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout
            .ends_with("0 the same, 1 different, accepted, 1 error\n"),
        "{}",
        told.stdout
    );
    assert!(shop.read("b.strobe").contains("\"new\\n\""));
}

/// Once the runs are over, a signal ends strobe wherever it waits: here, for a reader that does not read.
#[test]
fn a_signal_ends_strobe_while_it_prints() {
    let shop = Workshop::new();
    let (mut reading, writing) = std::io::pipe().unwrap();
    let mut command = shop.command(&["record", "--once", "--", "seq", "20000"]);
    let mut strobe = Bounded::spawn(command.stdout(writing), LIMIT);
    drop(command);
    std::io::Read::read_exact(&mut reading, &mut [0]).unwrap();
    strobe.signal(rustix::process::Signal::TERM);
    assert_eq!(end(strobe.wait()).to_string(), "killed TERM");
}

#[test]
fn the_start_is_an_instant_too() {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        "transcript: 1\nchannel: pty 5x2 dumb\n\n0.000 \"a\"\n1.000 \"b\"\n@2.000 exit 0\n",
    );
    for (at, seen) in [("0s", "a\n\ncursor 2,1\n"), ("1s", "ab\n\ncursor 3,1\n")] {
        let told = shop.strobe(&["show", "a.strobe", "--as", "screen", "--at", at], 0);
        assert_eq!(told.stdout, seen);
    }
}

#[test]
fn an_error_is_reported_in_one_line() {
    let shop = Workshop::new();
    shop.write("bad.strobe", "transcript: 1\nchannel: pipe\n\n0.000 \"a\n");
    shop.write(
        "bare.strobe",
        "transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    shop.write("notes", "hello\n");
    fs::write(shop.path("binary"), b"\xff").unwrap();
    fs::create_dir(shop.path("empty")).unwrap();
    let missing = "No such file or directory (os error 2)";
    shop.refuses(
        &["record", "--", "no-such-program"],
        &format!(
            "cannot run `no-such-program`: {missing}; it is not on PATH: `--path DIR` adds a folder, such as `--path target/debug`"
        ),
    );
    shop.refuses(
        &["record", "-o", "no/where", "--", "true"],
        &format!("cannot write `no/where`: {missing}"),
    );
    shop.refuses(
        &["record", "--script", "notes", "--", "true"],
        "notes: line 1, column 1: unknown word `hello`",
    );
    let told = shop.strobe(&["record", "-o", "a\x1b[31m", "--", "true"], 0);
    assert!(told.stderr.contains("to `a\\e[31m`:"), "{}", told.stderr);
    shop.refuses(&["show", "nowhere"], &format!("nowhere: {missing}"));
    shop.refuses(&["show", "binary"], "binary: it is not text in UTF-8");
    shop.refuses(
        &["show", "notes"],
        "notes: line 1, column 1: expected `transcript: 1`, the first line of every transcript",
    );
    shop.refuses(
        &["show", "bad.strobe"],
        "bad.strobe: line 4, column 9: expected a closing quotation mark",
    );
    shop.refuses(
        &["show", "bare.strobe", "--at", "1s"],
        "`--at` goes with `--as screen`, and with pictures: `--as svg`, `--as png`, `--as gif`, `--as apng`",
    );
    shop.refuses(
        &["diff", "bare.strobe", "empty"],
        "empty is a folder and bare.strobe is not",
    );
    shop.refuses(&["check", "empty"], "nothing to check: no `*.strobe`, and no `*.snap` that holds a transcript with a command, in empty; `strobe record -o empty/NAME.strobe -- COMMAND` makes the first");
    shop.write(
        "true.strobe",
        "transcript: 1\ncommand: true\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    shop.refuses(
        &["check", "--junit", "no/where", "true.strobe"],
        &format!("cannot write `no/where`: {missing}"),
    );
    shop.refuses(&["check", "nowhere"], &format!("nowhere: {missing}"));
}

#[test]
fn snapshots_of_other_things_are_no_cases() {
    let shop = Workshop::new();
    shop.write("help.snap", "---\nsource: x\n---\nUsage: x\n");
    shop.write(
        "view.snap",
        "---\nsource: x\n---\ntranscript: 1\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    shop.write(".hidden/a.strobe", "nonsense");
    shop.write("target/a.strobe", "nonsense");
    let front = "---\nsource: tests/x.rs\ndescription: it says hello\n---\n";
    let head = "transcript: 1\ncommand: echo hello\nchannel: pipe\nclock: real\nnote: \"kept\" as it is\n\n";
    shop.write(
        "echo.snap",
        &format!("{front}{head}0.000 \"hullo\\n\"\n@0.000 exit 0"),
    );
    let told = shop.strobe(&["check", "--accept"], 0);
    assert!(
        told.stdout.ends_with("0 the same, 1 different, accepted\n"),
        "{}",
        told.stdout
    );
    let text = shop.read("echo.snap");
    assert!(
        text.starts_with(&format!("{front}{head}")) && text.contains("\"hello\\n\"\n"),
        "{text}"
    );
}

#[test]
fn many_cases_are_run_at_a_time_and_reported() {
    let shop = Workshop::new();
    for (name, command, said) in [
        ("a", "echo a", "a"),
        ("b", "echo b", "x"),
        ("sub/c", "echo c", "x"),
        ("d", "no-such-program", "d"),
    ] {
        let text = format!(
            "transcript: 1\ncommand: {command}\nchannel: pipe\n\n0.000 \"{said}\\n\"\n@0.000 exit 0\n"
        );
        shop.write(&format!("{name}.strobe"), &text);
    }
    let told = shop.strobe(
        &[
            "check",
            "-j",
            "3",
            "--junit",
            "out.xml",
            "--markdown",
            "out.md",
        ],
        2,
    );
    assert!(
        told.stdout.ends_with("1 the same, 2 different, 1 error\n"),
        "{}",
        told.stdout
    );
    let mut lines: Vec<&str> = told.stderr.lines().skip(5).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "DIFFERENT ./b.strobe",
            "DIFFERENT ./sub/c.strobe",
            "ERROR ./d.strobe",
            "strobe: `strobe review` shows what has changed, and accepts or rejects it"
        ]
    );
    let junit = shop.read("out.xml");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let count = |tag| {
        document
            .descendants()
            .filter(|node| node.has_tag_name(tag))
            .count()
    };
    assert_eq!(
        (count("testcase"), count("failure"), count("error")),
        (4, 2, 1)
    );
    let markdown = shop.read("out.md");
    assert!(
        markdown.starts_with("### strobe check: 1 the same, 2 different, 1 error\n"),
        "{markdown}"
    );
    assert_eq!(markdown.matches("<details>").count(), 3);
}

#[test]
fn a_level_decides_what_counts() {
    let shop = Workshop::new();
    let text = |level: &str| {
        format!("transcript: 1\ncommand: printf 'a'\nchannel: pipe\nclock: real\n{level}\n0.500 \"a\"\n@0.500 exit 0\n").replace("'a'", "a")
    };
    shop.write("bytes.strobe", &text(""));
    shop.write("exact/exact.strobe", &text("level: exact\n"));
    shop.strobe(&["check", "bytes.strobe"], 0);
    shop.strobe(&["check", "exact"], 1);
    shop.strobe(&["check", "exact", "--level", "bytes"], 0);
    shop.strobe(&["check", "bytes.strobe", "--level", "exact"], 1);
}

#[test]
fn a_difference_is_reported_by_its_cause() {
    let shop = Workshop::new();
    let run = |name: &str, interval: &str| {
        let spinner = Session::cargo_bin("spinner").unwrap().real_time().args([
            "thread",
            "--paused",
            "--interval",
            interval,
            "--record",
        ]);
        assert_eq!(
            spinner.arg(shop.path(name)).run().unwrap().end().1,
            End::Exit(0)
        );
    };
    fs::create_dir(shop.path("old")).unwrap();
    fs::create_dir(shop.path("new")).unwrap();
    for (name, interval) in [
        ("old/a.strobe", "100ms"),
        ("new/a.strobe", "80ms"),
        ("old/b.strobe", "100ms"),
        ("new/b.strobe", "80ms"),
        ("old/c.strobe", "100ms"),
    ] {
        run(name, interval);
    }
    let files = shop.strobe(&["diff", "old/a.strobe", "new/a.strobe"], 1);
    let verdict = files.stdout.split("\n\n").next().unwrap();
    assert!(verdict.contains("gap 0.100 became 0.080"), "{verdict}");
    assert!(verdict.lines().count() <= 3, "{verdict}");
    assert!(
        files.stdout.contains("\n-0.100 ") && files.stdout.contains("\n+0.080 "),
        "{}",
        files.stdout
    );
    assert!(!files.stdout.contains('\x1b'));
    assert!(
        shop.strobe(
            &["diff", "--color", "always", "old/a.strobe", "new/a.strobe"],
            1
        )
        .stdout
        .contains("\x1b[")
    );
    let folders = shop.strobe(&["diff", "old", "new"], 1).stdout;
    assert!(
        folders.starts_with("only in the first: old/c.strobe\n"),
        "{folders}"
    );
    assert_eq!(
        folders.matches("gap 0.100 became 0.080").count(),
        1,
        "equal verdicts are told once: {folders}"
    );
    assert_eq!(
        shop.strobe(&["diff", "old/a.strobe", "old/b.strobe"], 0)
            .stdout,
        ""
    );
    // What insta hands over may be a snapshot of anything.
    shop.write("x.old.snap", "Usage: a\n");
    shop.write("x.new.snap", "Usage: b\x1b[2J\n");
    let other = shop.strobe(&["diff", "x.old.snap", "x.new.snap"], 1).stdout;
    assert!(other.contains("-Usage: a\n+Usage: b\\e[2J\n"), "{other}");
}

/// Escaped once: a person can tell which file it is.
#[test]
fn a_hostile_name_is_shown_inert() {
    let shop = Workshop::new();
    shop.write(
        "a\x1b[2J.strobe",
        "transcript: 1\ncommand: echo new\nchannel: pipe\n\n0.000 \"old\\n\"\n@0.000 exit 0\n",
    );
    let told = shop.strobe(&["check"], 1);
    assert!(
        told.stdout.contains("\n\"./a\\e[2J.strobe\"\n  "),
        "{}",
        told.stdout
    );
    assert!(!(told.stdout + &told.stderr).contains('\x1b'));
}

#[test]
fn asciicasts_are_read_and_written() {
    let shop = Workshop::new();
    shop.write("v2.cast", "{\"version\": 2, \"width\": 80, \"height\": 24}\n[0.5, \"o\", \"a\\r\\n\"]\n[1.25, \"o\", \"b\"]\n");
    let read = shop.strobe(&["show", "v2.cast"], 0).stdout;
    assert!(
        read.contains("\n0.500 \"a\\r\\n\"\n0.750 \"b\"\n"),
        "{read}"
    );
    shop.write("v2.strobe", &read);
    let written = shop
        .strobe(&["show", "v2.strobe", "--as", "asciicast", "--lossy"], 0)
        .stdout;
    assert!(written.starts_with("{\"version\":3,"), "{written}");
    shop.write("v3.cast", &written);
    shop.strobe(&["diff", "v2.cast", "v3.cast"], 0);
    shop.write(
        "bytes.strobe",
        "transcript: 1\nchannel: pty 80x24 dumb\n\n0.000 \"\\xff\"\n@0.000 exit 0\n",
    );
    assert!(
        shop.strobe(&["show", "bytes.strobe", "--as", "asciicast"], 2)
            .stderr
            .contains("UTF-8")
    );
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let shop = Workshop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            shop.strobe(&["completions", shell], 0)
                .stdout
                .contains("record"),
            "{shell}"
        );
    }
    shop.write("bash", &shop.strobe(&["completions", "bash"], 0).stdout);
    assert!(
        Command::new("bash")
            .arg("-n")
            .arg(shop.path("bash"))
            .run()
            .status
            .success()
    );
}

#[test]
fn a_reader_of_stdout_that_goes_away_ends_strobe_by_sigpipe() {
    let shop = Workshop::new();
    let much = Session::new("sh")
        .args(["-c", "yes | head -n 100000"])
        .pipe()
        .real_time()
        .run()
        .unwrap();
    shop.write("much.strobe", &much.to_string());
    let mut command = shop.command(&["show", "much.strobe"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut strobe = Bounded::spawn(command, LIMIT);
    drop(strobe.child().stdout.take());
    let output = strobe.output();
    assert_eq!(
        (end(output.status).to_string(), output.stderr),
        ("killed PIPE".to_owned(), vec![])
    );
}

/// The processes whose working directory is this folder.
fn processes_in(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap();
    let processes = fs::read_dir("/proc").unwrap();
    let processes = processes.map(|entry| entry.unwrap().path());
    processes
        .filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder))
        .collect()
}

/// Strobe is ended by a signal in the middle of its runs: nobody and no folder is left behind, and nothing is written.
#[track_caller]
fn a_signal_ends_strobe(signal: rustix::process::Signal, name: &str) {
    let shop = Workshop::new();
    // No other test runs the same.
    let deaf = format!(
        ": {}; dirname $HOME >home; echo $$ >pid; trap '' TERM INT HUP QUIT USR1; ",
        std::process::id()
    );
    let (sleeps, spins) = (
        format!("{deaf}sleep 1000"),
        format!("{deaf}while :; do :; done"),
    );
    shop.write(
        "a.strobe",
        &format!("transcript: 1\ncommand: sh -c \"{sleeps}\"\nchannel: pipe\n\n@0.000 exit 0\n"),
    );
    let commands = [
        &["check", "--accept"][..],
        &[
            "record", "--clock", "real", "-o", "b.strobe", "--", "sh", "-c", &sleeps,
        ],
        // In virtual time no sleep is long.
        &["record", "-o", "b.strobe", "--", "sh", "-c", &spins],
    ];
    // Every signal is waited for in the same place.
    let count = if name == "INT" || name == "TERM" {
        3
    } else {
        1
    };
    for arguments in commands.into_iter().take(count) {
        let mut command = shop.command(arguments);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut strobe = Bounded::spawn(command, LIMIT);
        strobe.until("the program's pid", || shop.line("pid"));
        strobe.signal(signal);
        assert_eq!(end(strobe.wait()).to_string(), format!("killed {name}"));
        assert_eq!(processes_in(&shop.path(".")), Vec::<PathBuf>::new());
        let folder = shop.read("home");
        assert!(folder.starts_with("/tmp/strobe-"), "{folder}");
        let folder = Path::new(folder.trim_end()).parent().unwrap();
        assert!(!folder.exists(), "{} is left", folder.display());
        fs::remove_file(shop.path("pid")).unwrap();
    }
    assert!(!shop.path("b.strobe").exists());
    assert!(shop.read("a.strobe").ends_with("@0.000 exit 0\n"));
}

#[test]
fn a_signal_that_ends_strobe_leaves_nothing_behind() {
    use rustix::process::Signal;
    for (signal, name) in [
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
        (Signal::ALARM, "ALRM"),
        (Signal::XCPU, "XCPU"),
    ] {
        a_signal_ends_strobe(signal, name);
    }
}

/// Runs strobe under a limit of the shell's `ulimit`, with its output in a pipe.
fn limited(shop: &Workshop, limit: &str, arguments: &str) -> std::process::Output {
    let strobe = env!("CARGO_BIN_EXE_strobe");
    Command::new("sh")
        .args(["-c", &format!("ulimit {limit}; exec {strobe} {arguments}")])
        .current_dir(shop.path("."))
        .run()
}

/// It would be killed by SIGXFSZ without a word.
#[test]
fn a_limit_of_a_files_size_is_reported() {
    let shop = Workshop::new();
    for (arguments, message) in [
        (
            "record --clock real -o a.strobe -- true",
            "cannot write `a.strobe`: File too large (os error 27)",
        ),
        (
            "record --clock real -- true >a.strobe",
            "cannot write to standard output: File too large (os error 27); the recording could not be kept elsewhere either",
        ),
    ] {
        let output = limited(&shop, "-f 0", arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, format!("strobe: {message}\n"));
        assert_eq!(output.status.code(), Some(2));
    }
    // The program is ended by the signal, as it is without strobe.
    let output = limited(&shop, "-f 0", "record --clock real -- sh -c 'echo a >b'");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .ends_with(" killed XFSZ\n")
    );
}

/// What the spinner recorded of itself on its own clock, strobe records of it in real time.
#[test]
fn the_projects_own_snapshots_are_checked_too() {
    let shop = Workshop::new();
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let built = Path::new(env!("CARGO_BIN_EXE_spinner")).parent().unwrap();
    let told = shop.strobe(
        &[
            "check",
            snapshots.to_str().unwrap(),
            "--path",
            built.to_str().unwrap(),
        ],
        0,
    );
    assert_eq!(told.stdout, "21 the same, 0 different\n");
}

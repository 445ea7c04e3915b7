//! `strobe record`: what it writes and where, and what it is told of the program.

use crate::workshop::Workshop;
use std::{fs, time::Duration};
use stroboscope::recording::{After, End, EventKind, Recording, StopReason, Wait};

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

#[test]
fn what_a_check_has_left_of_the_transcript_before_is_removed() {
    let shop = Workshop::new();
    let record = |name: &str| {
        shop.program("says", "echo b");
        shop.strobe(
            &["record", "--clock", "real", "-o", name, "--", "./says"],
            0,
        );
        shop.program("says", "echo c");
    };
    record("a.strobe");
    shop.strobe(&["check"], 1);
    assert!(shop.path("a.strobe.new").exists());
    record("a.strobe");
    assert!(!shop.path("a.strobe.new").exists());
    // What is something else stays.
    shop.write("a.strobe.new", "notes");
    shop.write("log.new", &shop.read("a.strobe"));
    record("a.strobe");
    record("log");
    assert!(shop.path("a.strobe.new").exists() && shop.path("log.new").exists());
}

/// Standard input is not passed on; whoever pipes something into strobe learns what does.
#[test]
fn a_run_that_was_ended_says_so_also_where_it_is_printed() {
    let shop = Workshop::new();
    let told = shop.strobe(
        &["record", "--clock", "real", "--limit", "0.2s", "--", "cat"],
        0,
    );
    assert_eq!(
        told.stderr,
        "strobe: stopped limit (it had not ended by itself)\n"
    );
    assert!(
        told.stdout.ends_with("@0.200 stopped limit\n"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_hyphen_is_standard_output() {
    let shop = Workshop::new();
    let record = |options: &[&str]| {
        let program = ["--", "sh", "-c", "echo hi; exit 3"];
        let told = shop.strobe(&[&["record"], options, &program].concat(), 0);
        assert!(!shop.path("-").exists());
        told.stdout
    };
    assert_eq!(record(&["-o", "-"]), record(&[]));
}

//! `strobe diff`: levels and verdicts.

use crate::workshop::Workshop;
use std::fs;
use stroboscope::{recording::End, session::Session};

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
fn masks_of_the_command_line_are_masks_of_both() {
    let shop = Workshop::new();
    let text = |header: &str, text: &str| {
        format!("transcript: 1\nchannel: pipe\n{header}\n0.000 \"{text}\"\n@0.000 exit 0\n")
    };
    shop.write("a.strobe", &text("", "pid 17 at 9:30:00"));
    shop.write("b.strobe", &text("", "pid 1789 at 9:31:00"));
    shop.strobe(&["diff", "a.strobe", "b.strobe"], 1);
    let masked = ["diff", "--mask", "pid", "--mask", "t=/\\d+:\\S+/"];
    let files = ["a.strobe", "b.strobe"];
    assert_eq!(shop.strobe(&[&masked[..], &files].concat(), 0).stdout, "");
    let told = shop.strobe(&[&masked[..3], &files].concat(), 1).stdout;
    assert!(told.contains("\"30\" became \"31\""), "{told}");
    shop.strobe(
        &[
            "diff",
            "--mask",
            "pid width",
            "--mask",
            "time",
            "a.strobe",
            "b.strobe",
        ],
        1,
    );
    // It precedes the one of a header.
    shop.write(
        "c.strobe",
        &text("mask: pid /none/\n", "pid 18 at 9:30:00").replace("\n\n\n", "\n\n"),
    );
    shop.strobe(&["diff", "--mask", "pid", "a.strobe", "c.strobe"], 0);
    for folder in ["old", "new"] {
        shop.write(
            &format!("{folder}/a.strobe"),
            &text(
                "",
                &format!("pid {}", folder.len() + folder.as_bytes()[0] as usize),
            ),
        );
    }
    shop.strobe(&["diff", "old", "new"], 1);
    shop.strobe(&["diff", "--mask", "pid", "old", "new"], 0);
    shop.refuses(
        &[
            "diff", "--mask", "pid", "--mask", "pid=/x/", "a.strobe", "b.strobe",
        ],
        "there are two masks `pid`: join their expressions, `--mask 'pid=/…|…/'`",
    );
    shop.refuses(
        &["record", "--mask", "pid", "--mask", "pid=/x/", "--", "true"],
        "there are two masks `pid`: join their expressions, `--mask 'pid=/…|…/'`",
    );
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

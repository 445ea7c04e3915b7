//! `strobe check`: which files it runs, and its reports.

use crate::workshop::Workshop;
use std::{fs, path::Path};

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

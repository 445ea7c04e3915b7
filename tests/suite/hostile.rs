//! Files that cost more than they should: a small one that stands for much, one that never ends, and names that would have an
//! effect on a terminal.

use crate::bounded::Run;
use std::{fs, process::Command};
use tempfile::TempDir;

/// Runs a line of a shell that finds `strobe`, in a folder, with so many KiB of memory.
#[track_caller]
fn shell(folder: &TempDir, memory: u64, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {memory}; {line}")])
        .env("strobe", env!("CARGO_BIN_EXE_strobe"))
        .current_dir(folder.path())
        .run();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn file(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.strobe"), text).unwrap();
    folder
}

/// In KiB: half again as much as strobe takes for a small file.
const MEMORY: u64 = 48_000;

#[test]
fn a_literal_that_stands_for_much_is_shown_in_little_memory() {
    let folder = file(
        "transcript: 1\nchannel: pty 80x24 x\n\n0.000 \"a\"*24000000 \"b\\r\\n\"*10000000 \"c\"\n@9.000 exit 0\n",
    );
    let line = "\"$strobe\" show --as bytes a.strobe | tail -c 4 | od -An -c";
    let shown = shell(&folder, MEMORY, line);
    assert_eq!(
        (shown.0, shown.1.split_whitespace().collect::<Vec<_>>()),
        (Some(0), vec!["b", "\\r", "\\n", "c"]),
        "{}",
        shown.2
    );
    let text = "transcript: 1\nchannel: pty 20x2 x\n\n0.000 \"a\"*900000000 \"b\\r\\n\"*40000000 \"c\"\n@9.000 exit 0\n";
    let shown = shell(&file(text), MEMORY, "\"$strobe\" show a.strobe");
    let canonical = text.replace(
        " \"b\\r\\n\"*40000000 ",
        " \"b\\r\\n\"\n      \"b\\r\\n\"*39999999\n      ",
    );
    assert_eq!((shown.0, shown.1), (Some(0), canonical), "{}", shown.2);
    let folder = file(
        "transcript: 1\nchannel: pty 20x2 x\n\n0.000 \"a\\r\\n\"*200000 \"b\"\n@9.000 exit 0\n",
    );
    for (view, text) in [
        ("screen", "a\nb\n\ncursor 2,2\n"),
        ("frames", "@0.000 to 9.000\n    a\n    b\n"),
    ] {
        let shown = shell(
            &folder,
            MEMORY,
            &format!("\"$strobe\" show --as {view} a.strobe"),
        );
        assert_eq!((shown.0, shown.1.as_str()), (Some(0), text), "{}", shown.2);
    }
}

#[test]
fn what_decodes_to_more_than_the_limit_is_refused() {
    let folder = file("transcript: 1\nchannel: pipe\n\n0.000 \"a\"*2000\n@9.000 exit 0\n");
    for command in ["show", "show --as bytes", "diff a.strobe", "play"] {
        let line = format!("\"$strobe\" {command} --max-size 1KiB a.strobe");
        let reason = "strobe: a.strobe: line 4, column 7: the payload decodes to more than the limit of 1024 bytes: `--max-size` sets another\n";
        assert_eq!(
            shell(&folder, 1 << 30, &line),
            (Some(2), String::new(), reason.to_owned())
        );
    }
}

#[test]
fn a_literal_that_stands_for_much_is_refused_by_what_would_hold_it() {
    let text = "transcript: 1\ncommand: true\nchannel: pty 80x24 x\n\n0.000 \"a\"*1000000000\n@9.000 exit 0\n";
    let folder = file(text);
    for name in ["a.strobe.new", ".r.strobe.recording"] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let views = ["notebook", "asciicast", "svg", "png"].map(|view| format!("show --as {view}"));
    let others = ["diff b.strobe", "check", "review --list", "play"].map(str::to_owned);
    fs::write(
        folder.path().join("b.strobe"),
        text.replace("*1000000000", ""),
    )
    .unwrap();
    for command in views.into_iter().chain(others) {
        let line = format!("\"$strobe\" {command} a.strobe");
        let (status, report, said) = shell(&folder, MEMORY, &line);
        assert_eq!(status, Some(2), "{command}: {said}");
        // Sixty-four million and eight times its length.
        let bytes = 67_108_864 + 8 * text.len();
        let reason = format!(
            "line 5, column 7: the payload decodes to more than the limit of {bytes} bytes: `--max-size` sets another\n"
        );
        let told = report + &said;
        assert!(told.contains(&reason), "{command}: {told}");
    }
    let (status, _, said) = shell(&folder, MEMORY, "\"$strobe\" recover r.strobe");
    assert_eq!(status, Some(0), "{said}");
    let recovered = fs::read_to_string(folder.path().join("r.strobe")).unwrap();
    assert_eq!(recovered, text);
}

#[test]
fn a_limit_can_be_raised() {
    let folder = file("transcript: 1\nchannel: pipe\n\n0.000 \"a\"*70000000\n@9.000 exit 0\n");
    for (option, reason) in [
        ("", "`--max-size` sets another"),
        ("--max-size 70000000", "play needs a terminal"),
    ] {
        let line = format!("\"$strobe\" play {option} a.strobe </dev/null");
        let (status, _, said) = shell(&folder, 1 << 20, &line);
        assert_eq!(status, Some(2));
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn named_pipes_and_devices_are_no_recordings() {
    let folder = file("");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).run().status.success());
    for name in ["pipe", "/dev/zero"] {
        for command in ["show", "diff a.strobe", "check"] {
            let (status, report, reason) =
                shell(&folder, 1 << 30, &format!("\"$strobe\" {command} {name}"));
            assert_eq!(status, Some(2), "{command}");
            let line = format!("{name}: it is not a regular file\n");
            assert!((report + &reason).contains(&line), "{command}: {reason}");
        }
    }
    let text = "transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n";
    fs::write(folder.path().join("a.strobe"), text).unwrap();
    for line in [
        "cat a.strobe | \"$strobe\" show -",
        "cat a.strobe | \"$strobe\" show /dev/stdin",
    ] {
        let shown = shell(&folder, 1 << 30, line);
        assert_eq!((shown.0, shown.1.as_str()), (Some(0), text), "{}", shown.2);
    }
}

#[test]
fn an_argument_has_no_effect_on_the_terminal_that_shows_why_it_is_wrong() {
    let folder = file("");
    let hidden = "a\u{202e}b\u{200b}c\x1b[2Jd\u{e0001}";
    for arguments in [
        vec!["show", "--as", hidden, "a.strobe"],
        vec!["show", "--at", hidden, "a.strobe"],
        vec![hidden],
        vec!["record", "--size", hidden, "--", "true"],
        vec!["show", hidden],
    ] {
        let mut strobe = Command::new(env!("CARGO_BIN_EXE_strobe"));
        let output = strobe.args(&arguments).current_dir(folder.path()).run();
        let reason = String::from_utf8(output.stderr).unwrap();
        assert!(
            reason.contains("a\\u{202e}b\\u{200b}c\\e[2Jd\\u{e0001}"),
            "{arguments:?}: {reason}"
        );
        assert!(
            !reason.contains(['\u{202e}', '\u{200b}', '\u{1b}', '\u{e0001}']),
            "{arguments:?}: {reason}"
        );
    }
}

#[test]
fn a_program_that_writes_without_end_is_ended_at_its_limit_and_checked_against_it() {
    let folder = file("");
    let record =
        "\"$strobe\" record --clock real --channel pipe -o y.strobe --output-limit 1MiB -- yes";
    let (status, _, said) = shell(&folder, 1 << 30, record);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("stopped output-limit"), "{said}");
    let text = fs::read_to_string(folder.path().join("y.strobe")).unwrap();
    assert!(text.contains("\noutput-limit: 1048576\n"), "{text}");
    assert!(text.contains(" \"y\\n\"*"), "{text}");
    // Half a million lines.
    assert!(text.len() < 100_000, "{}", text.len());
    let shown = "\"$strobe\" show --as bytes y.strobe | sort | uniq -c";
    let (_, lines, _) = shell(&folder, 1 << 30, shown);
    assert_eq!(
        lines.split_whitespace().collect::<Vec<_>>(),
        ["524288", "y"]
    );
    let (status, report, said) = shell(&folder, 1 << 30, "\"$strobe\" check y.strobe");
    assert_eq!(status, Some(0), "{report}{said}");
}

//! The errors of `strobe`, and its completions.

use crate::{bounded::Run, workshop::Workshop};
use std::{fs, process::Command};

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

#[test]
fn a_variable_that_is_not_there_to_pass_on_is_named() {
    let shop = Workshop::new();
    let told = shop.strobe(
        &[
            "record",
            "--clock",
            "real",
            "--env",
            "STROBE_TEST_UNSET",
            "--",
            "true",
        ],
        0,
    );
    assert!(
        told.stderr
            .contains("`STROBE_TEST_UNSET` is not set here, nor in the program"),
        "{}",
        told.stderr
    );
}

#[test]
fn the_help_of_each_command_begins_with_what_it_does() {
    let shop = Workshop::new();
    let told = shop.strobe(&["--help"], 0).stdout;
    let commands = told.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut count = 0;
    for line in commands.take_while(|line| !line.is_empty()) {
        let (command, does) = line.trim().split_once(' ').unwrap();
        if command != "help" {
            let help = shop.strobe(&[command, "--help"], 0).stdout;
            assert_eq!(help.lines().next(), Some(does.trim()), "{command}");
            count += 1;
        }
    }
    assert_eq!(count, 8);
}

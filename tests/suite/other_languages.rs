//! The snippets for other languages: each is put into a project and run by its own tool, where that is found.

use crate::{bounded::Run, capture::repository_file, requirement::is_met, workshop::Workshop};
use std::{
    env,
    path::Path,
    process::{Command, Output},
};

/// A file of `examples/other-languages`, and what it is run with.
struct Snippet {
    file: &'static str,
    /// As `STROBE_REQUIRE` names it.
    tool: &'static str,
    /// A command that fails where the tool is not found.
    probe: &'static str,
    /// The folder that the snippet checks.
    transcripts: &'static str,
    run: String,
    /// What is said when all is well.
    well: &'static str,
}

impl Snippet {
    fn text(&self) -> String {
        repository_file(&format!("examples/other-languages/{}", self.file))
    }

    /// It passes when its program writes what it wrote, and fails with strobe's verdict when it does not.
    #[track_caller]
    fn holds(&self) {
        let shop = Workshop::new();
        let found = bash(self.probe, &shop.path("")).status.success();
        if !is_met(self.tool, found) {
            return;
        }
        shop.write(self.file, &self.text());
        let transcript = format!("{}/hello.strobe", self.transcripts);
        let said = |word| {
            format!(
                "transcript: 1\ncommand: echo hello\nchannel: pipe\nclock: real\n\n0.000 \"{word}\\n\"\n@0.000 exit 0\n"
            )
        };
        shop.write(&transcript, &said("hello"));
        self.says(&shop.path(""), true, &[self.well]);
        shop.write(&transcript, &said("hullo"));
        let verdict = r#"stdout byte 1: "hullo\n" became "hello\n""#;
        let lines = [verdict, r#"-0.000 "hullo\n""#, "0 the same, 1 different"];
        self.says(&shop.path(""), false, &lines);
    }

    #[track_caller]
    fn says(&self, folder: &Path, passes: bool, lines: &[&str]) {
        let output = bash(&self.run, folder);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            output.status.code(),
            Some(i32::from(!passes)),
            "{}\n{text}",
            self.tool
        );
        for line in lines {
            assert!(
                text.contains(line),
                "{} does not say {line:?}:\n{text}",
                self.tool
            );
        }
    }
}

/// Runs a script as a step of GitHub's does, with the built strobe in front of `PATH`; both outputs come as one.
fn bash(script: &str, folder: &Path) -> Output {
    let built = Path::new(env!("CARGO_BIN_EXE_strobe")).parent().unwrap();
    let callers = env::var_os("PATH").unwrap_or_default();
    let folders = [built.to_owned()].into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&callers))).unwrap();
    let mut command = Command::new("bash");
    command
        .args(["-e", "-c", &format!("exec 2>&1 </dev/null\n{script}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        // npm writes nothing outside of the project, and asks nobody for a newer one.
        .env("npm_config_cache", folder.join(".npm"))
        .env("npm_config_update_notifier", "false");
    command.run_tool()
}

/// The `run:` lines of a step, which end it.
fn run_lines(step: &str) -> String {
    let (_, lines) = step.split_once("\n  run: |\n").expect("a block of lines");
    let lines = lines
        .lines()
        .map(|line| line.strip_prefix("    ").expect("a line of the block"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_snippet_for_pytest_holds() {
    let snippet = Snippet {
        file: "test_transcripts.py",
        tool: "pytest",
        probe: "python3 -c 'import pytest'",
        transcripts: "transcripts",
        run: "python3 -m pytest".to_owned(),
        well: "1 passed",
    };
    snippet.holds();
}

#[test]
fn the_snippet_for_go_holds() {
    let snippet = Snippet {
        file: "transcripts_test.go",
        tool: "go",
        probe: "go version",
        transcripts: "testdata",
        run: "test -e go.mod || go mod init example\ngo test -count=1 ./...".to_owned(),
        well: "ok  \texample\t",
    };
    snippet.holds();
}

#[test]
fn the_snippet_for_npm_holds() {
    let snippet = Snippet {
        file: "package.json",
        tool: "npm",
        probe: "command -v npm",
        transcripts: "test",
        run: "npm test".to_owned(),
        well: "1 the same, 0 different",
    };
    snippet.holds();
}

#[test]
fn the_step_for_github_actions_holds() {
    let step = "strobe.yml";
    let lines = run_lines(&repository_file(&format!(
        "examples/other-languages/{step}"
    )));
    let snippet = Snippet {
        file: step,
        tool: "bash",
        probe: "true",
        transcripts: "anywhere",
        // The summary is shown with the run; here it is printed.
        run: format!("trap 'cat \"$GITHUB_STEP_SUMMARY\"' EXIT\n{lines}"),
        well: "### strobe check: 1 the same, 0 different",
    };
    snippet.holds();
}

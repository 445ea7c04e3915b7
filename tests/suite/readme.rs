//! The README is true: its commands are run, and print what it says.

use crate::{capture::repository_file, examples::example};
use std::{path::Path, process::Command};

/// The fenced blocks of a language, each as its lines.
fn blocks(language: &str) -> Vec<Vec<String>> {
    let (mut blocks, mut open) = (Vec::new(), None::<Vec<String>>);
    for line in repository_file("README.md").lines() {
        match open.take() {
            None if line == format!("```{language}") => open = Some(Vec::new()),
            Some(block) if line == "```" => blocks.push(block),
            Some(mut block) => {
                block.push(line.to_owned());
                open = Some(block);
            }
            None => {}
        }
    }
    blocks
}

/// What a terminal shows of a command, with the built programs at hand; `cargo run … --` means the spinner.
fn output(command: &str, folder: &Path) -> String {
    let spinner = env!("CARGO_BIN_EXE_spinner");
    let command = format!(
        "exec 2>&1\n{}",
        command.replace("cargo run --quiet --", spinner)
    );
    let built = Path::new(spinner).parent().unwrap().display().to_string();
    let path = format!("{built}:{}", std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &command])
        .env("PATH", path)
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A text in which every time that real time made is zero.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| {
        let digits = word.trim_start_matches(['@', ' ']);
        digits.len() == 5
            && digits
                .split_once('.')
                .is_some_and(|(seconds, rest)| seconds.len() == 1 && rest.parse::<u16>().is_ok())
    };
    let line = |line: &str| {
        let words = line.split(' ').map(|word| {
            if is_time(word) {
                word.replace(|c: char| c.is_ascii_digit(), "0")
            } else {
                word.to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(|one| line(one) + "\n").collect()
}

#[test]
fn every_command_prints_what_the_readme_shows() {
    let folder = tempfile::tempdir().unwrap();
    let mut commands = 0;
    for block in blocks("console") {
        for example in block.chunk_by(|_, next| !next.starts_with("$ ")) {
            let command = example[0]
                .strip_prefix("$ ")
                .expect("a console block begins with a command");
            let expected: String = example[1..]
                .iter()
                .map(|line| format!("{line}\n"))
                .collect();
            let printed = recipe(command).unwrap_or_else(|| output(command, folder.path()));
            // Only a session in real time has times of its own.
            let in_real_time = command.starts_with("strobe") || command.ends_with("build.strobe");
            let shown = |text: String| {
                if in_real_time {
                    without_times(&text)
                } else {
                    text
                }
            };
            assert_eq!(shown(printed), shown(expected), "{command}");
            commands += 1;
        }
    }
    assert!(commands >= 10, "only {commands} commands were found");
}

/// What a recipe prints. `just` may not be there, and builds would wait for the build that runs this test: the recipe's
/// programs are run as they stand in the justfile.
fn recipe(command: &str) -> Option<String> {
    let name = command.strip_prefix("just ")?;
    let justfile = repository_file("justfile");
    let (_, body) = justfile
        .split_once(&format!("\n{name}:\n"))
        .expect("a recipe of that name");
    let notebook = example("notebook");
    let notebook = notebook.to_str().unwrap();
    let lines = body.lines().take_while(|line| line.starts_with("    @"));
    let programs: Vec<String> = lines
        .map(|line| line.trim_start_matches("    @").to_owned())
        .filter(|line| !line.starts_with("cargo build "))
        .map(|line| line.replace("target/debug/examples/notebook", notebook))
        .collect();
    Some(output(
        &programs.join("\n"),
        Path::new(env!("CARGO_MANIFEST_DIR")),
    ))
}

#[test]
fn the_transcript_at_the_top_is_a_snapshot() {
    let readme = repository_file("README.md");
    let (_, rest) = readme
        .split_once("<!-- snapshot: ")
        .expect("a snapshot is named");
    let (name, rest) = rest.split_once(" -->\n```text\n").unwrap();
    let (shown, _) = rest.split_once("```\n").unwrap();
    let snapshot = repository_file(&format!("snapshots/{name}.snap"));
    let (_, body) = stroboscope::transcript::split_front_matter(&snapshot);
    assert_eq!(shown, body);
}

#[test]
fn every_recipe_that_the_readme_names_is_there() {
    let justfile = repository_file("justfile");
    let readme = repository_file("README.md");
    let names: Vec<&str> = readme
        .split("`just ")
        .skip(1)
        .filter_map(|rest| rest.split('`').next())
        .collect();
    assert!(names.len() >= 5);
    for name in names {
        assert!(
            justfile
                .lines()
                .any(|line| line.split([':', ' ']).next() == name.split(' ').next()),
            "no recipe `{name}`"
        );
    }
}

//! The README and the pages of `docs/` are true: their commands are run, and print what they say, and their links lead
//! somewhere.

use crate::{bounded::Run, capture::repository_file, examples::example};
use std::{
    fs, iter,
    path::{Path, PathBuf},
    process::Command,
};

/// The README and the pages of `docs/`, each as its path and its text.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let docs = fs::read_dir(docs).unwrap().map(|file| {
        let name = file.unwrap().file_name();
        Path::new("docs").join(name)
    });
    let docs = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    let mut paths: Vec<_> = iter::once(PathBuf::from("README.md")).chain(docs).collect();
    paths.sort();
    assert!(paths.len() >= 6, "{paths:?}");
    let read = |path: PathBuf| {
        let text = repository_file(path.to_str().unwrap());
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The fenced blocks of a language, each as its lines.
fn blocks(text: &str, language: &str) -> Vec<Vec<String>> {
    let (mut blocks, mut open) = (Vec::new(), None::<Vec<String>>);
    for line in text.lines() {
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

/// The scripts of a page, each with the name of its file: the word after `script` at the head of its block.
fn scripts(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("\n```script ").skip(1);
    let named = blocks.filter_map(|block| {
        let (name, rest) = block.split_once('\n')?;
        let (script, _) = rest.split_once("```")?;
        Some((name.to_owned(), script.to_owned()))
    });
    named.collect()
}

#[test]
fn every_script_of_a_page_can_be_read() {
    let pages = pages();
    let scripts: Vec<_> = pages.iter().flat_map(|(_, text)| scripts(text)).collect();
    assert!(
        scripts.len() >= 4,
        "only {} scripts were found",
        scripts.len()
    );
    for (name, script) in scripts {
        let read = script.parse::<stroboscope::Script>();
        assert!(
            read.is_ok_and(|script| !script.steps().is_empty()),
            "{name}: {script}"
        );
    }
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
        .run_tool();
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
fn every_command_prints_what_the_page_shows() {
    let pages = pages();
    let commands = pages
        .iter()
        .map(|(_, text)| commands_that_hold(text))
        .sum::<usize>();
    assert!(commands >= 10, "only {commands} commands were found");
}

/// Runs the commands of a page in one folder, and counts them.
#[track_caller]
fn commands_that_hold(text: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in scripts(text) {
        fs::write(folder.path().join(name), script).unwrap();
    }
    let mut commands = 0;
    for block in blocks(text, "console") {
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
    commands
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
fn every_transcript_that_is_said_to_be_a_snapshot_is_one() {
    let mut snapshots = 0;
    for (_, text) in pages() {
        for rest in text.split("<!-- snapshot: ").skip(1) {
            let (name, rest) = rest.split_once(" -->\n```text\n").unwrap();
            let (shown, _) = rest.split_once("```\n").unwrap();
            let snapshot = repository_file(&format!("snapshots/{name}.snap"));
            let (_, body) = stroboscope::transcript::split_front_matter(&snapshot);
            assert_eq!(shown, body);
            snapshots += 1;
        }
    }
    assert_ne!(snapshots, 0);
}

#[test]
fn every_recipe_that_a_page_names_is_there() {
    let justfile = repository_file("justfile");
    let pages = pages();
    let names: Vec<&str> = pages
        .iter()
        .flat_map(|(_, text)| text.split("`just ").skip(1))
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

#[test]
fn every_link_leads_to_a_file_or_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut links = 0;
    for (page, text) in pages() {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => page.clone(),
                _ => page.parent().unwrap().join(path),
            };
            assert!(root.join(&file).exists(), "{page:?}: {target}");
            let is_heading = |line: &str| anchor(line).as_deref() == Some(heading);
            let leads = heading.is_empty()
                || repository_file(file.to_str().unwrap())
                    .lines()
                    .any(is_heading);
            assert!(leads, "{page:?}: {target}");
            links += 1;
        }
    }
    assert!(links >= 10, "only {links} links were found");
}

/// The anchor that GitHub gives a line, if it is a heading.
fn anchor(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#').strip_prefix(' ')?;
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    let anchor = kept.map(|c| if c == ' ' { '-' } else { c });
    line.starts_with('#')
        .then(|| anchor.collect::<String>().to_lowercase())
}

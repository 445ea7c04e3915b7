//! The target of `tests/transcripts.rs`, as cargo-nextest sees it when it shards the transcripts over machines: a list of
//! names, and one run for each.

use crate::{
    bounded::Run,
    capture::repository_file,
    workshop::{Text, Workshop},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target as `cargo test` has built it beside this one; `cargo test --test suite` has not.
fn target() -> PathBuf {
    newest().unwrap_or_else(|| {
        let built = Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--no-run", "--test", "transcripts"])
            .run_tool();
        assert!(built.status.success());
        newest().unwrap()
    })
}

/// Targets of other toolchains and flags may lie there too, but none that is newer than what was built last.
fn newest() -> Option<PathBuf> {
    let suite = env::current_exe().unwrap();
    let files = fs::read_dir(suite.parent().unwrap()).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let is_target = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("transcripts-") && path.extension().is_none()
    };
    let modified = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    paths.filter(is_target).max_by_key(modified)
}

/// The target, in a folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(target());
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("STROBE_ACCEPT")
        .env_remove("STROBE_REQUIRE");
    command
}

/// What the target prints in a folder, where it must leave with this status.
#[track_caller]
fn printed(folder: &Path, arguments: &[&str], status: u8) -> String {
    Text::of(&mut command(folder, arguments), status).stdout
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_transcript_is_listed_once_as_nextest_reads_it() {
    let list = printed(repository(), &["--list", "--format", "terse"], 0);
    let files = fs::read_dir(repository().join("tests/transcripts")).unwrap();
    let names = files.filter_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        Some(format!("{}: test", name.strip_suffix(".strobe")?))
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    assert_eq!(list.lines().collect::<Vec<_>>(), names);

    // It asks a second time, for those to be passed over: there is none.
    let ignored = ["--list", "--format", "terse", "--ignored"];
    assert_eq!(printed(repository(), &ignored, 0), "");
}

#[test]
fn a_transcript_is_run_by_its_exact_name() {
    let passed = |arguments: &[&str]| {
        let text = printed(repository(), arguments, 0);
        let (_, result) = text.split_once("test result: ok. ").unwrap();
        result
            .split_once(" passed; 0 failed;")
            .unwrap()
            .0
            .to_owned()
    };
    assert_eq!(passed(&["--exact", "spinner-thread", "--nocapture"]), "1");
    assert_eq!(passed(&["--exact", "spinner"]), "0");
}

#[test]
fn a_changed_transcript_fails_with_the_verdict() {
    let shop = Workshop::new();
    let (same, changed) = (
        "tests/transcripts/spinner-thread.strobe",
        "tests/transcripts/spinner-async.strobe",
    );
    shop.write(same, &repository_file(same));
    let text = repository_file(changed).replace("Answer: 42", "Answer: 41");
    shop.write(changed, &text);
    let told = printed(&shop.path(""), &[], 101);
    for line in [
        "test spinner-thread ... ok",
        "test spinner-async  ... FAILED",
        "1 passed; 1 failed;",
        r#""41\r\n" became "42\r\n""#,
        "STROBE_ACCEPT=1 accepts the change.",
    ] {
        assert!(told.contains(line), "no {line:?} in:\n{told}");
    }
    assert_eq!(shop.read(changed), text, "it was not asked to accept");
}

#[test]
fn a_mask_of_the_folder_counts_as_for_strobe_check() {
    let shop = Workshop::new();
    let changed = "tests/transcripts/spinner-async.strobe";
    let text = repository_file(changed).replace("Answer: 42", "Answer: 41");
    shop.write(changed, &text);
    printed(&shop.path(""), &[], 101);
    shop.write("strobe.toml", "mask = ['answer=/Answer: (\\d+)/']");
    printed(&shop.path(""), &[], 0);
    shop.write("strobe.toml", "masks = ['pid']");
    let told = printed(&shop.path(""), &[], 101);
    assert!(
        told.contains("strobe.toml:1: unknown key `masks`: is it `mask`?"),
        "{told}"
    );
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_transcript_that_cannot_be_run_here_is_ignored_with_its_reason() {
    let shop = Workshop::new();
    for clock in ["real", "virtual"] {
        let text = format!(
            "transcript: 1\ncommand: true\nchannel: pipe\nclock: {clock}\n\n@0.000 exit 0\n"
        );
        shop.write(&format!("tests/transcripts/{clock}.strobe"), &text);
    }
    let without = |arguments: &[&str]| {
        let mut command = command(&shop.path(""), arguments);
        crate::forbidden::Forbidden::Ptrace.to(&mut command);
        command
    };
    let reason = "virtual time is not available: ptrace is forbidden here (Operation not permitted (os error 1))";
    let told = Text::of(&mut without(&[]), 0);
    assert_eq!(told.stderr, format!("1 ignored: {reason}\n"));
    let result = "1 passed; 0 failed; 1 ignored;";
    assert!(told.stdout.contains(result), "{}", told.stdout);
    let list = ["--list", "--format", "terse", "--ignored"];
    assert_eq!(Text::of(&mut without(&list), 0).stdout, "virtual: test\n");

    // Whoever asks for it is told that it cannot be run.
    let asked = Text::of(&mut without(&["--ignored"]), 101);
    assert!(asked.stdout.contains(reason), "{}", asked.stdout);
    let mut required = without(&[]);
    let required = Text::of(required.env("STROBE_REQUIRE", "virtual"), 101);
    assert_eq!(required.stderr, "");
    for line in ["1 passed; 1 failed; 0 ignored;", reason] {
        assert!(required.stdout.contains(line), "{}", required.stdout);
    }
}

//! The examples are true: each runs, and prints what its first lines say.

use crate::{bounded::Run, capture::repository_file, requirement::has_virtual_time};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use stroboscope::view::asciicast;

/// The built example of this name: `cargo test` builds it beside the binaries, `cargo test --test suite` does not.
pub fn example(name: &str) -> PathBuf {
    let example = Path::new(env!("CARGO_BIN_EXE_spinner"))
        .with_file_name("examples")
        .join(name);
    if !example.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", name])
            .run_tool();
        assert!(built.status.success());
    }
    example
}

/// What an example prints, run in this folder; none where there is no virtual time.
#[track_caller]
fn printed(name: &str, folder: &Path) -> Option<String> {
    has_virtual_time().then(|| {
        let output = Command::new(example(name)).current_dir(folder).run();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    })
}

#[track_caller]
fn prints_what_it_says(name: &str) {
    let source = repository_file(&format!("examples/{name}.rs"));
    let block = source
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```");
    let said: String = block
        .map(|line| format!("{}\n", line.strip_prefix("//! ").unwrap_or_default()))
        .collect();
    assert_ne!(said, "");
    let folder = tempfile::tempdir().unwrap();
    if let Some(printed) = printed(name, folder.path()) {
        assert_eq!(printed, said);
    }
}

#[test]
fn the_example_of_an_insta_test_prints_its_recording() {
    prints_what_it_says("insta_test");
}

#[test]
fn the_example_of_a_comparison_prints_its_verdict() {
    prints_what_it_says("compare");
}

#[test]
fn the_example_of_a_script_prints_its_recording() {
    prints_what_it_says("script");
}

#[test]
fn the_example_of_an_export_writes_a_picture_and_an_asciicast() {
    let folder = tempfile::tempdir().unwrap();
    let Some(printed) = printed("export", folder.path()) else {
        return;
    };
    assert_eq!(printed, "");
    let file = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    let picture = file("countdown.svg");
    let picture = roxmltree::Document::parse(&picture).unwrap();
    assert_eq!(picture.root_element().tag_name().name(), "svg");
    let cast = asciicast::parse(&file("countdown.cast"), usize::MAX).unwrap();
    assert_eq!(cast.output(), b"\r3\r2\r1\rlift-off\r\n");
    assert_eq!(cast.end().0.as_secs(), 3);
}

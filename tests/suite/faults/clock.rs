//! A system's clock steps: nobody who measures a run asks it. Instants are those of `Instant`, which never goes back, or those
//! of the virtual clock.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Who may ask for the time of day: when a file was made is in it.
const MAY: [&str; 2] = ["src/session.rs", "src/trace/file_times.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_instant_is_of_a_clock_that_steps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    sources(&root.join("src"), &mut found);
    assert!(found.len() > 100, "{}", found.len());
    let asks = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.contains("SystemTime::now") || text.contains("UtcDateTime")
    };
    let mut asking: Vec<_> = found.into_iter().filter(asks).collect();
    asking.sort();
    let asking: Vec<_> = asking
        .iter()
        .map(|path| path.strip_prefix(root).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(asking, MAY);
}

//! A folder of transcripts as a test target: one test for each file.

use crate::{
    check::{self, Case},
    session::{DEFAULT_LIMIT, cargo_folder},
};
use libtest_mimic::{Arguments, Failed, Trial, run};
use std::{env, path::Path};

/// Runs every transcript below a folder as a test of its own, and exits as a test target does.
///
/// It is the whole `main` of a target with `harness = false`:
///
/// ```no_run
/// // fn main() {
/// stroboscope::transcripts("tests/transcripts")
/// // }
/// ```
///
/// ```toml
/// [[test]]
/// name = "transcripts"
/// harness = false
/// ```
///
/// `cargo test NAME` filters by the files' names, and `cargo nextest run --partition hash:1/4` shards them over machines.
/// Programs that cargo built for the package are found by name. With `STROBE_ACCEPT=1` in the environment a transcript
/// whose run is different is rewritten.
pub fn transcripts(folder: impl AsRef<Path>) -> ! {
    let arguments = Arguments::from_args();
    let trials = trials(folder.as_ref()).unwrap_or_else(|error| {
        let message = error.to_string();
        vec![Trial::test("transcripts", move || {
            Err(Failed::from(message))
        })]
    });
    run(&arguments, trials).exit()
}

fn trials(folder: &Path) -> Result<Vec<Trial>, check::Error> {
    let mut trials = Vec::new();
    for file in check::files(folder)? {
        if check::may_be_case(&file)? {
            let name = file
                .strip_prefix(folder)
                .unwrap_or(&file)
                .with_extension("");
            let name = check::show(&name);
            trials.push(Trial::test(name, move || test(&file)));
        }
    }
    if trials.is_empty() {
        Err(check::Error::Nothing(folder.to_owned()))
    } else {
        Ok(trials)
    }
}

fn test(file: &Path) -> Result<(), Failed> {
    let case = Case::read(file).map_err(|error| error.to_string())?;
    let path = cargo_folder().into_iter().collect();
    let options = check::Options {
        level: None,
        limit: DEFAULT_LIMIT,
        path,
        cancel: None,
    };
    let level = case.level(&options);
    let run = case.run(&options).map_err(|error| error.to_string())?;
    let Some(difference) = case
        .compare(&run, level)
        .map_err(|error| error.to_string())?
    else {
        return Ok(());
    };
    if env::var_os("STROBE_ACCEPT").is_some_and(|value| value == "1") {
        case.accept(&run).map_err(|error| error.to_string())?;
        return Ok(());
    }
    let (verdict, diff) = (difference.comparison.lines().join("\n"), difference.diff);
    Err(format!("{case}\n{verdict}\n\n{diff}\nSTROBE_ACCEPT=1 takes the change.").into())
}

//! A folder of transcripts as a test target: one test for each file.

use crate::{
    check::{self, Case, CheckOutcome},
    session::{cargo_folder, virtual_time_available},
};
use libtest_mimic::{Arguments, Failed, Trial, run};
use std::{
    env,
    io::{self, Write as _},
    path::Path,
};

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
/// whose run is different is rewritten. Otherwise what it got is left beside the transcript, as `NAME.strobe.new`, and `strobe
/// review` shows it.
///
/// The masks, the level and the limit that a `strobe.toml` sets in the transcripts' folder or above it count here as they do
/// for `strobe check`: a transcript's own have precedence.
///
/// Where virtual time cannot be had, a transcript whose clock is virtual is an ignored test, and stderr says what is
/// missing. With `STROBE_REQUIRE=virtual` in the environment, as a CI sets it, such a test fails.
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

fn trials(folder: &Path) -> Result<Vec<Trial>, check::CheckError> {
    let options = check::CheckOptions {
        path: cargo_folder().into_iter().collect(),
        ..check::CheckOptions::default()
    };
    let (mut trials, mut ignored) = (Vec::new(), Vec::new());
    if !folder.exists() {
        return Err(check::CheckError::Nothing(folder.to_owned()));
    }
    for file in check::files(folder)? {
        if check::may_be_case(&file)? {
            let name = file
                .strip_prefix(folder)
                .unwrap_or(&file)
                .with_extension("");
            let missing = if options.require_virtual {
                None
            } else {
                missing(&file)
            };
            let (options, is_ignored) = (options.clone(), missing.is_some());
            let trial = Trial::test(check::show(&name), move || test(&file, &options));
            trials.push(trial.with_ignored_flag(is_ignored));
            ignored.extend(missing);
        }
    }
    // It is the same for all of them.
    if let Some(reason) = ignored.first() {
        let _ = writeln!(io::stderr(), "{} ignored: {reason}", ignored.len());
    }
    if trials.is_empty() {
        Err(check::CheckError::Nothing(folder.to_owned()))
    } else {
        Ok(trials)
    }
}

/// Why a case cannot be run here. A file that is none says so as a test; where everything can be run, none is read for
/// this.
fn missing(file: &Path) -> Option<String> {
    virtual_time_available().err()?;
    Case::read(file).ok()?.missing()
}

fn test(file: &Path, options: &check::CheckOptions) -> Result<(), Failed> {
    let case = Case::read(file).map_err(|error| error.to_string())?;
    let outcome = case.outcome(options).map_err(|error| error.to_string())?;
    let (difference, new) = match outcome {
        CheckOutcome::Same => {
            case.remove_pending().map_err(|error| error.to_string())?;
            return Ok(());
        }
        CheckOutcome::Different {
            difference, new, ..
        } => (difference, new),
        // It was asked for by `--ignored`.
        CheckOutcome::Skipped { reason } => return Err(reason.into()),
    };
    let refusal = case.refusal(&difference, &new, false);
    if refusal.is_none() && env::var_os("STROBE_ACCEPT").is_some_and(|value| value == "1") {
        case.accept(&new).map_err(|error| error.to_string())?;
        case.remove_pending().map_err(|error| error.to_string())?;
        return Ok(());
    }
    let left = match case.leave(&new, refusal) {
        Ok(_) => "`strobe review` shows the change.".to_owned(),
        Err(error) => format!("The new recording cannot be left for `strobe review`: {error}."),
    };
    let how = match refusal {
        Some(refusal) => format!("It cannot be accepted: {refusal}."),
        None if case.is_interrupted() => {
            "Its recording was interrupted, so that no run can be the same: STROBE_ACCEPT=1 accepts a whole one."
                .to_owned()
        }
        None => "STROBE_ACCEPT=1 accepts the change.".to_owned(),
    };
    let verdict = &difference.comparison;
    Err(format!("{case}\n{verdict:#}\n\n{difference}\n{left} {how}").into())
}

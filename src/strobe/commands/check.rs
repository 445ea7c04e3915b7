//! `strobe check`: runs recorded programs again, and compares.

use crate::{
    command_line::tell,
    found::{self, Found},
    listing, output,
    report::{self, CaseResult},
    signals,
};
use args::Required;
use destinations::Destinations;
use settle::{Left, settle};
use std::{error::Error, io, num::NonZeroUsize, process::ExitCode, thread};
use stroboscope::{
    check::{Case, CheckOptions},
    recording::Level,
    session::SessionError,
    text,
};
use watch::Watch;

pub use args::CheckArgs;

mod args;
mod destinations;
mod run_all;
mod settle;
mod watch;

/// How many files that were not run are named.
const MOST_NAMED: usize = 20;

/// Checks every case.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Box<dyn Error>> {
    // Every file is read before anything is run.
    let files = find(options)?;
    if options.list {
        let names = files.iter().map(|found| format!("{found}\n"));
        output::print(names.collect::<String>().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let how = check_options(options)?;
    let destinations = Destinations::new(options)?;
    if !options.watch {
        return check(&files, &how, options, &destinations);
    }
    let mut watch = Watch::new(&options.paths(), destinations.paths());
    let mut touched = files;
    loop {
        watch.before(&touched, &how);
        check(&touched, &how, options, &destinations)?;
        let saved = watch.during();
        tell("strobe: watching for files that are saved; Ctrl-C ends");
        let Some(saved) = watch.saved(saved, &how)? else {
            signals::obey();
            return Err(SessionError::Cancelled.into());
        };
        touched = watch::touched(find(options)?, &saved, &how);
        tell(&format!("\nstrobe: saved: {}", watch::named(&saved)));
    }
}

/// Runs these files, and reports.
fn check(
    files: &[Found],
    how: &CheckOptions,
    options: &CheckArgs,
    destinations: &Destinations,
) -> Result<ExitCode, Box<dyn Error>> {
    listing::tell_all(files);
    // A program that is traced and its tracer wait for each other: two such pairs keep a processor busy.
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = options.jobs.map_or(2 * processors, NonZeroUsize::get);
    let mut results = run_all::run_all(files, how, jobs, options.fail_fast);
    let is_ended = signals::asked_to_end();
    let mut left = Vec::new();
    for (found, result) in files.iter().zip(&mut results) {
        if let CaseResult::Different { new, .. } = result {
            for wait in new.waits() {
                tell(&format!("strobe: {found}: waits: {wait}"));
            }
            if !options.accept && found.case.as_ref().is_ok_and(Case::is_interrupted) {
                tell(&format!(
                    "strobe: {found}: its recording was interrupted, so that no run can be the same: accept a whole one"
                ));
            }
        }
        left.extend(settle(found, result, options.accept && !is_ended));
    }
    if is_ended {
        signals::end_at_the_next();
    } else if !options.watch {
        signals::release();
    }
    let report = report::Report {
        files,
        results: &results,
        slowest: options.slowest(),
    };
    destinations.write(&report)?;
    let color = options.color.is_on(&io::stdout());
    let printed = output::print(report.text(color).as_bytes());
    if is_ended {
        tell(&format!("strobe: {} ended the check", signals::latest()));
    }
    tell_not_run(files, &results);
    printed?;
    if is_ended {
        signals::obey();
        return Err(SessionError::Cancelled.into());
    }
    let has = |word: &str| results.iter().any(|result| result.word() == word);
    let to_review = results.iter().any(CaseResult::is_to_review);
    if left.contains(&Left::Acceptable) {
        tell("strobe: `strobe review` shows what has changed, and accepts or rejects it");
    } else if !left.is_empty() {
        tell("strobe: `strobe review` shows what has changed, and why it cannot be accepted");
    }
    Ok(ExitCode::from(if has("ERROR") {
        2
    } else {
        u8::from(to_review || has("not run"))
    }))
}

/// Names the files that were not run.
fn tell_not_run(files: &[Found], results: &[CaseResult]) {
    let each = files.iter().zip(results);
    let not_run = each.filter(|(_, result)| matches!(result, CaseResult::NotRun { .. }));
    let mut names: Vec<String> = not_run.map(|(found, _)| found.to_string()).collect();
    if names.is_empty() {
        return;
    }
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let names = names.join(", ");
    tell(&match more {
        0 => format!("strobe: not run: {names}"),
        _ => format!("strobe: not run: {names} and {more} more"),
    });
}

/// The files that the options ask for.
fn find(options: &CheckArgs) -> Result<Vec<Found>, Box<dyn Error>> {
    let mut search = found::search(&options.paths(), options.size)?;
    if search.ignored > 0 {
        let (number, plural) = (search.ignored, if search.ignored == 1 { "" } else { "s" });
        tell(&format!(
            "strobe: git ignores {number} more transcript{plural}: name files or their folder to check them"
        ));
    }
    if !options.filter.is_empty() {
        search.files.retain(|found| {
            let path = found.path.to_string_lossy();
            options.filter.iter().any(|text| path.contains(text))
        });
        if search.files.is_empty() {
            let texts: Vec<String> = options
                .filter
                .iter()
                .map(|text| format!("`{}`", text::escape(text.as_bytes(), 200)))
                .collect();
            return Err(format!(
                "no path of a transcript contains {}: `--list` shows them all",
                texts.join(" or ")
            )
            .into());
        }
    }
    Ok(search.files)
}

fn check_options(options: &CheckArgs) -> Result<CheckOptions, Box<dyn Error>> {
    let mut how = CheckOptions::default()
        .repeat(options.repeat)
        .cancelled_by(signals::listen()?);
    how.limit = options.limit;
    how.level = options.level.map(Level::from);
    how.require_virtual |= options.require.contains(&Required::Virtual);
    for folder in &options.path {
        how.path.push(
            folder
                .canonicalize()
                .map_err(|error| format!("`--path {}`: {error}", crate::input::name(folder)))?,
        );
    }
    Ok(how)
}

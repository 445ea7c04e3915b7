//! `strobe check`: runs recorded programs again, and compares.

use crate::{
    cli::values,
    command_line::tell,
    found::{self, Found},
    input::SizeArgs,
    listing, output,
    report::{self, CaseResult},
    signals,
};
use clap::{Args, ValueEnum};
use destinations::Destinations;
use std::{
    error::Error,
    ffi::OsString,
    io,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    thread,
    time::Duration,
};
use stroboscope::{
    check::{Case, CheckOptions},
    recording::Level,
    session::SessionError,
    settings::values::duration,
    text,
};
use watch::Watch;

mod destinations;
mod run_all;
mod watch;

/// How many of the slowest runs are named if no number says it.
const SLOWEST: usize = 10;
/// How many files that were not run are named.
const MOST_NAMED: usize = 20;

#[derive(Args, Debug)]
#[command(after_long_help = "\
check runs programs. A transcript is code of its project, as a Makefile or a test is: check those of projects \
whose tests you would run, too. Before anything is run, strobe lists each command, with its folder, \
environment and input, and marks with OUTSIDE what leads out of the folder or its git work tree. Beside \
check only record, and `transcripts` in a test, ever run anything.

In a folder and below, strobe checks every `*.strobe`, and every `*.snap` that holds a transcript with \
a command. It passes over what git ignores, hidden folders, and those that others have written or a tool \
has built: node_modules, bower_components, vendor, site-packages, venv, target. Name them to check them.

What a run gave that was different is left beside its transcript, as `NAME.strobe.new`, until the next check \
that is the same. `strobe review` shows it. When check is ended by a signal, it writes its reports of what it has.

`strobe.toml`, in the folder of a transcript or above it, has masks, a level and a limit for all: docs/settings.md.

With `--repeat`, runs that differ from each other are flaky, and no such run is accepted.

Where virtual time is unavailable, transcripts in virtual time are skipped, and the reports say so. \
`--require virtual`, or STROBE_REQUIRE=virtual in the environment, makes that an error.

A run whose script fails, because what it waits for never comes or a check does not hold, is \
different, and is not accepted.

Exit status: 0 all the same, skipped or accepted, 1 something is different or was not run, 2 an error.

Examples:
  Check every transcript below this folder:
    strobe check

  Accept what has changed:
    strobe check --accept tests/

  Look for flaky programs:
    strobe check --repeat 50 --fail-fast

  Look at old and new side by side, in a browser:
    strobe check --html report.html

  Check again whenever a file is saved:
    strobe check --watch --path target/debug

  Write a report for a CI:
    strobe check --require virtual --junit report.xml")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct CheckArgs {
    /// Transcripts, or folders of them [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Rewrite the transcripts whose runs are different
    #[arg(short = 'u', long, visible_alias = "update")]
    accept: bool,
    /// List the transcripts, and run nothing
    #[arg(
        long,
        conflicts_with_all = ["accept", "html", "junit", "markdown", "durations"],
        help_heading = "Choosing"
    )]
    list: bool,
    /// Only transcripts whose path contains this text; may be repeated
    #[arg(short = 'k', long, value_name = "TEXT", help_heading = "Choosing")]
    filter: Vec<String>,
    /// Run again what a saved file touches, until a signal ends it
    ///
    /// A transcript that is saved is run again, and those whose command names the file. Any other file below the folders may
    /// be read by any program: all are run again. What git ignores is not watched, except for programs themselves.
    #[arg(long, conflicts_with_all = ["accept", "list"], help_heading = "Running")]
    watch: bool,
    /// Start no other program once one is not the same
    #[arg(long, help_heading = "Running")]
    fail_fast: bool,
    /// Run this many programs at a time [default: two for each processor]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = one_or_more::<NonZeroUsize>,
        help_heading = "Running"
    )]
    jobs: Option<NonZeroUsize>,
    /// End a run after this much real time [default: 30s]
    ///
    /// A run in real time that was recorded until its limit is run for as long as then, if that is less.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = duration,
        help_heading = "Running"
    )]
    limit: Option<Duration>,
    /// Run each program this many times, and say which are flaky
    #[arg(
        long,
        value_name = "N",
        default_value_t = NonZeroU32::MIN,
        value_parser = one_or_more::<NonZeroU32>,
        help_heading = "Running"
    )]
    repeat: NonZeroU32,
    /// Put a folder in front of PATH; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Running")]
    path: Vec<PathBuf>,
    /// Fail where virtual time is unavailable, and do not skip
    #[arg(
        long,
        value_enum,
        value_name = "virtual",
        value_delimiter = ',',
        hide_possible_values = true,
        help_heading = "Running"
    )]
    require: Vec<Required>,
    /// Compare this closely, and not as the transcripts say
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        long_help = values::<super::diff::LevelArg>("How closely to compare, whatever the transcripts say"),
        help_heading = "Comparing"
    )]
    level: Option<super::diff::LevelArg>,
    /// Write a report for a browser, with old and new side by side
    #[arg(
        long,
        value_name = "FILE",
        value_parser = output::report_file(),
        help_heading = "Output"
    )]
    html: Option<PathBuf>,
    /// Write a report in JUnit's XML
    #[arg(
        long,
        value_name = "FILE",
        value_parser = output::report_file(),
        help_heading = "Output"
    )]
    junit: Option<PathBuf>,
    /// Write a report in Markdown
    ///
    /// It has at most 60,000 characters, and says what was left out. An existing file is replaced, except for the summary of
    /// a step of GitHub Actions, to which the report is appended.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = output::report_file(),
        help_heading = "Output"
    )]
    markdown: Option<PathBuf>,
    /// Print the slowest runs, 10 without a number
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "10",
        help_heading = "Output"
    )]
    durations: Option<OsString>,
    /// When to color the output
    #[arg(
        long,
        value_enum,
        default_value_t = super::diff::ColorArg::Auto,
        value_name = "WHEN",
        hide_possible_values = true,
        long_help = values::<super::diff::ColorArg>("When to color the output"),
        help_heading = "Output"
    )]
    color: super::diff::ColorArg,
    #[command(flatten)]
    size: SizeArgs,
}

impl CheckArgs {
    /// How many of the slowest runs are named.
    fn slowest(&self) -> usize {
        let number = self
            .durations
            .as_deref()
            .map(|number| number.to_str()?.parse().ok());
        number.map_or(0, |number: Option<usize>| number.unwrap_or(SLOWEST))
    }

    /// What is checked. What follows `--durations` and is no number is a path, too.
    fn paths(&self) -> Vec<PathBuf> {
        let is_path = |text: &&OsString| {
            text.to_str()
                .is_none_or(|text| text.parse::<usize>().is_err())
        };
        let first = self.durations.as_ref().filter(is_path).map(PathBuf::from);
        let mut paths: Vec<PathBuf> = first
            .into_iter()
            .chain(self.paths.iter().cloned())
            .collect();
        if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        paths
    }
}

/// What a case may need of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Required {
    /// Virtual time
    Virtual,
}

fn one_or_more<N: FromStr>(text: &str) -> Result<N, String> {
    let number = text.parse();
    number.map_err(|_| "it must be a whole number from 1 on".to_owned())
}

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

/// What is left beside a case for a review.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Acceptable,
    Refused,
}

/// Accepts a run that was different, or leaves it beside its case; what was left by an earlier check is removed.
fn settle(found: &Found, result: &mut CaseResult, accept: bool) -> Option<Left> {
    let Ok(case) = &found.case else {
        return None;
    };
    let settled = match result {
        CaseResult::Same { .. } => case.remove_pending().map(|()| None),
        CaseResult::Different {
            took,
            difference,
            new,
            flaky,
            accepted,
            ..
        } => match case.refusal(difference, new, flaky.is_some()) {
            Some(refusal) => {
                if accept {
                    tell(&format!("strobe: {found}: not accepted: {refusal}"));
                }
                case.leave(new, Some(refusal)).map(|_| Some(Left::Refused))
            }
            None if !accept => case.leave(new, None).map(|_| Some(Left::Acceptable)),
            None => match case.accept(new) {
                Ok(()) => {
                    *accepted = true;
                    case.remove_pending().map(|()| None)
                }
                Err(error) => {
                    *result = CaseResult::Error {
                        took: *took,
                        error: format!("cannot accept: {error}"),
                    };
                    Ok(None)
                }
            },
        },
        _ => Ok(None),
    };
    settled.unwrap_or_else(|error| {
        tell(&format!("strobe: nothing is left for a review: {error}"));
        None
    })
}

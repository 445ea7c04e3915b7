//! `strobe check`: runs recorded programs again, and compares.

use crate::{
    cli::{duration, values},
    command_line::tell,
    report::{self, CaseResult},
    signals,
};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::VecDeque,
    error::Error,
    io::{self, IsTerminal, stderr},
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};
use stroboscope::{
    check::{self, Case, CheckError, CheckOptions, CheckOutcome},
    file::Destination,
    recording::Level,
    session::SessionError,
};

#[derive(Args, Debug)]
#[command(after_long_help = "\
In a folder and below, strobe checks every `*.strobe`, and every `*.snap` that holds a transcript with \
a command.

Where virtual time is unavailable, transcripts in virtual time are skipped, and the reports say so. \
`--require virtual`, or STROBE_REQUIRE=virtual in the environment, makes that an error.

A run whose script fails, because what it waits for never comes or a check does not hold, is \
different, and is not accepted.

Exit status: 0 all the same or skipped, 1 something is different, 2 an error.

Examples:
  Check every transcript below this folder:
    strobe check

  Accept what has changed:
    strobe check --accept tests/

  Write a report for a CI:
    strobe check --require virtual --junit report.xml")]
pub struct CheckArgs {
    /// Transcripts, or folders of them
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Rewrite the transcripts whose runs are different
    #[arg(short = 'u', long, visible_alias = "update")]
    accept: bool,
    /// Run this many programs at a time [default: one for each processor]
    #[arg(short, long, value_name = "N", help_heading = "Running")]
    jobs: Option<NonZeroUsize>,
    /// End a run after this much real time
    ///
    /// A run in real time that was recorded until its limit is run for as long as then, if that is less.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "30s",
        value_parser = duration,
        help_heading = "Running"
    )]
    limit: Duration,
    /// Run each program this many times, and compare each run
    #[arg(
        long,
        value_name = "N",
        default_value_t = NonZeroU32::MIN,
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
    /// Write a report in JUnit's XML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    junit: Option<PathBuf>,
    /// Write a report in Markdown
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    markdown: Option<PathBuf>,
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
}

/// What is to be done where a script failed.
const MEND: &str = "its script failed; edit the lines of the transcript that begin with `@`";

/// What a case may need of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Required {
    /// Virtual time
    Virtual,
}

/// Checks every case.
pub fn run(options: &CheckArgs) -> Result<ExitCode, Box<dyn Error>> {
    // Every file is read before anything is run.
    let cases = check::find(&options.paths)?;
    let mut how = CheckOptions::default()
        .limit(options.limit)
        .repeat(options.repeat)
        .cancelled_by(signals::listen()?);
    how.level = options.level.map(Level::from);
    how.require_virtual |= options.require.contains(&Required::Virtual);
    for folder in &options.path {
        how.path.push(
            folder
                .canonicalize()
                .map_err(|error| format!("{}: {error}", crate::input::name(folder)))?,
        );
    }
    // Found out now, and not when the runs have been made.
    let destination = |path: &Option<PathBuf>| {
        path.as_ref()
            .map(|path| Destination::new(path).map_err(|error| cannot_write(path, &error)))
            .transpose()
    };
    let (junit, markdown) = (
        destination(&options.junit)?,
        destination(&options.markdown)?,
    );
    if let (Some(junit), Some(markdown)) = (&junit, &markdown)
        && junit.is_same_file(markdown)
    {
        return Err(
            format!("--junit and --markdown would both write {junit}: name two files").into(),
        );
    }
    tell("about to run:");
    for case in &cases {
        tell(&format!("  {case}: {}", case.command()));
    }
    let jobs = options
        .jobs
        .or(thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let mut results = run_all(&cases, &how, jobs);
    if signals::asked_to_end() {
        signals::obey();
        return Err(SessionError::Cancelled.into());
    }
    for (case, result) in cases.iter().zip(&results) {
        if let CaseResult::Different { new, .. } = result {
            for wait in new.waits() {
                tell(&format!("strobe: {case}: waits: {wait}"));
            }
        }
    }
    let mut accepted = 0;
    if options.accept {
        for (case, result) in cases.iter().zip(&mut results) {
            if let CaseResult::Different {
                took,
                new,
                difference,
            } = result
            {
                if difference.failed.is_some() {
                    tell(&format!("strobe: {case}: not accepted: {MEND}"));
                    continue;
                }
                match case.accept(new) {
                    Ok(()) => accepted += 1,
                    Err(error) => {
                        *result = CaseResult::Error {
                            took: *took,
                            error: format!("cannot accept: {error}"),
                        }
                    }
                }
            }
        }
    }
    signals::release();
    let color = options.color.is_on(&io::stdout());
    let report = report::Report {
        cases: &cases,
        results: &results,
        accepted,
    };
    crate::output::print(report.text(color).as_bytes())?;
    for (path, destination, text) in [
        (&options.junit, junit, report.junit()?),
        (&options.markdown, markdown, report.markdown()),
    ] {
        if let (Some(path), Some(destination)) = (path, destination) {
            let written = destination.write(text.as_bytes());
            written.map_err(|error| cannot_write(path, &error))?;
        }
    }
    let count = |is: fn(&CaseResult) -> bool| results.iter().filter(|result| is(result)).count();
    let different = count(|result| matches!(result, CaseResult::Different { .. }));
    let errors = count(|result| matches!(result, CaseResult::Error { .. }));
    Ok(ExitCode::from(if errors > 0 {
        2
    } else {
        u8::from(different > accepted)
    }))
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("cannot write `{}`: {error}", crate::input::name(path))
}

/// Runs every case, so many at a time, and tells of each as it is done.
fn run_all(cases: &[Case], how: &CheckOptions, jobs: usize) -> Vec<CaseResult> {
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..cases.len()).collect());
    let (done, results) = mpsc::channel();
    let mut slots: Vec<Option<CaseResult>> = cases.iter().map(|_| None).collect();
    let progress = Progress::new(cases.len());
    thread::scope(|scope| {
        for _ in 0..jobs.min(cases.len()) {
            let (done, waiting) = (done.clone(), &waiting);
            scope.spawn(move || {
                let next = || {
                    waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front()
                };
                while let Some(index) = next() {
                    let result = run_one(&cases[index], how);
                    if done.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (index, result) in results {
            progress.tell(&cases[index], &result);
            slots[index] = Some(result);
        }
    });
    progress.end();
    slots.into_iter().flatten().collect()
}

fn run_one(case: &Case, how: &CheckOptions) -> CaseResult {
    let started = Instant::now();
    let outcome = case.outcome(how);
    let took = started.elapsed();
    match outcome {
        Ok(CheckOutcome::Same) => CaseResult::Same { took },
        Ok(CheckOutcome::Different {
            difference, new, ..
        }) => CaseResult::Different {
            took,
            difference,
            new,
        },
        Ok(CheckOutcome::Skipped { reason, .. }) => CaseResult::Skipped { reason },
        Err(error) => CaseResult::Error {
            took,
            error: explained(&error),
        },
    }
}

/// What a check says, with the option that asked for it.
fn explained(error: &CheckError) -> String {
    match error {
        CheckError::Required(reason) => {
            format!("{reason}; `--require` or `STROBE_REQUIRE` requires it")
        }
        _ => error.to_string(),
    }
}

/// Tells how far it is: by a bar on a terminal, elsewhere by a line for each case.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(cases: usize) -> Progress {
        let bar = (stderr().is_terminal() && cases > 1).then(|| {
            let bar = ProgressBar::new(cases as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
            style.map_or(bar.clone(), |style| bar.clone().with_style(style))
        });
        Progress(bar)
    }

    fn tell(&self, case: &Case, result: &CaseResult) {
        match &self.0 {
            Some(bar) => {
                bar.set_message(case.to_string());
                bar.inc(1);
            }
            None => tell(&format!("{} {case}", result.word())),
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

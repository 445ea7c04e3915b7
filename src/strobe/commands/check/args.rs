//! The arguments of `strobe check`.

use crate::{cli::values, input::SizeArgs, output};
use clap::{Args, ValueEnum};
use std::{
    ffi::OsString,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};
use stroboscope::settings::values::duration;

/// How many of the slowest runs are named if no number says it.
const SLOWEST: usize = 10;

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
    pub(super) paths: Vec<PathBuf>,
    /// Rewrite the transcripts whose runs are different
    #[arg(short = 'u', long, visible_alias = "update")]
    pub(super) accept: bool,
    /// List the transcripts, and run nothing
    #[arg(
        long,
        conflicts_with_all = ["accept", "html", "junit", "markdown", "durations"],
        help_heading = "Choosing"
    )]
    pub(super) list: bool,
    /// Only transcripts whose path contains this text; may be repeated
    #[arg(short = 'k', long, value_name = "TEXT", help_heading = "Choosing")]
    pub(super) filter: Vec<String>,
    /// Run again what a saved file touches, until a signal ends it
    ///
    /// A transcript that is saved is run again, and those whose command names the file. Any other file below the folders may
    /// be read by any program: all are run again. What git ignores is not watched, except for programs themselves.
    #[arg(long, conflicts_with_all = ["accept", "list"], help_heading = "Running")]
    pub(super) watch: bool,
    /// Start no other program once one is not the same
    #[arg(long, help_heading = "Running")]
    pub(super) fail_fast: bool,
    /// Run this many programs at a time [default: two for each processor]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = one_or_more::<NonZeroUsize>,
        help_heading = "Running"
    )]
    pub(super) jobs: Option<NonZeroUsize>,
    /// End a run after this much real time [default: 30s]
    ///
    /// A run in real time that was recorded until its limit is run for as long as then, if that is less.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = duration,
        help_heading = "Running"
    )]
    pub(super) limit: Option<Duration>,
    /// Run each program this many times, and say which are flaky
    #[arg(
        long,
        value_name = "N",
        default_value_t = NonZeroU32::MIN,
        value_parser = one_or_more::<NonZeroU32>,
        help_heading = "Running"
    )]
    pub(super) repeat: NonZeroU32,
    /// Put a folder in front of PATH; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Running")]
    pub(super) path: Vec<PathBuf>,
    /// Fail where virtual time is unavailable, and do not skip
    #[arg(
        long,
        value_enum,
        value_name = "virtual",
        value_delimiter = ',',
        hide_possible_values = true,
        help_heading = "Running"
    )]
    pub(super) require: Vec<Required>,
    /// Compare this closely, and not as the transcripts say
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        long_help = values::<crate::commands::diff::LevelArg>("How closely to compare, whatever the transcripts say"),
        help_heading = "Comparing"
    )]
    pub(super) level: Option<crate::commands::diff::LevelArg>,
    /// Write a report for a browser, with old and new side by side
    #[arg(
        long,
        value_name = "FILE",
        value_parser = output::report_file(),
        help_heading = "Output"
    )]
    pub(super) html: Option<PathBuf>,
    /// Write a report in JUnit's XML
    #[arg(
        long,
        value_name = "FILE",
        value_parser = output::report_file(),
        help_heading = "Output"
    )]
    pub(super) junit: Option<PathBuf>,
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
    pub(super) markdown: Option<PathBuf>,
    /// Print the slowest runs, 10 without a number
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "10",
        help_heading = "Output"
    )]
    pub(super) durations: Option<OsString>,
    /// When to color the output
    #[arg(
        long,
        value_enum,
        default_value_t = crate::commands::diff::ColorArg::Auto,
        value_name = "WHEN",
        hide_possible_values = true,
        long_help = values::<crate::commands::diff::ColorArg>("When to color the output"),
        help_heading = "Output"
    )]
    pub(super) color: crate::commands::diff::ColorArg,
    #[command(flatten)]
    pub(super) size: SizeArgs,
}

impl CheckArgs {
    /// How many of the slowest runs are named.
    pub(super) fn slowest(&self) -> usize {
        let number = self
            .durations
            .as_deref()
            .map(|number| number.to_str()?.parse().ok());
        number.map_or(0, |number: Option<usize>| number.unwrap_or(SLOWEST))
    }

    /// What is checked. What follows `--durations` and is no number is a path, too.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
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
pub(super) enum Required {
    /// Virtual time
    Virtual,
}

fn one_or_more<N: FromStr>(text: &str) -> Result<N, String> {
    let number = text.parse();
    number.map_err(|_| "it must be a whole number from 1 on".to_owned())
}

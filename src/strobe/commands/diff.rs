//! `strobe diff`: what has changed between two recordings, a line for each cause.

use crate::{
    canvas::Look,
    cli::values,
    input::{self, SizeArgs},
    masks, output,
    side_by_side::{self, Layout},
};
use clap::{Args, ValueEnum};
use rustix::termios::tcgetwinsize;
use std::{
    collections::BTreeSet,
    error::Error,
    fmt::Write as _,
    fs,
    io::{IsTerminal, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};
use stroboscope::{
    check,
    comparison::{self, Comparison, Line, LineDiff},
    recording::{Level, Mask, Recording},
};

mod folder;
mod html;

#[derive(Args, Debug)]
#[command(after_long_help = "\
In two folders the files of the same name are compared. What `--mask` or the header of either masks is masked in both; \
`strobe.toml`, in the folder of a transcript or above it, adds masks and a level.

What a changed write does to the terminal is named, where it does something: `row 3: \"CPU\" became \"Cpu\"`, \
`color of 6 cells`. Events, bytes, rows and columns count from 1.

Exit status: 0 the same, 1 different, 2 an error.

Examples:
  Say what has changed, a line for each cause:
    strobe diff before.strobe after.strobe

  Compare two folders without the instants and the boundaries of writes:
    strobe diff --level bytes old/ new/

  Compare what two machines gave, but for process ids and paths:
    strobe diff --mask pid --mask path mine.strobe theirs.strobe

  Look at both side by side, in a browser:
    strobe diff before.strobe after.strobe --html report.html

  Look at every screen that differs, side by side:
    strobe diff --as frames before.strobe after.strobe

  Let cargo-insta show its differences:
    INSTA_DIFF_TOOL='strobe diff --color always' cargo insta review")]
pub struct DiffArgs {
    /// A transcript or anything else that `strobe show` reads, or a folder of them
    #[arg(value_name = "A")]
    first: PathBuf,
    /// What to compare it with
    #[arg(value_name = "B")]
    second: PathBuf,
    /// Compare this closely [default: as the header of A says, or exact]
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        hide_possible_values = true,
        long_help = values::<LevelArg>("How closely to compare [default: what the header of A says, or else `strobe.toml`, or else exact]")
    )]
    level: Option<LevelArg>,
    /// Mask what this matches in both; may be repeated
    ///
    /// MASK is NAME=/REGEX/ or a kind of `strobe record --mask`. It precedes a mask of the same name in a header.
    #[arg(long, value_name = "MASK", value_parser = masks::one)]
    mask: Vec<Mask>,
    /// Write a report for a browser, with both side by side
    #[arg(long, value_name = "FILE", value_parser = output::report_file())]
    html: Option<PathBuf>,
    /// Show screens side by side, and not what differs in words
    #[arg(
        long = "as",
        value_enum,
        value_name = "VIEW",
        hide_possible_values = true,
        long_help = values::<ViewArg>("Show side by side what is visible, and mark what differs")
    )]
    view: Option<ViewArg>,
    /// Print all that differs, and fold nothing
    ///
    /// More than 100 lines that differ are otherwise folded: the verdict has their causes, with counts. Of screens, ten are
    /// shown.
    #[arg(long)]
    all: bool,
    /// When to color the output
    #[arg(
        long,
        value_enum,
        default_value_t = ColorArg::Auto,
        value_name = "WHEN",
        hide_possible_values = true,
        long_help = values::<ColorArg>("When to color the output")
    )]
    color: ColorArg,
    #[command(flatten)]
    size: SizeArgs,
}

/// More lines than this are folded.
const MOST_LINES: usize = 100;

/// How closely recordings are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// Bytes, boundaries of writes, and instants
    Exact,
    /// Bytes and boundaries of writes
    Writes,
    /// Bytes
    Bytes,
    /// Every visible screen and its instants, and what `screen` compares
    Frames,
    /// The final screen and the rows above it, the cursor, modes, title and bell
    Screen,
}

/// What is shown side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ViewArg {
    /// The final screens
    Screen,
    /// Every screen that differs
    Frames,
}

impl From<LevelArg> for Level {
    fn from(by: LevelArg) -> Level {
        match by {
            LevelArg::Exact => Level::Exact,
            LevelArg::Writes => Level::Writes,
            LevelArg::Bytes => Level::Bytes,
            LevelArg::Frames => Level::Frames,
            LevelArg::Screen => Level::Screen,
        }
    }
}

/// When to color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// Always
    Always,
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Never
    Never,
}

impl ColorArg {
    /// Whether to color what goes there.
    pub fn is_on(self, to: &impl IsTerminal) -> bool {
        match self {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => {
                to.is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// Compares two recordings, or two folders of them.
pub fn run(options: &DiffArgs) -> Result<ExitCode, Box<dyn Error>> {
    masks::check(&options.mask)?;
    let (first, second) = (&options.first, &options.second);
    let is_folder = |path: &Path| fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
    match (is_folder(first), is_folder(second)) {
        (true, true) => folders(options),
        (false, false) => files(options),
        (true, false) => Err(not_both_folders(first, second)),
        (false, true) => Err(not_both_folders(second, first)),
    }
}

/// Why a folder cannot be compared with what is none, and may not be there.
fn not_both_folders(folder: &Path, other: &Path) -> Box<dyn Error> {
    let (folder, name) = (input::name(folder), input::name(other));
    match fs::metadata(other) {
        Ok(_) => format!("{folder} is a folder and {name} is not").into(),
        Err(error) => format!("{name}: {error}").into(),
    }
}

fn files(options: &DiffArgs) -> Result<ExitCode, Box<dyn Error>> {
    let size = options.size;
    let (first, second) = (
        input::text(&options.first, size)?,
        input::text(&options.second, size)?,
    );
    let color = options.color.is_on(&stdout());
    let report = options.html.as_deref().map(html::Report::new).transpose()?;
    // What insta hands over may be a snapshot of anything.
    if !input::is_recording(&first) && !input::is_recording(&second) {
        if report.is_some() {
            return Err("`--html` shows recordings, and neither of these is one".into());
        }
        if first == second {
            return Ok(ExitCode::SUCCESS);
        }
        output::print(
            comparison::text_diff(&first, &second)
                .render(color)
                .as_bytes(),
        )?;
        return Ok(ExitCode::FAILURE);
    }
    let mut old = input::parse(&first, &options.first, size)?;
    drop(first);
    let mut new = input::parse(&second, &options.second, size)?;
    drop(second);
    let level = folder::complete(
        (&options.first, &mut old),
        (&options.second, &mut new),
        options,
    )?;
    let (first, second) = (old, new);
    let comparison = comparison::compare(&first, &second, level);
    if comparison.is_same() && report.is_none() {
        return Ok(ExitCode::SUCCESS);
    }
    let diff = comparison::line_diff(&first, &second, level);
    let shown = shown(&first, &second, &diff, options);
    if let Some(mut report) = report {
        report.add(&options.second, (first, second), (&comparison, &diff));
        report.write(&options.first, &options.second)?;
    }
    if comparison.is_same() {
        return Ok(ExitCode::SUCCESS);
    }
    let text = match options.view {
        None => format!("{comparison:#}\n\n{shown}"),
        Some(_) => shown,
    };
    output::print(text.as_bytes())?;
    Ok(ExitCode::FAILURE)
}

/// Two recordings that differ, as the options ask for: the lines that differ, or screens side by side.
fn shown(first: &Recording, second: &Recording, diff: &LineDiff, options: &DiffArgs) -> String {
    let color = options.color.is_on(&stdout());
    let columns = tcgetwinsize(stdout()).map(|size| size.ws_col.into());
    let layout = Layout {
        look: match (color, Look::of_terminal()) {
            (false, _) => Look::Text,
            (true, _) if options.color == ColorArg::Always => Look::Color,
            (true, look) => look,
        },
        columns: columns.unwrap_or(usize::MAX),
        all: options.all,
    };
    match options.view {
        Some(ViewArg::Screen) => side_by_side::screens(first, second, layout),
        Some(ViewArg::Frames) => side_by_side::all_frames(first, second, layout),
        None => match folded(diff).filter(|_| !options.all) {
            Some(folded) => format!("{folded}: `--all` shows them\n"),
            None => diff.render(color),
        },
    }
}

/// What stands for a diff that is too long to read.
pub fn folded(diff: &LineDiff) -> Option<String> {
    let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines);
    let count = lines.filter(|line| !matches!(line, Line::Same(_))).count();
    let places = diff.hunks.len();
    let plural = if places == 1 { "" } else { "s" };
    (count > MOST_LINES).then(|| format!("{count} lines differ, in {places} place{plural}"))
}

fn folders(options: &DiffArgs) -> Result<ExitCode, Box<dyn Error>> {
    let mut report = options.html.as_deref().map(html::Report::new).transpose()?;
    let names = |folder: &Path| -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
        let files = check::files(folder)?.into_iter();
        Ok(files
            .filter_map(|file| file.strip_prefix(folder).map(Path::to_owned).ok())
            .collect())
    };
    let (first, second) = (names(&options.first)?, names(&options.second)?);
    if first.is_empty() && second.is_empty() {
        return Err(format!(
            "no transcripts in {} or {}",
            input::name(&options.first),
            input::name(&options.second)
        )
        .into());
    }
    let read = |folder: &Path, file: &Path| -> Result<Option<Recording>, Box<dyn Error>> {
        let path = folder.join(file);
        let text = input::text(&path, options.size)?;
        input::is_recording(&text)
            .then(|| input::parse(&text, &path, options.size))
            .transpose()
    };
    let mut text = String::new();
    for (only, folder, names) in [
        (first.difference(&second), &options.first, "first"),
        (second.difference(&first), &options.second, "second"),
    ] {
        for file in only {
            if let Some(report) = &mut report
                && let Some(recording) = read(folder, file)?
            {
                report.add_only(file, recording, folder == &options.first);
            }
            let _ = writeln!(
                text,
                "only in the {names}: {}",
                input::name(&folder.join(file))
            );
        }
    }
    let mut changed: Vec<(String, Comparison)> = Vec::new();
    let mut diffs = String::new();
    for file in first.intersection(&second) {
        // Snapshots of other things are none of ours.
        let (Some(mut old), Some(mut new)) =
            (read(&options.first, file)?, read(&options.second, file)?)
        else {
            continue;
        };
        let level = folder::complete(
            (&options.first.join(file), &mut old),
            (&options.second.join(file), &mut new),
            options,
        )?;
        let comparison = comparison::compare(&old, &new, level);
        if comparison.is_same() && report.is_none() {
            continue;
        }
        let diff = comparison::line_diff(&old, &new, level);
        let shown = shown(&old, &new, &diff, options);
        if let Some(report) = &mut report {
            report.add(file, (old, new), (&comparison, &diff));
        }
        if !comparison.is_same() {
            let _ = write!(diffs, "\n--- {}\n{shown}", input::name(file));
            changed.push((file.display().to_string(), comparison));
        }
    }
    if let Some(report) = report {
        report.write(&options.first, &options.second)?;
    }
    text += &crate::report::verdicts(&changed);
    let different = !text.is_empty();
    output::print((text + &diffs).as_bytes())?;
    Ok(if different {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

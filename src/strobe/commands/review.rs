//! `strobe review`: looks at what has changed, and accepts or rejects it.

use crate::{
    command_line::tell,
    input::{self, SizeArgs},
    output, signals, tty,
};
use clap::Args;
use pending::Pending;
use serde_json::json;
use std::{cell::Cell, error::Error, path::PathBuf, process::ExitCode};
use stroboscope::text::isolated;

mod pending;
mod walk;

#[derive(Args, Debug)]
#[command(after_long_help = "\
`strobe check` leaves what a different run gave beside its transcript, as `NAME.strobe.new`. review shows the \
verdict, the old and the new screen side by side at the first difference, and the lines that differ. \
It runs nothing. Pending snapshots of insta, `NAME.snap.new`, are reviewed too if they hold a transcript.

Keys: `a` accepts, `r` rejects, `s` skips, `n` and `p` show the next and the previous difference, `o`, `w` and `b` play \
the old recording, the new one and both, `q` quits, `?` lists all.

Exit status: 0 nothing is left to review, 1 something is, 2 an error.

Examples:
  Look at all changes below this folder:
    strobe review

  Without a terminal, list them, accept one and reject another:
    strobe review --list
    strobe review --accept build.strobe --reject init.strobe")]
pub struct ReviewArgs {
    /// Folders, or transcripts with something to review
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// List what there is to review, each with its verdict
    #[arg(long)]
    list: bool,
    /// List as JSON
    #[arg(long, requires = "list")]
    json: bool,
    /// Accept the change of this transcript; may be repeated
    ///
    /// A path as `--list` prints it, or the end of one that fits no other.
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    accept: Vec<String>,
    /// Reject the change of this transcript; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    reject: Vec<String>,
    #[command(flatten)]
    size: SizeArgs,
}

/// Reviews what is pending.
pub fn run(options: &ReviewArgs) -> Result<ExitCode, Box<dyn Error>> {
    let failed = Cell::new(false);
    let pending = pending::find(&options.paths, options.size, |error| {
        failed.set(true);
        tell(&format!("strobe: {error}"));
    })?;
    if options.list {
        let text = if options.json {
            json_of(&pending)
        } else {
            pending.iter().map(listed).collect()
        };
        output::print(text.as_bytes())?;
        return Ok(if failed.get() {
            ExitCode::from(2)
        } else {
            status(pending.len())
        });
    }
    if !options.accept.is_empty() || !options.reject.is_empty() {
        return by_name(&pending, options);
    }
    if pending.is_empty() {
        tell("strobe: nothing to review: `strobe check` leaves what has changed");
        return Ok(ExitCode::SUCCESS);
    }
    if !tty::is_there() {
        return Err(
            "review needs a terminal; without one there are `--list`, `--accept NAME` and `--reject NAME`"
                .into(),
        );
    }
    let done = walk::walk(&pending);
    signals::release();
    let walk::Done {
        accepted,
        rejected,
        errors,
    } = done;
    let left = pending.len() - accepted - rejected;
    Ok(told((accepted, rejected, left), &errors))
}

/// Tells what failed, and how many were accepted, rejected and are left; returns the status.
fn told((accepted, rejected, left): (usize, usize, usize), errors: &[String]) -> ExitCode {
    for error in errors {
        tell(&format!("strobe: {error}"));
    }
    if errors.is_empty() || accepted + rejected > 0 {
        tell(&format!(
            "strobe: {accepted} accepted, {rejected} rejected, {left} left"
        ));
    }
    if errors.is_empty() {
        status(left)
    } else {
        ExitCode::from(2)
    }
}

fn status(left: usize) -> ExitCode {
    ExitCode::from(u8::from(left > 0))
}

/// A file, and its verdict below it.
fn listed(pending: &Pending) -> String {
    let causes = pending
        .verdict()
        .into_iter()
        .map(|cause| format!("  {cause}\n"));
    let name = input::name(&pending.path);
    format!("{}\n{}", isolated(&name), causes.collect::<String>())
}

/// An array with an object for each file.
fn json_of(pending: &[Pending]) -> String {
    let object = |pending: &Pending| {
        json!({
            "file": pending.path.to_string_lossy(),
            "new": pending.new_path.to_string_lossy(),
            "level": pending.level.to_string(),
            "verdict": pending.verdict(),
            "can_be_accepted": pending.refusal().is_none(),
        })
    };
    let array: Vec<_> = pending.iter().map(object).collect();
    format!("{:#}\n", serde_json::Value::from(array))
}

/// Accepts and rejects what is named, all names being found before anything is done. What fails does not keep the others.
fn by_name(all: &[Pending], options: &ReviewArgs) -> Result<ExitCode, Box<dyn Error>> {
    let find = |names: &[String]| -> Result<Vec<usize>, String> {
        names.iter().map(|name| named(all, name)).collect()
    };
    let (mut accept, mut reject) = (find(&options.accept)?, find(&options.reject)?);
    // A file that is named twice is one.
    for indices in [&mut accept, &mut reject] {
        indices.sort_unstable();
        indices.dedup();
    }
    if let Some(twice) = accept.iter().find(|index| reject.contains(index)) {
        let name = input::name(&all[*twice].path);
        return Err(format!("{name} would be both accepted and rejected").into());
    }
    let mut errors = Vec::new();
    let mut count = |done: Vec<Result<(), String>>| {
        let all = done.len();
        let failed = done.into_iter().filter_map(Result::err);
        let before = errors.len();
        errors.extend(failed);
        all - (errors.len() - before)
    };
    let accepted = count(accept.iter().map(|index| all[*index].accept()).collect());
    let rejected = count(reject.iter().map(|index| all[*index].reject()).collect());
    let left = all.len() - accepted - rejected;
    Ok(told((accepted, rejected, left), &errors))
}

/// The number of the file that a name means: its path, or the end of it.
fn named(all: &[Pending], name: &str) -> Result<usize, String> {
    let name = PathBuf::from(name.strip_prefix("./").unwrap_or(name));
    let fits = |pending: &Pending| {
        [&pending.path, &pending.new_path]
            .iter()
            .any(|path| path.ends_with(&name))
    };
    let is_same = |pending: &Pending| {
        let path = pending.path.strip_prefix("./").unwrap_or(&pending.path);
        path == name
    };
    if let Some(index) = all.iter().position(is_same) {
        return Ok(index);
    }
    let fitting: Vec<usize> = (0..all.len()).filter(|index| fits(&all[*index])).collect();
    match fitting[..] {
        [index] => Ok(index),
        [] => Err(format!(
            "nothing to review is named {}: `--list` shows what there is",
            input::name(&name)
        )),
        [first, second, ..] => Err(format!(
            "{} may be {} or {}: name its whole path",
            input::name(&name),
            input::name(&all[first].path),
            input::name(&all[second].path)
        )),
    }
}

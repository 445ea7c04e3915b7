//! Recordings that wait for a review: `NAME.strobe.new`, which a check has left, and insta's `NAME.snap.new`.

use crate::{
    found,
    input::{self, SizeArgs},
};
use std::{
    error::Error,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};
use stroboscope::{
    check::{self, Case, CheckOptions, PENDING, Refusal, pending_path},
    comparison::{Comparison, LineDiff, compare, default_level, line_diff},
    file::Destination,
    recording::{End, EventKind, Level, Recording, StopReason},
    transcript,
};

/// A recording that waits for a review.
pub struct Pending {
    /// The file that it would replace.
    pub path: PathBuf,
    /// Its own file.
    pub new_path: PathBuf,
    /// What precedes the new transcript in its file.
    front_matter: String,
    pub new: Recording,
    /// When its own file was written.
    written: Option<SystemTime>,
    /// What is to be replaced; nothing, if there is no file yet.
    pub old: Option<Recording>,
    pub level: Level,
    /// What differs, if there is something to compare with.
    pub difference: Option<(Comparison, LineDiff)>,
    /// Why there is nothing to compare with, if there is a file.
    unread: Option<String>,
}

/// All that wait below folders, and those that are named, by their own names or by those of the files that they would
/// replace. A file that is none, though it has the name of one, and a folder that
/// cannot be read, are errors, told by `complain`.
pub fn find(
    paths: &[PathBuf],
    size: SizeArgs,
    complain: impl Fn(&str),
) -> Result<Vec<Pending>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if fs::metadata(path).is_ok_and(|path| path.is_dir()) {
            for file in found::walk(path, false) {
                match file {
                    Ok(file) if is_pending(&file) => files.push(file),
                    Ok(_) => {}
                    Err(unread) => complain(&unread.to_string()),
                }
            }
        } else if is_pending(path) {
            files.push(path.clone());
        } else if fs::metadata(path).is_ok() {
            files.extend(Some(pending_path(path)).filter(|pending| pending.exists()));
        } else {
            return Err(format!("{}: {}", input::name(path), rustix::io::Errno::NOENT).into());
        }
    }
    let mut pending = Vec::new();
    for file in files {
        match read(&file, size) {
            Ok(found) => pending.extend(found),
            Err(error) => complain(&error.to_string()),
        }
    }
    Ok(pending)
}

/// Whether a file has the name of a pending recording.
fn is_pending(path: &Path) -> bool {
    let is_ours = || {
        let stem = path.file_stem().map(Path::new);
        let end = stem
            .and_then(|stem| stem.extension())
            .and_then(OsStr::to_str);
        matches!(end, Some("strobe" | "snap"))
    };
    path.extension().is_some_and(|end| end == PENDING) && is_ours()
}

/// Reads one; nothing, if it is insta's snapshot of something else.
fn read(new_path: &Path, size: SizeArgs) -> Result<Option<Pending>, Box<dyn Error>> {
    let written = written(new_path).ok();
    let text = input::text(new_path, size)?;
    let path = new_path.with_extension("");
    let is_snapshot = path.extension().is_some_and(|end| end == "snap");
    if is_snapshot && !input::is_recording(&text) {
        return Ok(None);
    }
    let new = input::parse(&text, new_path, size)?;
    let (front_matter, _) = transcript::split_front_matter(&text);
    let mut pending = Pending {
        new_path: new_path.to_owned(),
        front_matter: front_matter.to_owned(),
        level: default_level(&new),
        old: None,
        difference: None,
        unread: None,
        path,
        new,
        written,
    };
    if !pending.path.exists() {
        return Ok(Some(pending));
    }
    // What has a command is compared as a check compares it.
    if let Ok(case) = Case::read_within(&pending.path, size.max_size) {
        pending.level = case.level(&CheckOptions::default());
        let difference = case.compare(&pending.new, pending.level)?;
        pending.difference = difference.map(|found| (found.comparison, found.diff));
        pending.old = Some(case.recording().clone());
        return Ok(Some(pending));
    }
    match input::recording(&pending.path, size) {
        Ok(old) => {
            pending.level = default_level(&old);
            let comparison = compare(&old, &pending.new, pending.level);
            pending.difference = Some((comparison, line_diff(&old, &pending.new, pending.level)));
            pending.old = Some(old);
        }
        Err(error) => pending.unread = Some(error.to_string()),
    }
    Ok(Some(pending))
}

impl Pending {
    /// What differs, a line for each cause.
    pub fn verdict(&self) -> Vec<String> {
        let mut lines: Vec<String> = match (&self.old, &self.difference) {
            (None, _) => vec![match &self.unread {
                Some(error) => {
                    format!("what is there is no transcript that can be compared: {error}")
                }
                None => "there is nothing yet".to_owned(),
            }],
            (Some(_), Some((comparison, _))) if !comparison.is_same() => comparison
                .causes()
                .iter()
                .map(ToString::to_string)
                .collect(),
            _ => vec![format!("the same at its level, `{}`", self.level)],
        };
        if let Some(refusal) = self.refusal() {
            lines.insert(0, format!("cannot be accepted: {refusal}"));
        }
        lines
    }

    /// Why it cannot be accepted; `None` if it can.
    pub fn refusal(&self) -> Option<String> {
        let is_failed = |kind: &EventKind| matches!(kind, EventKind::Expect { is_met: false, .. });
        let has_failed = self.new.end().1 == End::Stopped(StopReason::Script)
            || self.new.events().iter().any(|event| is_failed(&event.kind));
        if let Some(said) = check::refusal(&self.front_matter) {
            Some(said.to_owned())
        } else if has_failed {
            Some(Refusal::Script.to_string())
        } else if self.is_stale() {
            Some(
                "the transcript has changed since that run; `strobe check` runs it again"
                    .to_owned(),
            )
        } else {
            None
        }
    }

    /// Whether the file has been written since the run that would replace it.
    fn is_stale(&self) -> bool {
        let (Ok(file), Some(run)) = (written(&self.path), self.written) else {
            return false;
        };
        file > run
    }

    /// Whether its own file is still the one that was read.
    fn is_as_read(&self) -> Result<(), String> {
        let failed = |error: io::Error| format!("{}: {error}", input::name(&self.new_path));
        if Some(written(&self.new_path).map_err(failed)?) == self.written {
            return Ok(());
        }
        let name = input::name(&self.new_path);
        Err(format!(
            "{name}: it has been recorded again meanwhile; `strobe review` shows it"
        ))
    }

    /// Replaces the file by the new recording.
    pub fn accept(&self) -> Result<(), String> {
        self.is_as_read()?;
        if let Some(refusal) = self.refusal() {
            let name = input::name(&self.path);
            return Err(format!("{name}: not accepted: {refusal}"));
        }
        let failed = |path: &Path, error: &io::Error| format!("{}: {error}", input::name(path));
        let old = input::text(&self.path, SizeArgs::default()).unwrap_or_default();
        let (kept, _) = transcript::split_front_matter(&old);
        let front_matter = if kept.is_empty() {
            &self.front_matter
        } else {
            kept
        };
        let text = format!("{front_matter}{}", self.new);
        Destination::new(&self.path)
            .and_then(|file| file.write(text.as_bytes()))
            .map_err(|error| failed(&self.path, &error))?;
        fs::remove_file(&self.new_path).map_err(|error| failed(&self.new_path, &error))
    }

    /// Removes the new recording.
    pub fn reject(&self) -> Result<(), String> {
        self.is_as_read()?;
        fs::remove_file(&self.new_path)
            .map_err(|error| format!("{}: {error}", input::name(&self.new_path)))
    }
}

/// When a file was last written.
fn written(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

//! Finds the files that a check is about: those that are named, and those below folders that are named.

use crate::input::{self, SizeArgs, name};
use ignore::{DirEntry, WalkBuilder};
use std::{
    collections::BTreeSet,
    error::Error,
    fmt, fs,
    path::{Path, PathBuf},
};
use stroboscope::{
    check::{self, Case, CheckError},
    text::isolated,
};

/// A file that a check is about.
pub struct Found {
    pub path: PathBuf,
    /// The folder that was named, or else the folder of the file.
    pub root: PathBuf,
    /// Its case, or why it is none.
    pub case: Result<Case, String>,
}

/// Writes the path as messages show it.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&isolated(&name(&self.path)))
    }
}

/// The files that were found, and how many more git ignores.
pub struct Search {
    pub files: Vec<Found>,
    pub ignored: usize,
}

/// Searches files and folders; sorted by path within each folder, and each file once.
///
/// A file that is no transcript does not keep others from being found. A path that does not exist, and a folder in which
/// nothing is found, are errors.
pub fn search(paths: &[PathBuf], size: SizeArgs) -> Result<Search, Box<dyn Error>> {
    let (mut files, mut ignored) = (Vec::new(), 0);
    for path in paths {
        let failed = |error| CheckError::File {
            path: path.clone(),
            error,
        };
        if !fs::metadata(path).map_err(failed)?.is_dir() {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            files.push(found(path.clone(), folder.unwrap_or(Path::new(".")), size));
            continue;
        }
        let all = below(path, false);
        let mut wanted = below(path, true);
        if wanted.is_empty() {
            // A folder that git ignores is checked if it is named.
            wanted = all;
        } else {
            ignored += all.len().saturating_sub(wanted.len());
        }
        if wanted.is_empty() {
            return Err(CheckError::Nothing(path.clone()).into());
        }
        files.extend(wanted.into_iter().map(|file| match file {
            Ok(file) => found(file, path, size),
            Err(unread) => Found {
                root: path.clone(),
                case: Err(unread.to_string()),
                path: unread.path.unwrap_or_else(|| path.clone()),
            },
        }));
    }
    // A file that is named twice is one case.
    let mut seen = BTreeSet::new();
    files.retain(|found| {
        seen.insert(fs::canonicalize(&found.path).unwrap_or_else(|_| found.path.clone()))
    });
    Ok(Search { files, ignored })
}

fn found(path: PathBuf, root: &Path, size: SizeArgs) -> Found {
    let case = Case::read_within(&path, size.max_size).map_err(|error| match error {
        CheckError::Transcript { path, error } => input::refusal(&path, &error),
        error => error.to_string(),
    });
    Found {
        path,
        root: root.to_owned(),
        case,
    }
}

/// The files below a folder that are cases, or are meant to be, or cannot be read; without those that git ignores, if
/// `git_ignores`.
fn below(folder: &Path, git_ignores: bool) -> Vec<Result<PathBuf, Unread>> {
    let may_be_case = |file: &Path| check::may_be_case(file).unwrap_or(true);
    walk(folder, git_ignores)
        .filter(|file| file.as_ref().map_or(true, |file| may_be_case(file)))
        .collect()
}

/// A folder, or a file of git's, that cannot be read.
#[derive(Debug)]
pub struct Unread {
    path: Option<PathBuf>,
    error: ignore::Error,
}

/// Writes why, without what is unprintable.
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.error.to_string();
        f.write_str(&stroboscope::text::escape(text.as_bytes(), 4096))
    }
}

impl From<ignore::Error> for Unread {
    fn from(error: ignore::Error) -> Unread {
        fn path(error: &ignore::Error) -> Option<&Path> {
            match error {
                ignore::Error::WithPath { path: unread, .. } => Some(unread),
                ignore::Error::WithDepth { err, .. }
                | ignore::Error::WithLineNumber { err, .. } => path(err),
                _ => None,
            }
        }
        Unread {
            path: path(&error).map(Path::to_owned),
            error,
        }
    }
}

/// The files below a folder, sorted by path. Links to folders are not followed: they may form cycles.
pub fn walk(folder: &Path, git_ignores: bool) -> impl Iterator<Item = Result<PathBuf, Unread>> {
    let is_folder = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
    let walk = WalkBuilder::new(folder)
        .standard_filters(false)
        .git_ignore(git_ignores)
        .git_global(git_ignores)
        .git_exclude(git_ignores)
        .parents(git_ignores)
        .filter_entry(move |entry| {
            entry.depth() == 0 || !is_folder(entry) || !check::is_passed_over(entry.path())
        })
        .sort_by_file_path(Path::cmp)
        .build();
    walk.filter_map(move |entry| match entry {
        Ok(entry) => (!is_folder(&entry)).then(|| Ok(entry.into_path())),
        Err(error) => Some(Err(error.into())),
    })
}

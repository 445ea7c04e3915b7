//! Finds the files that are cases.

use super::{Case, CheckError};
use crate::transcript;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Names of folders that hold what others have written, or what a tool has built.
const VENDORED: [&str; 6] = [
    "node_modules",
    "bower_components",
    "vendor",
    "site-packages",
    "venv",
    "target",
];

/// Finds all cases in files and folders, sorted by path within each folder: every `*.strobe`, and every `*.snap` that
/// contains a transcript with a command. Folders that [are passed over](is_passed_over) are skipped.
///
/// # Errors
/// A [`CheckError`] that names the first file that is not a case, though it was named or is a `*.strobe`; or the first
/// path in which nothing was found.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Case>, CheckError> {
    let mut cases: Vec<Case> = Vec::new();
    for path in paths {
        let before = cases.len();
        if fs::metadata(path)
            .map_err(|error| CheckError::File {
                path: path.clone(),
                error,
            })?
            .is_dir()
        {
            for file in files(path)? {
                if may_be_case(&file)? {
                    cases.push(Case::read(&file)?);
                }
            }
            if cases.len() == before {
                return Err(CheckError::Nothing(path.clone()));
            }
        } else {
            cases.push(Case::read(path)?);
        }
    }
    // A file that is named twice is one case.
    let mut seen = BTreeSet::new();
    cases.retain(|case| {
        seen.insert(fs::canonicalize(&case.path).unwrap_or_else(|_| case.path.clone()))
    });
    Ok(cases)
}

/// All `*.strobe` and `*.snap` below a folder, sorted by path; folders that [are passed over](is_passed_over) are skipped.
///
/// # Errors
/// [`CheckError::File`] if a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| CheckError::File {
            path: folder.clone(),
            error,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            // Links to folders are not followed: they may form cycles.
            if kind.is_dir() {
                if !is_passed_over(&path) {
                    folders.push(path);
                }
            } else if may_hold_case(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a folder is passed over unless it is named: a hidden one, and one that holds what others have written or what a
/// tool has built. That are `node_modules`, `bower_components`, `vendor`, `site-packages`, `venv` and `target`, and by whatever
/// name a virtual environment of Python (`pyvenv.cfg`) and a folder that a tool has tagged as its cache (`CACHEDIR.TAG`).
#[must_use]
pub fn is_passed_over(folder: &Path) -> bool {
    let Some(name) = folder.file_name() else {
        return false;
    };
    name.as_encoded_bytes().starts_with(b".")
        || VENDORED.iter().any(|vendored| name == *vendored)
        || ["pyvenv.cfg", "CACHEDIR.TAG"]
            .iter()
            .any(|tag| folder.join(tag).is_file())
}

/// Whether a file's name is one of a transcript or of a snapshot. A transcript's may also be that of a link that leads nowhere,
/// or of a named pipe: whoever reads it says so.
pub(crate) fn may_hold_case(path: &Path) -> bool {
    match path.extension().and_then(|end| end.to_str()) {
        Some("strobe") => !path.is_dir(),
        Some("snap") => path.is_file(),
        _ => false,
    }
}

/// Whether a file found in a folder may be a case, by its name and the start of its text: a snapshot of something else is
/// not, and is no error.
///
/// # Errors
/// [`CheckError::File`] if it cannot be read.
pub fn may_be_case(path: &Path) -> Result<bool, CheckError> {
    if !may_hold_case(path) {
        return Ok(false);
    }
    if path.extension().is_none_or(|end| end != "snap") {
        return Ok(true);
    }
    let text = fs::read(path).map_err(|error| CheckError::File {
        path: path.to_owned(),
        error,
    })?;
    let text = String::from_utf8_lossy(&text);
    let (_, body) = transcript::split_front_matter(&text);
    let (header, _) = body.split_once("\n\n").unwrap_or((body, ""));
    Ok(body.starts_with("transcript:") && header.lines().any(|line| line.starts_with("command:")))
}

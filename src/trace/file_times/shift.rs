//! By how much the times of files from before the run are moved.
//!
//! If they were moved so that the real start of the run becomes the virtual one, they would show their age, and so
//! something else in every run. So they are moved by the newest file in the working folder: it was changed four
//! minutes before the run, or fifty, and so on, whichever is next. A later run of the same files shows the same, and
//! the usual limits of age (`find -mmin -5`, `-mmin -60`, `-mtime -1`) still select what they should.

use super::{Nanoseconds, SECOND};
use std::{ffi::OsStr, fs, os::unix::fs::MetadataExt, path::Path};

/// How many entries of the working folder are looked at.
const ENTRIES: usize = 200;
/// The ages in seconds that the newest file can have: just below five minutes, an hour, a day, a week, a month, a year;
/// after that, years.
const AGES: [i64; 6] = [
    4 * 60,
    50 * 60,
    20 * 3_600,
    6 * 86_400,
    26 * 86_400,
    350 * 86_400,
];
const YEAR: i64 = 365 * 86_400;

/// The shift in seconds; 0 if the virtual clock is so late that no file is after it.
pub(super) fn shift(start: Nanoseconds, date: Nanoseconds, newest: Option<Nanoseconds>) -> i64 {
    let newest = newest.unwrap_or(start).min(start);
    let age = (start - newest + SECOND - 1) / SECOND;
    let age = i64::try_from(age).unwrap_or(i64::MAX);
    let step = AGES.iter().find(|step| **step >= age);
    let step = step.copied().unwrap_or_else(|| (age / YEAR + 1) * YEAR);
    let moved = (newest - date).div_euclid(SECOND) + 1 + Nanoseconds::from(step);
    i64::try_from(moved).unwrap_or(i64::MAX).max(0)
}

/// When the newest entry of a folder was modified, before the start. Transcripts and hidden entries do not count:
/// recording changes the ones, and looking the others.
pub(super) fn newest(folder: &Path, start: Nanoseconds) -> Option<Nanoseconds> {
    let entries = fs::read_dir(folder).ok()?.take(ENTRIES).flatten();
    let entries = entries.filter(|entry| {
        let name = entry.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        !is_hidden && Path::new(&name).extension() != Some(OsStr::new("strobe"))
    });
    let times = entries.filter_map(|entry| {
        let entry = entry.metadata().ok()?;
        Some(Nanoseconds::from(entry.mtime()) * SECOND + Nanoseconds::from(entry.mtime_nsec()))
    });
    times.filter(|time| *time < start).max()
}

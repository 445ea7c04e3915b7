//! Finds out which files are saved, and which transcripts they touch.

use crate::{
    found::{self, Found},
    input::name,
    listing::outside,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs, mem,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};
use stroboscope::check::{Case, CheckOptions, PENDING};

/// How long there is at least between two looks at all files; more if a look takes long.
const INTERVAL: Duration = Duration::from_millis(200);
/// How many times as long as a look the time between two is.
const REST: u32 = 10;
/// How many files that were saved are named.
const MOST_NAMED: usize = 3;

/// What tells that a file was written: its time, length and number.
type Stamp = (Option<SystemTime>, u64, u64);

/// The files that are watched.
pub struct Watch {
    folders: BTreeSet<PathBuf>,
    /// Programs and arguments, wherever they are.
    named: BTreeSet<PathBuf>,
    /// Reports, which the check writes itself.
    own: BTreeSet<PathBuf>,
    /// Files that runs have written.
    written: BTreeSet<PathBuf>,
    before: BTreeMap<PathBuf, Stamp>,
    /// How long the last look took.
    took: Duration,
}

impl Watch {
    /// Watches the folders that are named, or those of files.
    pub fn new<'a>(paths: &[PathBuf], own: impl Iterator<Item = &'a Path>) -> Watch {
        let folder = |path: &PathBuf| match path.canonicalize() {
            Ok(path) if path.is_dir() => Some(path),
            Ok(path) => path.parent().map(Path::to_owned),
            Err(_) => None,
        };
        let here = env::current_dir().unwrap_or_default();
        Watch {
            folders: paths.iter().filter_map(folder).collect(),
            named: BTreeSet::new(),
            own: own.map(|path| outside::real(path, &here)).collect(),
            written: BTreeSet::new(),
            before: BTreeMap::new(),
            took: Duration::ZERO,
        }
    }

    /// What is there before these files are run.
    pub fn before(&mut self, files: &[Found], how: &CheckOptions) {
        for found in files {
            if let Ok(case) = &found.case {
                self.folders
                    .extend(outside::inner_folder(case, &found.root));
                self.named.extend(named_by(case, how));
            }
        }
        let folders = mem::take(&mut self.folders);
        let is_inner = |folder: &&PathBuf| {
            let mut above = folder.ancestors().skip(1);
            !above.any(|above| folders.contains(above))
        };
        self.folders = folders.iter().filter(is_inner).cloned().collect();
        self.before = self.look();
    }

    /// What was saved while the files ran. It may be theirs or a person's: it counts once for each file, and not at all if it
    /// was not there before.
    pub fn during(&mut self) -> Vec<PathBuf> {
        let now = self.look();
        let mut saved = differing(&self.before, &now);
        saved.retain(|path| {
            let was_there = self.before.contains_key(path) && now.contains_key(path);
            was_there && self.written.insert(path.clone())
        });
        self.before = now;
        saved
    }

    /// Waits until there is something that was saved and nothing more is, and returns it; `None` if strobe is asked to end.
    pub fn saved(
        &mut self,
        mut saved: Vec<PathBuf>,
        how: &CheckOptions,
    ) -> Result<Option<Vec<PathBuf>>, Box<dyn Error>> {
        loop {
            if self.rest(how)? {
                return Ok(None);
            }
            let now = self.look();
            let more = differing(&self.before, &now);
            self.before = now;
            // An editor, or a build, may write more.
            if more.is_empty() && !saved.is_empty() {
                saved.sort();
                saved.dedup();
                return Ok(Some(saved));
            }
            saved.extend(more);
        }
    }

    /// Lets some time pass; returns whether strobe is asked to end.
    fn rest(&self, how: &CheckOptions) -> Result<bool, Box<dyn Error>> {
        let time = INTERVAL.max(self.took * REST);
        let Some(ended) = &how.cancel else {
            std::thread::sleep(time);
            return Ok(false);
        };
        let mut ended = [PollFd::new(&**ended, PollFlags::IN)];
        match poll(&mut ended, Some(&Timespec::try_from(time)?)) {
            Ok(count) => Ok(count > 0),
            Err(rustix::io::Errno::INTR) => Ok(crate::signals::asked_to_end()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every file that is watched, as it is now. What cannot be read is not there.
    fn look(&mut self) -> BTreeMap<PathBuf, Stamp> {
        let begun = Instant::now();
        let below = self
            .folders
            .iter()
            .flat_map(|folder| found::walk(folder, true).flatten());
        let files = below.filter(|path| path.extension().is_none_or(|end| end != PENDING));
        let files = files.chain(self.named.iter().cloned());
        let files = files.filter(|path| !self.own.contains(path));
        let stamped = files.filter_map(|path| {
            let file = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            Some((path, (file.modified().ok(), file.len(), file.ino())))
        });
        let stamped = stamped.collect();
        self.took = begun.elapsed();
        stamped
    }
}

/// The files that were written, made or removed.
fn differing(before: &BTreeMap<PathBuf, Stamp>, now: &BTreeMap<PathBuf, Stamp>) -> Vec<PathBuf> {
    let written = now
        .iter()
        .filter(|(path, stamp)| before.get(*path) != Some(stamp));
    let removed = before.keys().filter(|path| !now.contains_key(*path));
    written
        .map(|(path, _)| path)
        .chain(removed)
        .cloned()
        .collect()
}

/// The files that a case names: its program, the arguments that are files, and its settings.
fn named_by(case: &Case, how: &CheckOptions) -> Vec<PathBuf> {
    let folder = outside::folder(case);
    let command = &case.recording().header().command;
    let Some((program, arguments)) = command.split_first() else {
        return Vec::new();
    };
    let mut named: Vec<PathBuf> = arguments.iter().map(|word| folder.join(word)).collect();
    named.extend(case.settings().map(Path::to_owned));
    if Path::new(program).components().count() > 1 {
        named.push(folder.join(program));
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        let searched = how.path.iter().cloned().chain(env::split_paths(&path));
        named.extend(
            searched
                .map(|folder| folder.join(program))
                .find(|path| path.is_file()),
        );
    }
    let files = named.iter().filter(|path| path.is_file());
    files
        .map(|path| outside::real(path, Path::new("/")))
        .collect()
}

/// The files that are run again: those that were saved, and those that name a file that was; all, if a file was saved that
/// nobody names, as any program may read it.
pub fn touched(files: Vec<Found>, saved: &[PathBuf], how: &CheckOptions) -> Vec<Found> {
    let names: Vec<BTreeSet<PathBuf>> = files
        .iter()
        .map(|found| {
            let own = outside::real(&found.path, &env::current_dir().unwrap_or_default());
            let named = found.case.iter().flat_map(|case| named_by(case, how));
            named.chain([own]).collect()
        })
        .collect();
    let is_transcript = |path: &Path| path.extension().is_some_and(|end| end == "strobe");
    let is_known =
        |path: &PathBuf| is_transcript(path) || names.iter().any(|names| names.contains(path));
    if !saved.iter().all(is_known) {
        return files;
    }
    let touched = files.into_iter().zip(&names);
    let touched = touched.filter(|(_, names)| saved.iter().any(|path| names.contains(path)));
    touched.map(|(found, _)| found).collect()
}

/// The files that were saved, in words.
pub fn named(saved: &[PathBuf]) -> String {
    let here = env::current_dir().unwrap_or_default();
    let shown = saved.iter().take(MOST_NAMED);
    let shown = shown.map(|path| name(path.strip_prefix(&here).unwrap_or(path)));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match saved.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

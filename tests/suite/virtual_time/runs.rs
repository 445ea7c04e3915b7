//! One subject run many times, and programs that want the processors meanwhile.

use crate::{bounded::Bounded, oracle::sha256, requirement::has_virtual_time};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use stroboscope::{recording::Precision, session::Session, virtual_time::VirtualTime};

/// The recordings of so many runs of one subject.
#[derive(Default)]
pub struct Runs {
    /// How often each recording came, by its digest.
    pub recordings: BTreeMap<String, Recorded>,
    pub times: Vec<Duration>,
}

/// One recording of a subject, to the nanosecond.
pub struct Recorded {
    pub count: usize,
    pub text: String,
    /// Its header says why another run may differ.
    pub is_marked: bool,
}

impl Runs {
    /// None where there is no virtual time.
    #[track_caller]
    pub fn of(session: &Session, count: usize) -> Option<Runs> {
        let mut runs = Runs::default();
        for _ in 0..count {
            runs.run(session)?;
        }
        runs.times.sort_unstable();
        Some(runs)
    }

    /// Runs the session once more; none where there is no virtual time. A run that fails counts as an unmarked recording.
    #[track_caller]
    pub fn run(&mut self, session: &Session) -> Option<()> {
        let to_the_nanosecond = VirtualTime::default().precision(Precision::Nanoseconds);
        if !has_virtual_time() {
            return None;
        }
        let begun = Instant::now();
        let (text, is_marked) = match session.clone().virtual_time(to_the_nanosecond).run() {
            Ok(recording) => (recording.to_string(), !recording.header().varies.is_empty()),
            Err(error) => (format!("error: {error}"), false),
        };
        self.times.push(begun.elapsed());
        let recorded = self
            .recordings
            .entry(sha256(text.as_bytes()))
            .or_insert(Recorded {
                count: 0,
                text,
                is_marked,
            });
        recorded.count += 1;
        Some(())
    }

    pub fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    /// Whether recordings differ of which none says that it may.
    pub fn differ_unmarked(&self) -> bool {
        let unmarked = self
            .recordings
            .values()
            .filter(|recorded| !recorded.is_marked);
        unmarked.count() > 1
    }

    /// How many runs gave a marked recording.
    pub fn marked(&self) -> usize {
        let marked = self
            .recordings
            .values()
            .filter(|recorded| recorded.is_marked);
        marked.map(|recorded| recorded.count).sum()
    }

    /// How the recordings ended, and why they say that they may differ.
    pub fn ends(&self) -> String {
        let lines = |text: &str| {
            let marks = text.lines().filter(|line| line.starts_with("varies: "));
            let end = text.lines().last().unwrap_or_default();
            let end = end.split_once(' ').map_or(end, |(_, end)| end).to_owned();
            marks.map(str::to_owned).chain([end]).collect::<Vec<_>>()
        };
        let ends: BTreeSet<_> = self
            .recordings
            .values()
            .flat_map(|recorded| lines(&recorded.text))
            .collect();
        ends.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Each recording, and how often it came.
    pub fn texts(&self) -> String {
        let texts = self.recordings.values();
        texts
            .map(|Recorded { count, text, .. }| format!("{count} times:\n{text}\n"))
            .collect()
    }
}

/// Programs that want the processors for as long as this lives, or whoever holds it.
pub struct Load {
    _children: Vec<Bounded>,
}

/// Computes.
const BUSY: &str = "while kill -0 $PPID; do :; done";
/// Starts processes.
const FORKS: &str = "while kill -0 $PPID; do (:); done";

impl Load {
    /// So many programs that compute, and so many that start processes.
    pub fn new(busy: usize, forks: usize) -> Load {
        let start = |text| {
            let mut shell = Command::new("sh");
            let shell = shell.args(["-c", text]).stdin(Stdio::null());
            Bounded::spawn(shell, Duration::MAX)
        };
        let texts = [BUSY].into_iter().cycle().take(busy);
        let texts = texts.chain([FORKS].into_iter().cycle().take(forks));
        Load {
            _children: texts.map(start).collect(),
        }
    }
}

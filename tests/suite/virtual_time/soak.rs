//! Every subject many times over, idle and while others want both processors: one recording each, to the nanosecond.

use super::{cpython, run_by, spinners, subjects};
use crate::oracle::sha256;
use std::{
    collections::BTreeMap,
    env,
    process::{Child, Command, Stdio},
    thread::available_parallelism,
    time::{Duration, Instant},
};
use stroboscope::{recording::Precision, session::Session, virtual_time::VirtualTime};

/// Everything that virtual time is tried on, by name.
fn all() -> Vec<(String, Session)> {
    let subjects = subjects::all().into_iter();
    let subjects = subjects.map(|(name, session)| (name.to_owned(), session));
    let spinners = spinners::all().into_iter();
    subjects.chain(spinners).chain(cpython::all()).collect()
}

/// What so many runs of one subject gave.
struct Runs {
    /// How often each recording came, by its digest; and its text.
    recordings: BTreeMap<String, (usize, String)>,
    times: Vec<Duration>,
}

impl Runs {
    /// None where there is no virtual time.
    #[track_caller]
    fn of(session: &Session, count: usize) -> Option<Runs> {
        let to_the_nanosecond = VirtualTime {
            precision: Precision::Nanoseconds,
            ..VirtualTime::default()
        };
        let mut runs = Runs {
            recordings: BTreeMap::new(),
            times: Vec::new(),
        };
        for _ in 0..count {
            let begun = Instant::now();
            let text = run_by(to_the_nanosecond, session)?.to_string();
            runs.times.push(begun.elapsed());
            let digest = sha256(text.as_bytes());
            runs.recordings.entry(digest).or_insert((0, text)).0 += 1;
        }
        runs.times.sort_unstable();
        Some(runs)
    }

    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    /// The digest of the recording that came most often.
    fn usual(&self) -> &str {
        let usual = self.recordings.iter().max_by_key(|(_, (count, _))| count);
        usual.unwrap().0
    }

    /// What each recording was, and how often.
    fn texts(&self) -> String {
        let texts = self.recordings.values();
        texts
            .map(|(count, text)| format!("{count} times:\n{text}\n"))
            .collect()
    }
}

/// A program for each processor that does nothing but want it, for as long as this lives, or whoever holds it.
struct Load(Vec<Child>);

impl Load {
    fn new() -> Load {
        let processors = available_parallelism().map_or(1, usize::from);
        let busy = || {
            let mut shell = Command::new("sh");
            let shell = shell.args(["-c", "while kill -0 $PPID; do :; done"]);
            shell.stdin(Stdio::null()).spawn().unwrap()
        };
        Load((0..processors).map(|_| busy()).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[test]
fn three_runs_of_every_subject_give_one_recording() {
    // Of CPython the newest will do here.
    let newest = cpython::all().pop().map(|(name, _)| version(&name));
    let is_old = |name: &str| name.starts_with("python ") && Some(version(name)) != newest;
    for (name, session) in all().into_iter().filter(|(name, _)| !is_old(name)) {
        let Some(runs) = Runs::of(&session, 3) else {
            return;
        };
        assert_eq!(runs.recordings.len(), 1, "{name}\n{}", runs.texts());
    }
}

/// The version in the name of one of CPython's subjects.
fn version(name: &str) -> String {
    name.split(' ').take(2).collect()
}

/// `just soak` runs it: `STROBE_SOAK` says how often each subject is run, idle and again under load. `STROBE_SOAK_ONLY`
/// picks those subjects whose names hold it.
#[test]
#[ignore = "takes minutes; `just soak` runs it"]
fn soak() {
    let count = env::var("STROBE_SOAK").map_or(200, |count| count.parse().unwrap());
    let only = env::var("STROBE_SOAK_ONLY").unwrap_or_default();
    println!(
        "| subject | runs | distinct | median ms, idle | loaded |\n| --- | --- | --- | --- | --- |"
    );
    let mut varied = Vec::new();
    for (name, session) in all().into_iter().filter(|(name, _)| name.contains(&only)) {
        let Some(idle) = Runs::of(&session, count) else {
            return;
        };
        let load = Load::new();
        let Some(loaded) = Runs::of(&session, count) else {
            return;
        };
        drop(load);
        let digests = idle.recordings.keys().chain(loaded.recordings.keys());
        let distinct = digests.collect::<std::collections::BTreeSet<_>>().len();
        let ms = |runs: &Runs| format!("{:.1}", runs.median().as_secs_f64() * 1000.0);
        let (runs, idle_ms, loaded_ms) = (2 * count, ms(&idle), ms(&loaded));
        println!("| {name} | {runs} | {distinct} | {idle_ms} | {loaded_ms} |");
        if distinct > 1 {
            varied.push(format!(
                "{name}, idle ({}):\n{}\n{name}, loaded ({}):\n{}",
                idle.usual(),
                idle.texts(),
                loaded.usual(),
                loaded.texts()
            ));
        }
    }
    assert!(varied.is_empty(), "\n{}", varied.join("\n"));
}

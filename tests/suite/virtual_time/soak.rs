//! Every subject many times over, idle and while others want both processors: one recording each, to the nanosecond.

use super::{
    cpython,
    runs::{Load, Runs},
    spinners, subjects,
};
use crate::effort;
use std::{env, thread::available_parallelism};
use stroboscope::session::Session;

/// Everything that virtual time is tried on, by name.
pub fn all() -> Vec<(String, Session)> {
    let subjects = subjects::all().into_iter();
    let subjects = subjects.map(|(name, session)| (name.to_owned(), session));
    let spinners = spinners::all().into_iter();
    subjects.chain(spinners).chain(cpython::all()).collect()
}

#[test]
fn two_runs_of_every_subject_give_one_recording() {
    // Of CPython's programs one will do here.
    let newest = cpython::all().pop();
    let subjects = subjects::all().into_iter();
    let subjects = subjects.map(|(name, session)| (name.to_owned(), session));
    for (name, session) in subjects.chain(spinners::all()).chain(newest) {
        let Some(runs) = Runs::of(&session, 2) else {
            return;
        };
        assert_eq!(runs.recordings.len(), 1, "{name}\n{}", runs.texts());
    }
}

/// `just soak` runs it: `STROBE_SOAK` says how often each subject is run, idle and again under load. `STROBE_SOAK_ONLY`
/// picks those subjects whose names hold it.
#[test]
#[ignore = "takes minutes; `just soak` runs it"]
fn soak() {
    let count = effort::times(200);
    let only = env::var("STROBE_SOAK_ONLY").unwrap_or_default();
    println!(
        "| subject | runs | distinct | median ms, idle | loaded |\n| --- | --- | --- | --- | --- |"
    );
    let mut varied = Vec::new();
    for (name, session) in all().into_iter().filter(|(name, _)| name.contains(&only)) {
        let Some(idle) = Runs::of(&session, count) else {
            return;
        };
        let load = Load::new(available_parallelism().map_or(1, usize::from), 0);
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
                "{name}, idle:\n{}\n{name}, loaded:\n{}",
                idle.texts(),
                loaded.texts()
            ));
        }
    }
    assert!(varied.is_empty(), "\n{}", varied.join("\n"));
}

//! Every subject and random programs, many times over at high load, with random delays in the tracer: one recording each, or
//! recordings that say that they may differ.

use super::{
    cases,
    programs::c_program,
    random::Program,
    runs::{Load, Runs},
    soak,
};
use crate::effort::{amount, times};
use std::{
    env, fs,
    path::Path,
    str::FromStr,
    time::{Duration, Instant},
};
use stroboscope::session::Session;

/// How many programs want the processors beside: those that compute, and those that start processes.
const LOAD: (usize, usize) = (12, 8);
/// How often a random program is run to find out whether a smaller one differs, too, and how long all that may take.
const RUNS_TO_SHRINK: usize = 30;
const MOST_SHRINKING: Duration = Duration::from_secs(300);

fn session(program: &Program) -> Session {
    let session = Session::new(c_program("random")).arg(program.to_string());
    let session = session.timeout(Duration::from_secs(60));
    if program.script.is_empty() {
        return session.pipe();
    }
    let script = program.script.join("\n") + "\n";
    session.pty(80, 24).script(script.parse().unwrap())
}

/// The value of a variable, or what it is otherwise.
fn setting<T: FromStr>(name: &str, otherwise: T) -> T {
    let value = env::var(name).ok();
    value.map_or(otherwise, |value| {
        value
            .parse()
            .ok()
            .unwrap_or_else(|| panic!("{name}={value}"))
    })
}

/// Runs a program until recordings differ without a mark, at most so many times.
fn differs(program: &Program, most: usize) -> Option<bool> {
    let (session, mut runs) = (session(program), Runs::default());
    for _ in 0..most {
        runs.run(&session)?;
        if runs.differ_unmarked() {
            return Some(true);
        }
    }
    Some(false)
}

#[test]
fn a_random_program_is_read_back_from_its_text() {
    for seed in 0..100 {
        let program = Program::random(seed);
        assert_eq!(program.to_string().parse(), Ok(program));
    }
}

#[test]
fn shrinking_leaves_what_matters() {
    let program = Program::random(3);
    let actors = |program: &Program| program.actors.len();
    assert!(actors(&program) > 2);
    let small = program.shrink(|program| actors(program) >= 2);
    assert_eq!(actors(&small), 2);
    assert!(small.actors.iter().all(|actor| actor.steps.is_empty()) && small.script.is_empty());
}

#[test]
fn every_run_of_a_random_program_gives_one_recording() {
    for seed in 0..amount(4, 12) {
        let program = Program::random(seed);
        let Some(runs) = Runs::of(&session(&program), times(2)) else {
            return;
        };
        assert!(
            !runs.differ_unmarked(),
            "{seed}: {program}\n{}",
            runs.texts()
        );
    }
}

/// Each file of `tests/programs/random` is a program whose recordings once differed.
#[test]
fn every_run_of_a_program_that_once_differed_gives_one_recording() {
    for (name, program) in regressions() {
        let Some(runs) = Runs::of(&session(&program), times(2)) else {
            return;
        };
        assert!(
            !runs.differ_unmarked(),
            "{name}: {program}\n{}",
            runs.texts()
        );
    }
}

fn regressions() -> Vec<(String, Program)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/random");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut programs: Vec<_> = files
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&file).unwrap().parse().unwrap())
        })
        .collect();
    programs.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(!programs.is_empty());
    programs
}

/// `just chaos` runs it, and says what each variable is.
#[test]
#[ignore = "takes minutes; `just chaos` runs it"]
fn chaos() {
    let count = setting("STROBE_CHAOS_RUNS", 20);
    let programs = setting("STROBE_CHAOS_PROGRAMS", 50);
    let seed = setting("STROBE_CHAOS", 1_u64);
    let only = setting("STROBE_CHAOS_ONLY", String::new());
    let load = Load::new(
        setting("STROBE_CHAOS_BUSY", LOAD.0),
        setting("STROBE_CHAOS_FORKS", LOAD.1),
    );
    println!("| subject | runs | distinct | marked | end |\n| --- | --- | --- | --- | --- |");
    let mut failures = Vec::new();
    let mut judge = |name: &str, runs: &Runs, what: String| {
        let (distinct, marked) = (runs.recordings.len(), runs.marked());
        println!(
            "| {name} | {count} | {distinct} | {marked} | {} |",
            runs.ends()
        );
        if runs.differ_unmarked() {
            failures.push(format!(
                "{name} (STROBE_CHAOS={seed}):\n{what}\n{}",
                runs.texts()
            ));
        }
    };
    let subjects = soak::all().into_iter().chain(cases::all());
    for (name, session) in subjects.filter(|(name, _)| name.contains(&only)) {
        let Some(runs) = Runs::of(&session, count) else {
            return;
        };
        judge(&name, &runs, String::new());
    }
    let first = seed.wrapping_mul(1_000_000);
    let random = (0..programs).map(|index| first.wrapping_add(index));
    let random = random.map(|seed| (format!("random {seed}"), Program::random(seed)));
    let programs = regressions().into_iter().chain(random);
    for (name, program) in programs.filter(|(name, _)| name.contains(&only)) {
        let Some(runs) = Runs::of(&session(&program), count) else {
            return;
        };
        let what = if runs.differ_unmarked() {
            shrunk(program)
        } else {
            String::new()
        };
        judge(&name, &runs, what);
    }
    drop(load);
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A program that differs, and the smallest of its parts that was found to differ.
fn shrunk(program: Program) -> String {
    let begun = Instant::now();
    let whole = program.to_string();
    let small = program.shrink(|smaller| {
        begun.elapsed() < MOST_SHRINKING && differs(smaller, RUNS_TO_SHRINK) == Some(true)
    });
    format!("{whole}shrunk:\n{small}")
}

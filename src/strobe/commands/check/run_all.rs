//! Runs cases, so many at a time, and tells how far it is.

use crate::{
    command_line::tell, found::Found, listing::outside::folder, not_found, report::CaseResult,
    signals,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::VecDeque,
    io::{IsTerminal, stderr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};
use stroboscope::{
    check::{Case, CheckError, CheckOptions, CheckOutcome},
    session::SessionError,
};

/// Runs every case, so many at a time, and tells of each as it is done. With `fail_fast` none is started after one that is
/// not the same.
pub fn run_all(
    files: &[Found],
    how: &CheckOptions,
    jobs: usize,
    fail_fast: bool,
) -> Vec<CaseResult> {
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..files.len()).collect());
    let has_failed = AtomicBool::new(false);
    let (done, results) = mpsc::channel();
    let mut slots: Vec<Option<CaseResult>> = files.iter().map(|_| None).collect();
    let progress = Progress::new(files.len());
    thread::scope(|scope| {
        for _ in 0..jobs.min(files.len()) {
            let (done, waiting, has_failed) = (done.clone(), &waiting, &has_failed);
            scope.spawn(move || {
                let next = || {
                    waiting
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .pop_front()
                };
                while let Some(index) = next() {
                    let result = if signals::asked_to_end() {
                        ended()
                    } else if fail_fast && has_failed.load(SeqCst) {
                        CaseResult::NotRun {
                            reason: "another was not the same before (`--fail-fast`)",
                        }
                    } else {
                        run_one(&files[index], how)
                    };
                    if result.is_failure() {
                        has_failed.store(true, SeqCst);
                    }
                    if done.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (index, result) in results {
            progress.tell(&files[index], &result);
            slots[index] = Some(result);
        }
    });
    progress.end();
    slots.into_iter().flatten().collect()
}

fn ended() -> CaseResult {
    CaseResult::NotRun {
        reason: "a signal ended the check before",
    }
}

fn run_one(found: &Found, how: &CheckOptions) -> CaseResult {
    let started = Instant::now();
    let case = match &found.case {
        Ok(case) => case,
        Err(error) => {
            return CaseResult::Error {
                took: Duration::ZERO,
                error: error.clone(),
            };
        }
    };
    let outcome = case.outcome(how);
    let took = started.elapsed();
    match outcome {
        Ok(CheckOutcome::Same) => CaseResult::Same { took },
        Ok(CheckOutcome::Different {
            difference,
            new,
            flaky,
            ..
        }) => CaseResult::Different {
            took,
            difference,
            new,
            flaky,
            accepted: false,
        },
        Ok(CheckOutcome::Skipped { reason, .. }) => CaseResult::Skipped { reason },
        Err(CheckError::Session(SessionError::Cancelled)) => ended(),
        Err(error) => CaseResult::Error {
            took,
            error: explained(&error, case),
        },
    }
}

/// What a check says, with the option that asked for it or that helps.
fn explained(error: &CheckError, case: &Case) -> String {
    match error {
        CheckError::Required(reason) => {
            format!("{reason}; `--require` or `STROBE_REQUIRE` requires it")
        }
        CheckError::Session(session) => {
            let program = case.recording().header().command.first();
            let hint = program.and_then(|program| {
                not_found::hint(session, program)
                    .or_else(|| not_found::hint_of_folder(session, program, &folder(case)))
            });
            format!("{error}{}", hint.unwrap_or_default())
        }
        _ => error.to_string(),
    }
}

/// Tells how far it is: by a bar on a terminal, elsewhere by a line for each case that is not the same.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(cases: usize) -> Progress {
        let bar = (stderr().is_terminal() && cases > 1).then(|| {
            let bar = ProgressBar::new(cases as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
            style.map_or(bar.clone(), |style| bar.clone().with_style(style))
        });
        Progress(bar)
    }

    fn tell(&self, found: &Found, result: &CaseResult) {
        match (&self.0, result) {
            (Some(bar), _) => {
                bar.set_message(found.to_string());
                bar.inc(1);
            }
            (None, CaseResult::Same { .. } | CaseResult::NotRun { .. }) => {}
            (None, _) => tell(&format!("{} {found}", result.word())),
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

//! What a test needs and not every machine has. Where it is missing the test is skipped, unless `STROBE_REQUIRE` names it:
//! `STROBE_REQUIRE=npm,python3,virtual`.
//!
//! The test harness decides before a test runs whether it is ignored, and counts a skipped one as passed. So the last lines
//! of the suite say what was missing.

use crate::bounded::Run;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
};
use stroboscope::session::virtual_time_available;

/// The tests that were skipped, by what they need. A test's thread has its name.
static SKIPPED: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Whether `STROBE_REQUIRE`, words with commas between them, has this word.
fn requires(need: &str) -> bool {
    let list = env::var("STROBE_REQUIRE").unwrap_or_default();
    list.split(',').any(|word| word.trim() == need)
}

/// Whether a test can go on.
#[track_caller]
pub fn is_met(need: &str, found: bool) -> bool {
    assert!(
        found || !requires(need),
        "no {need}, and STROBE_REQUIRE names it"
    );
    if !found {
        eprintln!("skipped: no {need}");
        note_skipped(need);
    }
    found
}

/// Whether there is virtual time here.
#[track_caller]
pub fn has_virtual_time() -> bool {
    let missing = virtual_time_available().err();
    if let Some(missing) = &missing {
        eprintln!("{missing}");
    }
    is_met("virtual", missing.is_none())
}

fn note_skipped(need: &str) {
    let mut skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    if skipped.is_empty() {
        // SAFETY: the function neither unwinds nor uses anything that is gone at the end of the process.
        unsafe { libc::atexit(tell_skipped) };
    }
    let test = thread::current().name().unwrap_or_default().to_owned();
    skipped.entry(need.to_owned()).or_default().insert(test);
}

extern "C" fn tell_skipped() {
    let skipped = SKIPPED.lock().unwrap_or_else(PoisonError::into_inner);
    for (need, tests) in &*skipped {
        // One may have been in an unnamed thread of another that was counted.
        let count = tests.len();
        eprintln!("skipped for want of {need}, and counted as passed: {count} or more");
    }
}

/// Set in a process of its own, which lacks something.
const LACKS: &str = "STROBE_TEST_LACKS";

#[test]
fn what_was_skipped_is_said_at_the_end() {
    if let Ok(need) = env::var(LACKS) {
        is_met(&need, false);
        return;
    }
    let mut alone = Command::new(env::current_exe().unwrap());
    let name = "requirement::what_was_skipped_is_said_at_the_end";
    let output = alone.args(["--exact", name]).env(LACKS, "a unicorn").run();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "skipped for want of a unicorn, and counted as passed: 1 or more\n"
    );
}

//! What a test needs and not every machine has. Where it is missing the test says so and counts as skipped, unless
//! `STROBE_REQUIRE` names it: `STROBE_REQUIRE=npm,python3,virtual`.

use std::env;

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
    }
    found
}

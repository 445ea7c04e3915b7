//! What a test needs and not every machine has. Where it is missing the test says so and counts as skipped, unless
//! `STROBE_REQUIRE` names it: `STROBE_REQUIRE=npm,python3,virtual`.

use stroboscope::check::requires;

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

//! What a test needs and not every machine has. Where it is missing the test says so and counts as skipped, unless
//! `STROBE_REQUIRE` names it: `STROBE_REQUIRE=npm,python3,virtual`.

use std::env;

/// Whether a test can go on.
#[track_caller]
pub fn is_met(need: &str, found: bool) -> bool {
    let list = env::var("STROBE_REQUIRE").unwrap_or_default();
    assert!(
        found || !is_required(need, &list),
        "no {need}, and STROBE_REQUIRE is `{list}`"
    );
    if !found {
        eprintln!("skipped: no {need}");
    }
    found
}

fn is_required(need: &str, list: &str) -> bool {
    list.split(',').any(|required| required.trim() == need)
}

#[test]
fn a_need_is_required_by_its_whole_name() {
    assert!(is_required("npm", "npm") && is_required("npm", "pytest, npm,go"));
    assert!(!is_required("npm", "") && !is_required("npm", "pnpm,npms"));
}

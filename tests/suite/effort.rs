//! How much a test does: little in the suite, and much where `just soak` asks for it by `STROBE_SOAK`.

use proptest::prelude::ProptestConfig;
use std::{env, time::Duration};

/// `STROBE_SOAK`: how often everything is run.
pub fn soak() -> Option<usize> {
    let count = env::var("STROBE_SOAK").ok()?;
    Some(
        count
            .parse()
            .unwrap_or_else(|_| panic!("STROBE_SOAK={count}")),
    )
}

/// So often, or as often as `just soak` asks for.
pub fn times(short: usize) -> usize {
    soak().unwrap_or(short)
}

/// So many cases of a law, or a hundred for each time that `just soak` asks for.
pub fn cases(short: u32) -> ProptestConfig {
    let count = soak().map(|count| u32::try_from(100 * count).unwrap());
    ProptestConfig {
        // A case that runs into a limit of real time is not tried again for long.
        max_shrink_time: 10_000,
        ..ProptestConfig::with_cases(count.unwrap_or(short))
    }
}

/// So much, or as much as `just soak` takes.
pub fn amount<T>(short: T, soaked: T) -> T {
    if soak().is_some() { soaked } else { short }
}

/// So long, or ten times as long for `just soak`.
pub fn long(short: Duration) -> Duration {
    short * amount(1, 10)
}

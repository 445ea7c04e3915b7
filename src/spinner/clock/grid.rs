//! The grid of a paused clock: the multiples of its granularity, counted from the start in whole nanoseconds.
//!
//! It must be exact, as the classic timer of Windows, 1/64 s, shows: rounded to tokio's milliseconds it would be
//! another clock.

use std::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// The last multiple of `grain` at or before `instant`.
pub(super) fn at_or_before(instant: Duration, grain: Duration) -> Duration {
    multiple(instant.as_nanos() / grain.as_nanos(), grain)
}

/// The first multiple of `grain` at or after `instant`; the longest `Duration` if there is none.
pub(super) fn at_or_after(instant: Duration, grain: Duration) -> Duration {
    multiple(instant.as_nanos().div_ceil(grain.as_nanos()), grain)
}

fn multiple(count: u128, grain: Duration) -> Duration {
    let nanos = count * grain.as_nanos();
    let fraction = (nanos % NANOS_PER_SECOND) as u32;
    u64::try_from(nanos / NANOS_PER_SECOND)
        .map_or(Duration::MAX, |seconds| Duration::new(seconds, fraction))
}

#[cfg(test)]
mod tests {
    use super::{at_or_after, at_or_before};
    use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};
    use std::time::Duration;

    fn durations(least: Duration) -> impl Strategy<Value = Duration> {
        (any::<u64>(), 0..64_u32)
            .prop_map(move |(nanos, shift)| Duration::from_nanos(nanos >> shift).max(least))
    }

    proptest! {
        #[test]
        fn an_instant_lies_between_its_neighbours_on_the_grid(
            instant in durations(Duration::ZERO),
            grain in durations(Duration::from_millis(1)),
        ) {
            let (before, after) = (at_or_before(instant, grain), at_or_after(instant, grain));
            prop_assert!(before <= instant && instant <= after);
            prop_assert!(after == before || after == before + grain);
            prop_assert_eq!(before.as_nanos() % grain.as_nanos(), 0);
        }
    }

    #[test]
    fn beyond_the_longest_duration_the_grid_ends() {
        assert_eq!(
            at_or_after(Duration::MAX, Duration::from_secs(7)),
            Duration::MAX
        );
        assert_eq!(at_or_after(Duration::MAX, Duration::MAX), Duration::MAX);
    }
}

use super::{
    Before, EXACT, FileTimes, Nanoseconds, SECOND, history::History, shift::shift, tick::Ticker,
};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

/// 2025-01-01, as the virtual clock starts.
const DATE: Nanoseconds = 1_735_689_600 * SECOND;
/// A moment of 2026, when the tests were written.
const START: Nanoseconds = 1_795_000_000 * SECOND + 987_654_321;
const TICK: Nanoseconds = 4_000_000;

fn times_of(start: Nanoseconds, date: Nanoseconds, newest: Option<Nanoseconds>) -> FileTimes {
    FileTimes::of(start, date, newest, Ticker::new().unwrap())
}

/// A real start, a virtual date between 1970 and 2200, and how old the newest file is.
fn runs() -> impl Strategy<Value = (Nanoseconds, Nanoseconds, Option<Nanoseconds>)> {
    let age = proptest::option::of(0..10 * Nanoseconds::from(EXACT) * SECOND);
    (0..START, 0..7_258_118_400 * SECOND, age)
        .prop_map(|(start, date, age)| (start, date, age.map(|age| start - age)))
}

proptest! {
    #[test]
    fn no_file_from_before_is_in_the_future_and_their_order_is_kept(
        (start, date, newest) in runs(),
        one in any::<i64>(),
        other in any::<i64>(),
    ) {
        let mut times = times_of(start, date, newest);
        let [one, other] = [one, other].map(|time| Nanoseconds::from(time).min(start - 1));
        let [one_shown, other_shown] = [one, other].map(|time| times.shown(time));
        prop_assert!(one_shown <= date);
        prop_assert!(one >= other || one_shown <= other_shown);
        prop_assert!(one <= other || one_shown >= other_shown);
    }

    #[test]
    fn distances_to_the_nanosecond_are_kept_in_the_last_ten_years(
        (start, date, newest) in runs(),
        ages in [1..Nanoseconds::from(EXACT - 400 * 86_400), 1..1_000],
    ) {
        let mut times = times_of(start, date, newest);
        let [old, new] = [start - ages[0] * SECOND - ages[1], start - ages[1]];
        // What was moved by more than ten years is older than that.
        if new - newest.unwrap_or(start) < SECOND && times.shown(old) >= date - Nanoseconds::from(EXACT) * SECOND {
            prop_assert_eq!(times.shown(new) - times.shown(old), new - old);
        }
    }

    #[test]
    fn any_time_that_is_set_is_read_back(
        (start, date, newest) in runs(),
        set in any::<i64>(),
        near in -5_000_000_000_i64..5_000_000_000,
        instants in proptest::collection::vec(1..1_000_000_000_u64, 0..20),
    ) {
        let mut times = times_of(start, date, newest);
        let mut coarse = start;
        let mut now = 0;
        for instant in instants {
            now += instant;
            coarse += TICK;
            times.history.jumped(now, coarse, coarse);
        }
        for set in [Nanoseconds::from(set), date + Nanoseconds::from(near)] {
            let real = times.real(set, now);
            prop_assert_eq!(times.shown(real), set);
            prop_assert_eq!(times.real(set, now), real);
        }
    }

    #[test]
    fn a_file_that_is_changed_shows_the_instant_of_its_change(
        steps in proptest::collection::vec((any::<bool>(), 0..20_000_000_u64, 0..Nanoseconds::from(9_000_000)), 1..100),
    ) {
        // A file system with a tick, as the kernel has it.
        let coarse = |now: Nanoseconds| now.div_euclid(TICK) * TICK;
        let mut history = History::new(0, 500_000);
        let (mut now, mut instant) = (TICK, 0);
        let mut changes = Vec::new();
        for (changes_file, jump, takes) in steps {
            if changes_file {
                while !history.may_change(instant, || now, || coarse(now)) {
                    now += 100_000;
                }
                changes.push((coarse(now), instant));
            } else {
                instant += jump;
                history.jumped(instant, now, coarse(now));
            }
            now += takes;
        }
        for (real, instant) in changes {
            prop_assert_eq!(history.virtual_of(real), instant);
        }
    }
}

#[test]
fn a_second_change_at_one_instant_need_not_wait_and_one_at_another_must() {
    let mut history = History::new(0, 500_000);
    assert!(history.may_change(0, || 10, || 4));
    assert!(history.may_change(0, || 11, || 4));
    // Clock reads have moved the clock by less than files show.
    assert!(history.may_change(400_000, || 11, || 4));
    history.jumped(1_000_000, 12, 4);
    assert!(!history.may_change(1_000_000, || 13, || 8));
    assert!(!history.may_change(1_000_000, || 14, || 12));
    assert!(history.may_change(1_000_000, || 17, || 16));
    assert_eq!(
        [4, 15, 16, 17].map(|real| history.virtual_of(real)),
        [0, 0, 1_000_000, 1_000_000]
    );
    // Nothing has changed since: there is nothing to tell apart.
    history.jumped(2_000_000, 18, 16);
    history.jumped(3_000_000, 31, 28);
    assert!(history.may_change(3_000_000, || 32, || 28));
    assert_eq!(
        [27, 28].map(|real| history.virtual_of(real)),
        [1_000_000, 3_000_000]
    );
}

#[test]
fn the_newest_file_has_one_of_a_few_ages() {
    let ages = [0, 1, 239, 240, 241, 3_000, 3_001, 86_000, 400 * 86_400];
    let shown = ages.map(|age| {
        let newest = START - age * SECOND;
        let shift = Nanoseconds::from(shift(START, DATE, Some(newest)));
        // To the second, as whole seconds are moved.
        (DATE - (newest - shift * SECOND)) / SECOND
    });
    let (minutes, hours, days) = (60, 3_600, 86_400);
    assert_eq!(
        shown,
        [
            4 * minutes,
            4 * minutes,
            4 * minutes,
            4 * minutes,
            50 * minutes,
            50 * minutes,
            20 * hours,
            6 * days,
            730 * days
        ]
    );
}

#[test]
fn nothing_is_moved_where_the_virtual_clock_is_later_than_all_files() {
    let late = START + 400 * 86_400 * SECOND;
    let mut times = times_of(START, late, None);
    for time in [-1, 0, 5, DATE, START - 1] {
        assert_eq!(times.shown(time), time);
    }
    // Programs need not ask.
    let Before {
        fixed,
        exact,
        shift,
    } = times.before();
    assert_eq!((exact, shift), (fixed, 0));
}

#[test]
fn times_that_are_conventions_stay() {
    let mut times = times_of(START, DATE, Some(START));
    // The epoch, OSTree's 1, npm's 1985, zip's 1980.
    for second in [0, 1, 499_162_500, 315_532_800] {
        assert_eq!(times.shown(second * SECOND), second * SECOND);
    }
    let Before {
        fixed,
        exact,
        shift,
    } = times.before();
    assert_eq!(fixed, 946_684_800);
    assert!(exact - shift <= 1_735_689_600 - EXACT && shift > 0);
}

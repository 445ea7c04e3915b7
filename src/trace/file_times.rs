//! The times of files: between the real times that the file system keeps, and the virtual times that programs see.
//!
//! Nothing on the disk is changed. A program that asks for a file's times sees them translated, and a time that it sets
//! is translated back. Three rules, for times before the run, during it, and set by the program:
//!
//! **Before.** All times are moved by the same whole number of seconds, the [shift](shift()), so that the newest is not
//! after the virtual start. Their order and their distances stay. Times before the year 2000 are no real moments but
//! conventions (0, 1980), and stay as they are; between those and the last ten years, time is a little compressed.
//!
//! **During.** A [history] of the clock says which virtual instant it was when a file was changed.
//!
//! **Set.** A time before the virtual start is translated back by the first rule, and one during the run by the second.
//! If a time that was set would be shown as another, it is remembered.

use self::{history::History, tick::Ticker};
use rustix::time::{ClockId, clock_getres};
use std::{
    collections::HashMap,
    io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

mod history;
mod shift;
mod tick;

/// A time since 1970. Files can be older.
pub(super) type Nanoseconds = i128;

const SECOND: Nanoseconds = 1_000_000_000;
/// Times before 2000 are not changed, unless the virtual clock itself is set to about then.
const CONVENTIONS: i64 = 946_684_800;
/// In this many seconds before the start, distances are kept exactly: ten years.
const EXACT: i64 = 10 * 365 * 86_400;

/// How far the clock creeps, in nanoseconds, until it is another instant for files, if the system's ticks are long.
const CREEP: u64 = 500_000;

/// The translation of one run.
pub(crate) struct FileTimes {
    before: Before,
    /// When the run started, in real time.
    start: Nanoseconds,
    /// The virtual wall clock then.
    date: Nanoseconds,
    pub(super) history: History,
    pub(super) ticker: Ticker,
    /// What is shown for a real time, if it is neither moved nor a moment of the run, and the reverse.
    set: HashMap<Nanoseconds, Nanoseconds>,
    real: HashMap<Nanoseconds, Nanoseconds>,
}

/// How times before the run are moved, in seconds, for the code that does it in programs ([`super::mapped_code`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Before {
    /// Times before this one stay.
    pub(super) fixed: i64,
    /// Times from this one on are moved by `shift`.
    pub(super) exact: i64,
    pub(super) shift: i64,
}

impl FileTimes {
    /// The times of a run that starts at a real time and a virtual one, in this folder.
    ///
    /// # Errors
    /// The system has no descriptor or memory left.
    pub(crate) fn new(started: SystemTime, date: SystemTime, cwd: &Path) -> io::Result<FileTimes> {
        // The file system's clock lags behind by up to a tick.
        let tick = clock_getres(ClockId::RealtimeCoarse);
        let start = nanoseconds(started) - Nanoseconds::from(tick.tv_nsec);
        let newest = shift::newest(cwd, start);
        Ok(FileTimes::of(
            start,
            nanoseconds(date),
            newest,
            Ticker::new()?,
        ))
    }

    fn of(
        start: Nanoseconds,
        date: Nanoseconds,
        newest: Option<Nanoseconds>,
        ticker: Ticker,
    ) -> FileTimes {
        let shift = shift::shift(start, date, newest);
        let date_seconds = seconds(date);
        let fixed = CONVENTIONS.min(date_seconds - 2 * EXACT);
        let exact = match shift {
            0 => fixed,
            shift => date_seconds - EXACT + shift,
        };
        FileTimes {
            before: Before {
                fixed,
                exact,
                shift,
            },
            start,
            date,
            history: History::new(start, if ticker.is_exact() { 1 } else { CREEP }),
            ticker,
            set: HashMap::new(),
            real: HashMap::new(),
        }
    }

    pub(super) fn before(&self) -> Before {
        self.before
    }

    /// The second in which the run started, in real time.
    pub(super) fn start(&self) -> i64 {
        seconds(self.start)
    }

    /// What is shown for a real time.
    pub(super) fn shown(&mut self, real: Nanoseconds) -> Nanoseconds {
        if let Some(set) = self.set.get(&real) {
            return *set;
        }
        // A time that is still to come is moved like one before the run.
        if real < self.start || real > real_time() {
            return self.before.shown(real);
        }
        let shown = self.date + Nanoseconds::from(self.history.virtual_of(real));
        // A copy of the file gets the same time.
        self.real.insert(shown, real);
        shown
    }

    /// The real time to set, so that this is shown, when the virtual clock shows an instant.
    pub(super) fn real(&mut self, shown: Nanoseconds, instant: u64) -> Nanoseconds {
        if let Some(real) = self.real.get(&shown) {
            return *real;
        }
        let now = real_time();
        let present = self.date + Nanoseconds::from(instant);
        let mut real = if shown < self.date {
            self.before.real(shown).min(now)
        } else if shown <= present {
            let instant = u64::try_from(shown - self.date).unwrap_or(u64::MAX);
            self.history.real_of(instant).min(now)
        } else {
            now + (shown - present)
        };
        if self.shown(real) == shown {
            return real;
        }
        while self.set.contains_key(&real) {
            real += 1;
        }
        self.set.insert(real, shown);
        self.real.insert(shown, real);
        real
    }
}

impl FileTimes {
    /// What is shown for a real time in seconds, as programs store it in files, when the virtual clock shows an instant.
    pub(super) fn shown_second(&self, real: u32, instant: u64) -> u32 {
        if self.is_of_the_run(real, instant) {
            return real;
        }
        second(self.before.shown(Nanoseconds::from(real) * SECOND)).unwrap_or(real)
    }

    /// The real time in seconds to store in a file for one that is shown.
    pub(super) fn real_second(&self, shown: u32, instant: u64) -> u32 {
        if self.is_of_the_run(shown, instant) {
            return shown;
        }
        second(self.before.real(Nanoseconds::from(shown) * SECOND)).unwrap_or(shown)
    }

    /// Whether a virtual time in seconds is between the start and an instant.
    fn is_of_the_run(&self, second: u32, instant: u64) -> bool {
        let present = self.date + Nanoseconds::from(instant);
        (seconds(self.date)..=seconds(present)).contains(&second.into())
    }
}

impl Before {
    fn shown(self, real: Nanoseconds) -> Nanoseconds {
        let [fixed, exact, shift] = self.bounds();
        if real < fixed {
            real
        } else if real >= exact {
            real - shift
        } else {
            fixed + (real - fixed) * (exact - shift - fixed) / (exact - fixed)
        }
    }

    /// A real time that is shown like this.
    fn real(self, shown: Nanoseconds) -> Nanoseconds {
        let [fixed, exact, shift] = self.bounds();
        if shown < fixed {
            shown
        } else if shown >= exact - shift {
            shown + shift
        } else {
            let (from, to) = (exact - shift - fixed, exact - fixed);
            fixed + ((shown - fixed) * to + from - 1) / from
        }
    }

    fn bounds(self) -> [Nanoseconds; 3] {
        [self.fixed, self.exact, self.shift].map(|bound| Nanoseconds::from(bound) * SECOND)
    }
}

/// The real time, as exact as the system has it.
pub(super) fn real_time() -> Nanoseconds {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> Nanoseconds {
    let whole = |duration: std::time::Duration| {
        Nanoseconds::try_from(duration.as_nanos()).unwrap_or(Nanoseconds::MAX)
    };
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since),
        Err(before) => -whole(before.duration()),
    }
}

/// Whole seconds as a file holds them.
fn second(time: Nanoseconds) -> Option<u32> {
    seconds(time).try_into().ok()
}

/// Whole seconds, rounded down.
fn seconds(time: Nanoseconds) -> i64 {
    i64::try_from(time.div_euclid(SECOND)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

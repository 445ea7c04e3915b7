//! The virtual clock: it does not advance while threads run, jumps to the next deadline, and creeps a little with every
//! clock read.
//!
//! [`super::clock_cost`] says what a read costs, and what else makes the clock creep.

use super::clock_page::{ClockFile, ClockPage};
use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long the system has been up when a program starts.
const UPTIME: Duration = Duration::from_secs(100_000);
/// How much a CPU-time clock advances with each read: computing costs no virtual time, but such a clock must not stand
/// still.
const CPU_TIME_TICK: u64 = 1_000;

/// The kinds of the kernel's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Time since 1970.
    Wall,
    /// Time since the system was started.
    Uptime,
    /// The CPU time of a process or a thread.
    CpuTime,
}

impl Base {
    /// The kind of the clock with this id (`clock_gettime(2)`).
    pub(super) fn of(id: i32) -> Option<Base> {
        match id {
            libc::CLOCK_REALTIME
            | libc::CLOCK_REALTIME_COARSE
            | libc::CLOCK_REALTIME_ALARM
            | libc::CLOCK_TAI => Some(Base::Wall),
            libc::CLOCK_MONOTONIC
            | libc::CLOCK_MONOTONIC_RAW
            | libc::CLOCK_MONOTONIC_COARSE
            | libc::CLOCK_BOOTTIME
            | libc::CLOCK_BOOTTIME_ALARM => Some(Base::Uptime),
            libc::CLOCK_PROCESS_CPUTIME_ID | libc::CLOCK_THREAD_CPUTIME_ID => Some(Base::CpuTime),
            // The CPU time of another process or thread.
            id if id < 0 && !is_device(id) => Some(Base::CpuTime),
            _ => None,
        }
    }
}

/// Whether a clock id refers to a device by its descriptor.
pub(super) fn is_device(id: i32) -> bool {
    id < 0 && id & 7 == 3
}

/// The virtual clock. Its instants are nanoseconds since the start.
pub(super) struct Clock {
    page: ClockPage,
    /// The wall clock at the start, since 1970.
    date: u64,
    cpu_time: u64,
}

impl Clock {
    pub(super) fn new(file: ClockFile, date: SystemTime) -> io::Result<Clock> {
        let date = nanoseconds(date.duration_since(UNIX_EPOCH).unwrap_or_default());
        Ok(Clock {
            page: ClockPage::new(file, nanoseconds(UPTIME), date)?,
            date,
            cpu_time: 0,
        })
    }

    pub(super) fn now(&self) -> u64 {
        self.page.now()
    }

    /// The page from which programs read the clock.
    pub(super) fn page(&self) -> &ClockPage {
        &self.page
    }

    pub(super) fn page_mut(&mut self) -> &mut ClockPage {
        &mut self.page
    }

    /// Allows the program this many reads without a system call, at this cost each, until an instant.
    pub(super) fn grant_reads(&mut self, reads: u64, cost: u64, until: u64) {
        // Past the range of the counter the wall clock no longer advances, and the program would not notice.
        let reads = if self.date > u64::MAX / 2 { 0 } else { reads };
        self.page.grant_reads(reads, cost, until);
    }

    /// Returns how many of the granted reads were made, and revokes the rest.
    pub(super) fn take_reads(&mut self) -> u64 {
        self.page.take_reads()
    }

    /// How many of the granted reads were made until now.
    pub(super) fn reads_made(&self) -> u64 {
        self.page.reads_made()
    }

    /// How many of the granted reads are left.
    pub(super) fn reads_left(&self) -> i64 {
        self.page.reads_left()
    }

    /// The time since the start.
    pub(super) fn instant(&self) -> Duration {
        Duration::from_nanos(self.now())
    }

    /// What a clock shows.
    pub(super) fn shows(&self, base: Base) -> Duration {
        Duration::from_nanos(match base {
            Base::Wall => self.date.saturating_add(self.now()),
            Base::Uptime => nanoseconds(UPTIME).saturating_add(self.now()),
            Base::CpuTime => self.cpu_time,
        })
    }

    /// How long the system had been up at an instant, in nanoseconds.
    pub(super) fn uptime_at(instant: u64) -> u64 {
        nanoseconds(UPTIME).saturating_add(instant)
    }

    /// Reads a clock at this cost, and returns what it shows afterwards.
    pub(super) fn read(&mut self, base: Base, cost: u64) -> Duration {
        if base == Base::CpuTime {
            self.cpu_time += CPU_TIME_TICK;
        }
        self.creep(cost);
        self.shows(base)
    }

    /// The instant at which a clock will show this.
    pub(super) fn instant_of(&self, base: Base, shown: u64) -> u64 {
        let left = shown.saturating_sub(nanoseconds(self.shows(base)));
        self.now().saturating_add(left)
    }

    /// The instant this far ahead.
    pub(super) fn ahead(&self, nanoseconds: u64) -> u64 {
        self.now().saturating_add(nanoseconds)
    }

    /// A thread has computed for so long, and this takes time.
    pub(super) fn compute(&mut self, nanoseconds: u64) {
        self.cpu_time = self.cpu_time.saturating_add(nanoseconds);
        self.creep(nanoseconds);
    }

    pub(super) fn creep(&mut self, nanoseconds: u64) {
        self.page.set(self.now().saturating_add(nanoseconds));
    }

    /// Jumps to an instant, unless it has passed.
    pub(super) fn jump(&mut self, to: u64) {
        self.page.set(self.now().max(to));
    }
}

/// Whole nanoseconds; more than fit are as good as forever.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Base, Clock};
    use crate::trace::{clock_cost::READ, clock_page::ClockFile};
    use std::time::{Duration, UNIX_EPOCH};

    fn new() -> Clock {
        let date = UNIX_EPOCH + Duration::from_secs(7);
        Clock::new(ClockFile::new().unwrap(), date).unwrap()
    }

    #[test]
    fn a_read_costs_the_same_whatever_clock_it_reads() {
        let mut clock = new();
        assert_eq!(clock.read(Base::Uptime, READ), Duration::new(100_000, 20));
        assert_eq!(clock.read(Base::Wall, READ), Duration::new(7, 40));
        assert_eq!(clock.read(Base::CpuTime, READ), Duration::from_micros(1));
        assert_eq!(clock.now(), 60);
    }

    #[test]
    fn a_future_time_has_an_instant_and_a_past_time_is_now() {
        let mut clock = new();
        clock.jump(500);
        assert_eq!(clock.instant_of(Base::Wall, 7_000_000_900), 900);
        assert_eq!(clock.instant_of(Base::Wall, 3), 500);
        assert_eq!(
            clock.instant_of(Base::Wall, u64::MAX),
            u64::MAX - 7_000_000_000
        );
        clock.jump(100);
        assert_eq!(clock.now(), 500);
    }
}

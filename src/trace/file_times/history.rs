//! Which virtual instant it was at which real time, for files that are changed during the run.
//!
//! The file system's clock advances in [ticks](super::tick), in which the virtual clock may jump over hours. A file that is
//! changed after a jump must not get the same time as one before it. So before the change the tracer starts a tick, or, where
//! it cannot do that, waits for one. It need not wait if nothing was changed in this tick at another instant.

use super::Nanoseconds;

/// The instants of a run at which files may have been changed.
pub(in crate::trace) struct History {
    /// Real times, and the instants from then on; both ascend.
    instants: Vec<(Nanoseconds, u64)>,
    /// How far the clock creeps, in nanoseconds, until it is another instant.
    creep: u64,
    /// The present instant.
    present: u64,
    /// All files that were changed at earlier instants have times before this one, or this one.
    latest: Nanoseconds,
    /// Files may have been changed since `latest` was set.
    is_changed: bool,
}

impl History {
    pub(super) fn new(start: Nanoseconds, creep: u64) -> History {
        History {
            creep,
            instants: vec![(start, 0)],
            present: 0,
            latest: start,
            is_changed: false,
        }
    }

    /// The clock has jumped to an instant, at this time.
    pub(in crate::trace) fn jumped(&mut self, to: u64, now: Nanoseconds, tick: Nanoseconds) {
        if to == self.present {
            return;
        }
        self.present = to;
        self.close(now);
        self.begin(tick);
    }

    /// A file is about to be changed at an instant, and at this time. Returns whether the file system's clock has
    /// advanced far enough; if not, it must be asked again later.
    pub(in crate::trace) fn may_change(
        &mut self,
        at: u64,
        now: impl FnOnce() -> Nanoseconds,
        tick: impl FnOnce() -> Nanoseconds,
    ) -> bool {
        if at >= self.present.saturating_add(self.creep) {
            self.present = at;
            self.close(now());
        }
        let is_known = self
            .instants
            .last()
            .is_some_and(|(_, at)| *at == self.present);
        let may = is_known || self.begin(tick());
        self.is_changed |= may;
        may
    }

    /// The instant at a real time.
    pub(super) fn virtual_of(&self, real: Nanoseconds) -> u64 {
        let after = self.instants.partition_point(|(from, _)| *from <= real);
        self.instants[..after].last().map_or(0, |(_, at)| *at)
    }

    /// A real time at this instant, or soon after the last one before it.
    pub(super) fn real_of(&self, instant: u64) -> Nanoseconds {
        let after = self.instants.partition_point(|(_, at)| *at <= instant);
        let Some((from, at)) = self.instants[..after].last() else {
            return self.latest;
        };
        let real = from + Nanoseconds::from(instant - at);
        let next = self.instants.get(after);
        next.map_or(real, |(next, _)| real.min(next - 1))
    }

    /// An instant is over: what was changed at it has times up to now.
    fn close(&mut self, now: Nanoseconds) {
        if std::mem::take(&mut self.is_changed) {
            self.latest = now;
        }
    }

    /// Begins the present instant at the file system's time, if no file has that time yet.
    fn begin(&mut self, tick: Nanoseconds) -> bool {
        if tick <= self.latest {
            return false;
        }
        // If two instants begin in one tick, nothing was changed at the first.
        while self.instants.pop_if(|(from, _)| *from >= tick).is_some() {}
        self.instants.push((tick, self.present));
        true
    }
}

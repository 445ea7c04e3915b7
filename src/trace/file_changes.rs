//! When files are changed: each virtual instant gets real times of its own in the file system, so that what a file shows
//! does not depend on the system's tick ([`super::file_times`]).

use super::{
    file_times::{FileTimes, real_time},
    tracer::Tracer,
};
use std::{thread, time::Duration};

/// How long the tracer sleeps until it looks at the file system's clock again.
const PAUSE: Duration = Duration::from_micros(100);
/// How often it looks: the system's clock may have been set back.
const LOOKS: u32 = 200;

impl Tracer<'_> {
    /// The thread that has the turn is about to change a file: sees to it that the file system's clock has advanced
    /// since files were changed at an earlier instant.
    pub(super) fn note_file_change(&mut self) {
        let now = self.clock.now();
        for _ in 0..LOOKS {
            let FileTimes {
                history, ticker, ..
            } = &mut self.file_times;
            if history.may_change(now, real_time, || ticker.tick().unwrap_or_default()) {
                return;
            }
            thread::sleep(PAUSE);
        }
    }

    /// The clock jumps to an instant, unless it has passed.
    pub(super) fn jump_to(&mut self, to: u64) {
        self.clock.jump(to);
        let FileTimes {
            history, ticker, ..
        } = &mut self.file_times;
        let now = real_time();
        let mut tick = ticker.tick().unwrap_or_default();
        // A change by mapped memory is not reported: the instant must begin before it. The first time of a new tick of
        // the system may have been before now; the next is exact.
        if ticker.is_exact() && tick <= now {
            tick = ticker.tick().unwrap_or_default();
        }
        history.jumped(self.clock.now(), now, tick);
    }
}

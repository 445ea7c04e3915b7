//! While somebody outside may have something to say, the clock goes with real time.

use super::{
    Halt,
    clock::nanoseconds,
    outside::Outside,
    rest::Rest,
    thread::{Awaits, State},
    tracer::Tracer,
};
use std::time::Instant;

impl Tracer<'_> {
    /// What a thread waits for outside, if one does.
    pub(super) fn awaited_outside(&mut self) -> Option<String> {
        let outside = &self.outside;
        let waiting = self
            .threads
            .iter_mut()
            .filter(|(_, thread)| thread.state == State::Waiting);
        let awaited = waiting.filter_map(|(id, thread)| {
            let (call, probe) = (&thread.call, &thread.probe);
            let awaits = thread.awaits.get_or_insert_with(|| {
                let what = match call {
                    Some(call) => outside.awaits(*id, &call.made),
                    None => Some(Outside::unknown(probe.call())),
                };
                what.map_or(Awaits::Inside, Awaits::Outside)
            });
            match awaits {
                Awaits::Inside => None,
                Awaits::Outside(what) => Some((thread.born, what.clone())),
            }
        });
        awaited.min().map(|(_, what)| what)
    }

    /// Lets real time pass until somebody moves, or until the instant at which something happens next.
    pub(super) fn hold(&mut self, what: &str, next: Option<u64>) -> Result<(), Halt> {
        self.note(awaited(what));
        let (from, started) = (self.clock.now(), Instant::now());
        let mut rest = Rest::new();
        loop {
            let passed = from.saturating_add(nanoseconds(started.elapsed()));
            self.clock
                .jump(passed.min(next.unwrap_or(u64::MAX)).min(self.limit));
            let has_moved = self.take_reports()? || self.take_output()?;
            if has_moved || next.is_some_and(|next| passed >= next) {
                return Ok(());
            }
            if passed >= self.limit {
                return Err(Halt::VirtualLimit);
            }
            self.watch.look()?;
            rest.take(&self.pace);
        }
    }
}

/// Why another run may differ that has waited for this.
pub(super) fn awaited(what: &str) -> String {
    format!("it waited for {what}, where real time passes")
}

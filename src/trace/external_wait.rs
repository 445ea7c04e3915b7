//! While a thread waits for something outside, the clock follows real time.

use super::{
    Halt,
    backoff::Backoff,
    clock::nanoseconds,
    external::{External, Reach},
    thread::State,
    tracer::Tracer,
};
use std::{collections::BTreeSet, time::Instant};

/// What a thread waits for outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) what: String,
    /// Nobody outside has it open yet.
    pub(super) is_unclaimed: bool,
}

impl Tracer<'_> {
    /// What a thread waits for outside, if one does.
    pub(super) fn awaited_externally(&mut self) -> Option<Awaited> {
        let external = &mut self.external;
        let inside: BTreeSet<_> = self.threads.values().map(|thread| thread.process).collect();
        let waiting = self
            .threads
            .iter_mut()
            .filter(|(_, thread)| thread.state == State::Waiting);
        let awaited = waiting.filter_map(|(id, thread)| {
            let (call, probe) = (&thread.call, &thread.probe);
            let reach = thread.reach.get_or_insert_with(|| match call {
                Some(call) => external.reach(*id, &call.entry, &inside),
                None => Reach::External(External::unknown(probe.call())),
            });
            let (what, is_unclaimed) = match reach {
                Reach::Inside => return None,
                Reach::Named(what) => (what, true),
                Reach::External(what) => (what, false),
            };
            Some((is_unclaimed, thread.creation, what.clone()))
        });
        awaited
            .min()
            .map(|(is_unclaimed, _, what)| Awaited { what, is_unclaimed })
    }

    /// Lets real time pass until a thread moves, or until the next instant at which something is due.
    pub(super) fn wait_externally(
        &mut self,
        outside: &Awaited,
        next: Option<u64>,
    ) -> Result<(), Halt> {
        if !outside.is_unclaimed {
            self.note(awaited(&outside.what));
        }
        let (from, started) = (self.clock.now(), Instant::now());
        let mut backoff = Backoff::new();
        loop {
            let passed = from.saturating_add(nanoseconds(started.elapsed()));
            self.clock
                .jump(passed.min(next.unwrap_or(u64::MAX)).min(self.limit));
            let has_moved = self.handle_stops()? || self.drain_output()?;
            if has_moved {
                // No thread inside could have caused it.
                self.note(awaited(&outside.what));
            }
            if has_moved || next.is_some_and(|next| passed >= next) {
                return Ok(());
            }
            if passed >= self.limit {
                return Err(Halt::VirtualLimit);
            }
            self.watch.check()?;
            backoff.wait(&self.pace);
        }
    }
}

/// Why another run may differ after a wait for this.
pub(super) fn awaited(what: &str) -> String {
    format!("it waited for {what}, where real time passes")
}

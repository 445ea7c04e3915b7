//! While a thread waits for something outside, the clock follows real time.

use super::{
    Halt,
    backoff::Backoff,
    clock::nanoseconds,
    external::{ConnectionId, External, Reach, Sockets},
    thread::State,
    tracer::Tracer,
};
use crate::recording::{Unseen, Varies};
use libc::pid_t;
use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

/// How long bytes may be in flight on this machine.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(1);

/// What a thread waits for outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) what: String,
    pub(super) claim: Claim,
}

/// How a process outside is involved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// Not at all yet, but others may come at any time.
    None,
    /// Not at all yet, but it has a name by which others can open it.
    Possible,
    /// A process outside has it open.
    Held,
}

impl Tracer<'_> {
    /// What a thread waits for outside, if one does.
    pub(super) fn awaited_externally(&mut self) -> Option<Awaited> {
        let inside = self.processes();
        let external = &mut self.external;
        let waiting = self
            .threads
            .iter_mut()
            .filter(|(_, thread)| thread.state == State::Waiting);
        let awaited = waiting.filter_map(|(id, thread)| {
            let (call, probe) = (&thread.call, &thread.probe);
            let reach = thread.reach.get_or_insert_with(|| match call {
                Some(call) => external.reach(*id, &call.entry, &inside),
                None => External::unreported(*id, probe, &inside),
            });
            let (what, claim) = match reach {
                Reach::Inside => return None,
                Reach::Open(what) => (what, Claim::None),
                Reach::Named(what) => (what, Claim::Possible),
                Reach::External(what) => (what, Claim::Held),
            };
            Some((claim, thread.creation, what.clone()))
        });
        let first = awaited.min_by_key(|(claim, creation, _)| (Reverse(*claim), *creation));
        first.map(|(claim, _, what)| Awaited { what, claim })
    }

    /// Waits until all bytes on connections inside have arrived. Returns whether it had to wait.
    pub(super) fn await_arrival(&mut self) -> Result<bool, Halt> {
        let inside = self.processes();
        self.await_while(|sockets| sockets.are_in_flight(&inside))
    }

    /// A thread has moved bytes by a descriptor: on a connection inside that is nearly full, waits until what can arrive has
    /// arrived.
    pub(super) fn await_transfer(
        &mut self,
        id: pid_t,
        descriptor: i32,
        bytes: u64,
    ) -> Result<(), Halt> {
        let Some(connection) = self.external.sockets.note_moved(id, descriptor, bytes) else {
            return Ok(());
        };
        self.await_arrival_on(connection)
    }

    /// A thread is about to move bytes by a descriptor: notes what the system has done by itself on a connection inside that
    /// is nearly full.
    pub(super) fn before_transfer(&mut self, id: pid_t, descriptor: i32) -> Result<(), Halt> {
        let Some(connection) = self.external.sockets.nearly_full(id, descriptor) else {
            return Ok(());
        };
        self.await_arrival_on(connection)
    }

    /// Waits until what was sent on a connection inside has arrived and is acknowledged.
    fn await_arrival_on(&mut self, connection: ConnectionId) -> Result<(), Halt> {
        let inside = self.processes();
        self.await_while(|sockets| sockets.is_in_flight(connection, &inside))?;
        Ok(())
    }

    /// Waits while bytes are in flight on connections inside. Returns whether it had to wait.
    fn await_while(
        &mut self,
        mut are_in_flight: impl FnMut(&mut Sockets) -> bool,
    ) -> Result<bool, Halt> {
        let (mut waited, started) = (false, Instant::now());
        let mut backoff = Backoff::new();
        while are_in_flight(&mut self.external.sockets) {
            waited = true;
            if started.elapsed() >= ARRIVAL_TIMEOUT {
                self.note(&Varies::Arrival(Unseen::Connection));
                self.external.sockets.forget_connections();
                break;
            }
            self.watch.check()?;
            backoff.wait(&self.pace);
        }
        if self.external.sockets.take_was_probed() {
            self.note(&Varies::WindowProbe);
        }
        Ok(waited)
    }

    /// Lets real time pass until a thread moves, or until the next instant at which something is due.
    pub(super) fn wait_externally(
        &mut self,
        outside: &Awaited,
        next: Option<u64>,
    ) -> Result<(), Halt> {
        if outside.claim == Claim::Held {
            self.note(&Varies::Waited(outside.what.clone()));
        }
        let (from, started) = (self.clock.now(), Instant::now());
        let mut backoff = Backoff::new();
        loop {
            let passed = from.saturating_add(nanoseconds(started.elapsed()));
            self.jump_to(passed.min(next.unwrap_or(u64::MAX)).min(self.limit));
            let has_moved = self.handle_stops()? || self.drain_output()?;
            if has_moved {
                // No thread inside could have caused it.
                self.note(&Varies::Waited(outside.what.clone()));
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

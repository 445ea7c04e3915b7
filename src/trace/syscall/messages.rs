//! `recvmmsg` with a time-out: one message after another.
//!
//! The kernel looks at the time-out only after a message has come: a wait for the first one, or for the next, has no end
//! (recvmmsg(2), Bugs). So each message is received by a call of its own, and the clock is asked after each.

use super::time_out::Wait;
use crate::trace::{
    arch::Registers,
    memory::{Unit, read_time, write_time},
    thread::{Call, Step, Then},
    tracer::Tracer,
};
use libc::pid_t;
use std::time::Duration;

/// The size of `struct mmsghdr`.
pub(super) const MESSAGE: u64 = 64;

/// What a thread has received so far.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Messages {
    /// When its time is up.
    end: u64,
    /// What remained when the last one came, in nanoseconds.
    left: u64,
    count: u64,
}

impl Tracer<'_> {
    /// A thread receives messages until a time-out.
    pub(super) fn enter_receive_messages(&mut self, id: pid_t, entry: Registers) {
        let before = self.threads.get(&id).and_then(|thread| thread.messages);
        let Some(messages) = before.or_else(|| self.first_message(id, &entry)) else {
            // The kernel refuses the time-out, or has nothing to receive.
            self.pass(id);
            return;
        };
        let flags = entry.int(3);
        let waits_for_one = flags & libc::MSG_WAITFORONE != 0;
        let no_wait = if waits_for_one && messages.count > 0 {
            libc::MSG_DONTWAIT
        } else {
            0
        };
        let mut one = entry;
        one.set_argument(1, entry.argument(1) + MESSAGE * messages.count);
        one.set_argument(2, 1);
        one.set_argument(3, u64::from((flags | no_wait).cast_unsigned()));
        one.set_argument(4, 0);
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.messages = Some(messages);
        }
        let wait = self.socket_wait(id, &entry).unwrap_or(Wait::PLAIN);
        let (then, step) = (Then::Nothing, Step::Message);
        self.enter_step(id, entry, wait, Some(one), then, step);
    }

    fn first_message(&self, id: pid_t, entry: &Registers) -> Option<Messages> {
        let time = read_time(id, entry.argument(4), Unit::Nanoseconds)?;
        (most(entry) > 0).then(|| Messages {
            end: self.clock.ahead(time),
            left: time,
            count: 0,
        })
    }

    /// One message has come, or none. Returns whether the thread goes on to receive.
    pub(super) fn receives_more(&mut self, id: pid_t, call: &Call, returned: i64) -> bool {
        let now = self.clock.now();
        let thread = self.threads.get_mut(&id);
        let Some(messages) = thread.and_then(|thread| thread.messages.as_mut()) else {
            return false;
        };
        if returned != 1 {
            return false;
        }
        messages.count += 1;
        messages.left = messages.end.saturating_sub(now);
        messages.count < most(&call.entry) && messages.left > 0
    }

    /// The result of a call that has received messages: how many, whatever ended it after the last. Also writes what
    /// remained of its time then.
    pub(super) fn received(&mut self, id: pid_t, call: &Call, returned: i64) -> i64 {
        let thread = self.threads.get_mut(&id);
        let messages = thread.and_then(|thread| thread.messages.take());
        let Some(messages) = messages.filter(|messages| messages.count > 0) else {
            return returned;
        };
        let left = Duration::from_nanos(messages.left);
        write_time(id, call.entry.argument(4), left, Unit::Nanoseconds);
        messages.count.cast_signed()
    }
}

/// The most messages that a call receives; the kernel's limit is `UIO_MAXIOV`.
fn most(entry: &Registers) -> u64 {
    const LIMIT: u64 = 1024;
    (entry.argument(2) & u64::from(u32::MAX)).min(LIMIT)
}

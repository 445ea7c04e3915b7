//! Spin loops, which wait for memory to change: another thread must run for them to end.
//!
//! A computation is not interrupted for seconds, so that no recording depends on where it is interrupted. A thread that
//! spins on a flag would make the others wait all that time. Single-stepping tells the two apart: if after some
//! instructions every register is as before, and none of the instructions has changed memory, the loop never ends
//! unless another thread changes memory. Then it does not matter where the loop is interrupted, and the recording is
//! not marked.

use super::{
    Halt,
    arch::{Effect, INSTRUCTION, Registers, effect},
    memory::read_into,
    ptrace::{self, Resume, Stop},
    tracer::Tracer,
};
use libc::pid_t;
use std::time::Duration;

/// How many instructions a loop may have.
const LONGEST: usize = 256;
/// How long a thread computes before it is first checked for spinning; the time doubles after each check.
const FIRST: Duration = Duration::from_millis(10);
/// How long a spinning thread runs until it is checked again.
const AGAIN: Duration = Duration::from_micros(200);

/// What is known of a thread's current computation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Computation {
    /// It was found to spin.
    spins: bool,
    /// How often it was checked.
    asked: u32,
}

impl Computation {
    /// How long a thread computes in one turn until the next check.
    pub(super) fn next_trial(self) -> Duration {
        if self.spins {
            AGAIN
        } else {
            FIRST * 2_u32.saturating_pow(self.asked)
        }
    }
}

impl Tracer<'_> {
    /// Whether the thread that has the turn spins. If so it is left stopped, otherwise it is resumed.
    pub(super) fn spins(&mut self, id: pid_t) -> Result<bool, Halt> {
        ptrace::interrupt(id);
        let Some(stop) = self.next_stop(id)? else {
            return Ok(false);
        };
        if stop != Stop::Interrupted {
            // Its interrupt stop comes later, and changes nothing.
            self.handle_stop(id, stop)?;
            return Ok(false);
        }
        let (spins, stop) = self.steps_through_loop(id)?;
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.computation.spins = spins;
            thread.computation.asked += 1;
        }
        match stop {
            Some(stop) => self.handle_stop(id, stop)?,
            None if spins => {}
            None => ptrace::resume(id, Resume::Continue),
        }
        Ok(spins)
    }

    /// Single-steps through a possible loop. Returns whether it is one that changes nothing, and any other stop of the
    /// thread.
    fn steps_through_loop(&mut self, id: pid_t) -> Result<(bool, Option<Stop>), Halt> {
        let Some(first) = ptrace::registers(id) else {
            return Ok((false, None));
        };
        let mut before = first;
        for _ in 0..LONGEST {
            let Some(effect) = effect_of(id, &before) else {
                return Ok((false, None));
            };
            ptrace::resume(id, Resume::Step);
            match self.next_stop(id)? {
                Some(Stop::Signal(libc::SIGTRAP)) => {}
                other => return Ok((false, other)),
            }
            let Some(after) = ptrace::registers(id) else {
                return Ok((false, None));
            };
            if effect == Effect::Exchanges && !after.is_same_except_instruction(&before)
                || effect == Effect::ComparesAndExchanges && after.has_exchanged()
            {
                return Ok((false, None));
            }
            if after.is_same(&first) {
                return Ok((true, None));
            }
            before = after;
        }
        Ok((false, None))
    }

    /// The next stop of a thread, which must come; `None` if the thread was killed.
    fn next_stop(&mut self, id: pid_t) -> Result<Option<Stop>, Halt> {
        let mut backoff = super::backoff::Backoff::new();
        loop {
            if let Some((_, stop)) = ptrace::poll_stop(Some(id)) {
                return Ok(Some(stop));
            }
            if self
                .threads
                .get(&id)
                .is_none_or(|thread| thread.probe.is_dead())
            {
                return Ok(None);
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait_for_stop(&self.pace, Some(id));
            }
        }
    }
}

/// What a thread's next instruction does to memory; `None` if that is unknown, or if it enters the kernel.
fn effect_of(id: pid_t, registers: &Registers) -> Option<Effect> {
    let mut code = [0; INSTRUCTION];
    let at = registers.instruction();
    // The instruction may be the last one on its page.
    (1..=INSTRUCTION)
        .rev()
        .find(|len| read_into(id, at, &mut code[..*len]))?;
    effect(&code)
}

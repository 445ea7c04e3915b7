//! Loops that wait for memory to change: a thread in one computes nothing, and another must run for it to end.
//!
//! A thread that computes is not interrupted for seconds, so that where it is interrupted shows in no recording. One that spins
//! on a flag would have others wait for all that time. It is told from a computation by single steps: where some instructions
//! later every register is as it was, and none of these instructions has changed memory, the loop never ends unless
//! somebody else changes memory. It does not matter then where it is interrupted, and the recording is not marked.

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
/// How much a thread computes until it is first asked whether it spins; each time it computes twice as much until the next.
const FIRST: Duration = Duration::from_millis(10);
/// How long a thread that was found to spin runs until it is asked whether it still does.
const AGAIN: Duration = Duration::from_micros(200);

/// What is known of a thread's present computation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Computation {
    /// It was found to spin.
    spins: bool,
    /// How often it was asked whether it spins.
    asked: u32,
}

impl Computation {
    /// How much a thread computes in one turn until it is next asked whether it spins.
    pub(super) fn next_trial(self) -> Duration {
        if self.spins {
            AGAIN
        } else {
            FIRST * 2_u32.saturating_pow(self.asked)
        }
    }
}

impl Tracer<'_> {
    /// Whether a thread that has its turn and computes spins: it is then stopped, and `Ready`. Else it resumes.
    pub(super) fn spins(&mut self, id: pid_t) -> Result<bool, Halt> {
        ptrace::interrupt(id);
        let Some(stop) = self.next_stop(id)? else {
            return Ok(false);
        };
        if stop != Stop::Interrupted {
            // It will report the interruption, too, which changes nothing.
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

    /// Steps through what may be a loop. Says whether it is one that changes nothing, and what else the thread has reported.
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

    /// The next stop of a thread that is about to report one; `None` where it has been killed.
    fn next_stop(&mut self, id: pid_t) -> Result<Option<Stop>, Halt> {
        let mut backoff = super::backoff::Backoff::new();
        loop {
            if let Some((_, stop)) = ptrace::report(Some(id)) {
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
                backoff.wait_for_report(&self.pace, Some(id));
            }
        }
    }
}

/// What the next instruction of a thread does to memory; `None` where that is not known, or it leaves the program.
fn effect_of(id: pid_t, registers: &Registers) -> Option<Effect> {
    let mut code = [0; INSTRUCTION];
    let at = registers.instruction();
    // The instruction may be the last thing in its page.
    (1..=INSTRUCTION)
        .rev()
        .find(|len| read_into(id, at, &mut code[..*len]))?;
    effect(&code)
}

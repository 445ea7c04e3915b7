//! The main loop: which thread has the turn next, and when the clock jumps.
//!
//! One thread has the turn until it blocks, ends, or has made many system calls. Then the tracer waits until all
//! threads are quiescent, and gives the turn to the thread that the scheduler selects. When no thread is ready, the
//! clock jumps to the next deadline, which wakes one thread; input that is sent to the program has such a deadline,
//! too.

use super::{
    Halt,
    chaos::{self, Decision},
    deadlines::TimerId,
    external_wait::Claim,
    log, ptrace,
    scheduler::Turn,
    thread::State,
    tracer::Tracer,
};
use crate::recording::Varies;
use libc::pid_t;
use std::convert::Infallible;

/// What a turn costs if a thread makes many system calls and never waits: it must not starve sleepers.
const TURNS: [(u64, u64); 3] = [(10, 0), (100, 1_000), (u64::MAX, 100_000)];

impl Tracer<'_> {
    /// Runs the program until it ends or the tracer gives up.
    pub(super) fn run(&mut self) -> Halt {
        match self.turns() {
            Err(halt) => halt,
            Ok(never) => match never {},
        }
    }

    fn turns(&mut self) -> Result<Infallible, Halt> {
        // It has stopped after exec.
        self.handle_exec(self.root, self.root)?;
        loop {
            self.watch.check_periodically()?;
            if let Some(current) = self.scheduler.current() {
                self.run_current(current)?;
                continue;
            }
            self.reap_until_quiescent()?;
            self.update_terminal_reads()?;
            self.release_signalled_writers();
            self.scheduler.queue_woken();
            if let Some(id) = self.scheduler.next_resumes_first() {
                self.resume_turn(id)?;
                continue;
            }
            if self.scheduler.due_comes_first() && self.act_if_due()? {
                self.scheduler.queue_yielded();
                continue;
            }
            match self.scheduler.next() {
                Turn::Thread(next) => self.give_turn(next)?,
                Turn::Lone(lone) => {
                    self.creep_for_lone_thread(lone);
                    if self.act_if_due()? {
                        self.scheduler.queue(lone);
                    } else {
                        self.give_turn(lone)?;
                    }
                }
                Turn::Nobody => self.jump()?,
            }
        }
    }

    /// Does one thing that is due now, if there is any: input to the program comes before deadlines.
    fn act_if_due(&mut self) -> Result<bool, Halt> {
        chaos::delay(Decision::Jump);
        if self.clock.now() >= self.limit {
            return Err(Halt::VirtualLimit);
        }
        if self.session_io.is_due(self.clock.instant()) {
            self.recheck_stops = true;
            self.session_io.act(self.clock.instant())?;
            return Ok(true);
        }
        match self.deadlines.expire(self.clock.now()) {
            Some(TimerId::Wait(thread)) => {
                self.end_wait(thread)?;
                Ok(true)
            }
            Some(timer) => {
                self.expire_timer(timer)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Jumps to the next instant at which something is due: no thread is ready.
    fn jump(&mut self) -> Result<(), Halt> {
        if self.await_arrival()? {
            // What has arrived may have woken a thread.
            return Ok(());
        }
        if self.session_io.has_open_questions() && self.awaits_terminal() {
            self.session_io.note_wait_for_terminal();
        }
        if self.session_io.note_quiet(self.clock.instant()) {
            self.log(self.root, |_| "all wait, as the script does");
            self.act_if_due()?;
            return Ok(());
        }
        let next = self.next_instant();
        match self.awaited_externally() {
            Some(awaited) if awaited.claim != Claim::None || next.is_none() => {
                return self.wait_externally(&awaited, next);
            }
            // All threads were quiescent: something outside has caused these stops.
            Some(awaited) if self.handle_stops()? => {
                self.note(&Varies::Waited(awaited.what));
                return Ok(());
            }
            _ => {}
        }
        let Some(next) = next else {
            if self.await_exec_of_spawned()? {
                return Ok(());
            }
            return Err(Halt::Waits(self.waiting()));
        };
        self.log(self.root, |_| {
            format!("all wait: the clock jumps to {}", log::seconds(next))
        });
        self.jump_to(next.min(self.limit));
        self.act_if_due()?;
        Ok(())
    }

    /// Lets the clock creep for a thread that never waits, while others wait for time.
    fn creep_for_lone_thread(&mut self, alone: pid_t) {
        let Some(thread) = self.threads.get_mut(&alone) else {
            return;
        };
        // Clock reads already move the clock.
        if thread.clock_reads.reads > 0 {
            return;
        }
        thread.turns += 1;
        let turns = thread.turns;
        if self.deadlines.next().is_some() || self.session_io.due().is_some() {
            let cost = TURNS.iter().find(|(most, _)| turns < *most);
            self.clock.creep(cost.map_or(0, |(_, cost)| *cost));
        }
    }

    /// Ends a thread's wait, whose time is up.
    fn end_wait(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        let Some(call) = thread
            .call
            .as_mut()
            .filter(|_| thread.state == State::Waiting)
        else {
            return Ok(());
        };
        call.is_due = true;
        ptrace::interrupt(id);
        self.await_stop(id)
    }
}

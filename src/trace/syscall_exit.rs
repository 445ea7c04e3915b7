//! The exit of system calls: what they return to the program, whom they have woken, and when their thread resumes.

use super::{
    Halt,
    children::found_none,
    deadlines::TimerId,
    memory::write,
    polling::EXPIRED_WAIT,
    ptrace::{self, Resume},
    readiness::make_again,
    status::has_signal,
    syscall_entry::wakes,
    thread::{Call, EndedEarly, State, Step, Then},
    tracer::Tracer,
    waits::Kind,
    x86_64::Registers,
};
use libc::{EAGAIN, EINTR, pid_t};
use std::time::Duration;

/// How long a wait is, in nanoseconds, whose time-out is no failed poll.
const LONG_WAIT: u64 = 1_000_000;
/// `getrusage`'s two times at the front of what it gives.
const COMPUTED_TIMES: usize = 32;

// What a call says when a signal has ended it, on the way out of the kernel: how it is to be made again.
const ERESTARTSYS: i64 = 512;
const ERESTARTNOINTR: i64 = 513;
pub(super) const ERESTARTNOHAND: i64 = 514;
const ERESTART_RESTARTBLOCK: i64 = 516;

impl Tracer<'_> {
    /// A thread that does not have the turn has left its call for a signal, which still stands in the queue of its process:
    /// it is resumed up to where the signal is delivered, before another thread takes it from there. Says whether that is so.
    pub(super) fn leaves_for_signal(&mut self, id: pid_t) -> bool {
        let Some(registers) = ptrace::registers(id) else {
            return false;
        };
        let given = registers.result();
        let Some(thread) = self.threads.get_mut(&id) else {
            return false;
        };
        let call = thread
            .call
            .filter(|call| !call.is_due && is_ended_by_signal(given) && has_signal(id));
        let Some(call) = call else {
            return false;
        };
        thread.call = None;
        self.give_back(id, &call, registers);
        self.set_state(id, State::Signalled);
        ptrace::resume(id, Resume::On);
        true
    }

    /// A thread is at the exit of a call.
    pub(super) fn on_syscall_exit(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(registers) = ptrace::registers(id) else {
            return Ok(());
        };
        let Some(call) = self
            .threads
            .get_mut(&id)
            .and_then(|thread| thread.call.take())
        else {
            self.go_on(id, Resume::On);
            return Ok(());
        };
        let given = registers.result();
        let is_repeated = match call.step {
            Step::Call | Step::Child => false,
            Step::Readiness => !is_ended_by_signal(given),
            Step::MoreBytes => call.is_due,
        };
        if is_repeated {
            // Another thread may have taken what there was: the call checks again. Or it takes what is there.
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.child_is_ready = true;
            }
            make_again(id, registers, &call.made);
            return Ok(());
        }
        if call.step == Step::Child && found_none(id, &call.made, given) {
            make_again(id, registers, &call.made);
            return Ok(());
        }
        self.after_terminal_call(id, &call.made, given);
        self.give_back(id, &call, registers);
        match call.then {
            Then::Nothing => {}
            Then::TakeDown => {
                self.session_io.drain()?;
                self.session_io.wrote(self.clock.instant())?;
            }
            Then::HideComputed(address) => {
                // `wait4` says 0 where it has found nobody, and then tells nothing.
                if given > 0 || (given == 0 && call.made.call() != libc::SYS_wait4) {
                    write(id, address, &[0; COMPUTED_TIMES]);
                }
            }
            Then::Check(check) => self.answer_checked(id, &call, check, given)?,
            Then::LetMove => self.has_killed = true,
            Then::NotePrivate(kind) => {
                if let Ok(object) = i32::try_from(given)
                    && given >= 0
                {
                    self.external.note_private(kind, object);
                }
            }
            Then::Complete => {
                self.after_submit(id, &call.made, given)?;
                self.session_io.drain()?;
                self.session_io.wrote(self.clock.instant())?;
            }
            Then::NoteSocket => {
                if let Ok(socket) = i32::try_from(given)
                    && given >= 0
                {
                    self.external.note_socket(id, socket);
                }
            }
        }
        let waited = self.waited(id, &call);
        let in_vain = given == -i64::from(EAGAIN)
            || (call.wait.kind == Kind::Probe && given == 0)
            || waited == Some(0);
        let mut yields = self.count_call(id);
        if in_vain {
            yields |= self.polled(id);
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        if !in_vain
            && (call.wait.kind == Kind::Sleep || waited.is_none_or(|waited| waited >= LONG_WAIT))
        {
            thread.gets_on();
        }
        if self.has_killed || self.has_woken(wakes(&call.made)) {
            self.let_others_rest(id, yields);
        } else {
            self.after_call(id, yields);
        }
        Ok(())
    }

    /// Gives a thread what its call has given, behind the call as it made it.
    fn give_back(&mut self, id: pid_t, call: &Call, mut registers: Registers) {
        if call.step == Step::MoreBytes {
            // A signal has ended the wait: if it is not ignored the read takes what is there.
            registers.repeat_call(&call.made);
            ptrace::set_registers(id, &registers);
            return;
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.reading = None;
        }
        let result = self.result(id, call, registers.result());
        registers.restore_call(&call.made);
        registers.set_result(result);
        ptrace::set_registers(id, &registers);
    }

    /// What a call gives to the program.
    fn result(&mut self, id: pid_t, call: &Call, given: i64) -> i64 {
        let ended_by_signal = is_ended_by_signal(given);
        if call.is_due {
            self.clock.creep(EXPIRED_WAIT);
        }
        if ended_by_signal && call.is_due {
            return call.wait.time_out(id, &call.made);
        }
        // A sleep tells it only where a signal that is not ignored has ended it.
        if call.wait.kind != Kind::Sleep {
            call.wait.tell_left(id, self.left_to_wait(id));
        }
        if !ended_by_signal {
            return given;
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = Some(EndedEarly {
                made: call.made,
                is_final: given == -i64::from(EINTR),
                wait: call.wait,
            });
        }
        match -given {
            // What the read would have said.
            ERESTARTNOHAND if call.step == Step::Readiness => -ERESTARTSYS,

            // The system would make a call again that only it knows.
            ERESTART_RESTARTBLOCK => -ERESTARTNOHAND,
            // With its time-out this would have been such a call.
            ERESTARTSYS
                if self.deadlines.of(TimerId::Wait(id)).is_some()
                    && call.made.call() == libc::SYS_futex =>
            {
                -ERESTARTNOHAND
            }
            // It makes the program's own call again, whose time-out is an instant.
            _ => given,
        }
    }

    /// How long a call has waited, in nanoseconds, if its time-out has ended it.
    fn waited(&self, id: pid_t, call: &Call) -> Option<u64> {
        let at = self
            .deadlines
            .of(TimerId::Wait(id))
            .filter(|_| call.is_due)?;
        Some(at.saturating_sub(call.from))
    }

    /// What is left of the time that a thread waits.
    pub(super) fn left_to_wait(&self, id: pid_t) -> Duration {
        let at = self.deadlines.of(TimerId::Wait(id)).unwrap_or(0);
        Duration::from_nanos(at.saturating_sub(self.clock.now()))
    }
}

/// Whether a call says that a signal has ended it.
pub(super) fn is_ended_by_signal(given: i64) -> bool {
    let restarts = [
        ERESTARTSYS,
        ERESTARTNOINTR,
        ERESTARTNOHAND,
        ERESTART_RESTARTBLOCK,
    ];
    given == -i64::from(EINTR) || restarts.contains(&-given)
}

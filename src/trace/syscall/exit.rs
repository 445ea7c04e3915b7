//! The exit of system calls: what they return to the program, which threads they have woken, and when their thread
//! resumes.

use super::{
    child::found_no_child,
    clock_read::hide_usage,
    processor,
    read::restart_call,
    restart::{self, is_ended_by_signal},
    sleep::exit_sleep_by_process,
    system::hide_names,
    time_out::Kind,
    wake_ups::wakes,
};
use crate::trace::{
    Halt,
    arch::{self, Registers},
    clock_cost::EXPIRED_WAIT,
    deadlines::TimerId,
    ptrace::{self, Resume},
    thread::{Call, EndedEarly, Step, Then},
    tracer::Tracer,
};
use libc::{EAGAIN, EINTR, EIO, pid_t};
use std::time::Duration;

/// A wait of at least this many nanoseconds that expires is not a failed poll.
const LONG_WAIT: u64 = 1_000_000;

impl Tracer<'_> {
    /// A thread is at the exit of a system call.
    pub(in crate::trace) fn handle_syscall_exit(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(mut registers) = ptrace::registers(id) else {
            return Ok(());
        };
        let Some(call) = self
            .threads
            .get_mut(&id)
            .and_then(|thread| thread.call.take())
        else {
            self.resume_on_turn(id, Resume::Continue);
            return Ok(());
        };
        let mut returned = registers.result();
        if self.is_repeated(id, &call, returned) {
            // On the restart it checks again whether it would block, as another thread may have been faster.
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.child_is_ready = true;
            }
            restart_call(id, registers, &call.entry);
            return Ok(());
        }
        if call.step == Step::Child && found_no_child(id, &call.entry, returned) {
            restart_call(id, registers, &call.entry);
            return Ok(());
        }
        if call.step == Step::Message {
            returned = self.received(id, &call, returned);
            registers.set_result(returned);
        }
        self.after_terminal_call(id, &call.entry, returned);
        self.complete_call(id, &call, registers);
        if returned >= 0 {
            self.exit_transfer(id, &call.entry, returned)?;
        }
        let mut is_answered = false;
        match call.then {
            Then::Return(_) | Then::HideNames | Then::HideUptime if returned < 0 => {}
            Then::Nothing => {}
            Then::DrainOutput => is_answered = self.exit_write()?,
            Then::HideUsage(address) => {
                // `wait4` returns 0 if it has found no child, and then writes nothing.
                if returned > 0 || (returned == 0 && call.entry.call() != libc::SYS_wait4) {
                    hide_usage(id, address);
                }
            }
            Then::ReadClock(base) => self.exit_clock_read(id, &call, base, returned)?,
            Then::RefuseSleep => exit_sleep_by_process(id, &call, returned)?,
            Then::Affinity(affinity) => processor::replace(id, &call, affinity, returned),
            Then::Return(result) => processor::replace_result(id, result),
            Then::HideNames => hide_names(id, call.entry.argument(0)),
            Then::HideUptime => self.hide_uptime(id, call.entry.argument(0)),
            Then::ThreadMemory => arch::exit_thread_memory(id, returned),
            Then::ReadCompiled => self.exit_read_compiled(id, &call.entry, returned),
            Then::WriteCompiled => self.exit_write_compiled(id, &call.entry, returned),
            Then::TranslateTimes => {
                if returned == 0 {
                    self.translate_times(id, &call.entry);
                }
            }
            Then::WaitUntilQuiescent => self.recheck_stops = true,
            Then::NoteTimer(base) => self.exit_timer_create(id, &call, base, returned)?,
            Then::NoteTimerFile(base) => self.exit_timer_file(id, &call, base, returned)?,
            Then::NotePrivate(kind) => self.exit_system_v(kind, returned),
            Then::Complete => {
                self.exit_submit(id, &call.entry, returned)?;
                is_answered = self.exit_write()?;
            }
            Then::NoteSocket(_) | Then::NotePort | Then::NoteConnected | Then::NoteAccepted => {
                self.exit_socket_call(id, &call, returned);
            }
        }
        let waited = self.waited(id, &call);
        let has_failed = returned == -i64::from(EAGAIN)
            || (call.wait.kind == Kind::NonBlocking && returned == 0)
            || waited == Some(0);
        let mut yields = self.count_call(id);
        if has_failed {
            yields |= self.count_failed_poll(id);
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        if !has_failed
            && (call.wait.kind == Kind::Sleep || waited.is_none_or(|waited| waited >= LONG_WAIT))
        {
            thread.reset_polling();
        }
        if is_answered || self.recheck_stops || self.reap_due || self.has_woken(wakes(&call.entry))
        {
            self.resume_when_quiescent(id, yields);
        } else {
            self.after_call(id, yields);
        }
        Ok(())
    }

    /// Whether a step of a system call has been made, and the call is made again.
    fn is_repeated(&mut self, id: pid_t, call: &Call, returned: i64) -> bool {
        match call.step {
            Step::Call | Step::Child => false,
            Step::Message => self.receives_more(id, call, returned),
            Step::Readiness => {
                !is_ended_by_signal(returned) && !self.has_lost_its_master(id, &call.entry)
            }
            Step::MoreBytes => call.is_due,
        }
    }

    /// A system call may have received messages, told of timers, and moved bytes.
    fn exit_transfer(&mut self, id: pid_t, entry: &Registers, returned: i64) -> Result<(), Halt> {
        self.exit_receive(id, entry, returned);
        if returned > 0 && !self.timers.is_empty() {
            self.tell_of_timers(id, entry, returned);
        }
        self.note_transfer(id, entry, returned)
    }

    /// Restores a thread's own number and arguments, and sets the result.
    pub(in crate::trace) fn complete_call(
        &mut self,
        id: pid_t,
        call: &Call,
        mut registers: Registers,
    ) {
        if call.step == Step::MoreBytes {
            // A signal has ended the wait: unless it is ignored, the read takes what is there.
            registers.repeat_call(&call.entry);
            ptrace::set_registers(id, &registers);
            return;
        }
        let returned = match call.step {
            // A signal may have ended it.
            Step::Message => self.received(id, call, registers.result()),
            Step::Readiness if self.has_lost_its_master(id, &call.entry) => -i64::from(EIO),
            _ => registers.result(),
        };
        // After an ignored signal it goes on with the settings that it began with.
        let goes_on = call.step == Step::Readiness && is_ended_by_signal(returned);
        if let Some(thread) = self.threads.get_mut(&id).filter(|_| !goes_on) {
            thread.reading = None;
        }
        let result = self.result(id, call, returned);
        registers.restore_call(&call.entry);
        registers.set_result(result);
        ptrace::set_registers(id, &registers);
    }

    /// The result that the program gets.
    fn result(&mut self, id: pid_t, call: &Call, returned: i64) -> i64 {
        let ended_by_signal = is_ended_by_signal(returned);
        if call.is_due {
            self.clock.creep(EXPIRED_WAIT);
        }
        if ended_by_signal && call.is_due {
            return call.wait.time_out(id, &call.entry);
        }
        // A sleep reports the remaining time only when a signal that is not ignored ends it.
        if call.wait.kind != Kind::Sleep {
            call.wait.write_remaining(id, self.remaining_wait(id));
        }
        if !ended_by_signal {
            return returned;
        }
        let has_time_out = self.deadlines.of(TimerId::Wait(id)).is_some();
        let result = restart::result(call, returned, has_time_out);
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = Some(EndedEarly {
                call: *call,
                is_final: result == -i64::from(EINTR),
            });
        }
        result
    }

    /// How long a system call has waited, in nanoseconds, if its time-out ended it.
    fn waited(&self, id: pid_t, call: &Call) -> Option<u64> {
        let at = self
            .deadlines
            .of(TimerId::Wait(id))
            .filter(|_| call.is_due)?;
        Some(at.saturating_sub(call.from))
    }

    /// The remaining time of a thread's wait.
    pub(in crate::trace) fn remaining_wait(&self, id: pid_t) -> Duration {
        let at = self.deadlines.of(TimerId::Wait(id)).unwrap_or(0);
        Duration::from_nanos(at.saturating_sub(self.clock.now()))
    }
}

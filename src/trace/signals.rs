//! Signals: what each does to the thread that receives it, and to the system call that it waits in.
//!
//! A traced thread leaves its system call for any signal, even an ignored one. The call then returns an `ERESTART…`
//! number to the kernel, which says whether and how it is restarted (`signal(7)`, `restart_syscall(2)`).

use super::{
    Halt,
    proc::{catches, has_signal, ignores},
    ptrace::{self, Resume},
    syscall::{
        bpf,
        restart::{ERESTARTNOHAND, is_ended_by_signal},
        time_out::Kind,
    },
    thread::{EndedEarly, State, Step},
    tracer::Tracer,
};
use libc::pid_t;

/// The `si_code` of a `SIGSYS` that a filter sent (`sigaction(2)`).
const SYS_SECCOMP: i32 = 1;

impl Tracer<'_> {
    pub(super) fn handle_signal(&mut self, id: pid_t, signal: i32) -> Result<(), Halt> {
        if signal == libc::SIGSEGV && (self.read_counter(id)? || self.answers_cpuid(id)) {
            return Ok(());
        }
        if signal == libc::SIGSYS && is_foreign_call(id) {
            return Err(Halt::unsupported(
                id,
                "it makes system calls of another convention (32-bit or x32), which are unknown",
            ));
        }
        if signal == libc::SIGXCPU && is_from_system(id) {
            self.note_cpu_limit(signal);
        }
        if !self.timers.is_empty() {
            self.patch_timer_signal(id);
        }
        let early = self.threads.get(&id).and_then(|thread| thread.ended_early);
        let has_read_nothing = early.is_some_and(|early| early.call.step == Step::Readiness);
        let early = early.and_then(|early| self.ended_by(&early, id, signal));
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = early;
            if thread.reading.is_some() && !ignores(id, signal) {
                // What it restarts, if it does, is another read.
                thread.reading.take_if(|_| has_read_nothing);
                if let Some(reading) = &mut thread.reading {
                    reading.is_interrupted = true;
                }
            }
        }
        self.resume_on_turn(id, Resume::WithSignal(signal));
        Ok(())
    }

    /// A group-stop (SIGSTOP and others): the thread stays stopped until SIGCONT.
    pub(super) fn handle_group_stop(&mut self, id: pid_t) {
        ptrace::listen(id);
        self.set_state(id, State::Stopped);
        if let Some(thread) = self.threads.get_mut(&id) {
            // After SIGCONT such a wait restarts with the remaining time that it wrote to memory.
            thread.ended_early = thread
                .ended_early
                .filter(|early| !early.call.wait.begins_anew());
        }
    }

    /// What remains of a wait that a signal has ended; `None` if it is not restarted with the remaining time.
    fn ended_by(&self, early: &EndedEarly, id: pid_t, signal: i32) -> Option<EndedEarly> {
        if !ignores(id, signal) {
            if early.call.wait.kind == Kind::Sleep {
                early.call.wait.write_remaining(id, self.remaining_wait(id));
            }
            // Its result goes to the program, or it is restarted with the remaining time that it wrote to memory.
            let is_over = early.is_final || early.call.wait.begins_anew() || catches(id, signal);
            return (!is_over).then_some(*early);
        }
        // An ignored signal wakes only traced threads: without a tracer the wait would not have been interrupted.
        if early.is_final {
            let mut registers = ptrace::registers(id)?;
            if !registers.is_same_call(&early.call.entry) {
                return None;
            }
            registers.set_result(-ERESTARTNOHAND);
            ptrace::set_registers(id, &registers);
        }
        Some(EndedEarly {
            is_final: false,
            ..*early
        })
    }

    /// A thread that does not have the turn has left its system call for a signal that is still pending: resumes it up
    /// to the signal-delivery-stop, before another thread takes the signal. Returns whether that is so.
    pub(super) fn leaves_for_signal(&mut self, id: pid_t) -> bool {
        let Some(registers) = ptrace::registers(id) else {
            return false;
        };
        let returned = registers.result();
        let Some(thread) = self.threads.get_mut(&id) else {
            return false;
        };
        let call = thread
            .call
            .filter(|call| !call.is_due && is_ended_by_signal(returned) && has_signal(id));
        let Some(call) = call else {
            return false;
        };
        thread.call = None;
        self.complete_call(id, &call, registers);
        self.set_state(id, State::Signalled);
        ptrace::resume(id, Resume::Continue);
        true
    }
}

/// Whether the kernel itself sent the signal that a thread is about to receive.
fn is_from_system(thread: pid_t) -> bool {
    ptrace::signal_info(thread).is_some_and(|info| info.si_code > 0)
}

/// Whether the signal that a thread is about to receive reports a system call of another convention.
fn is_foreign_call(thread: pid_t) -> bool {
    ptrace::signal_info(thread).is_some_and(|info| {
        info.si_signo == libc::SIGSYS
            && info.si_code == SYS_SECCOMP
            && info.si_errno == i32::from(bpf::FOREIGN)
    })
}

//! What the tracer does with a thread at the entry of a system call: it lets it pass, answers in the kernel's place, or resumes
//! it up to the exit.

use super::{
    time_out::{Decoded, Wait, decode},
    wake_ups::{self, blocks},
};
use crate::trace::{
    Halt,
    arch::{self, Registers},
    deadlines::TimerId,
    ptrace::{self, Resume},
    thread::{Call, Step, Then},
    tracer::Tracer,
};
use libc::{EFAULT, pid_t};

/// How many system calls a thread may make in one turn.
pub(in crate::trace) const MAX_CALLS: u32 = 500;

impl Tracer<'_> {
    /// Enters a system call that may block, perhaps with a time-out, or wake others, and needs nothing else.
    pub(super) fn enter_plain(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if !blocks(&entry) && !self.has_waiters(id, wake_ups::wakes(&entry)) {
            self.pass(id);
            return Ok(());
        }
        self.enter_then(id, entry, Then::Nothing)
    }

    /// Enters a system call that may block or wake others, and whose exit is handled.
    pub(super) fn enter_then(
        &mut self,
        id: pid_t,
        entry: Registers,
        then: Then,
    ) -> Result<(), Halt> {
        match decode(id, &entry, &self.clock) {
            Decoded::Wait(wait, changed) => {
                let wait = self.socket_wait(id, &entry).unwrap_or(wait);
                self.enter(id, entry, wait, changed, then);
            }
            Decoded::Refused => self.pass(id),
            Decoded::Unsupported(why) => return unsupported(id, &entry, why),
        }
        Ok(())
    }

    /// Lets a system call run without handling its exit.
    pub(in crate::trace) fn pass(&mut self, id: pid_t) {
        let yields = self.count_call(id);
        self.after_call(id, yields);
    }

    /// Skips a system call, which returns this result.
    pub(in crate::trace) fn answer(&mut self, id: pid_t, entry: Registers, result: i64) {
        set_answer(id, entry, result);
        self.pass(id);
    }

    /// Resumes a thread into its system call, perhaps changed, up to the exit.
    pub(in crate::trace) fn enter(
        &mut self,
        id: pid_t,
        entry: Registers,
        wait: Wait,
        changed: Option<Registers>,
        then: Then,
    ) {
        self.enter_step(id, entry, wait, changed, then, Step::Call);
    }

    /// Resumes a thread into one step of its system call.
    pub(super) fn enter_step(
        &mut self,
        id: pid_t,
        entry: Registers,
        wait: Wait,
        changed: Option<Registers>,
        then: Then,
        step: Step,
    ) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let restarted = thread
            .ended_early
            .take()
            .filter(|early| !early.is_final && early.call.entry.is_same_call(&entry));
        let timer = TimerId::Wait(id);
        if restarted.is_some() && wait.deadline.is_some() && self.deadlines.of(timer).is_some() {
            self.deadlines.resume(timer);
        } else {
            self.deadlines.set(timer, wait.deadline);
        }
        thread.call = Some(Call {
            entry,
            from: self.clock.now(),
            number: restarted.map_or(self.calls, |early| early.call.number),
            wait,
            then,
            is_due: false,
            step,
        });
        self.calls += 1;
        if let Some(changed) = changed {
            ptrace::set_registers(id, &changed);
        }
        ptrace::resume(id, Resume::ToSyscallExit);
    }

    /// Counts a system call. Returns whether the turn is over.
    pub(super) fn count_call(&mut self, id: pid_t) -> bool {
        self.threads.get_mut(&id).is_some_and(|thread| {
            thread.calls += 1;
            thread.calls >= MAX_CALLS
        })
    }
}

/// A system call is not supported in virtual time.
///
/// # Errors
/// Always.
pub(in crate::trace) fn unsupported(id: pid_t, entry: &Registers, why: &str) -> Result<(), Halt> {
    let name = arch::call_name(entry.call());
    Err(Halt::unsupported(
        id,
        &format!("it calls `{name}`, and {why}"),
    ))
}

/// Makes a system call return this result, without being executed.
pub(super) fn set_answer(id: pid_t, mut entry: Registers, result: i64) {
    entry.answer(result);
    ptrace::set_registers(id, &entry);
}

/// The result of a system call that writes to memory: `EFAULT` if the memory is not mapped.
pub(super) fn filled(is_there: bool) -> i64 {
    if is_there { 0 } else { -i64::from(EFAULT) }
}

/// The registers for another system call, with its first arguments.
pub(super) fn with_call(entry: &Registers, call: libc::c_long, arguments: &[u64]) -> Registers {
    let mut changed = *entry;
    changed.set_call(call);
    for (index, value) in arguments.iter().enumerate() {
        changed.set_argument(index, *value);
    }
    changed
}

/// An endless `ppoll` of this many entries at an address.
pub(super) fn endless_ppoll(entry: &Registers, address: u64, count: u64) -> Registers {
    with_call(entry, libc::SYS_ppoll, &[address, count, 0, 0, 0])
}

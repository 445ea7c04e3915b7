//! System calls: what happens at the entry and at the exit of those that the filter reports.
//!
//! At entry the tracer emulates a system call, or resumes the thread into it, perhaps with other arguments. At exit the
//! program gets back its own number and arguments, and the result. The [table] says which family handles a system call;
//! each family has a file, with entry and exit side by side.

use self::{
    table::Family,
    time_out::{Decoded, Wait, decode},
    wake_ups::{Waits, blocks},
};
use super::{
    Halt,
    arch::{self, Registers},
    deadlines::TimerId,
    ptrace::{self, Resume},
    thread::{Call, State, Step, Then},
    tracer::Tracer,
};
use libc::{EFAULT, pid_t};

pub(super) mod attributes;
pub(super) mod bpf;
mod child;
pub(super) mod clock_read;
pub(super) mod compiled_python;
pub(super) mod cpu_limit;
pub(super) mod descriptor;
mod exit;
pub(super) mod futex;
mod known_file;
pub(super) mod linux_aio;
mod lock;
pub(super) mod messages;
pub(super) mod objects;
mod packet_time;
mod poll;
pub(super) mod processor;
mod random;
pub(super) mod read;
pub(super) mod restart;
mod signal;
mod sleep;
pub(super) mod socket;
mod stat;
mod system;
mod system_v;
pub(super) mod table;
mod terminal;
pub(super) mod terminal_read;
pub(super) mod time_out;
pub(super) mod timer;
mod tty_space;
pub(super) mod wake_ups;
mod write;

/// How many system calls a thread may make in one turn.
pub(super) const MAX_CALLS: u32 = 500;

impl Tracer<'_> {
    /// The thread that has the turn is at the entry of a system call.
    pub(super) fn handle_syscall_entry(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(entry) = ptrace::registers(id) else {
            return Ok(());
        };
        let Some(row) = table::of(entry.call()) else {
            self.pass(id);
            return Ok(());
        };
        self.ended_waits = self.ended_waits.and(wake_ups::wakes(&entry));
        self.readiness_signals |= signal::asks_for_signals(&entry);
        self.note_watcher(row, &entry);
        if row.waits == Waits::SPACE && self.must_hold_write(id, &entry) {
            self.held_writers.push(id);
            self.set_state(id, State::HeldAtEntry);
            return Ok(());
        }
        self.pull_out_before_release(id, &entry, row)?;
        if row.waits != Waits::SPACE && row.family != Family::Socket {
            self.note_outside_asked(id, &entry);
        }
        match row.family {
            Family::ChangeFile if self.copies_known(id, &entry) => {}
            Family::Unseen | Family::Event | Family::Notify | Family::Watch => self.pass(id),
            Family::Exec => {
                self.pull_out_pollers()?;
                self.pass(id);
            }
            Family::Plain => return self.enter_plain(id, entry),
            Family::Aio => self.enter_submit(id, entry),
            Family::Attribute => return self.enter_attribute(id, entry),
            Family::ChangeFile => {
                self.note_file_change();
                self.pass(id);
            }
            Family::Child => self.enter_child_wait(id, entry),
            Family::Clock(read) => return self.enter_clock_read(id, entry, read),
            Family::CpuLimit => self.enter_cpu_limit(id, entry),
            Family::Descriptor(closes) => return self.enter_close(id, entry, closes),
            Family::Processor => self.enter_affinity(id, entry),
            Family::Random => self.enter_random(id, entry),
            Family::Read => return self.enter_read(id, entry),
            Family::Send => return self.enter_send(id, entry),
            Family::SetFileTimes => self.enter_set_file_times(id, entry),
            Family::Signal(sends) => {
                self.enter(id, entry, Wait::PLAIN, None, sends.at_exit(&entry));
            }
            Family::Sleep => return self.enter_sleep(id, entry),
            Family::Socket => return self.enter_socket(id, entry),
            Family::System => self.enter_system(id, entry),
            Family::SystemV => self.enter_system_v(id, entry),
            Family::Stat => self.enter_stat(id, entry),
            Family::Terminal => self.enter_terminal(id, entry),
            Family::ThreadMemory => self.enter_thread_memory(id, entry),
            Family::SocketOption => return self.enter_socket_option(id, entry),
            Family::Timer(call) => return self.enter_timer(id, entry, call),
            Family::Write => self.enter_write(id, entry),
            Family::Yield => self.enter_yield(id, entry),
        }
        Ok(())
    }

    /// Enters a system call that may block, perhaps with a time-out, or wake others, and needs nothing else.
    fn enter_plain(&mut self, id: pid_t, entry: Registers) -> Result<(), Halt> {
        if !blocks(&entry) && !self.has_waiters(id, wake_ups::wakes(&entry)) {
            self.pass(id);
            return Ok(());
        }
        self.enter_then(id, entry, Then::Nothing)
    }

    /// Enters a system call that may block or wake others, and whose exit is handled.
    fn enter_then(&mut self, id: pid_t, entry: Registers, then: Then) -> Result<(), Halt> {
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
    pub(super) fn pass(&mut self, id: pid_t) {
        let yields = self.count_call(id);
        self.after_call(id, yields);
    }

    /// Skips a system call, which returns this result.
    pub(super) fn answer(&mut self, id: pid_t, entry: Registers, result: i64) {
        set_answer(id, entry, result);
        self.pass(id);
    }

    /// Resumes a thread into its system call, perhaps changed, up to the exit.
    pub(super) fn enter(
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
    fn enter_step(
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
    fn count_call(&mut self, id: pid_t) -> bool {
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
pub(super) fn unsupported(id: pid_t, entry: &Registers, why: &str) -> Result<(), Halt> {
    let name = arch::call_name(entry.call());
    Err(Halt::unsupported(
        id,
        &format!("it calls `{name}`, and {why}"),
    ))
}

/// Makes a system call return this result, without being executed.
fn set_answer(id: pid_t, mut entry: Registers, result: i64) {
    entry.answer(result);
    ptrace::set_registers(id, &entry);
}

/// The result of a system call that writes to memory: `EFAULT` if the memory is not mapped.
fn filled(is_there: bool) -> i64 {
    if is_there { 0 } else { -i64::from(EFAULT) }
}

/// The registers for another system call, with its first arguments.
fn with_call(entry: &Registers, call: libc::c_long, arguments: &[u64]) -> Registers {
    let mut changed = *entry;
    changed.set_call(call);
    for (index, value) in arguments.iter().enumerate() {
        changed.set_argument(index, *value);
    }
    changed
}

/// An endless `ppoll` of this many entries at an address.
fn endless_ppoll(entry: &Registers, address: u64, count: u64) -> Registers {
    with_call(entry, libc::SYS_ppoll, &[address, count, 0, 0, 0])
}

//! System calls: what happens at the entry and at the exit of those that the filter reports.
//!
//! At entry the tracer emulates a system call, or resumes the thread into it, perhaps with other arguments. At exit the
//! program gets back its own number and arguments, and the result. The [table] says which family handles a system call;
//! each family has a file, with entry and exit side by side.

use self::{table::Family, time_out::Wait, wake_ups::Waits};
use super::{Halt, ptrace, thread::State, tracer::Tracer};
use libc::pid_t;

pub(super) mod attributes;
pub(super) mod bpf;
mod child;
pub(super) mod clock_read;
pub(super) mod compiled_python;
pub(super) mod cpu_limit;
pub(super) mod descriptor;
pub(super) mod entry;
mod exit;
pub(super) mod file_kind;
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
pub(super) mod socket_time_out;
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
        self.enter_transfer(id, &entry)?;
        self.pull_out_before_release(id, &entry, row)?;
        if row.waits != Waits::SPACE && row.family != Family::Socket {
            self.note_outside_asked(id, &entry);
        }
        match row.family {
            Family::ChangeFile if self.copies_known(id, &entry) => {}
            Family::Unseen | Family::Event | Family::Notify | Family::Watch => self.pass(id),
            Family::Exec => {
                self.pull_out_pollers()?;
                self.executing.insert(id);
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
            Family::Terminal => return self.enter_terminal(id, entry),
            Family::ThreadMemory => self.enter_thread_memory(id, entry),
            Family::SocketOption => return self.enter_socket_option(id, entry),
            Family::Timer(call) => return self.enter_timer(id, entry, call),
            Family::Write => self.enter_write(id, entry),
            Family::Yield => self.enter_yield(id, entry),
        }
        Ok(())
    }
}

//! What traced threads report: ptrace stops, and what follows from each.

use super::{
    Halt,
    clock::{Base, nanoseconds},
    deadlines::TimerId,
    exec, filter,
    memory::read,
    ptrace::{self, Resume, Stop},
    spin_loops::Computation,
    status::{catches, ignores, process_of},
    syscall::{ERESTARTNOHAND, time_out::Kind},
    thread::{EndedEarly, Next, State, Thread},
    tracer::Tracer,
};
use crate::recording::{End, Signal};
use libc::pid_t;

/// What `SIGSYS` says when a filter sent it (`sigaction(2)`).
const SYS_SECCOMP: i32 = 1;

impl Tracer<'_> {
    /// Takes in a report.
    pub(super) fn on_stop(&mut self, id: pid_t, stop: Stop) -> Result<(), Halt> {
        if !self.threads.contains_key(&id) {
            // Its making is about to be reported.
            self.early.insert(id, stop);
            return Ok(());
        }
        self.count_page_reads(id);
        self.log_stop(id, stop);
        if stop != Stop::Interrupted
            && let Some(thread) = self.threads.get_mut(&id)
        {
            // What it computes next is another computation.
            thread.computation = Computation::default();
        }
        match stop {
            Stop::Exited(status) => {
                let status = u8::try_from(status & 0xff).unwrap_or(u8::MAX);
                self.ended(id, End::Exit(status))?;
            }
            Stop::Killed(signal) => {
                if signal == libc::SIGKILL {
                    self.note_cpu_limit(signal);
                }
                let signal = Signal::from_number(signal);
                self.ended(id, signal.map_or(End::Exit(u8::MAX), End::Killed))?;
            }
            Stop::SyscallEntry if self.scheduler.has_turn(id) => self.on_syscall_entry(id)?,
            Stop::SyscallEntry => self.make_ready(id, Next::Entry),
            Stop::Exiting if self.is_of_current(id) => self.let_end(id)?,
            Stop::Exiting => {
                self.set_state(id, State::Exiting);
                self.has_killed = true;
            }
            Stop::SyscallExit => {
                // What it returns, and to whom, is seen to when its turn comes; but its time does not run any more.
                self.deadlines.suspend(TimerId::Wait(id));
                if self.scheduler.has_turn(id) {
                    self.on_syscall_exit(id)?;
                } else if !self.is_outside(id) && !self.leaves_for_signal(id) {
                    self.make_ready(id, Next::Exit);
                }
            }
            Stop::Cloned(new) => {
                self.inherit_cpu_limit(id, new);
                self.add_thread(id, new)?;
                if self.scheduler.has_turn(id) {
                    // The new one is queued now, before others that this one will wake.
                    self.let_others_rest(id, false);
                } else {
                    self.go_on(id, Resume::On);
                }
            }
            Stop::Vforked(new) => {
                self.inherit_cpu_limit(id, new);
                self.add_thread(id, new)?;
                ptrace::resume(id, Resume::On);
                self.set_state(id, State::WaitingForVfork);
            }
            Stop::VforkDone | Stop::Interrupted => self.go_on(id, Resume::On),
            Stop::Exec(former) => self.on_exec(id, former)?,
            Stop::StoppedWithProcess => {
                ptrace::leave_stopped(id);
                self.set_state(id, State::Stopped);
                if let Some(thread) = self.threads.get_mut(&id) {
                    // When its process resumes, such a wait starts again with the time left that it has told.
                    thread.ended_early =
                        thread.ended_early.filter(|early| !early.wait.begins_anew());
                }
            }
            Stop::Signal(signal) => self.on_signal(id, signal)?,
        }
        Ok(())
    }

    /// Whether a thread's process is that of the thread that has the turn, which may wait for it to end.
    fn is_of_current(&self, id: pid_t) -> bool {
        let process = |id| self.threads.get(&id).map(|thread| thread.process);
        self.scheduler
            .current()
            .is_some_and(|current| process(current) == process(id))
    }

    fn add_thread(&mut self, maker: pid_t, id: pid_t) -> Result<(), Halt> {
        let process = process_of(id).unwrap_or(id);
        let maker = self
            .threads
            .get(&maker)
            .map_or(maker, |maker| maker.process);
        if maker != process
            && let Some(page) = self.pages.get(&maker).copied()
        {
            self.forget_files(process);
            self.pages.insert(process, page);
        }
        self.threads
            .insert(id, Thread::new(id, process, self.creation, &self.host));
        self.creation += 1;
        match self.early.remove(&id) {
            Some(stop) => self.on_stop(id, stop),
            None => Ok(()),
        }
    }

    fn ended(&mut self, id: pid_t, end: End) -> Result<(), Halt> {
        self.remove(id);
        self.pidfds.remove(&id);
        self.pages.remove(&id);
        self.has_killed = true;
        if id == self.root {
            return Err(Halt::Ended(end));
        }
        Ok(())
    }

    /// Forgets a thread.
    fn remove(&mut self, id: pid_t) {
        self.deadlines.set(TimerId::Wait(id), None);
        if let Some(slot) = self.threads.remove(&id).and_then(|thread| thread.slot) {
            self.clock.page_mut().free_slot(slot);
        }
        self.scheduler.remove(id);
        self.standing.retain(|other| *other != id);
        self.let_in();
    }

    /// A thread's process has become another program: its other threads are gone, and it has the process's id.
    pub(super) fn on_exec(&mut self, id: pid_t, former: pid_t) -> Result<(), Halt> {
        self.count_page_reads(former);
        let has_turn = self.scheduler.has_turn(former) || self.scheduler.has_turn(id);
        let others: Vec<pid_t> = self
            .threads
            .iter()
            .filter(|(other, thread)| thread.process == id && **other != id)
            .map(|(other, _)| *other)
            .collect();
        for other in others {
            self.remove(other);
        }
        let creation = self
            .threads
            .get(&id)
            .map_or(self.creation, |thread| thread.creation);
        self.remove(id);
        self.threads
            .insert(id, Thread::new(id, id, creation, &self.host));
        self.forget_sites(id);
        if let Some(why) = exec::unsupported(id)? {
            return Err(Halt::unsupported(id, why));
        }
        self.forget_files(id);
        self.pages.remove(&id);
        match exec::prepare(id, self.clock.page(), &mut self.randomness) {
            Ok(page) => self.pages.extend(page.map(|page| (id, page))),
            Err(gone) => return self.on_stop(id, gone),
        }
        if has_turn {
            self.set_state(id, State::Running);
            self.scheduler.start_turn(id);
            // Descriptors were closed, and a parent may have waited for this.
            self.let_others_rest(id, false);
        } else {
            self.go_on(id, Resume::On);
        }
        Ok(())
    }

    fn on_signal(&mut self, id: pid_t, signal: i32) -> Result<(), Halt> {
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
        let early = self.threads.get(&id).and_then(|thread| thread.ended_early);
        let early = early.and_then(|early| self.ended_by(&early, id, signal));
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = early;
            if let Some(reading) = thread.reading.as_mut().filter(|_| !ignores(id, signal)) {
                reading.is_cut = true;
            }
        }
        self.go_on(id, Resume::With(signal));
        Ok(())
    }

    /// What becomes of a wait that a signal has ended: `None` where it is not made again with what is left of its time.
    fn ended_by(&self, early: &EndedEarly, id: pid_t, signal: i32) -> Option<EndedEarly> {
        if !ignores(id, signal) {
            if early.wait.kind == Kind::Sleep {
                early.wait.tell_left(id, self.left_to_wait(id));
            }
            // Its end comes back to the program, or it is made again with the time that it has told.
            let is_over = early.is_final || early.wait.begins_anew() || catches(id, signal);
            return (!is_over).then_some(*early);
        }
        // An ignored signal wakes a traced thread only: without a tracer the wait would not have been interrupted.
        if early.is_final {
            let mut registers = ptrace::registers(id)?;
            if !registers.is_same_call(&early.made) {
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

    /// Carries out a read of the processor's counter, if that is what the thread was stopped at: a nanosecond is a count.
    fn read_counter(&mut self, id: pid_t) -> Result<bool, Halt> {
        let Some(mut registers) = ptrace::registers(id) else {
            return Ok(false);
        };
        let at = registers.instruction();
        let cost = self.cost_of_a_read(id);
        // The shorter one may be the last thing in its page.
        let instruction = read::<3>(id, at).or_else(|| {
            let [first, second] = read::<2>(id, at)?;
            Some([first, second, 0])
        });
        // Paid for if it was one.
        let counter = nanoseconds(self.clock.shows(Base::Uptime)) + cost;
        if !instruction.is_some_and(|bytes| registers.read_counter(bytes, counter)) {
            return Ok(false);
        }
        if self.rewrite_if_hot(id, at) {
            // It executes what stands there now.
            self.go_on(id, Resume::On);
            return Ok(true);
        }
        ptrace::set_registers(id, &registers);
        self.clock.read(Base::Uptime, cost);
        self.after_clock_read(id)?;
        Ok(true)
    }
}

/// Whether the system itself sent the signal that a thread is about to be given.
fn is_from_system(thread: pid_t) -> bool {
    ptrace::signal_info(thread).is_some_and(|info| info.si_code > 0)
}

/// Whether the signal that a thread is about to be given says that it made a call of another convention.
fn is_foreign_call(thread: pid_t) -> bool {
    ptrace::signal_info(thread).is_some_and(|info| {
        info.si_signo == libc::SIGSYS
            && info.si_code == SYS_SECCOMP
            && info.si_errno == i32::from(filter::FOREIGN)
    })
}

//! The entry of system calls that the filter reports: they are answered here, or resumed, perhaps changed. What follows is in
//! [`super::syscall_exit`].

use super::{
    Halt, attributes,
    deadlines::TimerId,
    emulated_calls::set_answer,
    external,
    memory::{Unit, read_time},
    objects::SystemV,
    ptrace::{self, Resume},
    readiness::FileKind,
    thread::{Call, State, Step, Then},
    tracer::Tracer,
    tty_space,
    waits::{Decoded, Wait, decode, is_futex_wake},
    wake_ups::{self, Waits},
    x86_64::{self, Registers, SYS_FUTEX_REQUEUE, SYS_FUTEX_WAKE},
};
use libc::{EFAULT, c_long, pid_t};

/// How many calls a thread makes in one turn.
pub(super) const MOST_CALLS: u32 = 500;

impl Tracer<'_> {
    /// A thread that has the turn is about to make a call.
    pub(super) fn on_syscall_entry(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(made) = ptrace::registers(id) else {
            return Ok(());
        };
        let call: c_long = made.call();
        if self.enters_check(id, &made) || self.enters_cpuid_fault(id, &made) {
            return Ok(());
        }
        if self.answers_clock(id, &made)? || self.answers_what_is_fixed(id, &made) {
            return Ok(());
        }
        if let Some(result) = attributes::answer(id, &made)? {
            set_answer(id, made, result);
            self.pass(id);
            return Ok(());
        }
        if let Some(why) = unknown_time(id, &made) {
            return unknown(id, call, why);
        }
        if self.must_stand(id, &made) {
            self.standing.push(id);
            self.set_state(id, State::Standing);
            return Ok(());
        }
        self.note_external(id, &made);
        self.forget_closed(id, &made);
        if self.reads_with_timer(id, &made) {
            return Ok(());
        }
        let waits = self.wait_for_readiness(id, &made);
        let waits = waits.map(|waits| (waits, Step::Readiness));
        if let Some((changed, step)) = waits.or_else(|| self.wait_for_child(id, &made)) {
            self.enter(id, made, Wait::PLAIN, Some(changed), hides(&made));
            let thread = self.threads.get_mut(&id);
            if let Some(call) = thread.and_then(|thread| thread.call.as_mut()) {
                call.step = step;
            }
            return Ok(());
        }
        let (wait, then) = match call {
            libc::SYS_getrusage => (Wait::PLAIN, hides(&made)),
            libc::SYS_wait4 => (probe_if(made.int(2) & libc::WNOHANG != 0), hides(&made)),
            libc::SYS_waitid => (probe_if(made.int(3) & libc::WNOHANG != 0), hides(&made)),
            libc::SYS_socket if !matches!(made.int(0), libc::AF_UNIX | libc::AF_NETLINK) => {
                (Wait::PLAIN, Then::NoteSocket)
            }
            libc::SYS_accept | libc::SYS_accept4 => (Wait::PLAIN, Then::NoteSocket),
            libc::SYS_semget => (Wait::PLAIN, Then::NotePrivate(SystemV::Semaphores)),
            libc::SYS_msgget => (Wait::PLAIN, Then::NotePrivate(SystemV::Queue)),
            libc::SYS_io_submit => {
                self.before_submit(id, &made);
                (Wait::PLAIN, Then::Complete)
            }
            libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwrite64
            | libc::SYS_pwritev
            | libc::SYS_pwritev2
            | libc::SYS_sendfile
            | libc::SYS_splice
            | libc::SYS_tee
            | libc::SYS_vmsplice => {
                self.before_terminal_call(id, &made);
                let fitting = tty_space::fit(id, &made);
                self.enter(id, made, Wait::PLAIN, fitting, Then::TakeDown);
                return Ok(());
            }
            libc::SYS_kill
            | libc::SYS_tkill
            | libc::SYS_rt_sigqueueinfo
            | libc::SYS_pidfd_send_signal => (Wait::PLAIN, after_signal(made.int(1))),
            libc::SYS_tgkill | libc::SYS_rt_tgsigqueueinfo => {
                (Wait::PLAIN, after_signal(made.int(2)))
            }
            // What is typed is echoed, and what was held back is written.
            libc::SYS_ioctl => (Wait::PLAIN, Then::TakeDown),
            // It does not wait, and gets on.
            libc::SYS_read if self.file_kind(id, made.int(0)) == FileKind::Plain => {
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.gets_on();
                }
                self.pass(id);
                return Ok(());
            }
            // Of these nothing more is wanted.
            libc::SYS_alarm
            | libc::SYS_setitimer
            | libc::SYS_timer_settime
            | libc::SYS_timerfd_settime
            | libc::SYS_bind
            | libc::SYS_listen => {
                self.pass(id);
                return Ok(());
            }
            _ if !blocks(&made) && !self.may_wake(id, wakes(&made)) => {
                self.pass(id);
                return Ok(());
            }
            _ => return self.enter_wait(id, made),
        };
        self.enter(id, made, wait, None, then);
        Ok(())
    }

    /// Lets a thread make a call that waits, perhaps by time.
    fn enter_wait(&mut self, id: pid_t, made: Registers) -> Result<(), Halt> {
        match decode(id, &made, &self.clock) {
            None => self.enter(id, made, Wait::PLAIN, None, Then::Nothing),
            Some(Decoded::Wait(wait, changed)) => {
                self.enter(id, made, wait, changed, Then::Nothing);
            }
            Some(Decoded::Refused) => self.pass(id),
            Some(Decoded::Unknown(why)) => return unknown(id, made.call(), why),
        }
        Ok(())
    }

    /// Takes note of what a call opens to the world outside.
    fn note_external(&mut self, id: pid_t, made: &Registers) {
        match made.call() {
            libc::SYS_ioctl if made.argument(1) == libc::TIOCSPTLCK => {
                self.note_own_terminal(id, made.int(0));
            }
            libc::SYS_listen => self.external.note_socket(id, made.int(0)),
            libc::SYS_bind if external::can_be_written_to(id, made.argument(1), made.int(2)) => {
                self.external.note_socket(id, made.int(0));
            }
            libc::SYS_connect if external::is_local(id, made.argument(1)) => {
                self.external.note_socket(id, made.int(0));
            }
            _ => {}
        }
    }

    /// Lets a thread make its call, of which nothing more is wanted.
    pub(super) fn pass(&mut self, id: pid_t) {
        let yields = self.count_call(id);
        self.after_call(id, yields);
    }

    /// Resumes a thread into its call, perhaps changed, up to the call's exit.
    pub(super) fn enter(
        &mut self,
        id: pid_t,
        made: Registers,
        wait: Wait,
        changed: Option<Registers>,
        then: Then,
    ) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let is_made_again = thread
            .ended_early
            .take()
            .is_some_and(|early| !early.is_final && early.made.is_same_call(&made));
        let timer = TimerId::Wait(id);
        if is_made_again && wait.deadline.is_some() && self.deadlines.of(timer).is_some() {
            self.deadlines.resume(timer);
        } else {
            self.deadlines.set(timer, wait.deadline);
        }
        thread.call = Some(Call {
            made,
            from: self.clock.now(),
            wait,
            then,
            is_due: false,
            step: Step::Call,
        });
        if let Some(changed) = changed {
            ptrace::set_registers(id, &changed);
        }
        ptrace::resume(id, Resume::ToEndOfCall);
    }

    /// Counts a call, and says whether the turn is over.
    pub(super) fn count_call(&mut self, id: pid_t) -> bool {
        self.threads.get_mut(&id).is_some_and(|thread| {
            thread.calls += 1;
            thread.calls >= MOST_CALLS
        })
    }
}

/// Why a call that sets a time is not known to virtual time; `None` where it is no such call, or sets none.
fn unknown_time(id: pid_t, made: &Registers) -> Option<&'static str> {
    const TIMER: &str = "timers are not known to virtual time yet";
    const SOCKET: &str = "time-outs of sockets are not known to virtual time yet";
    match made.call() {
        libc::SYS_alarm => (made.int(0) != 0).then_some(TIMER),
        libc::SYS_setitimer => is_set(id, made.argument(1), Unit::Microseconds).then_some(TIMER),
        libc::SYS_timer_settime | libc::SYS_timerfd_settime => {
            is_set(id, made.argument(2), Unit::Nanoseconds).then_some(TIMER)
        }
        libc::SYS_setsockopt if made.int(1) == libc::SOL_SOCKET => {
            read_time(id, made.argument(3), Unit::Microseconds)
                .filter(|time| *time != 0)
                .map(|_| SOCKET)
        }
        _ => None,
    }
}

pub(super) fn unknown(id: pid_t, call: i64, why: &str) -> Result<(), Halt> {
    let name = x86_64::call_name(call);
    Err(Halt::unsupported(
        id,
        &format!("it calls `{name}`, and {why}"),
    ))
}

/// What a call gives that fills in memory, if there is such memory.
pub(super) fn filled(is_there: bool) -> i64 {
    if is_there { 0 } else { -i64::from(EFAULT) }
}

fn probe_if(looks: bool) -> Wait {
    if looks { Wait::PROBE } else { Wait::PLAIN }
}

/// What is done when a signal has been sent. These two move a thread that is stopped: it ends, or resumes.
fn after_signal(signal: i32) -> Then {
    match signal {
        libc::SIGKILL | libc::SIGCONT => Then::LetMove,
        _ => Then::Nothing,
    }
}

/// Whether a call may block.
fn blocks(made: &Registers) -> bool {
    match made.call() {
        libc::SYS_futex => !is_futex_wake(made),
        SYS_FUTEX_WAKE | SYS_FUTEX_REQUEUE => false,
        libc::SYS_fcntl => matches!(made.int(1), libc::F_SETLKW | libc::F_OFD_SETLKW),
        call => !wake_ups::of(call).waits.is_empty(),
    }
}

/// Whom a call may wake.
pub(super) fn wakes(made: &Registers) -> Waits {
    match made.call() {
        libc::SYS_futex if !is_futex_wake(made) => Waits::NONE,
        call => wake_ups::of(call).wakes,
    }
}

/// Where a call writes times that were computed, which are hidden.
fn hides(made: &Registers) -> Then {
    let argument = match made.call() {
        libc::SYS_getrusage => 1,
        libc::SYS_wait4 => 3,
        libc::SYS_waitid => 4,
        _ => return Then::Nothing,
    };
    match made.argument(argument) {
        0 => Then::Nothing,
        computed => Then::HideComputed(computed),
    }
}

/// Whether a timer that is given an interval and a time is set by it, and not stopped.
fn is_set(id: pid_t, timer: u64, unit: Unit) -> bool {
    timer != 0 && read_time(id, timer + 16, unit) != Some(0)
}

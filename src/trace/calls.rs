//! The calls that the filter reports: answered here, or let go on to the system and attended to when they have been made.

use super::{
    Halt,
    clock::{Base, TICK, is_device},
    memory::{self, Unit, read_time, write, write_time},
    outside,
    ptrace::{self, Resume},
    room,
    thread::{Call, EndedEarly, Next, Then},
    tracer::Tracer,
    waits::{Decoded, Kind, Wait, decode},
    x86_64::{self, Registers},
};
use libc::{EAGAIN, EFAULT, EINTR, EINVAL, c_long, pid_t};
use std::time::Duration;

/// How many calls a thread makes in one turn.
const MOST_CALLS: u32 = 500;
/// How often a thread looks in vain until the clock goes on faster with each look, and by how much then, in nanoseconds.
const LOOKS: [(u64, u64); 4] = [
    (1_000, 0),
    (10_000, 1_000),
    (100_000, 10_000),
    (u64::MAX, 100_000),
];
/// After how many looks in vain at a clock, or for something else, a thread gives its turn away.
const LOOKS_AT_CLOCKS: u64 = 200;
const LOOKS_FOR_OTHERS: u64 = 50;
/// As how many looks in vain it counts that a thread gives its turn away itself.
const LOOKS_OF_A_YIELD: u64 = 20;
/// What giving the turn away, or looking in vain, costs when nobody else is ready.
const ALONE: u64 = 1_000;
/// How many random bytes are given at once.
const MOST_RANDOM: u64 = 1 << 20;
/// `getrusage`'s two times at the front of what it gives.
const COMPUTED_TIMES: usize = 32;

// What a call says when a signal has ended it, on the way out of the kernel: how it is to be made again.
const ERESTARTSYS: i64 = 512;
const ERESTARTNOINTR: i64 = 513;
pub(super) const ERESTARTNOHAND: i64 = 514;
const ERESTART_RESTARTBLOCK: i64 = 516;

impl Tracer<'_> {
    /// A thread that has the turn is about to make a call.
    pub(super) fn on_call(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(made) = ptrace::registers(id) else {
            return Ok(());
        };
        let call: c_long = made.call();
        match call {
            libc::SYS_clock_gettime => match Base::of(made.int(0)) {
                None if is_device(made.int(0)) => {
                    return unknown(id, call, "a device's clock has no virtual time");
                }
                None => self.pass(id),
                Some(base) => {
                    let shown = self.clock.read(base);
                    let result = filled(write_time(id, made.argument(1), shown, Unit::Nanoseconds));
                    self.answer_look(id, made, result);
                }
            },
            libc::SYS_gettimeofday => {
                let shown = self.clock.read(Base::Wall);
                let (time, zone) = (made.argument(0), made.argument(1));
                let is_told = (time == 0 || write_time(id, time, shown, Unit::Microseconds))
                    && (zone == 0 || write(id, zone, &[0; 8]));
                self.answer_look(id, made, filled(is_told));
            }
            libc::SYS_time => {
                let shown = self.clock.read(Base::Wall).as_secs();
                let time = made.argument(0);
                let is_told = time == 0 || write(id, time, &shown.to_le_bytes());
                let result = if is_told {
                    shown.cast_signed()
                } else {
                    filled(false)
                };
                self.answer_look(id, made, result);
            }
            libc::SYS_times => {
                /// Counts in a second.
                const TICKS: u128 = 100;
                let ticks = self.clock.read(Base::Uptime).as_nanos() * TICKS / 1_000_000_000;
                let computed = made.argument(0);
                let is_told = computed == 0 || write(id, computed, &[0; 32]);
                let result = if is_told {
                    i64::try_from(ticks).unwrap_or(i64::MAX)
                } else {
                    filled(false)
                };
                self.answer_look(id, made, result);
            }
            libc::SYS_getrusage => {
                self.enter(id, made, Wait::PLAIN, None, hide(made.argument(1)));
            }
            libc::SYS_sched_yield => {
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.looks += LOOKS_OF_A_YIELD;
                }
                self.looked(id);
                self.creep_if_alone();
                self.set_answer(id, made, 0);
                self.make_ready(id, Next::Resume(Resume::On));
            }
            libc::SYS_getrandom => self.give_random(id, made),
            libc::SYS_sched_getaffinity => {
                // One processor, whatever the machine has: one thread runs at a time.
                let len = made.argument(1);
                let result = if len < 8 || len % 8 != 0 {
                    -i64::from(EINVAL)
                } else if write(id, made.argument(2), &1_u64.to_le_bytes()) {
                    8
                } else {
                    filled(false)
                };
                self.answer(id, made, result);
            }
            libc::SYS_sched_setaffinity => {
                let has_first = memory::read::<1>(id, made.argument(2)).map(|[bits]| bits & 1);
                let result = match has_first {
                    None => filled(false),
                    Some(0) => -i64::from(EINVAL),
                    Some(_) => 0,
                };
                self.answer(id, made, result);
            }
            libc::SYS_getcpu => {
                let is_told = [made.argument(0), made.argument(1)]
                    .into_iter()
                    .all(|number| number == 0 || write(id, number, &[0; 4]));
                self.answer(id, made, filled(is_told));
            }
            libc::SYS_alarm if made.argument(0) as u32 != 0 => return unknown(id, call, TIMER),
            libc::SYS_setitimer if is_set(id, made.argument(1), Unit::Microseconds) => {
                return unknown(id, call, TIMER);
            }
            libc::SYS_timer_settime | libc::SYS_timerfd_settime
                if is_set(id, made.argument(2), Unit::Nanoseconds) =>
            {
                return unknown(id, call, TIMER);
            }
            libc::SYS_setsockopt
                if made.int(1) == libc::SOL_SOCKET
                    && read_time(id, made.argument(3), Unit::Microseconds)
                        .is_some_and(|time| time != 0) =>
            {
                return unknown(
                    id,
                    call,
                    "time-outs of sockets are not known to virtual time yet",
                );
            }
            libc::SYS_alarm
            | libc::SYS_setitimer
            | libc::SYS_timer_settime
            | libc::SYS_timerfd_settime
            | libc::SYS_setsockopt => self.pass(id),
            libc::SYS_ioctl => {
                self.has_terminal = true;
                self.note("it made a terminal of its own, whose data the system brings over in its own time".to_owned());
                self.pass(id);
            }
            libc::SYS_inotify_init | libc::SYS_inotify_init1 | libc::SYS_fanotify_init => {
                self.pass(id);
            }
            libc::SYS_socket => {
                let is_local = matches!(made.int(0), libc::AF_UNIX | libc::AF_NETLINK);
                let then = if is_local {
                    Then::Nothing
                } else {
                    Then::NoteSocket
                };
                self.enter(id, made, Wait::PLAIN, None, then);
            }
            libc::SYS_listen => {
                self.outside.note_socket(id, made.int(0));
                self.pass(id);
            }
            libc::SYS_connect => {
                if outside::is_local(id, made.argument(1)) {
                    self.outside.note_socket(id, made.int(0));
                }
                self.enter(id, made, Wait::PLAIN, None, Then::Nothing);
            }
            libc::SYS_accept | libc::SYS_accept4 => {
                self.enter(id, made, Wait::PLAIN, None, Then::NoteSocket);
            }
            libc::SYS_wait4 => {
                let wait = look_if(made.int(2) & libc::WNOHANG != 0);
                self.enter(id, made, wait, None, hide(made.argument(3)));
            }
            libc::SYS_waitid => {
                let wait = look_if(made.int(3) & libc::WNOHANG != 0);
                self.enter(id, made, wait, None, hide(made.argument(4)));
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
                let fitting = room::fit(id, &made);
                self.enter(id, made, Wait::PLAIN, fitting, Then::TakeDown);
            }
            libc::SYS_kill
            | libc::SYS_tkill
            | libc::SYS_tgkill
            | libc::SYS_rt_sigqueueinfo
            | libc::SYS_rt_tgsigqueueinfo
            | libc::SYS_pidfd_send_signal => {
                self.enter(id, made, Wait::PLAIN, None, Then::LetMove);
            }
            libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg => {
                self.enter(id, made, Wait::PLAIN, None, Then::LetMoveIfWoken);
            }
            _ => match decode(id, &made, &self.clock) {
                None => self.enter(id, made, Wait::PLAIN, None, Then::Nothing),
                Some(Decoded::Wait(wait, changed)) => {
                    self.enter(id, made, wait, changed, Then::Nothing);
                }
                Some(Decoded::Refused) => self.pass(id),
                Some(Decoded::Unknown(why)) => return unknown(id, call, why),
            },
        }
        Ok(())
    }

    /// Lets a thread make its call, of which nothing more is wanted.
    fn pass(&mut self, id: pid_t) {
        let gives_way = self.count_call(id);
        self.after_call(id, gives_way);
    }

    /// Lets a thread make its call, perhaps changed, and attends to its end.
    fn enter(
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
        let again = thread
            .ended_early
            .take()
            .filter(|early| !early.is_final && early.made.is_same_call(&made))
            .and_then(|early| early.deadline);
        let deadline = wait.deadline.map(|at| match again {
            Some(deadline) => {
                self.deadlines.arm_again(deadline, id);
                deadline
            }
            None => self.deadlines.arm(at, id),
        });
        thread.call = Some(Call {
            made,
            wait,
            deadline,
            then,
            is_due: false,
        });
        if let Some(changed) = changed {
            ptrace::set_registers(id, &changed);
        }
        ptrace::resume(id, Resume::ToEndOfCall);
    }

    /// A thread has made a call that it was attended to.
    pub(super) fn on_call_made(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(mut registers) = ptrace::registers(id) else {
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
        let result = self.result(id, &call, given);
        registers.restore_call(&call.made);
        registers.set_result(result);
        ptrace::set_registers(id, &registers);
        match call.then {
            Then::Nothing => {}
            Then::TakeDown => {
                self.stage.drain()?;
                self.stage.wrote(self.clock.instant())?;
                self.let_move_if_woken(id);
            }
            Then::HideComputed(address) => {
                if given >= 0 {
                    write(id, address, &[0; COMPUTED_TIMES]);
                }
            }
            Then::LetMove => self.keeps_turn = Some(id),
            Then::LetMoveIfWoken => self.let_move_if_woken(id),
            Then::NoteSocket => {
                if let Ok(socket) = i32::try_from(given)
                    && given >= 0
                {
                    self.outside.note_socket(id, socket);
                }
            }
        }
        let in_vain = given == -i64::from(EAGAIN) || (call.wait.kind == Kind::Look && given == 0);
        let mut gives_way = self.count_call(id);
        if in_vain {
            let looks = self.looked(id);
            if looks % LOOKS_FOR_OTHERS == LOOKS_FOR_OTHERS - 1 {
                self.creep_if_alone();
                gives_way = true;
            }
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        if !in_vain && (!call.is_due || call.wait.kind == Kind::Sleep) {
            thread.looks = 0;
        }
        self.after_call(id, gives_way || self.keeps_turn == Some(id));
        Ok(())
    }

    fn let_move_if_woken(&mut self, id: pid_t) {
        if self.has_woken() {
            self.keeps_turn = Some(id);
        }
    }

    /// What a call gives to the program.
    fn result(&mut self, id: pid_t, call: &Call, given: i64) -> i64 {
        let ended_by_signal = given == -i64::from(EINTR)
            || [
                ERESTARTSYS,
                ERESTARTNOINTR,
                ERESTARTNOHAND,
                ERESTART_RESTARTBLOCK,
            ]
            .contains(&-given);
        if call.is_due {
            self.clock.creep(TICK);
        }
        if ended_by_signal && call.is_due {
            return call.wait.time_out(id, &call.made);
        }
        let left = call
            .deadline
            .map_or(0, |deadline| deadline.at.saturating_sub(self.clock.now()));
        if ended_by_signal || call.wait.kind != Kind::Sleep {
            call.wait.tell_left(id, Duration::from_nanos(left));
        }
        if !ended_by_signal {
            return given;
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.ended_early = Some(EndedEarly {
                made: call.made,
                deadline: call.deadline,
                is_final: given == -i64::from(EINTR),
                tells_left: call.wait.tells_left(),
            });
        }
        match -given {
            // The system would make a call again that only it knows.
            ERESTART_RESTARTBLOCK => -ERESTARTNOHAND,
            // With its time-out this would have been such a call.
            ERESTARTSYS if call.deadline.is_some() && call.made.call() == libc::SYS_futex => {
                -ERESTARTNOHAND
            }
            // It makes the program's own call again, whose time-out is an instant.
            _ => given,
        }
    }

    fn set_answer(&mut self, id: pid_t, made: Registers, result: i64) {
        let mut answered = made;
        answered.answer(result);
        ptrace::set_registers(id, &answered);
    }

    /// Answers a call that is then not made.
    fn answer(&mut self, id: pid_t, made: Registers, result: i64) {
        self.set_answer(id, made, result);
        let gives_way = self.count_call(id);
        self.after_call(id, gives_way);
    }

    /// Answers a look at a clock.
    fn answer_look(&mut self, id: pid_t, made: Registers, result: i64) {
        self.set_answer(id, made, result);
        self.after_look(id);
    }

    /// Goes on after a look at a clock. Who does little else gives the turn away every so often, and when somebody's time
    /// is up.
    pub(super) fn after_look(&mut self, id: pid_t) {
        let gives_way = self.count_call(id);
        let looks = self.looked(id);
        let is_due = self
            .deadlines
            .next()
            .is_some_and(|(deadline, _)| deadline.at <= self.clock.now());
        let gives_way = gives_way || looks.is_multiple_of(LOOKS_AT_CLOCKS) || (is_due && looks > 1);
        self.after_call(id, gives_way);
    }

    /// Goes on after a call: with the turn, or when it comes again.
    fn after_call(&mut self, id: pid_t, gives_way: bool) {
        if gives_way {
            self.make_ready(id, Next::Resume(Resume::On));
        } else {
            self.go_on(id, Resume::On);
        }
    }

    /// Counts a call, and says whether the turn is over.
    fn count_call(&mut self, id: pid_t) -> bool {
        self.threads.get_mut(&id).is_some_and(|thread| {
            thread.calls += 1;
            thread.calls >= MOST_CALLS
        })
    }

    /// Counts a look in vain: for who only looks, time must not stand still. Gives how many it were.
    fn looked(&mut self, id: pid_t) -> u64 {
        let looks = self.threads.get_mut(&id).map_or(0, |thread| {
            thread.looks += 1;
            thread.looks
        });
        let cost = LOOKS.iter().find(|(most, _)| looks < *most);
        self.clock.creep(cost.map_or(0, |(_, cost)| *cost));
        looks
    }

    fn creep_if_alone(&mut self) {
        if self.ready.is_empty() {
            self.clock.creep(ALONE);
        }
    }

    fn give_random(&mut self, id: pid_t, made: Registers) {
        let len = made.argument(1).min(MOST_RANDOM);
        match self.randomness.take(usize::try_from(len).unwrap_or(0)) {
            None => self.pass(id),
            Some(bytes) => {
                let result = if write(id, made.argument(0), &bytes) {
                    len.cast_signed()
                } else {
                    filled(false)
                };
                self.answer(id, made, result);
            }
        }
    }
}

const TIMER: &str = "timers are not known to virtual time yet";

fn unknown(id: pid_t, call: i64, why: &str) -> Result<(), Halt> {
    let name = x86_64::call_name(call);
    Err(Halt::unfit(id, &format!("it calls `{name}`, and {why}")))
}

/// What a call gives that fills in memory, if there is such memory.
fn filled(is_there: bool) -> i64 {
    if is_there { 0 } else { -i64::from(EFAULT) }
}

fn look_if(looks: bool) -> Wait {
    if looks { Wait::LOOK } else { Wait::PLAIN }
}

fn hide(computed: u64) -> Then {
    if computed == 0 {
        Then::Nothing
    } else {
        Then::HideComputed(computed)
    }
}

/// Whether a timer that is given an interval and a time is set by it, and not stopped.
fn is_set(id: pid_t, timer: u64, unit: Unit) -> bool {
    timer != 0 && read_time(id, timer + 16, unit) != Some(0)
}

//! The tracer of one session: its threads, its clock, and the loop in which they take turns.
//!
//! One thread has the turn, until it blocks, ends, or has made many calls. Then the tracer waits until all threads are
//! quiescent, and gives the turn to whom the scheduler names. When no thread is ready the clock jumps to the next deadline,
//! whose thread is woken alone; what is sent to the program has such a deadline, too.

use super::{
    Halt, SessionIo, Watch,
    backoff::Pace,
    chaos::{self, Decision},
    clock::{Clock, nanoseconds},
    deadlines::{Deadlines, TimerId},
    external::External,
    external_wait::{self, Claim},
    host::Host,
    log::{self, Log},
    own_terminals::OwnTerminals,
    ptrace::{self, Stop},
    randomness::Randomness,
    scheduler::{Scheduler, Turn},
    syscall::{cpu_limit::CpuLimits, read::FileKind, socket::SocketTimeOuts},
    thread::{State, Thread},
    timers::Timers,
};
use crate::virtual_time::VirtualTime;
use libc::pid_t;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    convert::Infallible,
    io,
    os::fd::OwnedFd,
    path::PathBuf,
};

/// What a thread that makes many calls and never waits costs, a turn: it must not starve those that wait for time.
const TURNS: [(u64, u64); 3] = [(10, 0), (100, 1_000), (u64::MAX, 100_000)];

/// The tracer of one session.
pub(super) struct Tracer<'a> {
    pub(super) threads: HashMap<pid_t, Thread>,
    /// Reports of threads whose making has not been reported yet.
    pub(super) early: HashMap<pid_t, Stop>,
    pub(super) root: pid_t,
    pub(super) creation: u64,
    pub(super) scheduler: Scheduler,
    /// Who may read the clock page.
    pub(super) page_reader: Option<pid_t>,
    /// Threads may have been killed, or continued, since the last time that nothing moved.
    pub(super) recheck_stops: bool,
    /// Who stands at the entry of a call, in the order in which they came.
    pub(super) held_writers: Vec<pid_t>,
    pub(super) clock: Clock,
    /// How many reads of clocks stopped a process at an instruction.
    pub(super) sites: HashMap<(pid_t, u64), u32>,
    pub(super) limit: u64,
    pub(super) deadlines: Deadlines,
    pub(super) timers: Timers,
    pub(super) socket_time_outs: SocketTimeOuts,
    pub(super) randomness: Randomness,
    pub(super) cpu_limits: CpuLimits,
    pub(super) external: External,
    /// What the descriptors of processes refer to, as far as that was asked.
    pub(super) files: HashMap<(pid_t, i32), FileKind>,
    /// Processes, by what the system refers to them by.
    pub(super) pidfds: HashMap<pid_t, OwnedFd>,
    /// Where processes have the clock page.
    pub(super) pages: HashMap<pid_t, u64>,
    /// Threads whose read of a terminal waits for more bytes.
    pub(super) await_more_bytes: Vec<pid_t>,
    /// Processes of which a computation was interrupted.
    pub(super) interrupted: HashSet<pid_t>,
    pub(super) pace: Pace,
    pub(super) host: Host,
    pub(super) session_io: &'a mut dyn SessionIo,
    pub(super) watch: Watch<'a>,
    /// Why another run may differ.
    pub(super) varies: BTreeSet<String>,
    pub(super) own_terminals: OwnTerminals,
    pub(super) log: Log,
}

impl<'a> Tracer<'a> {
    /// The tracer of a program that has been started and stands at its first instruction.
    pub(super) fn new(
        root: pid_t,
        host: Host,
        settings: &VirtualTime,
        terminal: Option<PathBuf>,
        session_io: &'a mut dyn SessionIo,
        watch: Watch<'a>,
    ) -> io::Result<Tracer<'a>> {
        let mut first = Thread::new(root, root, 0, &host);
        first.state = State::Running;
        let mut external = External::new(terminal);
        external.note_member(root);
        let mut scheduler = Scheduler::default();
        scheduler.start_turn(root);
        Ok(Tracer {
            threads: HashMap::from([(root, first)]),
            early: HashMap::new(),
            root,
            creation: 1,
            scheduler,
            page_reader: None,
            recheck_stops: false,
            held_writers: Vec::new(),
            clock: Clock::new(settings.date)?,
            sites: HashMap::new(),
            limit: nanoseconds(settings.limit),
            deadlines: Deadlines::default(),
            timers: Timers::default(),
            socket_time_outs: SocketTimeOuts::default(),
            randomness: Randomness::new(settings.seed),
            cpu_limits: CpuLimits::new(root),
            external,
            files: HashMap::new(),
            pidfds: HashMap::new(),
            pages: HashMap::new(),
            await_more_bytes: Vec::new(),
            interrupted: HashSet::new(),
            pace: Pace::new(&host),
            host,
            session_io,
            watch,
            varies: BTreeSet::new(),
            own_terminals: OwnTerminals::default(),
            log: Log::from_environment()?,
        })
    }

    /// Runs the program until it has ended or is to be ended.
    pub(super) fn run(&mut self) -> Halt {
        match self.turns() {
            Err(halt) => halt,
            Ok(never) => match never {},
        }
    }

    fn turns(&mut self) -> Result<Infallible, Halt> {
        // It stands at exec.
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

    /// Does one thing that is due now, if anything is: what is sent to the program before what waits for time.
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

    /// Goes to the next instant at which something happens: nobody is ready.
    fn jump(&mut self) -> Result<(), Halt> {
        if self.await_arrival()? {
            // What has arrived may have woken somebody.
            return Ok(());
        }
        let next = self.next_instant();
        match self.awaited_externally() {
            Some(awaited) if awaited.claim != Claim::None || next.is_none() => {
                return self.wait_externally(&awaited, next);
            }
            // All were quiescent: what has moved was moved from outside.
            Some(awaited) if self.handle_stops()? => {
                self.note(external_wait::awaited(&awaited.what));
                return Ok(());
            }
            _ => {}
        }
        let next = next.ok_or_else(|| Halt::Waits(self.waiting()))?;
        self.log(self.root, |_| {
            format!("all wait: the clock jumps to {}", log::seconds(next))
        });
        self.clock.jump(next.min(self.limit));
        self.act_if_due()?;
        Ok(())
    }

    /// The next instant at which time ends a wait, or something is sent to the program.
    pub(super) fn next_instant(&self) -> Option<u64> {
        let input = self.session_io.due().map(nanoseconds);
        let deadline = self.deadlines.next().map(|(at, _)| at);
        input.into_iter().chain(deadline).min()
    }

    /// Takes note of why another run may differ.
    pub(super) fn note(&mut self, why: String) {
        self.log(self.root, |_| format!("another run may differ: {why}"));
        self.varies.insert(why);
    }

    /// Lets the clock creep for a thread that never waits, while others wait for time.
    fn creep_for_lone_thread(&mut self, alone: pid_t) {
        let Some(thread) = self.threads.get_mut(&alone) else {
            return;
        };
        // By reading the clock a thread moves it already.
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

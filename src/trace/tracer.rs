//! The tracer of one session: its threads, its clock, and the main loop.
//!
//! One thread has the turn until it blocks, ends, or has made many system calls. Then the tracer waits until all
//! threads are quiescent, and gives the turn to the thread that the scheduler selects. When no thread is ready, the
//! clock jumps to the next deadline, which wakes one thread; input that is sent to the program has such a deadline,
//! too.

use super::{
    Halt, SessionIo, Watch,
    backoff::Pace,
    chaos::{self, Decision},
    clock::{Clock, nanoseconds},
    clock_page::ClockFile,
    deadlines::{Deadlines, TimerId},
    duplicate::FileId,
    external::{External, named_pipe},
    external_wait::Claim,
    file_times::FileTimes,
    host::Host,
    log::{self, Log},
    mapped_code,
    own_terminals::OwnTerminals,
    ptrace::{self, Stop},
    randomness::Randomness,
    regular_files::RegularFiles,
    scheduler::{Scheduler, Turn},
    syscall::{cpu_limit::CpuLimits, read::FileKind, socket::SocketTimeOuts, wake_ups::Waits},
    thread::{State, Thread},
    timers::Timers,
    vdso::Shared,
};
use crate::{
    recording::{Machine, Varies},
    virtual_time::VirtualTime,
};
use libc::pid_t;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    convert::Infallible,
    io,
    os::fd::OwnedFd,
    path::PathBuf,
    process,
};

/// What a turn costs if a thread makes many system calls and never waits: it must not starve sleepers.
const TURNS: [(u64, u64); 3] = [(10, 0), (100, 1_000), (u64::MAX, 100_000)];

/// The tracer of one session.
pub(super) struct Tracer<'a> {
    pub(super) threads: HashMap<pid_t, Thread>,
    /// Stops of threads whose clone event has not been reported yet.
    pub(super) early: HashMap<pid_t, Stop>,
    pub(super) root: pid_t,
    pub(super) creation: u64,
    /// How many system calls have been entered.
    pub(super) calls: u64,
    pub(super) scheduler: Scheduler,
    /// The thread that may read the clock page.
    pub(super) page_reader: Option<pid_t>,
    pub(super) regular_files: RegularFiles,
    /// Threads may have been killed, or continued, since all were last quiescent.
    pub(super) recheck_stops: bool,
    /// A thread has exited alone since then, and may have to be reaped.
    pub(super) reap_due: bool,
    /// Threads that are exiting, without anything else that ends or gets a signal because of that.
    pub(super) lone_exits: HashSet<pid_t>,
    /// Which waits may have been ended since all threads were last quiescent.
    pub(super) ended_waits: Waits,
    /// Descriptors or queues send signals when they are ready.
    pub(super) readiness_signals: bool,
    /// Threads that are held at the entry of a write, in the order in which they came.
    pub(super) held_writers: Vec<pid_t>,
    pub(super) clock: Clock,
    pub(super) file_times: FileTimes,
    /// How many clock reads stopped a process at an instruction.
    pub(super) sites: HashMap<(pid_t, u64), u32>,
    pub(super) limit: u64,
    pub(super) deadlines: Deadlines,
    pub(super) timers: Timers,
    pub(super) socket_time_outs: SocketTimeOuts,
    pub(super) randomness: Randomness,
    pub(super) cpu_limits: CpuLimits,
    pub(super) external: External,
    /// The known files of processes' descriptors.
    pub(super) files: HashMap<(pid_t, i32), FileKind>,
    /// Pidfds of processes.
    pub(super) pidfds: HashMap<pid_t, OwnedFd>,
    /// The files of descriptors that were copied.
    pub(super) duplicated: BTreeSet<FileId>,
    pub(super) named_pipes: named_pipe::Written,
    /// What processes share with the tracer.
    pub(super) pages: HashMap<pid_t, Shared>,
    /// Threads whose terminal read waits for more bytes.
    pub(super) await_more_bytes: Vec<pid_t>,
    /// Processes in which a computation was preempted.
    pub(super) interrupted: HashSet<pid_t>,
    pub(super) pace: Pace,
    pub(super) host: Host,
    pub(super) session_io: &'a mut dyn SessionIo,
    pub(super) watch: Watch<'a>,
    pub(super) machine: Machine,
    /// The files that it has read and that differ from run to run.
    pub(super) differing: BTreeSet<String>,
    /// When processes began that have ended: while a parent has not waited for one, `/proc` shows it.
    pub(super) ended: HashMap<pid_t, u64>,
    /// Why another run may differ.
    pub(super) varies: BTreeSet<String>,
    /// The ids of all threads that there have been, and of our process.
    pub(super) ids: BTreeSet<pid_t>,
    pub(super) own_terminals: OwnTerminals,
    pub(super) log: Log,
}

impl<'a> Tracer<'a> {
    /// The tracer of a started program, which has stopped at its first instruction.
    #[expect(
        clippy::too_many_arguments,
        reason = "it is called once, with all that a run consists of"
    )]
    pub(super) fn new(
        root: pid_t,
        host: Host,
        clock_file: ClockFile,
        settings: &VirtualTime,
        file_times: FileTimes,
        terminal: Option<PathBuf>,
        session_io: &'a mut dyn SessionIo,
        watch: Watch<'a>,
    ) -> io::Result<Tracer<'a>> {
        let shows_writes = session_io.keeps_all();
        let mut first = Thread::new(root, root, 0, &host);
        first.state = State::Running;
        clock_file.set_code(&mapped_code::page(&file_times))?;
        let mut external = External::new(terminal);
        external.sockets.note_member(root);
        let mut scheduler = Scheduler::default();
        scheduler.start_turn(root);
        Ok(Tracer {
            threads: HashMap::from([(root, first)]),
            early: HashMap::new(),
            root,
            creation: 1,
            calls: 0,
            scheduler,
            page_reader: None,
            regular_files: RegularFiles::default(),
            recheck_stops: false,
            reap_due: false,
            lone_exits: HashSet::new(),
            ended_waits: Waits::ANY,
            readiness_signals: false,
            held_writers: Vec::new(),
            clock: Clock::new(clock_file, settings.date)?,
            file_times,
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
            duplicated: BTreeSet::new(),
            named_pipes: named_pipe::Written::default(),
            pages: HashMap::new(),
            await_more_bytes: Vec::new(),
            interrupted: HashSet::new(),
            pace: Pace::new(&host),
            host,
            session_io,
            watch,
            machine: settings.machine,
            differing: BTreeSet::new(),
            ended: HashMap::new(),
            varies: BTreeSet::new(),
            ids: BTreeSet::from([root, process::id().cast_signed()]),
            own_terminals: OwnTerminals::default(),
            log: Log::from_environment(shows_writes)?,
        })
    }

    /// Runs the program until it ends or the tracer gives up.
    pub(super) fn run(&mut self) -> Halt {
        match self.turns() {
            Err(halt) => halt,
            Ok(never) => match never {},
        }
    }

    fn turns(&mut self) -> Result<Infallible, Halt> {
        // It has stopped after exec.
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

    /// Does one thing that is due now, if there is any: input to the program comes before deadlines.
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

    /// Jumps to the next instant at which something is due: no thread is ready.
    fn jump(&mut self) -> Result<(), Halt> {
        if self.await_arrival()? {
            // What has arrived may have woken a thread.
            return Ok(());
        }
        if self.session_io.has_open_questions() && self.awaits_terminal() {
            self.session_io.note_wait_for_terminal();
        }
        if self.session_io.note_quiet(self.clock.instant()) {
            self.log(self.root, |_| "all wait, as the script does");
            self.act_if_due()?;
            return Ok(());
        }
        let next = self.next_instant();
        match self.awaited_externally() {
            Some(awaited) if awaited.claim != Claim::None || next.is_none() => {
                return self.wait_externally(&awaited, next);
            }
            // All threads were quiescent: something outside has caused these stops.
            Some(awaited) if self.handle_stops()? => {
                self.note(&Varies::Waited(awaited.what));
                return Ok(());
            }
            _ => {}
        }
        let Some(next) = next else {
            if self.await_exec_of_spawned()? {
                return Ok(());
            }
            return Err(Halt::Waits(self.waiting()));
        };
        self.log(self.root, |_| {
            format!("all wait: the clock jumps to {}", log::seconds(next))
        });
        self.jump_to(next.min(self.limit));
        self.act_if_due()?;
        Ok(())
    }

    /// The next deadline, or the next instant at which input is due.
    pub(super) fn next_instant(&self) -> Option<u64> {
        let input = self.session_io.due().map(nanoseconds);
        let deadline = self.deadlines.next().map(|(at, _)| at);
        input.into_iter().chain(deadline).min()
    }

    /// Notes why another run may differ.
    pub(super) fn note(&mut self, why: &Varies) {
        self.log(self.root, |_| format!("another run may differ: {why}"));
        self.varies.insert(why.to_string());
    }

    /// Lets the clock creep for a thread that never waits, while others wait for time.
    fn creep_for_lone_thread(&mut self, alone: pid_t) {
        let Some(thread) = self.threads.get_mut(&alone) else {
            return;
        };
        // Clock reads already move the clock.
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

//! What the tracer of one session knows: its threads, its clock, and what they wait for.

use super::{
    SessionIo, Watch,
    backoff::Pace,
    clock::{Clock, nanoseconds},
    clock_page::ClockFile,
    deadlines::Deadlines,
    duplicate::FileId,
    external::{External, named_pipe},
    file_times::FileTimes,
    host::Host,
    log::Log,
    mapped_code,
    own_terminals::OwnTerminals,
    ptrace::Stop,
    randomness::Randomness,
    regular_files::RegularFiles,
    scheduler::Scheduler,
    syscall::{
        cpu_limit::CpuLimits, file_kind::FileKind, socket_time_out::SocketTimeOuts, wake_ups::Waits,
    },
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
    io,
    os::fd::OwnedFd,
    path::PathBuf,
    process,
};

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
    /// Threads that have called `execve`, and have not stopped since.
    pub(super) executing: HashSet<pid_t>,
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
    /// Those of which it was last awaited that no other process has copies, if no thread has had a turn since.
    pub(super) awaited: Option<BTreeSet<FileId>>,
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
            executing: HashSet::new(),
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
            awaited: None,
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

    /// The processes of the traced tree.
    pub(super) fn processes(&self) -> BTreeSet<pid_t> {
        self.threads.values().map(|thread| thread.process).collect()
    }
}

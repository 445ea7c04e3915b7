//! The tracer of one session: its threads, its clock, and the turns they take.
//!
//! One thread has the turn, until it waits, ends, or has made many calls. Then the tracer makes sure that nothing moves by
//! itself, queues those that have become ready meanwhile in the order in which they were made, and gives the turn to the
//! first. When nobody is ready the clock jumps to the next deadline, whose thread is woken alone; what is sent to the
//! program is such a deadline, too.

use super::{
    Halt, Stage, Watch,
    chaos::{self, Decision},
    clock::{Clock, nanoseconds},
    cpu_limit::CpuLimits,
    deadlines::{Deadline, Deadlines},
    outside::Outside,
    own_terminals::OwnTerminals,
    ptrace::{self, Resume, Stop},
    randomness::Randomness,
    readiness::FileKind,
    rest::Pace,
    thread::{Next, State, Thread},
};
use crate::virtual_time::VirtualTime;
use libc::pid_t;
use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    convert::Infallible,
    io, mem,
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
    pub(super) born: u64,
    /// Who has the turn.
    pub(super) current: Option<pid_t>,
    /// Who may look at the dial.
    pub(super) looker: Option<pid_t>,
    /// Who gets the next turns.
    pub(super) ready: VecDeque<pid_t>,
    /// Who has become ready since the last time that nothing moved.
    pub(super) newly: Vec<pid_t>,
    /// Who gave the turn away.
    pub(super) gave_way: Option<pid_t>,
    /// Who has the turn again as soon as nothing moves.
    pub(super) keeps_turn: Option<pid_t>,
    /// Threads may have been killed, or continued, since the last time that nothing moved.
    pub(super) has_killed: bool,
    /// Who stands at the entry of a call, in the order in which they came.
    pub(super) standing: Vec<pid_t>,
    pub(super) clock: Clock,
    /// How many reads of clocks stopped a process at an instruction.
    pub(super) sites: HashMap<(pid_t, u64), u32>,
    pub(super) limit: u64,
    pub(super) deadlines: Deadlines,
    pub(super) randomness: Randomness,
    pub(super) cpu_limits: CpuLimits,
    pub(super) outside: Outside,
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
    pub(super) stage: &'a mut dyn Stage,
    pub(super) watch: Watch<'a>,
    /// Why another run may differ.
    pub(super) varies: BTreeSet<String>,
    pub(super) own_terminals: OwnTerminals,
}

impl<'a> Tracer<'a> {
    /// The tracer of a program that has been started and stands at its first instruction.
    pub(super) fn new(
        root: pid_t,
        settings: &VirtualTime,
        terminal: Option<PathBuf>,
        stage: &'a mut dyn Stage,
        watch: Watch<'a>,
    ) -> io::Result<Tracer<'a>> {
        let mut first = Thread::new(root, root, 0);
        first.state = State::Running;
        Ok(Tracer {
            threads: HashMap::from([(root, first)]),
            early: HashMap::new(),
            root,
            born: 1,
            current: Some(root),
            looker: None,
            ready: VecDeque::new(),
            newly: Vec::new(),
            gave_way: None,
            keeps_turn: None,
            has_killed: false,
            standing: Vec::new(),
            clock: Clock::new(settings.date)?,
            sites: HashMap::new(),
            limit: nanoseconds(settings.limit),
            deadlines: Deadlines::default(),
            randomness: Randomness::new(settings.seed),
            cpu_limits: CpuLimits::new(root),
            outside: Outside::new(terminal),
            files: HashMap::new(),
            pidfds: HashMap::new(),
            pages: HashMap::new(),
            await_more_bytes: Vec::new(),
            interrupted: HashSet::new(),
            pace: Pace::new(),
            stage,
            watch,
            varies: BTreeSet::new(),
            own_terminals: OwnTerminals::default(),
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
        self.became(self.root, self.root)?;
        loop {
            self.watch.look_now_and_then()?;
            if let Some(current) = self.current {
                self.attend(current)?;
                continue;
            }
            self.settle_ends()?;
            self.see_to_terminal_reads()?;
            self.let_in_signalled();
            self.line_up();
            if let Some(id) = self.keeps_turn.take()
                && self.gave_way == Some(id)
            {
                self.gave_way = None;
                self.resume_turn(id)?;
                continue;
            }
            let gave_way = self.gave_way.take();
            // Who polls must not starve those that wait for time.
            if (self.ready.is_empty() || gave_way.is_some()) && self.act_if_due()? {
                self.line_up();
                self.ready.extend(gave_way);
                continue;
            }
            match (self.ready.pop_front(), gave_way) {
                (Some(next), gave_way) => {
                    self.ready.extend(gave_way);
                    self.give_turn(next)?;
                }
                (None, Some(alone)) => {
                    self.creep_beside(alone);
                    if self.act_if_due()? {
                        self.line_up();
                        self.ready.push_back(alone);
                    } else {
                        self.give_turn(alone)?;
                    }
                }
                (None, None) => self.jump()?,
            }
        }
    }

    /// Queues those that have become ready, in the order in which they were made.
    fn line_up(&mut self) {
        let mut newly = mem::take(&mut self.newly);
        newly.sort_by_key(|thread| self.threads.get(thread).map(|thread| thread.born));
        self.ready.extend(newly);
    }

    /// Does one thing that is due now, if anything is: what is sent to the program before what waits for time.
    fn act_if_due(&mut self) -> Result<bool, Halt> {
        chaos::delay(Decision::Jump);
        if self.clock.now() >= self.limit {
            return Err(Halt::VirtualLimit);
        }
        if self.stage.is_due(self.clock.instant()) {
            self.has_killed = true;
            self.stage.act(self.clock.instant())?;
            return Ok(true);
        }
        match self.deadlines.next() {
            Some((deadline, thread)) if deadline.at <= self.clock.now() => {
                self.end_wait(deadline, thread)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Goes to the next instant at which something happens: nobody is ready.
    fn jump(&mut self) -> Result<(), Halt> {
        let next = self.next_instant();
        if let Some(awaited) = self.awaited_outside() {
            return self.hold(&awaited, next);
        }
        let next = next.ok_or_else(|| Halt::Waits(self.waiting()))?;
        self.clock.jump(next.min(self.limit));
        self.act_if_due()?;
        Ok(())
    }

    /// The next instant at which time ends a wait, or something is sent to the program.
    pub(super) fn next_instant(&self) -> Option<u64> {
        let input = self.stage.due().map(nanoseconds);
        let deadline = self.deadlines.next().map(|(deadline, _)| deadline.at);
        input.into_iter().chain(deadline).min()
    }

    /// Takes note of why another run may differ.
    pub(super) fn note(&mut self, why: String) {
        self.varies.insert(why);
    }

    /// Lets the clock go on a little for a thread that never waits, while others wait for time.
    fn creep_beside(&mut self, alone: pid_t) {
        let Some(thread) = self.threads.get_mut(&alone) else {
            return;
        };
        // By reading the clock a thread moves it already.
        if thread.clock_reads.reads > 0 {
            return;
        }
        thread.turns += 1;
        let turns = thread.turns;
        if self.deadlines.next().is_some() || self.stage.due().is_some() {
            let cost = TURNS.iter().find(|(most, _)| turns < *most);
            self.clock.creep(cost.map_or(0, |(_, cost)| *cost));
        }
    }

    fn give_turn(&mut self, id: pid_t) -> Result<(), Halt> {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.calls = 0;
        }
        self.resume_turn(id)
    }

    fn resume_turn(&mut self, id: pid_t) -> Result<(), Halt> {
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        let State::Ready(next) = thread.state else {
            return Ok(());
        };
        thread.state = State::Running;
        self.current = Some(id);
        match next {
            Next::Resume(how) => self.go_on_with_turn(id, how),
            Next::Call => self.on_call(id)?,
            Next::CallMade => self.on_call_made(id)?,
        }
        Ok(())
    }

    /// Lets a thread stand where it stands until its turn comes.
    pub(super) fn make_ready(&mut self, id: pid_t, next: Next) {
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        let was_ready = matches!(thread.state, State::Ready(_));
        if thread.state == State::Waiting {
            thread.turns = 0;
            self.let_in();
        }
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        thread.state = State::Ready(next);
        thread.sleep = None;
        thread.reach = None;
        if self.current == Some(id) {
            self.current = None;
            self.gave_way = Some(id);
        } else if !was_ready {
            self.newly.push(id);
        }
    }

    /// Lets a stopped thread go on if it has the turn, and else when it gets it.
    pub(super) fn go_on(&mut self, id: pid_t, how: Resume) {
        if self.current == Some(id) {
            self.go_on_with_turn(id, how);
        } else {
            self.make_ready(id, Next::Resume(how));
        }
    }

    /// Ends a wait whose time is up.
    fn end_wait(&mut self, deadline: Deadline, id: pid_t) -> Result<(), Halt> {
        self.deadlines.disarm(deadline);
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        let Some(call) = thread
            .call
            .as_mut()
            .filter(|call| thread.state == State::Waiting && call.deadline == Some(deadline))
        else {
            return Ok(());
        };
        call.is_due = true;
        ptrace::interrupt(id);
        self.await_report(id)
    }
}

//! Random programs for `tests/programs/random.c`, as texts: drawn from a seed, and shrunk while a property holds.

use std::{fmt, str::FromStr};

/// A program's actors, first the first process, and the script of what is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    pub actors: Vec<Actor>,
    pub script: Vec<String>,
}

/// A process or a thread, and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its letter, and what it is.
    pub head: String,
    pub steps: Vec<String>,
}

impl fmt::Display for Program {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Actor { head, steps } in &self.actors {
            writeln!(to, "{head}: {}", steps.join("; "))?;
        }
        self.script
            .iter()
            .try_for_each(|line| writeln!(to, "{line}"))
    }
}

impl FromStr for Program {
    type Err = String;

    /// Lines that begin with `#` are comments.
    fn from_str(text: &str) -> Result<Program, String> {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let (script, actors): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('@'));
        let actor = |line: &str| {
            let (head, steps) = line
                .split_once(':')
                .ok_or_else(|| format!("no actor: {line}"))?;
            let steps = steps.split(';').map(|step| step.trim().to_owned());
            Ok(Actor {
                head: head.to_owned(),
                steps: steps.filter(|step| !step.is_empty()).collect(),
            })
        };
        let actors: Result<_, String> = actors.into_iter().map(actor).collect();
        Ok(Program {
            actors: actors?,
            script: script.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// What a program's steps are drawn from; each program takes a few of these rows, so that its actors meet.
const MEANS: &[&[&str]] = &[
    &[
        "put p# N",
        "get p# N",
        "get p# N",
        "poll T p#",
        "try p# N",
        "room p#",
    ],
    &["put s# N", "get s# N", "get s# N", "poll T s#", "try s# N"],
    &["put d# n", "get d# n", "get d# n", "epoll T d#", "try d# n"],
    &["put e# n", "get e# n", "get e# n", "select T e#"],
    &["put m# n", "get m# n", "get m# n", "poll T m#"],
    &[
        "lock x#; say; U; unlock x#",
        "lock x#; say; U; unlock x#",
        "timedlock x# T; say; unlock x#",
        "trylock x#; say; unlock x#",
    ],
    &[
        "wait c# T",
        "wait c# T",
        "wait c# T",
        "signal c#",
        "broadcast c#",
        "lock c#; broadcast c#; U; unlock c#",
    ],
    &["post w#", "down w#", "timeddown w# T", "down w#"],
    &["fwait f# T", "fwait f# T", "fwake f# n"],
    &[
        "kill A USR1",
        "kill A USR2",
        "pkill A USR1",
        "sleep T",
        "sleep T",
    ],
    &[
        "kill A RTMIN",
        "pkill A RTMIN",
        "sigwait T",
        "sigwait T",
        "sigwait 0",
    ],
    &["kill A STOP; U; kill A CONT", "kill A CONT"],
    &[
        "kill A KILL",
        "onchild",
        "reap",
        "reap",
        "tryreap",
        "reapof A",
    ],
    &["vfork T", "vfork T", "onchild", "yield", "clock"],
    &[
        "close p#",
        "closew p#",
        "closer s#",
        "closew d#",
        "get p# N",
        "get s# N",
    ],
    &[
        "put p# BIG",
        "get p# BIG",
        "get p# 5000",
        "put s# BIG",
        "get s# BIG",
    ],
    &[
        "poll T p# s# e#",
        "select T d# m# p#",
        "epoll T s# e# m#",
        "put p# n",
        "put s# n",
        "put e# n",
        "put m# n",
    ],
    &[
        "get t 20",
        "get t 1",
        "poll T t",
        "select T t p#",
        "put p# n",
    ],
    &[
        "yield",
        "clock",
        "compute 3000",
        "compute 100000",
        "poll 1 p#",
    ],
    &["exit 0", "exitgroup 1", "reap", "tryreap"],
    &["flock f#; U; funlock f#"],
    &["reclock f#; U; unreclock f#"],
    &[
        "put v# N",
        "get v# N",
        "get v# N",
        "poll T v#",
        "try v# N",
        "closew v#",
    ],
    &["put v# BIG", "get v# BIG", "get v# 5000", "room v#"],
    &["put u# N", "get u# N", "get u# N", "epoll T u#", "try u# N"],
    &[
        "limit s# T",
        "limit v# T",
        "limit u# T",
        "get s# N",
        "get v# N",
        "get u# N",
        "put s# n",
        "put v# n",
    ],
    &["ask n# N", "ask n# N", "serve n#", "serve n#", "poll T n#"],
    &["ask l# N", "ask l# N", "serve l#", "serve l#", "epoll T l#"],
    &[
        "shared T",
        "shared T",
        "edge T",
        "edge T",
        "put p# n",
        "put s# n",
        "put e# n",
        "put v# n",
        "arm i# T 0",
        "get p# N",
        "get v# N",
        "get e# 1",
    ],
    &[
        "splice p# s# N",
        "splice p# v# N",
        "put p# N",
        "put v# N",
        "get s# N",
    ],
    &["fiforead g#", "fifowrite g# N", "fifowrite g# BIG"],
    &["touch o#", "get o# 1", "get o# 1", "poll T o#", "try o# 1"],
    &[
        "arm i# T 0",
        "arm i# U U",
        "get i# 1",
        "get i# 1",
        "poll T i#",
        "select T i# p#",
        "put p# n",
    ],
    &[
        "alarm U 0",
        "alarm U U",
        "alarm 0 0",
        "sleep T",
        "sigpoll T",
        "get p# N",
    ],
    &[
        "timer U 0",
        "timer U U",
        "mytimer U 0",
        "mytimer U U",
        "sleep T",
        "get s# N",
        "yield",
    ],
    &["kill A RTMIN", "pkill A RTMIN", "sigpoll T", "sigpoll T"],
    &[
        "kill A TAKEN",
        "pkill A TAKEN",
        "get q# 1",
        "get q# 1",
        "poll T q#",
    ],
    &[
        "put y# n",
        "put y# N",
        "get y# N",
        "get y# N",
        "poll T y#",
        "try y# N",
    ],
    &[
        "put z# n",
        "put z# N",
        "get z# N",
        "get z# 1",
        "select T z#",
        "put y# n",
    ],
    &[
        "put h# n",
        "put h# n",
        "get h# 1",
        "get h# 1",
        "poll T h#",
        "room h#",
    ],
    &[
        "pidwait A T",
        "pidwait A 0",
        "run",
        "run",
        "kill A KILL",
        "exitgroup 3",
    ],
    &[
        "load 3",
        "load 300",
        "load 2000",
        "put p# n",
        "get p# N",
        "sleep T",
        "close p#",
    ],
];
const TERMINAL: usize = 17;
const TYPED: &[&str] = &[
    "a\\r",
    "abc\\r",
    "abc\\r",
    "x",
    "xy",
    "one\\rtwo\\rthree\\r",
    "one\\rtwo\\rthree\\r",
    "\\x04",
    "\\x04",
    "\\x03",
];

impl Program {
    /// The program that is drawn from a seed.
    pub fn random(seed: u64) -> Program {
        let mut draws = Draws(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let count = 3 + draws.below(5);
        let objects = 1 + draws.below(2);
        let means: Vec<usize> = (0..2 + draws.below(4))
            .map(|_| draws.below(MEANS.len()))
            .collect();
        let mut actors: Vec<Actor> = (0..count)
            .map(|index| {
                let kind = if index > 0 && draws.one_in(2) {
                    "thread"
                } else {
                    "process"
                };
                let steps = 3 + draws.below(9);
                let steps = (0..steps).flat_map(|_| steps_of(&mut draws, &means, objects, count));
                Actor {
                    head: format!("{} {kind}", letter(index)),
                    steps: steps.collect(),
                }
            })
            .collect();
        // Calls on files that are made often are not seen any more, in those that it starts either.
        if draws.one_in(2) {
            actors[0].steps.insert(0, "load 20".to_owned());
        }
        // Each is started by one before it, near that one's beginning.
        for index in (1..count).rev() {
            let parent = if draws.one_in(3) {
                draws.below(index)
            } else {
                0
            };
            let steps = &mut actors[parent].steps;
            let at = draws.below(steps.len().min(3) + 1);
            steps.insert(
                if parent == 0 { 0 } else { at },
                format!("start {}", letter(index)),
            );
        }
        actors[0].steps.insert(0, "start Z".to_owned());
        actors[0].steps.push("sleep 30000".to_owned());
        let rounds = 1 + draws.below(3);
        let mut steps: Vec<_> = (0..rounds).flat_map(|_| feed(objects)).collect();
        steps.extend(["sleep 5000", "kill A KILL"].map(str::to_owned));
        let head = "Z process".to_owned();
        actors.push(Actor { head, steps });
        let script = if means.contains(&TERMINAL) {
            typed(&mut draws)
        } else {
            Vec::new()
        };
        Program { actors, script }
    }

    /// A smaller program for which the property holds, too: every part that can go is gone.
    pub fn shrink(mut self, mut holds: impl FnMut(&Program) -> bool) -> Program {
        loop {
            let Some(smaller) = self.smaller().into_iter().find(|smaller| holds(smaller)) else {
                return self;
            };
            self = smaller;
        }
    }

    /// Programs that have a part less, those with the least left first.
    fn smaller(&self) -> Vec<Program> {
        let mut smaller = Vec::new();
        for index in (1..self.actors.len()).rev() {
            let mut program = self.clone();
            program.actors.remove(index);
            smaller.push(program);
        }
        for share in [2, 4, usize::MAX] {
            for (index, actor) in self.actors.iter().enumerate() {
                let steps = actor.steps.len();
                let part = (steps / share).max(1);
                if share < usize::MAX && part < 2 {
                    continue;
                }
                for from in (0..steps).step_by(part).rev() {
                    let mut program = self.clone();
                    program.actors[index]
                        .steps
                        .drain(from..steps.min(from + part));
                    smaller.push(program);
                }
            }
        }
        for index in 0..self.script.len() {
            let mut program = self.clone();
            program.script.remove(index);
            smaller.push(program);
        }
        smaller
    }
}

fn letter(index: usize) -> char {
    char::from(b'A' + u8::try_from(index).unwrap())
}

/// A few steps: something by one of these means, or a pause, and often what came of it.
fn steps_of(draws: &mut Draws, means: &[usize], objects: usize, count: usize) -> Vec<String> {
    let text = match draws.below(8) {
        0 => "sleep U",
        1 => draws.of(&["compute 3000", "yield", "clock", "say"]),
        _ => {
            let row = draws.of(means);
            draws.of(MEANS[row])
        }
    };
    let text = if draws.one_in(2) {
        format!("{text}; say")
    } else {
        text.to_owned()
    };
    text.split("; ")
        .map(|step| {
            let words = step.split(' ').enumerate().map(|(place, word)| match word {
                "N" => draws.of(&["1", "3", "10", "100", "4096"]).to_owned(),
                "n" => draws.of(&["1", "1", "2", "3"]).to_owned(),
                "BIG" => draws.of(&["30000", "65536", "100000", "200000"]).to_owned(),
                "T" => draws
                    .of(&["0", "0", "100", "500", "1000", "2000", "5000"])
                    .to_owned(),
                "U" => draws.of(&["10", "100", "1000", "1000", "2000"]).to_owned(),
                "A" if place == 1 => letter(draws.below(count)).to_string(),
                word => word.replace('#', &draws.below(objects).to_string()),
            });
            let words: Vec<_> = words.collect();
            match words.join(" ").as_str() {
                "sleep U" => "sleep 10".to_owned(),
                "sleep 0" | "vfork 0" => "sleep 300".to_owned(),
                "U" | "10" | "100" | "1000" | "2000" => format!("sleep {}", words[0]),
                step => step.to_owned(),
            }
        })
        .collect()
}

/// Ends every wait that something can end.
fn feed(objects: usize) -> Vec<String> {
    let mut steps = vec!["sleep 5000".to_owned()];
    for object in 0..objects {
        for step in [
            "put p# 3",
            "put s# 3",
            "put d# 3",
            "put e# 3",
            "put m# 3",
            "put v# 3",
            "put u# 3",
            "put y# 3",
            "put z# 3",
            "arm i# 100 0",
            "touch o#",
            "post w#",
            "post w#",
            "broadcast c#",
            "fwake f# 9",
        ] {
            steps.push(step.replace('#', &object.to_string()));
        }
    }
    steps
}

/// What is typed, and when.
fn typed(draws: &mut Draws) -> Vec<String> {
    let mut at = 0;
    let line = |at: usize, bytes: &str| format!("@0.{at:03} send \"{bytes}\"");
    (0..=draws.below(5))
        .map(|_| {
            at += draws.below(4);
            line(at, draws.of(TYPED))
        })
        .collect()
}

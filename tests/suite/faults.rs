//! Faults of the system while strobe works: signals at random instants, a disk that is full or breaks, no descriptors, folders
//! that cannot be written or are another user's, readers that go away or never come, clocks that step. After each the old
//! file or the new one is whole, what was recorded can be recovered, and no process and no temporary file is left.
//!
//! Every fault is tried once with the suite; `just faults N` makes N rounds.

use crate::{bounded::Run, workshop::Workshop};
use rustix::process::{Pid, Signal};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

mod broken;
mod clock;
mod files;
mod foreign;
mod interrupted;
mod shortage;

/// A fault, and what must be true after it. Random numbers decide the rest.
type Fault = fn(&mut Random);

const FAULTS: [(&str, Fault); 16] = [
    ("record is killed", interrupted::record_is_killed),
    (
        "record is asked to end",
        interrupted::record_is_asked_to_end,
    ),
    ("check --accept is killed", interrupted::accept_is_killed),
    ("the disk is full", shortage::the_disk_is_full),
    (
        "the disk is full while accepting",
        shortage::accepting_on_a_full_disk,
    ),
    (
        "there are no descriptors",
        shortage::there_are_no_descriptors,
    ),
    (
        "sessions compete for descriptors",
        shortage::sessions_compete_for_descriptors,
    ),
    ("a reader goes away", shortage::a_reader_goes_away),
    ("a reader never comes", shortage::a_reader_never_comes),
    (
        "the disk breaks in the middle",
        broken::it_breaks_while_a_recording_grows,
    ),
    ("the disk breaks at the end", broken::it_breaks_at_the_end),
    (
        "the folder is another user's",
        foreign::the_folder_is_another_users,
    ),
    ("the file cannot be replaced", files::it_cannot_be_replaced),
    ("the folder is read-only", files::the_folder_is_read_only),
    ("a file cannot be read", files::it_cannot_be_read),
    ("the clock steps", files::the_clock_steps),
];

/// `SplitMix64`: the same numbers from the same seed.
pub struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

fn rounds(count: u64) {
    let seed = env::var("STROBE_FAULTS_SEED").map_or(1, |seed| seed.parse().unwrap());
    for round in 0..count {
        let (name, fault) = FAULTS[usize::try_from(round).unwrap() % FAULTS.len()];
        let seed = seed * 1_000_000 + round;
        let outcome = std::panic::catch_unwind(|| fault(&mut Random(seed)));
        assert!(outcome.is_ok(), "round {round} (seed {seed}): {name}");
    }
}

#[test]
fn whatever_fails_nothing_is_lost_and_nothing_left() {
    rounds(FAULTS.len() as u64);
}

#[test]
#[ignore = "`just faults N`"]
fn faults() {
    rounds(env::var("STROBE_FAULTS").unwrap().parse().unwrap());
}

/// Says that a fault was not tried, and why.
fn pass_over(why: &str) {
    eprintln!("a fault is passed over: {why}");
}

/// A program that counts until it is killed. It has said where its folders are before it writes.
fn counts(shop: &Workshop) -> Vec<String> {
    let script = "echo ${HOME%/home} >home; echo $$ >pid; n=0; while :; do n=$((n+1)); echo $n; sleep 0.002; done";
    // No other test, and no other round, runs the same.
    let mark = format!(": {}; {script}", shop.path("").display());
    ["sh", "-c", &mark].map(str::to_owned).to_vec()
}

/// How many numbers a text shows, each in its line, from 1 on.
fn counted(output: &[u8]) -> usize {
    let text = str::from_utf8(output).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        assert_eq!(*line, (index + 1).to_string(), "{text}");
    }
    lines.len()
}

/// A shell command of a workshop, in which `$STROBE` is strobe.
fn shell(shop: &Workshop, command: &str) -> Output {
    Command::new("sh")
        .args(["-c", command])
        .current_dir(shop.path("."))
        .env("STROBE", env!("CARGO_BIN_EXE_strobe"))
        .run_tool()
}

/// The same with a file system of its own in `disk`, as `mount` takes its options. Returns nothing where that takes rights
/// that the caller has not.
fn on_disk(shop: &Workshop, options: &str, command: &str) -> Option<Output> {
    fs::create_dir_all(shop.path("disk")).unwrap();
    let mount = format!("mount -t tmpfs -o {options} none disk");
    let can = Command::new("unshare")
        .args(["-m", "sh", "-c", &mount])
        .current_dir(shop.path("."))
        .try_run();
    if !can.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let inside = format!("{mount} && {{ {command}; }}");
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", &inside])
        .current_dir(shop.path("."))
        .env("STROBE", env!("CARGO_BIN_EXE_strobe"))
        .run_tool();
    Some(output)
}

/// No process that works in this folder is left. A killed strobe's die a moment later.
#[track_caller]
fn nobody_is_left_in(folder: &Path) {
    let folder = folder.canonicalize().unwrap();
    let is_there =
        |process: &PathBuf| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder);
    let started = Instant::now();
    loop {
        let processes = fs::read_dir("/proc").unwrap();
        let mut processes = processes.map(|entry| entry.unwrap().path());
        let Some(left) = processes.find(is_there) else {
            return;
        };
        let command = fs::read_to_string(left.join("cmdline")).unwrap_or_default();
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{command:?} is left"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

/// The names in a folder that strobe should not have left.
fn temporary(folder: &Path) -> Vec<String> {
    let mut names = crate::unfinished::names(folder);
    names.retain(|name| name.starts_with(".strobe-") || name.contains(".recording"));
    names
}

fn kill(process: Pid, signal: Signal) {
    rustix::process::kill_process(process, signal).unwrap();
}

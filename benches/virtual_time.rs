//! What virtual time costs: each figure is a ratio of two things measured in turn, so that whatever else the machine does
//! meets both.
//!
//! The unit is one stop: a call that the tracer is told of and answers itself, which is `getcpu`. What a program is, this
//! one is when it is called with the name of a subject.

use std::{
    env, fs,
    hint::black_box,
    io::{Read, Write},
    process,
    thread::sleep,
    time::{Duration, Instant},
};
use stroboscope::{session::Session, virtual_time::VirtualTime};
use tempfile::TempDir;

/// How often a subject does what is counted in stops.
const TIMES: u32 = 20_000;
/// How often a subject looks at a clock while it gets on once.
const LOOKS: u32 = 100;
/// How often each is measured; the least counts, as nothing makes a program faster than it is.
const ROUNDS: usize = 7;

fn main() {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("subject"), Some(name)) => subject(&name, &arguments.next().unwrap_or_default()),
        _ => measure(),
    }
}

/// Does one thing so many times.
fn subject(name: &str, times: &str) {
    let times: u64 = times.parse().unwrap();
    match name {
        "nothing" => {}
        "stop" => {
            for _ in 0..times {
                // SAFETY: all its addresses are null, and so it touches no memory.
                unsafe { libc::syscall(libc::SYS_getcpu, 0, 0, 0) };
            }
        }
        // Its page does not have this clock.
        "clock" => {
            let mut now = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            for _ in 0..times {
                // SAFETY: it writes the time that it is given the place of.
                unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) };
            }
        }
        "wait" => {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(times) {}
        }
        // It makes another call now and then.
        "looks" | "no looks" => {
            let mut to = fs::File::create("/dev/null").unwrap();
            for _ in 0..times {
                for _ in 0..if name == "looks" { LOOKS } else { 0 } {
                    black_box(Instant::now());
                }
                to.write_all(b".").unwrap();
            }
        }
        "sleep" => {
            for _ in 0..times {
                sleep(Duration::from_millis(1));
            }
        }
        "copy" => {
            let mut from = fs::File::open("/dev/zero").unwrap();
            let mut to = fs::File::create("/dev/null").unwrap();
            for _ in 0..times {
                let mut byte = [0];
                from.read_exact(&mut byte).unwrap();
                to.write_all(&byte).unwrap();
            }
        }
        "untraced" => {
            for _ in 0..times {
                black_box(env::current_dir().is_ok());
            }
        }
        "stat" => {
            for _ in 0..times {
                black_box(fs::metadata("/").is_ok());
            }
        }
        "compute" => {
            let mut sum = 0_u64;
            for number in 0..times {
                sum = black_box(sum.wrapping_mul(31).wrapping_add(number));
            }
        }
        _ => panic!("no subject `{name}`"),
    }
    process::exit(0);
}

fn session(name: &str, times: u64) -> Session {
    let program = env::current_exe().unwrap();
    Session::new(program)
        .args(["subject", name, &times.to_string()])
        .real_time()
}

/// CPython itself, and not what stands in front of it on `PATH`; none where there is none.
fn python() -> Option<String> {
    let told = Session::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .real_time();
    let told = told.pipe().run().ok()?.output();
    let path = String::from_utf8(told).ok()?.trim_end().to_owned();
    (!path.is_empty()).then_some(path)
}

/// Runs a shell in a new folder; none where that fails.
fn folder(script: &str) -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let mut shell = process::Command::new("sh");
    let shell = shell.args(["-c", script]).current_dir(folder.path());
    let made = shell.stdout(process::Stdio::null()).status();
    made.is_ok_and(|status| status.success()).then_some(folder)
}

/// A repository of ten thousand small files.
fn repository() -> Option<TempDir> {
    folder(
        "git init -q . || exit
        for d in $(seq 100); do mkdir $d; for f in $(seq 100); do echo $d $f >$d/$f; done; done
        git add . && git -c user.name=a -c user.email=b commit -qm c && sleep 1 && git status",
    )
}

/// A makefile that makes a hundred files of as many others, and has done so before: what was written within the second in
/// which a run starts may be of the run, and the tracer looks at it.
fn files_to_make() -> Option<TempDir> {
    folder(
        r"for f in $(seq 100); do echo $f >$f.in; done
        printf 'all: $(addsuffix .out,$(basename $(wildcard *.in)))\n%%.out: %%.in\n\tcp $< $@\n' >Makefile
        make -s; touch -d '1 minute ago' *",
    )
}

fn virtually(session: &Session) -> Session {
    session.clone().virtual_time(VirtualTime::default())
}

/// The least that each of these takes, measured in turn.
fn least<const N: usize>(sessions: &[Session; N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (session, least) in sessions.iter().zip(&mut least) {
            let begun = Instant::now();
            session.run().unwrap();
            *least = begun.elapsed().min(*least);
        }
    }
    least
}

fn measure() {
    println!("{:<58} {:>10} {:>8}", "", "ratio", "aim");
    let beside = |session: &Session, nothing: &Session| {
        let [real, idle, both, idle_virtual] = least(&[
            session.clone(),
            nothing.clone(),
            virtually(session),
            virtually(nothing),
        ]);
        ratio(both.saturating_sub(idle_virtual), real.saturating_sub(idle))
    };
    let nothing = session("nothing", 0);
    row(
        "computing, beside real time",
        beside(&session("compute", 1_000_000_000), &nothing),
        1.05,
    );
    row(
        "a million calls that are not traced, beside real time",
        beside(&session("untraced", 1_000_000), &nothing),
        1.1,
    );
    row(
        "a million looks at a file's times, beside real time",
        beside(&session("stat", 1_000_000), &nothing),
        1.3,
    );
    let repeated = |name| virtually(&session(name, TIMES.into()));
    let [idle, stop, clock, sleep, copy] = least(&[
        virtually(&nothing),
        repeated("stop"),
        repeated("clock"),
        repeated("sleep"),
        repeated("copy"),
    ]);
    let stops = |all: Duration| ratio(all.saturating_sub(idle), stop.saturating_sub(idle));
    row("a read of a clock by a call, in stops", stops(clock), 1.2);
    row("a whole sleep, in stops", stops(sleep), 7.0);
    row("a read and a write, in stops", stops(copy), 4.0);
    println!("(a stop took {:?})", stop.saturating_sub(idle) / TIMES);
    let [looks, no_looks] = least(&[repeated("looks"), repeated("no looks")]);
    let look = looks.saturating_sub(no_looks) / TIMES / LOOKS;
    println!("(a read without a call took {look:?})");
    let [wait] = least(&[virtually(&session("wait", 1_000))]);
    row(
        "a wait that reads the clock, beside its virtual time",
        wait.saturating_sub(idle).as_secs_f64(),
        2.0,
    );
    measure_files();
    let Some(python) = python() else {
        println!("no python3: CPython is not measured");
        return;
    };
    let python = |code: &str| Session::new(&python).args(["-c", code]).real_time();
    let start = python("pass");
    let [real, traced] = least(&[start.clone(), virtually(&start)]);
    row(
        "the start of CPython, beside real time",
        ratio(traced, real),
        1.4,
    );
    let spinner = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/python/spinner_thread.py"
    );
    let [imports, spinner] = least(&[
        virtually(&python("import itertools, sys, threading, time")),
        virtually(&python(&format!("exec(open({spinner:?}).read())"))),
    ]);
    row(
        "CPython's spinner of three seconds, beside its imports",
        ratio(spinner, imports),
        1.3,
    );
    println!("(the spinner took {spinner:?})");
}

fn row(what: &str, ratio: f64, aim: f64) {
    println!("{what:<58} {ratio:>10.2} {aim:>8.2}");
}

/// What it costs programs that look at the times of many files.
fn measure_files() {
    match repository() {
        Some(repository) => {
            let status = Session::new("git").args(["status", "--porcelain"]);
            let status = status.current_dir(repository.path()).real_time();
            // In turn each would find that its index holds the other's times.
            let traced = virtually(&status);
            let [[real], [traced]] = [[status], [traced]].map(|session| least(&session));
            row(
                "`git status` of 10,000 files, beside real time",
                ratio(traced, real),
                1.5,
            );
        }
        None => println!("no git: `git status` is not measured"),
    }
    match files_to_make() {
        Some(folder) => {
            let make = Session::new("make").arg("-s");
            let make = make.current_dir(folder.path()).real_time();
            let [real, traced] = least(&[make.clone(), virtually(&make)]);
            row(
                "`make` that finds a hundred files made, beside real time",
                ratio(traced, real),
                1.5,
            );
            let make = make.arg("-B");
            let [real, traced] = least(&[make.clone(), virtually(&make)]);
            row(
                "`make` that makes a hundred files, beside real time",
                ratio(traced, real),
                1.5,
            );
        }
        None => println!("no make: it is not measured"),
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

//! What work costs in whole processes and in the library: beside the least that it could, and from one to a thousand times as
//! much of it. Each row has its aim beside it.

use std::{
    env,
    fmt::Write as _,
    fs,
    hint::black_box,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use stroboscope::{
    Recording,
    comparison::compare,
    recording::Level,
    view::{frames::frames, svg},
};

/// How often each is measured; the least counts, as nothing makes a program faster than it is.
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    println!("{:<66} {:>10} {:>8}", "", "measured", "aim");
    record_a_flood(folder);
    smallest_runs();
    transcripts();
    views();
    differences(folder);
}

fn row(what: &str, measured: f64, aim: f64) {
    println!("{what:<66} {measured:>10.2} {aim:>8.2}");
}

/// The least that each of these takes, measured in turn.
fn least<const N: usize>(work: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut least = [f64::MAX; N];
    let mut work = work;
    for _ in 0..ROUNDS {
        for (work, least) in work.iter_mut().zip(&mut least) {
            let begun = Instant::now();
            work();
            *least = begun.elapsed().as_secs_f64().min(*least);
        }
    }
    least
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    assert!(quiet.status().unwrap().code().is_some());
}

fn strobe(arguments: &[&str], folder: &Path) {
    run(env!("CARGO_BIN_EXE_strobe"), arguments, folder);
}

/// 64 MiB of `cat` on a terminal.
fn record_a_flood(folder: &Path) {
    let mut lines = String::new();
    for line in 0..1 << 20 {
        let _ = writeln!(lines, "{line:063}");
    }
    fs::write(folder.join("lines"), lines).unwrap();
    let record = "record --clock real --output-limit 1GiB -o a.strobe -- cat lines";
    let record: Vec<&str> = record.split(' ').collect();
    let [script, strobe] = least([
        &mut || run("script", &["-qec", "cat lines", "out"], folder),
        &mut || strobe(&record, folder),
    ]);
    row(
        "`strobe record -o` of 64 MiB of `cat`, beside `script`",
        strobe / script,
        1.1,
    );
}

/// A session around `true`, beside `true`.
fn smallest_runs() {
    let here = Path::new(".");
    let record = |options: &[&str]| {
        let arguments = [&["record"], options, &["--", "true"]].concat();
        strobe(&arguments, here);
    };
    let [bare, real, once, twice] = least([
        &mut || (0..20).for_each(|_| run("true", &[], here)),
        &mut || (0..20).for_each(|_| record(&["--clock", "real"])),
        &mut || (0..20).for_each(|_| record(&["--once"])),
        &mut || (0..20).for_each(|_| record(&[])),
    ]);
    for (what, time, aim) in [
        ("real time", real, 2.5),
        ("virtual time, one run", once, 3.0),
        ("virtual time, two runs", twice, 4.5),
    ] {
        let what = format!("a session around `true`, {what}, in ms");
        row(&what, time * 1e3 / 20.0, aim);
    }
    println!("(`true` took {:.2} ms)", bare * 1e3 / 20.0);
}

/// A recording of writes, a millisecond apart.
fn recording(channel: &str, writes: impl Iterator<Item = String>) -> String {
    let mut text = format!("transcript: 1\nchannel: {channel}\n\n");
    for write in writes {
        let _ = writeln!(text, "0.001 \"{write}\"");
    }
    text + "@9999.000 exit 0\n"
}

/// Lines of a build, as many.
fn build(lines: usize) -> String {
    let line = |line| format!(r"\e[1m\e[92m   Compiling\e[0m crate-{line} v1.0 (/home/user)\r\n");
    recording("pty 80x24 x", (0..lines).map(line))
}

fn transcripts() {
    let per_second = |bytes: u32, seconds: f64| f64::from(bytes) / seconds / 1e6;
    for (lines, times) in [(100, 1), (1_000, 10), (10_000, 100), (100_000, 1_000)] {
        let text = build(lines);
        let read: Recording = text.parse().unwrap();
        let output = read.output();
        let [copied, written, parsed] = least([
            &mut || drop(black_box(black_box(&output).clone())),
            &mut || drop(black_box(read.to_string())),
            &mut || drop(black_box(text.parse::<Recording>())),
        ]);
        let what = format!("{times} times the work: a transcript");
        let bytes = u32::try_from(output.len()).unwrap();
        row(
            &format!("{what} written, MB/s"),
            per_second(bytes, written),
            600.0,
        );
        row(
            &format!("{what} read, MB/s"),
            per_second(bytes, parsed),
            600.0,
        );
        println!(
            "(beside a copy of the same bytes: {:.0} and {:.0} times)",
            written / copied,
            parsed / copied
        );
    }
}

/// One-byte writes on a terminal of 200x50, all over it.
fn views() {
    for (writes, times) in [(100, 1), (1_000, 10), (10_000, 100), (100_000, 1_000)] {
        let place = |write: u32| (write * 7 % 50 + 1, write * 13 % 200 + 1);
        let write = |write| {
            let (row, column) = place(write);
            format!(r"\e[{row};{column}Hx{}", write % 10)
        };
        let text = recording("pty 200x50 x", (0..writes).map(write));
        let recording: Recording = text.parse().unwrap();
        let [frames, svg] = least([&mut || drop(black_box(frames(&recording))), &mut || {
            drop(black_box(svg(&recording)));
        }]);
        let each = |time: f64| time * 1e6 / f64::from(writes);
        let what = format!("{times} times the work: microseconds for each write in");
        row(&format!("{what} `frames`"), each(frames), 20.0);
        row(&format!("{what} `svg`"), each(svg), 40.0);
    }
}

/// Two recordings of which every thousandth line differs.
fn differences(folder: &Path) {
    for lines in [1_000, 10_000, 100_000, 1_000_000] {
        let line = |odd: usize| {
            move |line: usize| {
                let line = if line.is_multiple_of(1_000) {
                    line + odd
                } else {
                    line
                };
                format!("line {line} of a build\\r\\n")
            }
        };
        let [left, right] = [0, 1].map(|odd| recording("pty 80x24 x", (0..lines).map(line(odd))));
        if lines == 1_000_000 {
            fs::write(folder.join("left"), &left).unwrap();
            fs::write(folder.join("right"), &right).unwrap();
        }
        let [left, right]: [Recording; 2] = [left, right].map(|text| text.parse().unwrap());
        let begun = Instant::now();
        black_box(compare(&left, &right, Level::Exact));
        let each = begun.elapsed() / u32::try_from(lines).unwrap();
        println!("(a comparison of {lines} events took {each:?} for each)");
    }
    let begun = Instant::now();
    strobe(&["diff", "left", "right"], folder);
    let took: Duration = begun.elapsed();
    row(
        "`strobe diff` of two recordings of a million events, seconds",
        took.as_secs_f64(),
        1.0,
    );
}

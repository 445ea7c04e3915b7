//! How time and memory grow with the work: a thousand times as much of it takes a thousand times as long, and no more memory
//! than that, or no more at all.
//!
//! Each measurement is a process of its own, so that none finds memory that another has left. Work of the library is measured
//! in processor time, which other programs hardly change; `strobe` by the clock.

use rustix::time::{ClockId, clock_gettime};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    hint::black_box,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use stroboscope::{
    Recording,
    comparison::compare,
    recording::Level,
    view::{frames::frames, svg},
};

const OWN: &str = "/proc/self/status";

/// How long it took, and how much memory at most, in bytes.
type Measured = Result<(Duration, u64), Box<dyn Error>>;

/// What is measured.
struct Work {
    name: &'static str,
    /// What there is more and more of.
    unit: &'static str,
    /// How much of it there is at first.
    least: usize,
    run: fn(usize) -> Measured,
}

const WORK: [Work; 8] = [
    work("a transcript written", "line", 100, written),
    work("a transcript read", "line", 100, read),
    work("`frames`, 200x50", "write", 100, |writes| {
        viewed(writes, |recording| drop(black_box(frames(recording))))
    }),
    work("`svg`, 200x50", "write", 100, |writes| {
        viewed(writes, |recording| drop(black_box(svg(recording))))
    }),
    work("a comparison", "event", 1_000, compared),
    work("`strobe diff`", "event", 1_000, |events| {
        let [left, right] = [0, 1].map(|odd| build(events, odd));
        let files = [("left", left), ("right", right)];
        strobe(&["diff", "left", "right"], &files)
    }),
    work("`strobe show --as bytes`", "line", 1_000, |lines| {
        strobe(&["show", "--as", "bytes", "a"], &[("a", build(lines, 0))])
    }),
    work("`strobe record -o`, real time", "line", 1_000, |lines| {
        let text = (0..lines).fold(String::new(), |text, line| text + &format!("{line:063}\n"));
        let record = "record --clock real --output-limit 1GiB -o a.strobe -- cat lines";
        let record: Vec<&str> = record.split(' ').collect();
        strobe(&record, &[("lines", text)])
    }),
];

const fn work(
    name: &'static str,
    unit: &'static str,
    least: usize,
    run: fn(usize) -> Measured,
) -> Work {
    Work {
        name,
        unit,
        least,
        run,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes options of its own.
    let mut arguments = env::args().skip(1).filter(|word| !word.starts_with('-'));
    if let Some(name) = arguments.next() {
        let units = arguments.next().ok_or("how many units?")?.parse()?;
        let work = WORK.iter().find(|work| work.name == name);
        let (time, peak) = (work.ok_or("no such work")?.run)(units)?;
        println!("{} {peak}", time.as_nanos());
        return Ok(());
    }
    println!(
        "{:<32} {:>9}  {:>12}  {:>14}",
        "", "units", "time each", "memory each"
    );
    for Work {
        name, unit, least, ..
    } in WORK
    {
        for times in [1, 10, 100, 1_000] {
            let units = least * times;
            let own = Command::new(env::current_exe()?)
                .args([name, &units.to_string()])
                .stderr(Stdio::inherit())
                .output()?;
            let text = String::from_utf8(own.stdout)?;
            let (time, peak) = text.trim().split_once(' ').ok_or(name)?;
            let [time, peak]: [u64; 2] = [time.parse()?, peak.parse()?];
            let each = |total: u64| total / u64::try_from(units).unwrap_or(u64::MAX);
            println!(
                "{name:<32} {units:>9}  {:>9} ns  {:>8} bytes  for each {unit}",
                each(time),
                each(peak)
            );
        }
    }
    Ok(())
}

/// Runs this, and returns how long it took and by how many bytes the memory in use grew at most.
fn measured(work: impl FnOnce()) -> Measured {
    // So that the peak is that of the work (proc_pid_clear_refs(5)).
    fs::write("/proc/self/clear_refs", "5")?;
    let before = memory(OWN, "VmRSS:");
    let begun = processor_time()?;
    work();
    let took = processor_time()?.saturating_sub(begun);
    Ok((took, memory(OWN, "VmHWM:").saturating_sub(before)))
}

/// Runs `strobe` in a folder with these files.
fn strobe(arguments: &[&str], files: &[(&str, String)]) -> Measured {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        fs::write(folder.path().join(name), text)?;
    }
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_strobe"))
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(memory(&status, "VmHWM:"));
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok((begun.elapsed(), peak))
}

/// How much processor time this process has used.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    Ok(clock_gettime(ClockId::ProcessCPUTime).try_into()?)
}

/// A line of a process's `status` that counts memory, in bytes; 0 if the process has ended.
fn memory(status: &str, key: &str) -> u64 {
    let status = fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes.map_or(0, |number| number.parse().unwrap_or(0) << 10)
}

/// The transcript of a build, with this many lines; `odd` makes every thousandth another one.
fn build(lines: usize, odd: usize) -> String {
    let mut text = "transcript: 1\nchannel: pty 80x24 x\n\n".to_owned();
    for line in 0..lines {
        let line = line + if line.is_multiple_of(1_000) { odd } else { 0 };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            r#"0.001 "\e[1m\e[92m   Compiling\e[0m crate-{line} v1.0 (/home/user)\r\n""#
        );
    }
    text + "@9999.000 exit 0\n"
}

fn written(lines: usize) -> Measured {
    let recording: Recording = build(lines, 0).parse()?;
    measured(|| drop(black_box(recording.to_string())))
}

fn read(lines: usize) -> Measured {
    let text = build(lines, 0);
    measured(|| drop(black_box(text.parse::<Recording>())))
}

/// One-byte writes on a terminal of 200x50, all over it.
fn viewed(writes: usize, view: impl FnOnce(&Recording)) -> Measured {
    let mut text = "transcript: 1\nchannel: pty 200x50 x\n\n".to_owned();
    for write in 0..writes {
        let (row, column) = (write * 7 % 50 + 1, write * 13 % 200 + 1);
        let _ = writeln!(text, r#"0.001 "\e[{row};{column}Hx{}""#, write % 10);
    }
    let recording: Recording = (text + "@9999.000 exit 0\n").parse()?;
    measured(|| view(&recording))
}

fn compared(events: usize) -> Measured {
    let [left, right] = [0, 1].map(|odd| build(events, odd).parse::<Recording>());
    let (left, right) = (left?, right?);
    measured(|| drop(black_box(compare(&left, &right, Level::Exact))))
}

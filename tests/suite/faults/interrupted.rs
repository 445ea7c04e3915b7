//! Strobe is killed, or asked to end, at a random instant.

use super::{Random, counted, counts, kill, nobody_is_left_in, temporary};
use crate::{
    bounded::{Bounded, LIMIT},
    capture::end,
    workshop::Workshop,
};
use rustix::process::Signal;
use std::{
    fs::{self, File, FileTimes},
    process::Stdio,
    thread,
    time::{Duration, SystemTime},
};
use stroboscope::recording::{End, Recording, StopReason};

const OLD: &str = "transcript: 1\ncommand: old\nchannel: pipe\n\n@0.000 exit 0\n";

/// How many numbers are in the file that grows.
fn grown(shop: &Workshop) -> usize {
    let text = fs::read(shop.path(".x.strobe.recording")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let events = text.split_once("\n\n").map_or("", |(_, events)| events);
    // The last one may be on its way.
    events.matches("\\n\"").count().saturating_sub(1)
}

/// Records, interrupts, and checks what is left. Returns the recording's program's folder.
#[track_caller]
fn interrupt(random: &mut Random, signal: Signal) {
    let shop = Workshop::new();
    let has_old = random.below(2) == 0;
    if has_old {
        shop.write("x.strobe", OLD);
    }
    let clock = random.one_of(&["real", "virtual"]);
    let channel = random.one_of(&["pty", "pipe"]);
    let options = [
        "record",
        "--once",
        "--clock",
        clock,
        "--channel",
        channel,
        "-o",
        "x.strobe",
        "--",
    ];
    let options = options.map(str::to_owned).to_vec();
    // Only virtual time has `--once`.
    let options: Vec<String> = options
        .into_iter()
        .filter(|option| clock == "virtual" || option != "--once")
        .collect();
    let arguments = [options, counts(&shop)].concat();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = shop.command(&arguments);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut strobe = Bounded::spawn(command, LIMIT);
    if random.below(4) > 0 {
        strobe.until("the program", || shop.line("pid"));
    }
    thread::sleep(Duration::from_micros(random.below(150_000)));
    let known = grown(&shop);
    kill(strobe.pid(), signal);
    let output = strobe.output();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        end(output.status),
        End::Killed(signal.as_raw().try_into().unwrap()),
        "{told}"
    );
    nobody_is_left_in(&shop.path("."));
    if has_old {
        assert_eq!(shop.read("x.strobe"), OLD);
    } else {
        assert!(!shop.path("x.strobe").exists());
    }
    let left = temporary(&shop.path("."));
    if known > 0 {
        assert_eq!(left, [".x.strobe.recording"]);
    }
    if signal != Signal::KILL && !left.is_empty() {
        assert!(told.contains("`strobe recover x.strobe`"), "{told}");
    }
    // The next run says so, and removes the program's folders.
    let again: Vec<&str> = arguments
        .iter()
        .flat_map(|argument| match *argument {
            "--" => vec!["--limit", "100ms", "--"],
            "x.strobe" => vec!["y.strobe"],
            other => vec![other],
        })
        .collect();
    shop.strobe(&again, 0);
    // On a busy machine neither program may have come so far.
    if let Some(folder) = shop.line("home") {
        assert!(folder.starts_with("/tmp/strobe-"), "{folder}");
        assert!(!fs::exists(&folder).unwrap(), "{folder} is left");
    }
    if left.is_empty() {
        return;
    }
    let text = fs::read(shop.path(".x.strobe.recording")).unwrap();
    let events = String::from_utf8_lossy(&text);
    if !events
        .split_once("\n\n")
        .is_some_and(|(_, events)| events.contains("\n#"))
    {
        // It was killed before there was an event.
        assert_eq!(known, 0);
        return;
    }
    shop.strobe(&["recover", "x.strobe", "-o", "z.strobe"], 0);
    let recording: Recording = shop.read("z.strobe").parse().unwrap();
    assert_eq!(recording.end().1, End::Stopped(StopReason::Interrupted));
    let counted = counted(&recording.output());
    assert!(counted >= known, "{counted} of {known}");
    assert_eq!(temporary(&shop.path(".")), [""; 0]);
}

pub fn record_is_killed(random: &mut Random) {
    interrupt(random, Signal::KILL);
}

pub fn record_is_asked_to_end(random: &mut Random) {
    let signal = random.one_of(&[Signal::HUP, Signal::INT, Signal::TERM]);
    interrupt(random, signal);
}

pub fn accept_is_killed(random: &mut Random) {
    let shop = Workshop::new();
    let names: Vec<String> = (0..6).map(|number| format!("{number}.strobe")).collect();
    let text = |number: &str, output: &str| {
        let rest = "channel: pipe\nclock: real\n\n";
        let output = if output.is_empty() {
            String::new()
        } else {
            format!("0.000 \"{output}\\n\"\n")
        };
        format!("transcript: 1\ncommand: echo {number}\n{rest}{output}@0.000 exit 0\n")
    };
    for name in &names {
        shop.write(name, &text(name, ""));
    }
    let mut command = shop.command(&["check", "--accept"]);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut strobe = Bounded::spawn(command, LIMIT);
    thread::sleep(Duration::from_micros(random.below(120_000)));
    kill(strobe.pid(), Signal::KILL);
    strobe.wait();
    nobody_is_left_in(&shop.path("."));
    for name in &names {
        let read = shop.read(name);
        let recording: Recording = read.parse().unwrap();
        let is_old = read == text(name, "");
        assert!(
            is_old || recording.output() == format!("{name}\n").as_bytes(),
            "{read}"
        );
    }
    // What is left is removed by the next one, once it is surely nobody's.
    let old = SystemTime::now() - Duration::from_secs(3600);
    for name in temporary(&shop.path(".")) {
        let file = File::open(shop.path(&name)).unwrap();
        file.set_times(FileTimes::new().set_modified(old)).unwrap();
    }
    shop.write("0.strobe", &text("0.strobe", "old"));
    shop.strobe(&["check", "--accept"], 0);
    assert_eq!(temporary(&shop.path(".")), [""; 0]);
}

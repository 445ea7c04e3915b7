//! A transcript that grows while the program runs, and what is left of one.

use crate::{
    arbitrary::recording,
    bounded::{Bounded, LIMIT, TOOL_LIMIT},
    effort::{amount, cases},
    requirement::has_virtual_time,
    workshop::Workshop,
};
use proptest::prelude::*;
use rustix::process::Signal;
use std::{fs, os::unix::process::ExitStatusExt, path::Path, process::Stdio};
use stroboscope::{
    file::Destination,
    recording::{End, Recording, StopReason},
    unfinished::{Unfinished, left, recover},
};

/// What is in a folder, by name.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Passes a recording's events on as a run would; the header has grown since the beginning.
fn grow(recording: &Recording, begins_with_notes: bool, destination: &Destination) -> Unfinished {
    let (unfinished, mut events) = Unfinished::begin(destination).unwrap();
    let mut header = recording.header().clone();
    if !begins_with_notes {
        header.note.clear();
        header.varies.clear();
    }
    events.begin(&header).unwrap();
    for event in recording.events() {
        events.take(event.clone()).unwrap();
    }
    unfinished
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_transcript_that_grew_is_the_one_that_is_printed(recording in recording(20), grown in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.strobe");
        let destination = Destination::new(&path).unwrap();
        let unfinished = grow(&recording, grown, &destination);
        unfinished.finish(&recording.outline()).unwrap();
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), recording.to_string());
        prop_assert_eq!(names(folder.path()), ["x.strobe"]);
    }

    #[test]
    fn of_a_transcript_cut_anywhere_a_prefix_is_recovered(recording in recording(20), cut in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let (path, growing) = (folder.path().join("x.strobe"), folder.path().join(".x.strobe.recording"));
        let destination = Destination::new(&path).unwrap();
        let unfinished = grow(&recording, true, &destination);
        prop_assert!(unfinished.abandon().is_kept);
        // The marker takes less than a hundred bytes, and the header is on the disk before the program runs.
        let text = fs::read(&growing).unwrap();
        let head = text.windows(2).position(|two| two == b"\n\n").unwrap() + 2;
        let len = head + cut.index(text.len() - head + 1);
        fs::write(&growing, &text[..len]).unwrap();
        let recovered = recover(&growing, None).unwrap();
        let whole: Recording = fs::read_to_string(&path).unwrap().parse().unwrap();
        prop_assert_eq!(recovered.events, whole.events().len());
        prop_assert_eq!(whole.header(), recording.header());
        let given = match whole.end().1 {
            End::Stopped(StopReason::Interrupted) if whole.events().len() <= recording.events().len() => whole.events().len() - 1,
            _ => whole.events().len(),
        };
        prop_assert_eq!(&whole.events()[..given], &recording.events()[..given]);
        prop_assert_eq!(names(folder.path()), ["x.strobe"]);
    }
}

/// A program that writes a line again and again, and never ends.
const ENDLESS: [&str; 3] = ["sh", "-c", "while :; do echo line; sleep 0.01; done"];

/// Starts to record a program in real time, and waits until so many of its lines are in the file that grows.
#[track_caller]
fn start(shop: &Workshop, lines: usize) -> Bounded {
    let options = ["record", "--clock", "real", "-o", "x.strobe", "--"];
    let mut command = shop.command(&[&options[..], &ENDLESS].concat());
    let mut strobe = Bounded::spawn(command.stderr(Stdio::piped()), LIMIT);
    let path = shop.path(".x.strobe.recording");
    strobe.until("lines in the file that grows", || {
        let text = fs::read_to_string(&path).ok()?;
        (text.matches("\"line").count() >= lines).then_some(())
    });
    strobe
}

#[track_caller]
fn is_recovered(shop: &Workshop, lines: usize) {
    let told = shop.strobe(&["recover", "x.strobe"], 0).stderr;
    assert!(
        told.starts_with("strobe: recovered ")
            && told.contains(" s to `x.strobe`: stopped interrupted\n"),
        "{told}"
    );
    let recording: Recording = shop.read("x.strobe").parse().unwrap();
    let (_, end) = recording.end();
    assert_eq!(end, End::Stopped(StopReason::Interrupted));
    let output = recording.output();
    let text = str::from_utf8(&output).unwrap();
    assert!(text.matches("line\r\n").count() >= lines, "{text}");
    assert_eq!(text.replace("line\r\n", ""), "");
    assert_eq!(names(&shop.path("")), ["x.strobe"]);
}

#[test]
fn a_killed_recording_is_recovered_and_the_next_one_says_that_it_is_there() {
    let shop = Workshop::new();
    let mut strobe = start(&shop, 5);
    strobe.signal(Signal::KILL);
    strobe.wait();
    assert_eq!(names(&shop.path("")), [".x.strobe.recording"]);
    let next = ["record", "--clock", "real", "-o", "x.strobe", "--", "true"];
    let told = shop.strobe(&next, 0).stderr;
    let left = "strobe: an earlier recording was interrupted, and is in `.x.strobe.recording`: \
        `strobe recover x.strobe` makes a transcript of it\n";
    assert!(told.starts_with(left), "{told}");
    let whole = shop.read("x.strobe");
    // The transcript that is there is not replaced.
    let told = shop.strobe(&["recover", "x.strobe"], 0).stderr;
    assert!(
        told.contains("`x.strobe.recovered`: stopped interrupted"),
        "{told}"
    );
    assert_eq!(shop.read("x.strobe"), whole);
    assert!(shop.read("x.strobe.recovered").contains("line"));
    assert_eq!(names(&shop.path("")), ["x.strobe", "x.strobe.recovered"]);
    shop.refuses(
        &["recover", "x.strobe"],
        "`x.strobe` is a finished transcript: there is nothing to recover",
    );
    shop.refuses(
        &["recover", "none.strobe"],
        "there is no unfinished recording of `none.strobe`",
    );
}

#[test]
fn a_signal_to_strobe_leaves_the_recording_and_says_where() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let shop = Workshop::new();
        let strobe = start(&shop, 3);
        strobe.signal(signal);
        let output = strobe.output();
        assert_eq!(output.status.signal(), Some(signal.as_raw()));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "strobe: the recording so far is in `.x.strobe.recording`: \
             `strobe recover x.strobe` makes a transcript of it\n"
        );
        is_recovered(&shop, 3);
    }
}

#[test]
fn what_is_being_recorded_is_not_recovered() {
    let shop = Workshop::new();
    let _strobe = start(&shop, 1);
    shop.refuses(
        &["recover", "x.strobe"],
        "`.x.strobe.recording` is still being recorded",
    );
    shop.refuses(
        &["recover", ".x.strobe.recording"],
        "`.x.strobe.recording` is still being recorded",
    );
}

#[test]
fn a_run_that_cannot_begin_leaves_nothing() {
    let shop = Workshop::new();
    let arguments = ["record", "-o", "x.strobe", "--", "./none"];
    let told = shop.strobe(&arguments, 2).stderr;
    assert_eq!(
        told,
        "strobe: cannot run `./none`: No such file or directory (os error 2)\n"
    );
    assert_eq!(names(&shop.path("")), [""; 0]);
}

/// The events are in the file only, and the message shows what came all the same.
#[test]
fn a_script_that_fails_in_real_time_keeps_the_recording_and_says_what_came() {
    let shop = Workshop::new();
    shop.write("script", "after \"none\" press Enter\n");
    let told = shop.strobe(
        &[
            "record", "--clock", "real", "--script", "script", "-o", "x.strobe", "--", "echo",
            "seen",
        ],
        2,
    );
    assert!(
        told.stderr
            .contains("since the last match came \"seen\\r\\n\"")
            && told
                .stderr
                .ends_with("the recording so far is in `x.strobe.failed`\n"),
        "{}",
        told.stderr
    );
    let recording: Recording = shop.read("x.strobe.failed").parse().unwrap();
    assert_eq!(recording.output(), b"seen\r\n");
    assert_eq!(names(&shop.path("")), ["script", "x.strobe.failed"]);
}

#[test]
fn several_interrupted_recordings_are_named() {
    let shop = Workshop::new();
    let text = "transcript: 1\nchannel: pipe\n\n0.000 \"a\"\n# unfinished\n";
    shop.write(".x.strobe.recording", text);
    shop.write(".x.strobe.recording-2", text);
    shop.refuses(
        &["recover", "x.strobe"],
        "there are several unfinished recordings of `x.strobe`: name one of `.x.strobe.recording`, `.x.strobe.recording-2`",
    );
    shop.strobe(&["recover", ".x.strobe.recording-2", "-o", "two.strobe"], 0);
    let two = "transcript: 1\nchannel: pipe\n\n0.000 \"a\"\n@0.000 stopped interrupted\n";
    assert_eq!(shop.read("two.strobe"), two);
    let destination = Destination::new(&shop.path("x.strobe")).unwrap();
    assert_eq!(left(&destination).len(), 1);
}

#[test]
fn a_run_in_virtual_time_grows_too_and_what_is_known_at_the_end_is_in_the_header() {
    if !has_virtual_time() {
        return;
    }
    let shop = Workshop::new();
    let program = "cat /proc/uptime /proc/self/stat >/dev/null; cat /proc/meminfo >/dev/null; date +%N; echo $$; cat /proc/sys/kernel/random/uuid";
    let arguments = [
        "--machine",
        "host",
        "--seed",
        "none",
        "--",
        "sh",
        "-c",
        program,
    ];
    let recorded = |options: &[&str]| {
        shop.strobe(&[&["record"], options, &arguments[..]].concat(), 0)
            .stdout
    };
    recorded(&["-o", "x.strobe"]);
    let recording: Recording = shop.read("x.strobe").parse().unwrap();
    assert!(!recording.header().varies.is_empty());
    assert_eq!(recording.to_string(), shop.read("x.strobe"));
    assert_eq!(names(&shop.path("")), ["x.strobe"]);
}

/// How much memory a process has had at most, in KiB (`proc_pid_status(5)`).
#[cfg(target_os = "linux")]
fn peak(process: rustix::process::Pid) -> Option<u64> {
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_recording_is_not_kept_in_memory() {
    let written = amount(16, 64) << 20;
    let shop = Workshop::new();
    let program = format!(
        "echo; touch begun; while ! test -e go; do sleep 0.01; done; yes | head -c {written}; echo last; sleep 1000"
    );
    let options = [
        "record",
        "--clock",
        "real",
        "--limit",
        "1h",
        "--channel",
        "pipe",
    ];
    let rest = ["-o", "x.strobe", "--", "sh", "-c", &program];
    let mut command = shop.command(&[&options[..], &rest].concat());
    let mut strobe = Bounded::spawn(command.stderr(Stdio::null()), TOOL_LIMIT);
    let process = strobe.pid();
    strobe.until("its beginning", || {
        shop.path("begun").exists().then_some(())
    });
    let first = strobe.until("its memory", || peak(process));
    shop.write("go", "");
    strobe.until("the last line in the file that grows", || {
        let text = fs::read_to_string(shop.path(".x.strobe.recording")).ok()?;
        text.contains("\"last").then_some(())
    });
    let grown = strobe.until("its memory", || peak(process)) - first;
    // Of what waits to be written there is at most 8 MiB, whatever comes.
    assert!(grown < 12 << 10, "{grown} KiB");
    strobe.signal(Signal::KILL);
    strobe.wait();
    shop.strobe(&["recover", "x.strobe"], 0);
    let bytes = shop.strobe(&["show", "--as", "bytes", "x.strobe"], 0);
    let len = 1 + written + 5;
    assert_eq!(bytes.stdout.len() as u64, len);
}

/// Starts to record a program whose output is masked, and waits until it has written.
#[track_caller]
fn start_masked(shop: &Workshop) -> Bounded {
    // Its command does not have what it writes.
    let program = "echo \"pid $((4700 + 11))\"; touch written; sleep 1000";
    let mut command = shop.command(&[
        "record", "--clock", "real", "--mask", "pid", "-o", "x.strobe", "--", "sh", "-c", program,
    ]);
    let mut strobe = Bounded::spawn(command.stderr(Stdio::piped()), LIMIT);
    strobe.until("its output", || shop.path("written").exists().then_some(()));
    // It is written by a thread of its own, and may come later than the program's output.
    strobe.until("the beginning of the transcript", || {
        let begun = fs::read_to_string(shop.path(".x.strobe.recording"));
        begun.is_ok_and(|text| text.contains("\n\n")).then_some(())
    });
    strobe
}

const HELD: &str = "strobe: what is masked is known at the end: if strobe is killed before (SIGKILL), the recording is lost\n";

#[test]
fn a_signal_to_strobe_leaves_a_masked_recording_masked() {
    let shop = Workshop::new();
    let strobe = start_masked(&shop);
    strobe.signal(Signal::TERM);
    let output = strobe.output();
    assert_eq!(output.status.signal(), Some(Signal::TERM.as_raw()));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "{HELD}strobe: the recording so far is in `.x.strobe.recording`: \
             `strobe recover x.strobe` makes a transcript of it\n"
        )
    );
    let held = shop.read(".x.strobe.recording");
    assert!(
        held.contains("\"pid \" <pid 4>") && !held.contains("4711"),
        "{held}"
    );
    let told = shop.strobe(&["recover", "x.strobe"], 0).stderr;
    assert!(
        told.ends_with("strobe: no run ends so: `strobe check` calls it different until a whole run is accepted\n"),
        "{told}"
    );
    let text = shop.read("x.strobe");
    assert!(text.contains("\"pid \" <pid 4> \"\\r\\n\""), "{text}");
}

#[test]
fn a_masked_recording_that_was_killed_is_lost_and_that_is_said() {
    let shop = Workshop::new();
    let mut strobe = start_masked(&shop);
    strobe.signal(Signal::KILL);
    strobe.wait();
    let held = shop.read(".x.strobe.recording");
    assert!(!held.contains("4711"), "{held}");
    for named in ["x.strobe", ".x.strobe.recording"] {
        shop.refuses(
            &["recover", named],
            "the recording of `x.strobe` is lost: where there are masks, nothing is written before it is known what they match, at the end",
        );
    }
    let told = shop.strobe(
        &["record", "--clock", "real", "-o", "x.strobe", "--", "true"],
        0,
    );
    assert!(
        told.stderr
            .starts_with("strobe: an earlier recording was killed and is lost: "),
        "{}",
        told.stderr
    );
}

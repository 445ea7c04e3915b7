//! The disk answers with an error of its own, as one does that breaks: strace makes the system calls fail.

use super::{Random, counted, counts, nobody_is_left_in, pass_over, shell, temporary};
use crate::{bounded::Run, workshop::Workshop};
use std::process::{Command, Output};
use stroboscope::recording::{End, Recording, StopReason};

const REASON: &str = "Input/output error (os error 5)";

/// Runs a shell's command line with `$FAILING` before it, which fails these system calls.
fn failing(shop: &Workshop, calls: &str, command: &str) -> Option<Output> {
    if !Command::new("strace")
        .arg("-V")
        .try_run()
        .is_ok_and(|output| output.status.success())
    {
        pass_over("strace is not installed");
        return None;
    }
    let strace = format!("FAILING='strace -f -qq -o trace {calls}'");
    Some(shell(
        shop,
        &format!("{strace}; {command}; echo $? >status"),
    ))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The file that grows can no longer be written, or not be brought to the disk.
pub fn it_breaks_while_a_recording_grows(random: &mut Random) {
    let shop = Workshop::new();
    let call = random.one_of(&["pwrite64", "fdatasync"]);
    let first = if call == "pwrite64" {
        2 + random.below(40)
    } else {
        1
    };
    let program: Vec<String> = counts(&shop)
        .iter()
        .map(|word| format!("'{word}'"))
        .collect();
    let grows = shop.path(".").canonicalize().unwrap();
    let calls = format!(
        "-P {}/.x.strobe.recording -e inject={call}:error=EIO:when={first}+",
        grows.display()
    );
    let record = format!(
        "$FAILING $STROBE record --clock real --limit 1h --channel pipe -o x.strobe -- {}",
        program.join(" ")
    );
    let Some(output) = failing(&shop, &calls, &record) else {
        return;
    };
    let told = told(&output);
    assert_eq!(shop.line("status").as_deref(), Some("2"), "{told}");
    let begin = format!("strobe: cannot write `x.strobe`: {REASON}");
    assert!(told.starts_with(&begin), "{call} {first}: {told}");
    if told.contains("the recording so far is in `.x.strobe.recording`") {
        shop.strobe(&["recover", "x.strobe"], 0);
        let recording: Recording = shop.read("x.strobe").parse().unwrap();
        assert_eq!(recording.end().1, End::Stopped(StopReason::Interrupted));
        assert!(counted(&recording.output()) > 0, "{call} {first}: {told}");
    }
    assert_eq!(temporary(&shop.path(".")), [""; 0], "{told}");
    nobody_is_left_in(&shop.path("."));
}

/// A finished file cannot be brought to the disk, or not take its name.
pub fn it_breaks_at_the_end(random: &mut Random) {
    let shop = Workshop::new();
    let old = "transcript: 1\ncommand: echo new\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n";
    shop.write("x.strobe", old);
    let calls = random.one_of(&["fsync", "rename,renameat,renameat2"]);
    let command = random.one_of(&[
        "record --clock real --channel pipe -o x.strobe -- echo new",
        "check --accept x.strobe",
    ]);
    let Some(output) = failing(
        &shop,
        &format!("-e inject={calls}:error=EIO"),
        &format!("$FAILING $STROBE {command}"),
    ) else {
        return;
    };
    let told = told(&output) + &String::from_utf8_lossy(&output.stdout);
    let case = format!("{calls}, {command}: {told}");
    assert_eq!(shop.line("status").as_deref(), Some("2"), "{case}");
    assert!(told.contains(REASON) && told.contains("x.strobe"), "{case}");
    assert_eq!(shop.read("x.strobe"), old, "{case}");
    if command.starts_with("record") {
        shop.strobe(&["recover", "x.strobe", "-o", "y.strobe"], 0);
        let recording: Recording = shop.read("y.strobe").parse().unwrap();
        assert_eq!(recording.output(), b"new\n", "{case}");
    }
    assert_eq!(temporary(&shop.path(".")), [""; 0], "{case}");
    nobody_is_left_in(&shop.path("."));
}

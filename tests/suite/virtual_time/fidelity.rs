//! What the tracer answers for the system is what the system says natively: each program here is run both ways.

use super::{
    native::outputs,
    programs::{c_program, c_session},
    run, run_by,
};
use crate::{
    bounded::Run,
    requirement::{has_virtual_time, is_met},
};
use std::{collections::BTreeSet, process::Command};
use stroboscope::{
    recording::{End, Machine, Seed},
    session::Session,
    virtual_time::VirtualTime,
};

/// What a session prints in virtual time, which is repeatable.
#[track_caller]
fn printed(session: &Session) -> Option<String> {
    let recording = run(&session.clone().pipe())?;
    assert_eq!(recording.header().varies, Vec::<String>::new());
    Some(String::from_utf8(recording.output()).unwrap())
}

#[track_caller]
fn prints_as_natively(name: &str) {
    if let Some(printed) = printed(&c_session(name)) {
        assert_eq!([printed], *outputs(&[c_session(name).pipe()]));
    }
}

#[test]
fn every_clock_id_exists_or_not_as_natively() {
    let natively = || outputs(&[c_session("clock_ids").pipe()]).concat();
    let before = natively();
    // Some ids are those of processes, which a program in a PID namespace of its own does not see.
    let host = VirtualTime::default().machine(Machine::Host);
    let Some(recording) = run_by(host, &c_session("clock_ids").pipe()) else {
        return;
    };
    let printed = String::from_utf8(recording.output()).unwrap();
    let after = natively();
    assert_eq!(printed.lines().count(), before.lines().count());
    // Among the ids are those of the first processes of the system, which may end meanwhile.
    let natives = before.lines().zip(after.lines());
    for (printed, (before, after)) in printed.lines().zip(natives) {
        if before == after {
            assert_eq!(printed, before);
        }
    }
}

#[test]
fn affinity_of_a_missing_process_fails_as_natively() {
    prints_as_natively("affinity");
}

#[test]
fn getrandom_takes_flags_and_sizes_as_natively() {
    prints_as_natively("random_calls");
}

/// Natively each line has bytes of its own.
#[test]
fn random_devices_return_the_seeds_bytes_however_they_are_read() {
    let session = c_session("random_reads");
    let (Some(once), Some(again)) = (printed(&session), printed(&session)) else {
        return;
    };
    assert_eq!(once, again);
    let bytes: BTreeSet<_> = once.lines().map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(bytes.len(), 18, "{once}");
    let ways = |text: &str| {
        let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
        lines.map(|(way, _)| way.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ways(&once), ways(&outputs(&[session.pipe()]).concat()));
}

#[test]
fn a_read_keeps_its_file_when_another_thread_closes_the_descriptor() {
    prints_as_natively("closed_under");
}

#[test]
fn a_read_fails_when_the_terminals_other_side_is_closed() {
    prints_as_natively("lost_master");
}

#[test]
fn a_limit_of_processor_time_reads_as_natively() {
    prints_as_natively("cpu_limit");
}

#[test]
fn a_limit_of_processor_time_is_never_reached() {
    // The system's own limit, by which it would kill the program, stays as it was.
    let Some(printed) = printed(&c_session("cpu_limit").arg("systems")) else {
        return;
    };
    let (told, systems) = printed.split_once("systems: ").unwrap();
    assert!(told.ends_with("now 1 1\n"), "{printed}");
    let own = std::fs::read_to_string("/proc/self/limits").unwrap();
    let own = own.lines().find(|line| line.starts_with("Max cpu time"));
    assert_eq!(systems.trim_end(), own.unwrap().trim_end());
}

#[test]
#[ignore = "computes for a second and a half; `just soak` runs it"]
fn soak_of_a_computation_beyond_its_limit_of_processor_time() {
    // Natively it is reached after a second or, on a busy machine, somewhat later (setrlimit(2)): after 1.5 s some survive.
    if let Some(printed) = printed(&c_session("cpu_limit").arg("compute")) {
        assert!(printed.ends_with("now 1 1\nsurvived\n"), "{printed}");
    }
}

#[test]
fn a_hard_limit_that_the_system_enforces_is_marked() {
    if !has_virtual_time() {
        return;
    }
    let strobe = env!("CARGO_BIN_EXE_strobe");
    // With this capability strobe would lift the limit.
    let without = ["--bounding-set", "-sys_resource"];
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if is_root { "setpriv" } else { "prlimit" });
    if is_root {
        command.args(without).arg("prlimit");
    }
    let output = command
        .args([
            "--cpu=1:1",
            strobe,
            "record",
            "--once",
            "--channel",
            "pipe",
            "--",
        ])
        .arg(c_program("cpu_limit"))
        .arg("compute")
        .run_tool();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(text.contains("0.000 \"first 1 1\\n\""), "{text}");
    let why =
        "varies: a process reached its CPU time limit, which the kernel enforces in real time\n";
    assert!(text.contains(why) && text.contains("killed KILL"), "{text}");
}

#[test]
fn attributes_that_the_tracer_sets_read_as_natively() {
    prints_as_natively("attributes");
}

#[test]
fn cpuid_hides_what_differs_from_run_to_run() {
    // Where the processor cannot let it fault it tells what it is.
    if !is_met("cpuid_fault", can_fault()) {
        return;
    }
    let session = c_session("processor");
    let Some(told) = printed(&session) else {
        return;
    };
    let flags = "rdrand 0, apic 0, rdseed 0, rdpid 0, x2apic 0, allowed 1";
    for line in told.lines().filter(|line| !line.starts_with("random")) {
        assert_eq!(line.split_once(": ").unwrap().1, flags);
    }
    assert_eq!(told.lines().count(), 6);
    assert_eq!(printed(&session).as_ref(), Some(&told));
    let other = VirtualTime::default().seed(Seed::Number(1));
    let other = run_by(other, &session.pipe()).unwrap();
    assert_eq!(other.end().1, End::Exit(0));
    assert_ne!(other.output(), told.as_bytes());
}

/// Whether the processor lets `cpuid` fault.
fn can_fault() -> bool {
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap();
    known.contains(" cpuid_fault")
}

/// The tracer takes pollers out of their calls before a process exits (signal(7) has what a signal then does).
#[test]
fn a_handled_signal_ends_a_poll_right_after_a_process_has_exited() {
    let line = |call: &str| format!("{call}: -1, Interrupted system call, 1 signal\n");
    if let Some(printed) = printed(&c_session("poll_signals")) {
        let calls = [
            "poll",
            "ppoll",
            "select",
            "pselect",
            "epoll_wait",
            "epoll_pwait",
        ];
        assert_eq!(printed, calls.map(line).concat());
    }
}

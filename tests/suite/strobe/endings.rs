//! How `strobe` ends: by signals, and when those who read it go away.

use crate::{
    bounded::{Bounded, LIMIT},
    capture::end,
    workshop::Workshop,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};
use stroboscope::{recording::End, session::Session};

/// Where nothing can be said, strobe does its work all the same.
#[test]
fn a_closed_stderr_does_not_change_what_strobe_does() {
    let shop = Workshop::new();
    for arguments in [
        &["record", "-o", "a.strobe", "--", "true"][..],
        &["check", "a.strobe"],
    ] {
        let (reading, writing) = std::io::pipe().unwrap();
        drop(reading);
        let mut command = shop.command(arguments);
        let command = command.stdout(Stdio::piped()).stderr(writing);
        let output = Bounded::spawn(command, LIMIT).output();
        assert_eq!(end(output.status), End::Exit(0), "{arguments:?}");
    }
}

/// Once the runs are over, a signal ends strobe wherever it waits: here, for a reader that does not read.
#[test]
fn a_signal_ends_strobe_while_it_prints() {
    let shop = Workshop::new();
    let (mut reading, writing) = std::io::pipe().unwrap();
    let mut command = shop.command(&["record", "--once", "--", "seq", "20000"]);
    let mut strobe = Bounded::spawn(command.stdout(writing), LIMIT);
    drop(command);
    std::io::Read::read_exact(&mut reading, &mut [0]).unwrap();
    strobe.signal(rustix::process::Signal::TERM);
    assert_eq!(end(strobe.wait()).to_string(), "killed TERM");
}

#[test]
fn a_reader_of_stdout_that_goes_away_ends_strobe_by_sigpipe() {
    let shop = Workshop::new();
    let much = Session::new("sh")
        .args(["-c", "yes | head -n 100000"])
        .pipe()
        .real_time()
        .run()
        .unwrap();
    shop.write("much.strobe", &much.to_string());
    let mut command = shop.command(&["show", "much.strobe", "--as", "bytes"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut strobe = Bounded::spawn(command, LIMIT);
    drop(strobe.child().stdout.take());
    let output = strobe.output();
    assert_eq!(
        (end(output.status).to_string(), output.stderr),
        ("killed PIPE".to_owned(), vec![])
    );
}

/// The processes whose working directory is this folder.
fn processes_in(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap();
    let processes = fs::read_dir("/proc").unwrap();
    let processes = processes.map(|entry| entry.unwrap().path());
    processes
        .filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder))
        .collect()
}

/// Strobe is ended by a signal in the middle of its runs: nobody and no folder is left behind, and nothing is written.
#[track_caller]
fn a_signal_ends_strobe(signal: rustix::process::Signal, name: &str) {
    let shop = Workshop::new();
    // No other test runs the same.
    let deaf = format!(
        ": {}; dirname $HOME >home; echo $$ >pid; trap '' TERM INT HUP QUIT USR1; ",
        std::process::id()
    );
    let (sleeps, spins) = (
        format!("{deaf}sleep 1000"),
        format!("{deaf}while :; do :; done"),
    );
    shop.write(
        "a.strobe",
        &format!("transcript: 1\ncommand: sh -c \"{sleeps}\"\nchannel: pipe\n\n@0.000 exit 0\n"),
    );
    let commands = [
        &["check", "--accept"][..],
        &[
            "record", "--clock", "real", "-o", "b.strobe", "--", "sh", "-c", &sleeps,
        ],
        // In virtual time no sleep is long.
        &["record", "-o", "b.strobe", "--", "sh", "-c", &spins],
    ];
    // Every signal is waited for in the same place.
    let count = if name == "INT" || name == "TERM" {
        3
    } else {
        1
    };
    for arguments in commands.into_iter().take(count) {
        let mut command = shop.command(arguments);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut strobe = Bounded::spawn(command, LIMIT);
        strobe.until("the program's pid", || shop.line("pid"));
        strobe.signal(signal);
        assert_eq!(end(strobe.wait()).to_string(), format!("killed {name}"));
        assert_eq!(processes_in(&shop.path(".")), Vec::<PathBuf>::new());
        let folder = shop.read("home");
        assert!(folder.starts_with("/tmp/strobe-"), "{folder}");
        let folder = Path::new(folder.trim_end()).parent().unwrap();
        assert!(!folder.exists(), "{} is left", folder.display());
        fs::remove_file(shop.path("pid")).unwrap();
    }
    assert!(!shop.path("b.strobe").exists());
    assert!(shop.read("a.strobe").ends_with("@0.000 exit 0\n"));
}

#[test]
fn a_signal_that_ends_strobe_leaves_nothing_behind() {
    use rustix::process::Signal;
    for (signal, name) in [
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
        (Signal::ALARM, "ALRM"),
        (Signal::XCPU, "XCPU"),
    ] {
        a_signal_ends_strobe(signal, name);
    }
}

//! `HOME` and `TMPDIR`: the same names at each run, and never another run's files.

use crate::{
    bounded::{Bounded, Run, TOOL_LIMIT},
    requirement::has_virtual_time,
    workshop::{Text, Workshop},
};
use std::{collections::BTreeSet, path::Path, process::Stdio, thread};
use stroboscope::{recording::Recording, session::Session};

/// How many sessions run at the same time.
const SESSIONS: usize = 4;

/// Writes a file to `HOME`, waits in real time until every session has done so, and shows what is there.
const MEET: &str = "echo $HOME; echo mine >$HOME/$$; : >$MET/$$; \
                    while [ $(ls $MET | wc -l) -lt 4 ]; do sleep 0.01; done; ls $HOME | wc -l; cat $HOME/$$";

/// What sessions show that meet in a folder, which holds nothing else.
fn shown(recordings: &[Recording]) -> BTreeSet<String> {
    assert_eq!(recordings.len(), SESSIONS);
    let mut homes = BTreeSet::new();
    for recording in recordings {
        let output = String::from_utf8(recording.output()).unwrap();
        let (home, rest) = output.split_once("\r\n").unwrap();
        assert_eq!(rest, "1\r\nmine\r\n", "files of others are visible");
        assert!(!Path::new(home).exists(), "{home} is left");
        homes.insert(home.to_owned());
    }
    homes
}

/// Whether this user may mount, so that sessions at the same time have one name.
fn may_mount() -> bool {
    let unshare = std::process::Command::new("unshare")
        .args(["-m", "true"])
        .try_run();
    unshare.is_ok_and(|output| output.status.success())
}

/// `KEY/0` below /tmp, where a fixed name begins and how it goes on.
#[track_caller]
fn is_first_name(home: &str) {
    let key = home
        .strip_prefix("/tmp/strobe-")
        .and_then(|rest| rest.strip_suffix("/0/home"));
    assert!(key.is_some_and(|key| key.len() == 8), "{home}");
}

#[test]
fn a_program_that_prints_them_is_the_same_at_each_run_and_check() {
    let shop = Workshop::new();
    let command = ["--", "sh", "-c", "echo $HOME/.config/app.toml $TMPDIR"];
    for clock in ["real", "virtual"] {
        if clock == "virtual" && !has_virtual_time() {
            continue;
        }
        for folder in ["a", "b"] {
            let file = format!("{folder}/{clock}.strobe");
            shop.write(&file, "");
            let start = ["record", "--clock", clock, "-o", &file];
            // The caller's own folder for temporary files is not in the name.
            let temporary = shop.path(folder);
            Text::of(
                shop.command(&[&start[..], &command[..]].concat())
                    .env("TMPDIR", temporary),
                0,
            );
        }
        let [a, b] = ["a", "b"].map(|folder| -> Recording {
            shop.read(&format!("{folder}/{clock}.strobe"))
                .parse()
                .unwrap()
        });
        assert_eq!(a.output(), b.output());
        assert!(a.header().varies.is_empty());
        let output = String::from_utf8(a.output()).unwrap();
        is_first_name(output.split_once("/.config").unwrap().0);
    }
    // Both folders' recordings have the same names, and are run at the same time.
    if may_mount() {
        shop.strobe(&["check", "--repeat", "3"], 0);
    }
}

#[test]
fn sessions_of_one_process_are_apart() {
    let met = tempfile::tempdir().unwrap();
    let session = Session::new("sh")
        .args(["-c", MEET])
        .env("MET", met.path())
        .real_time();
    let recordings: Vec<Recording> = thread::scope(|scope| {
        let runs: Vec<_> = (0..SESSIONS)
            .map(|_| scope.spawn(|| session.run().unwrap()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let homes = shown(&recordings);
    if may_mount() {
        assert_eq!(homes.len(), 1, "{homes:?}");
        assert!(
            recordings
                .iter()
                .all(|recording| recording.header().varies.is_empty())
        );
    }
    homes.first().map(|home| is_first_name(home)).unwrap();
}

/// What several processes record that run at the same time; `prepare` sees their commands.
fn recorded_together(prepare: impl Fn(&mut std::process::Command)) -> Vec<Recording> {
    let shop = Workshop::new();
    let met = tempfile::tempdir().unwrap();
    let met = format!("MET={}", met.path().display());
    let children: Vec<_> = (0..SESSIONS)
        .map(|_| {
            let mut command = shop.command(&[
                "record", "--clock", "real", "--env", &met, "--", "sh", "-c", MEET,
            ]);
            prepare(&mut command);
            Bounded::spawn(command.stdout(Stdio::piped()), TOOL_LIMIT)
        })
        .collect();
    let recording = |child: Bounded| {
        let output = child.output();
        String::from_utf8(output.stdout).unwrap().parse().unwrap()
    };
    children.into_iter().map(recording).collect()
}

#[test]
fn sessions_of_several_processes_are_apart() {
    let recordings = recorded_together(|_| {});
    let homes = shown(&recordings);
    if may_mount() {
        assert_eq!(homes.len(), 1, "{homes:?}");
    }
}

/// They cannot have the same name then, and those that show another name than the first say that they vary.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn sessions_without_mount_namespaces_are_apart_too() {
    let recordings =
        recorded_together(|command| crate::forbidden::Forbidden::Namespaces.to(command));
    let homes = shown(&recordings);
    assert_eq!(homes.len(), SESSIONS);
    let first = homes.first().unwrap();
    is_first_name(first);
    for recording in &recordings {
        let output = String::from_utf8(recording.output()).unwrap();
        let home = output.split_once("\r\n").unwrap().0;
        let folder = |home: &str| home.strip_suffix("/home").unwrap().to_owned();
        let reason = format!(
            "HOME and TMPDIR were in `{}`: `{}` could not be used",
            folder(home),
            folder(first)
        );
        let reasons = if home == first { vec![] } else { vec![reason] };
        assert_eq!(recording.header().varies, reasons);
    }
}

#[test]
fn a_killed_strobe_leaves_nothing_that_the_next_run_finds() {
    let shop = Workshop::new();
    // No other test runs the same.
    let script = format!(
        ": {}; if [ -e started ]; then ls -A $HOME $TMPDIR $HOME/.. | wc -w; else \
         echo left >$HOME/a; echo left >$HOME/../b; echo $HOME >started; exec sleep 1000; fi",
        std::process::id()
    );
    let arguments = ["record", "--clock", "real", "--", "sh", "-c", &script];
    let mut strobe = shop.command(&arguments);
    let mut strobe = Bounded::spawn(strobe.stdout(Stdio::null()), TOOL_LIMIT);
    let home = strobe.until("the name of HOME", || shop.line("started"));
    strobe.child().kill().unwrap();
    strobe.wait();
    assert!(Path::new(&home).join("a").exists());
    // The three folders' names, and `home` and `tmp`.
    let told = shop.strobe(&arguments, 0);
    assert!(told.stdout.contains(" \"5\\r\\n\"\n"), "{}", told.stdout);
    let folder = Path::new(&home).ancestors().nth(2).unwrap();
    assert!(!folder.exists(), "{} is left", folder.display());
}

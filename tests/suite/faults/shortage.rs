//! There is too little of something: space, descriptors, readers.

use super::{Random, counted, counts, nobody_is_left_in, on_disk, shell, temporary};
use crate::{capture::end, workshop::Workshop};
use std::{fs, process::Output};
use stroboscope::recording::{End, Recording, StopReason};

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    words.join(" ")
}

pub fn the_disk_is_full(random: &mut Random) {
    let shop = Workshop::new();
    let size = 16 + 4 * random.below(20);
    let clock = random.one_of(&["real", "virtual"]);
    let program = quoted(&counts(&shop)).replace("sleep 0.002", "printf %0200d\\\\n 0 >&2");
    let record = format!(
        "$STROBE record --clock {clock} --limit 1h --channel pipe -o {{}}x.strobe -- {program}"
    );
    let recover = "echo $? >status; ls -A disk >names; $STROBE recover disk/x.strobe -o out.strobe";
    let on_disk = on_disk(
        &shop,
        &format!("size={size}k"),
        &format!("{}; {recover}", record.replace("{}", "disk/")),
    );
    let (told, reason) = if let Some(output) = on_disk {
        (told(&output), "No space left on device (os error 28)")
    } else {
        // A limit of files' sizes is the disk of those who may mount none.
        let (record, recover) = (record.replace("{}", ""), recover.replace("disk/", ""));
        let recover = recover.replace("-A disk", "-A .");
        let limited = format!("(ulimit -f {}; {record}); {recover}", 2 * size);
        (
            told(&shell(&shop, &limited)),
            "File too large (os error 27)",
        )
    };
    assert_eq!(shop.line("status").as_deref(), Some("2"), "{told}");
    assert!(
        told.contains(&format!(
            "x.strobe`: {reason}\nthe recording so far is in `"
        )),
        "{told}"
    );
    assert!(
        !shop.read("names").lines().any(|name| name == "x.strobe"),
        "{told}"
    );
    let recording: Recording = shop.read("out.strobe").parse().unwrap();
    assert_eq!(recording.end().1, End::Stopped(StopReason::Interrupted));
    assert!(counted(&recording.output()) > 20, "{told}");
    nobody_is_left_in(&shop.path("."));
}

pub fn accepting_on_a_full_disk(random: &mut Random) {
    let shop = Workshop::new();
    let old = "transcript: 1\ncommand: sh -c \"seq 1 9999\"\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n";
    shop.write("old", old);
    let left = random.below(40);
    let command = format!(
        "cp old disk/x.strobe; head -c {left}k /dev/zero >disk/fill; $STROBE check --accept disk; \
         echo $? >status; cp disk/x.strobe new; ls -A disk >names"
    );
    let Some(output) = on_disk(&shop, "size=44k", &command) else {
        return;
    };
    let (status, new) = (shop.line("status").unwrap(), shop.read("new"));
    let case = format!(
        "{left} k: {}{}",
        told(&output),
        String::from_utf8_lossy(&output.stdout)
    );
    if status == "0" {
        let recording: Recording = new.parse().unwrap();
        assert!(recording.output().ends_with(b"9999\n"), "{case}");
    } else {
        assert_eq!((status.as_str(), new.as_str()), ("2", old), "{case}");
        assert!(case.contains("No space left on device"), "{case}");
    }
    assert!(!shop.read("names").contains(".strobe-"), "{case}");
    nobody_is_left_in(&shop.path("."));
}

pub fn there_are_no_descriptors(random: &mut Random) {
    let shop = Workshop::new();
    let old =
        "transcript: 1\ncommand: echo new\nchannel: pipe\n\n0.000 \"old\\n\"\n@0.000 exit 0\n";
    shop.write("a.strobe", old);
    shop.write("b.strobe", &old.replace("old", "older"));
    let most = 4 + random.below(30);
    let command = random.one_of(&[
        "record --clock real -o a.strobe -- echo new",
        "record -o a.strobe -- echo new",
        "record --channel pipe -o a.strobe -- echo new",
        "record --clock real -- echo new",
        "check --accept a.strobe",
        "show a.strobe",
        "show a.strobe --as svg",
        "diff a.strobe b.strobe",
    ]);
    let output = shell(&shop, &format!("ulimit -n {most}; exec $STROBE {command}"));
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        told(&output),
    );
    let case = format!("{most} descriptors, {command}:\n{stdout}{stderr}");
    let End::Exit(status) = end(output.status) else {
        panic!("{case}");
    };
    let is_told = format!("{stdout}{stderr}").contains("Too many open files (os error 24)");
    // The loader of strobe has no descriptor either.
    assert!(
        status == 127 || (status == 2) == is_told,
        "{status}: {case}"
    );
    let now = shop.read("a.strobe");
    if now != old {
        assert!(
            now.parse::<Recording>()
                .unwrap()
                .output()
                .starts_with(b"new"),
            "{case}"
        );
    }
    assert_eq!(temporary(&shop.path(".")), [""; 0], "{case}");
    nobody_is_left_in(&shop.path("."));
}

/// Runs in threads of one strobe take each other's last descriptors.
pub fn sessions_compete_for_descriptors(random: &mut Random) {
    let shop = Workshop::new();
    for index in 0..8 {
        let channel = random.one_of(&["pipe", "pty 80x24 x"]);
        let line = if channel == "pipe" {
            "new\\n"
        } else {
            "new\\r\\n"
        };
        let clock = random.one_of(&["real", "virtual 2"]);
        let text = format!(
            "transcript: 1\ncommand: echo new\nchannel: {channel}\nclock: {clock}\n\n0.000 \"{line}\"\n@0.000 exit 0\n"
        );
        shop.write(&format!("all/{index}.strobe"), &text);
    }
    let most = 12 + random.below(60);
    let command = format!("ulimit -n {most}; exec $STROBE check -j 4 all");
    let output = shell(&shop, &command);
    let case = format!(
        "{most} descriptors:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        told(&output)
    );
    let is_told = case.contains("Too many open files (os error 24)");
    match output.status.code() {
        Some(0) => assert!(!is_told, "{case}"),
        status => assert!(status == Some(2) && is_told, "{status:?}: {case}"),
    }
    assert_eq!(temporary(&shop.path("all")), [""; 0], "{case}");
    nobody_is_left_in(&shop.path("all"));
}

/// A named pipe waits for its reader without end, and strobe does not.
pub fn a_reader_never_comes(random: &mut Random) {
    let shop = Workshop::new();
    let comes = random.below(2) == 0;
    let reader = if comes { "cat pipe >read &" } else { "" };
    let command =
        format!("mkfifo pipe; {reader} $STROBE record -o pipe -- touch ran; echo $? >status; wait");
    let told = told(&shell(&shop, &command));
    let status = shop.line("status").unwrap();
    if comes {
        assert_eq!(status, "0", "{told}");
        assert!(shop.read("read").ends_with("\n@0.000 exit 0\n"), "{told}");
    } else {
        let refused = "strobe: cannot write `pipe`: nobody reads this named pipe\n";
        assert_eq!((status.as_str(), told.as_str()), ("2", refused));
        assert!(!shop.path("ran").exists());
    }
}

#[test]
fn whatever_descriptors_there_are_a_program_is_recorded_or_refused() {
    let shop = Workshop::new();
    for most in 4..=24 {
        for how in [
            "--clock real",
            "--clock virtual",
            "--clock real --channel pipe",
            "--clock virtual --channel pipe",
        ] {
            let command = format!("ulimit -n {most}; exec $STROBE record {how} -- echo new");
            let output = shell(&shop, &command);
            let case = format!("{most}, {how}: {}", told(&output));
            match output.status.code() {
                Some(0) => assert!(output.stdout.ends_with(b" exit 0\n"), "{case}"),
                Some(2) => assert!(case.contains("Too many open files"), "{case}"),
                // The loader of strobe has no descriptor either.
                status => assert_eq!(status, Some(127), "{case}"),
            }
        }
    }
    nobody_is_left_in(&shop.path("."));
}

pub fn a_reader_goes_away(random: &mut Random) {
    let shop = Workshop::new();
    let lines = 20_000 + random.below(20_000);
    let program = format!("seq {lines}");
    let record = format!("record --clock real --channel pipe -o a.strobe -- {program}");
    let arguments: Vec<&str> = record.split(' ').collect();
    shop.strobe(&arguments, 0);
    let text = shop.read("a.strobe");
    shop.write("b.strobe", &text.replace("99\\n", "98\\n"));
    fs::create_dir(shop.path("kept")).unwrap();
    let command = random.one_of(&[
        "show a.strobe",
        "diff a.strobe b.strobe",
        "show a.strobe --as bytes",
        &record[..37],
    ]);
    let command = if command.starts_with("record") {
        format!("record --clock real --channel pipe -- {program}")
    } else {
        command.to_owned()
    };
    let read = random.below(3);
    let piped = format!("{{ TMPDIR=kept $STROBE {command}; echo $? >status; }} | head -c {read}");
    let output = shell(&shop, &piped);
    let status = shop.line("status").unwrap();
    let case = format!("{command}: {status}: {}", told(&output));
    if command.starts_with("record") {
        // It may have written all before the reader went.
        assert!(matches!(status.as_str(), "0" | "141"), "{case}");
        let kept = crate::unfinished::names(&shop.path("kept"));
        assert_eq!(kept.len(), usize::from(status == "141"), "{case}");
        for name in kept {
            let recording: Recording = shop.read(&format!("kept/{name}")).parse().unwrap();
            assert_eq!(u64::try_from(counted(&recording.output())).unwrap(), lines);
        }
    } else {
        assert!(matches!(status.as_str(), "141" | "0" | "1"), "{case}");
    }
    assert!(!case.contains("panicked"), "{case}");
    assert_eq!(shop.read("a.strobe"), text);
}

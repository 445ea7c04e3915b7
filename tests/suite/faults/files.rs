//! Files and folders that cannot be written, read or replaced, and whose times are of another clock.

use super::{Random, nobody_is_left_in, on_disk, shell, temporary};
use crate::{unfinished::names, workshop::Workshop};
use std::{
    fs::{self, File, FileTimes},
    time::{Duration, SystemTime},
};
use stroboscope::recording::Recording;

/// The program puts a folder in the file's place.
pub fn it_cannot_be_replaced(random: &mut Random) {
    let shop = Workshop::new();
    let clock = random.one_of(&["real", "virtual"]);
    let line = format!("line {}", random.below(1000));
    let program = format!("echo '{line}'; rm -f x.strobe; mkdir -p x.strobe/in");
    if random.below(2) == 0 {
        shop.write("x.strobe", "old");
    }
    let arguments = [
        "record", "--clock", clock, "-o", "x.strobe", "--", "sh", "-c", &program,
    ];
    let told = shop.strobe(&arguments, 2).stderr;
    let so_far = "\nthe recording so far is in `.x.strobe.recording`: `strobe recover x.strobe` makes a transcript of it\n";
    assert!(
        told.starts_with("strobe: cannot write `x.strobe`: ") && told.ends_with(so_far),
        "{told}"
    );
    shop.strobe(&["recover", ".x.strobe.recording", "-o", "y.strobe"], 0);
    let recording: Recording = shop.read("y.strobe").parse().unwrap();
    assert_eq!(recording.output(), format!("{line}\r\n").as_bytes());
    assert_eq!(recording.end().1, stroboscope::recording::End::Exit(0));
    assert_eq!(temporary(&shop.path(".")), [""; 0]);
    nobody_is_left_in(&shop.path("."));
}

pub fn the_folder_is_read_only(random: &mut Random) {
    let shop = Workshop::new();
    let command = random.one_of(&[
        "record -o disk/x.strobe -- touch ran",
        "record --clock real -o disk/x.strobe -- touch ran",
        "check --junit disk/r.xml a.strobe",
    ]);
    shop.write(
        "a.strobe",
        "transcript: 1\ncommand: touch ran\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    let Some(output) = on_disk(&shop, "ro", &format!("$STROBE {command}; echo $? >status")) else {
        return;
    };
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(shop.line("status").as_deref(), Some("2"), "{told}");
    assert!(
        told.contains("Read-only file system (os error 30)"),
        "{told}"
    );
    assert!(
        !shop.path("ran").exists(),
        "it was found out too late: {told}"
    );
}

/// A file whose reads fail, and what is no file.
pub fn it_cannot_be_read(random: &mut Random) {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        "transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    let (file, reason) = random.one_of(&[
        ("/proc/self/mem", "Input/output error (os error 5)"),
        ("fifo", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        (".", ""),
    ]);
    let command = random.one_of(&[
        "show FILE",
        "diff a.strobe FILE",
        "record --script FILE -- touch ran",
        "recover FILE",
    ]);
    // A folder can be compared; and what is no transcript is none to recover either.
    let is_other = match file {
        "." => command.starts_with("diff"),
        "/proc/self/mem" => command.starts_with("recover"),
        _ => false,
    };
    if is_other {
        return;
    }
    let output = shell(
        &shop,
        &format!(
            "mkfifo fifo; exec $STROBE {}",
            command.replace("FILE", file)
        ),
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{command} {file}: {told}");
    assert!(
        told.contains(file) && told.to_lowercase().contains(&reason.to_lowercase()),
        "{command} {file}: {told}"
    );
    assert!(!shop.path("ran").exists());
}

/// What an interrupted recording has left is of the future or of long ago, and is not removed.
pub fn the_clock_steps(random: &mut Random) {
    let shop = Workshop::new();
    let text = "transcript: 1\nchannel: pipe\n\n0.000 \"a\"\n0.000 \"b";
    shop.write(".x.strobe.recording", text);
    shop.write(".x.strobe.recording-2", "transcript: 1\nchannel: pi");
    let step = Duration::from_secs(random.below(100_000_000));
    let now = SystemTime::now();
    let (time, is_past) = random.one_of(&[
        (now + step, false),
        (now - step, true),
        (SystemTime::UNIX_EPOCH, true),
    ]);
    for name in [".x.strobe.recording", ".x.strobe.recording-2"] {
        let file = File::open(shop.path(name)).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    }
    let arguments = ["record", "--clock", "real", "-o", "x.strobe", "--", "true"];
    let told = shop.strobe(&arguments, 0).stderr;
    assert!(told.contains("`.x.strobe.recording`"), "{told}");
    assert_eq!(shop.read(".x.strobe.recording"), text);
    // One without an event is removed once it is surely nobody's.
    let is_old = is_past
        && now
            .duration_since(time)
            .is_ok_and(|age| age > Duration::from_secs(120));
    let others = names(&shop.path("."));
    assert_eq!(
        others.contains(&".x.strobe.recording-2".to_owned()),
        !is_old,
        "{others:?}"
    );
    fs::remove_file(shop.path("x.strobe")).unwrap();
    shop.strobe(&["recover", "x.strobe"], 0);
    assert_eq!(
        shop.read("x.strobe"),
        "transcript: 1\nchannel: pipe\n\n0.000 \"a\"\n@0.000 stopped interrupted\n"
    );
}

//! `strobe.toml`: what a folder says for all of its transcripts.

use crate::{
    capture::{OnPty, repository_file},
    workshop::{Text, Workshop},
};
use std::{fs, path::Path};
use stroboscope::{
    check::{Case, CheckOptions},
    recording::{End, Level, StopReason},
    settings::Settings,
};

const JOB: &str = "echo >>runs; echo \"job $(wc -l <runs)\"";

fn with(settings: &str) -> Workshop {
    let shop = Workshop::new();
    shop.write("strobe.toml", settings);
    shop
}

#[test]
fn record_takes_what_is_not_given_and_the_command_line_wins() {
    let shop = with(
        "mask = ['pid', 'x=/abc/']\nlevel = 'bytes'\nenv = ['A=1', 'B=2']\nsize = '40x10'\nterm = 'vt220'\n\
         virtual-limit = '2h'\noutput-limit = '2KiB'\nlimit = '20s'\n",
    );
    let told = shop.strobe(
        &["record", "--", "sh", "-c", "echo \"$A$B [77]\"; stty size"],
        0,
    );
    let settings = shop.path("strobe.toml").canonicalize().unwrap();
    assert_eq!(
        told.stderr,
        format!(
            "strobe: from `{}`: mask, level, env, size, term, limit, virtual-limit, output-limit\n",
            settings.display()
        )
    );
    let header = "env: A=1\nenv: B=2\nchannel: pty 40x10 vt220\nclock: virtual 2\nlimit: 7200s\noutput-limit: 2048\n\
                  level: bytes\nmask: pid ";
    assert!(told.stdout.contains(header), "{}", told.stdout);
    assert!(
        told.stdout
            .contains("\nmask: x /abc/\n\n0.000 \"12 [\" <pid 2> \"]\\r\\n\"\n")
    );
    assert!(told.stdout.contains("\"10 40\\r\\n\""), "{}", told.stdout);
    let told = shop.strobe(
        &[
            "record",
            "--size",
            "50x5",
            "--term",
            "xterm",
            "--level",
            "screen",
            "--mask",
            "x=/[1-3]+/",
            "--env",
            "B=3",
            "--virtual-limit",
            "1m",
            "--output-limit",
            "9KiB",
            "--",
            "sh",
            "-c",
            "echo $A$B",
        ],
        0,
    );
    let header = "env: A=1\nenv: B=3\nchannel: pty 50x5 xterm\nclock: virtual 2\nlimit: 60s\noutput-limit: 9216\n\
                  level: screen\nmask: x /[1-3]+/\nmask: pid ";
    assert!(told.stdout.contains(header), "{}", told.stdout);
    assert!(
        told.stdout.contains("\n0.000 <x 2> \"\\r\\n\"\n"),
        "{}",
        told.stdout
    );
}

/// The file that the page shows is one, and has every key.
#[test]
fn the_example_of_the_page_can_be_read() {
    let page = repository_file("docs/settings.md");
    let (_, example) = page.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let keys = example.lines().filter(|line| line.contains(" = "));
    assert_eq!(keys.count(), 8);
    let read = Settings::parse(example, Path::new("strobe.toml")).unwrap();
    assert_eq!(
        (read.mask.len(), read.env.len(), read.size),
        (2, 2, Some((100, 30)))
    );
}

/// The program says that it is ready long after the limit.
#[test]
fn a_person_who_types_has_no_limit_of_the_folder() {
    let shop = with("limit = '100ms'\nsize = '60x20'\n");
    let strobe = env!("CARGO_BIN_EXE_strobe");
    let folder = shop.path("");
    let line = format!(
        "cd {} && {strobe} record --clock real -o run.strobe -- sh -c 'sleep 1; printf ready; read -r line; stty size'",
        folder.display()
    );
    let mut typist = OnPty::command("sh", &["-c", &line]);
    typist.wait_for("ready");
    typist.send(b"\r");
    typist.end();
    let text = shop.read("run.strobe");
    assert!(
        text.contains("20 60") && text.ends_with(" exit 0\n"),
        "{text}"
    );
}

#[test]
fn real_time_has_no_virtual_limit_of_a_folder() {
    let shop = with("virtual-limit = '2h'\n");
    let told = shop.strobe(&["record", "--clock", "real", "--", "true"], 0);
    assert!(told.stderr.is_empty() && !told.stdout.contains("limit:"));
}

#[test]
fn check_masks_what_was_recorded_before() {
    let shop = Workshop::new();
    shop.write("sub/strobe", "");
    shop.strobe(
        &[
            "record",
            "--once",
            "-o",
            "sub/job.strobe",
            "--",
            "sh",
            "-c",
            JOB,
        ],
        0,
    );
    shop.strobe(&["check", "--level", "exact"], 1);
    shop.write(
        "strobe.toml",
        "mask = ['number=/job (\\d+)/']\nlevel = 'exact'\n",
    );
    let told = shop.strobe(&["check"], 0);
    assert!(told.stderr.contains("\n    settings: /"), "{}", told.stderr);
    // A mask of the header has precedence, and so has its level.
    let text = shop.read("sub/job.strobe");
    let masked = text.replacen("\n\n", "\nmask: number /nothing/\n\n", 1);
    shop.write("sub/job.strobe", &masked);
    shop.strobe(&["check"], 1);
    shop.write("sub/job.strobe", &text);
    // What is accepted stands alone.
    shop.write("strobe.toml", "mask = ['number=/job (\\d+)/']\n");
    shop.write(
        "sub/job.strobe",
        &text.replace("0.000 \"job ", "0.000 \"old job "),
    );
    shop.strobe(&["check", "--accept"], 0);
    let accepted = shop.read("sub/job.strobe");
    assert!(
        accepted.contains("\nmask: number /job (\\d+)/\n"),
        "{accepted}"
    );
    assert!(accepted.contains("\"job \" <number 1>"), "{accepted}");
    fs::remove_file(shop.path("strobe.toml")).unwrap();
    shop.strobe(&["check"], 0);
}

/// The library's own reading of a case, by which `transcripts` runs it, too.
#[test]
fn a_case_has_the_settings_of_its_folder() {
    let shop = with("mask = 'x=/[0-9]+/'\nlevel = 'frames'\nlimit = '1ms'\n");
    let text = "transcript: 1\ncommand: sleep 60\nchannel: pipe\nclock: real\n\n@60.000 exit 0\n";
    shop.write("a/sleep.strobe", text);
    let case = Case::read(&shop.path("a/sleep.strobe")).unwrap();
    let options = CheckOptions::default();
    assert_eq!(case.level(&options), Level::Frames);
    assert_eq!(
        case.level(&options.clone().level(Level::Bytes)),
        Level::Bytes
    );
    assert_eq!(case.recording().header().mask[0].name(), "x");
    assert_eq!(
        case.settings(),
        Some(shop.path("strobe.toml").canonicalize().unwrap().as_path())
    );
    let run = case.run(&options).unwrap();
    assert_eq!(run.end().1, End::Stopped(StopReason::Limit));
}

#[test]
fn diff_takes_masks_and_level_and_a_header_precedes() {
    let shop = Workshop::new();
    let write = |name: &str, header: &str, at: &str, job: u32| {
        let text =
            format!("transcript: 1\nchannel: pipe\n{header}\n{at} \"job {job}\"\n@0.900 exit 0\n");
        shop.write(name, &text);
    };
    for folder in ["old", "new"] {
        let is_old = folder == "old";
        let (at, job) = if is_old { ("0.100", 1) } else { ("0.200", 22) };
        write(&format!("{folder}/plain.strobe"), "", at, job);
        write(
            &format!("{folder}/timed.strobe"),
            if is_old { "level: exact\n" } else { "" },
            at,
            job,
        );
        // Only one of them says the mask, and by width.
        let wide = if is_old {
            "mask: n /(\\d+)/ width\n"
        } else {
            ""
        };
        write(&format!("{folder}/wide.strobe"), wide, at, job);
    }
    let compared = |name: &str, status: u8, options: &[&str]| {
        let paths = [format!("old/{name}.strobe"), format!("new/{name}.strobe")];
        let arguments = [&["diff"], options, &[&paths[0], &paths[1]]].concat();
        shop.strobe(&arguments, status).stdout
    };
    assert!(compared("plain", 1, &["--level", "bytes"]).contains("22"));
    shop.write("strobe.toml", "mask = ['n=/\\d+/']\nlevel = 'bytes'\n");
    compared("plain", 0, &[]);
    compared("plain", 1, &["--level", "exact"]);
    let told = compared("timed", 1, &[]);
    assert!(told.contains("0.200") && !told.contains("22"), "{told}");
    compared("timed", 0, &["--level", "bytes"]);
    let told = compared("wide", 1, &[]);
    assert!(!told.contains("+mask") && !told.contains("-mask"), "{told}");
    let told = shop.strobe(&["diff", "old", "new"], 1).stdout;
    assert!(
        told.contains("timed") && told.contains("wide") && !told.contains("plain"),
        "{told}"
    );
}

#[test]
fn a_review_compares_as_the_check_did() {
    let shop = with("mask = ['x=/[0-9]+/']\n");
    shop.program("hello", "echo hello $$");
    let text =
        "transcript: 1\ncommand: ./hello\nchannel: pipe\n\n0.000 \"hallo 1\\n\"\n@0.900 exit 0\n";
    shop.write("hello.strobe", text);
    shop.strobe(&["check"], 1);
    let told = shop.strobe(&["review", "--list"], 1).stdout;
    assert!(
        told.contains("hallo") && !told.contains("matched nothing"),
        "{told}"
    );
}

#[test]
fn what_is_wrong_stops_every_command_that_reads_it() {
    let shop = with("\nlevel = 'bytes'\nsizes = '1x1'\n");
    let settings = shop.path("strobe.toml").canonicalize().unwrap();
    let message = format!(
        "{}:3: unknown key `sizes`: is it `size`?",
        settings.display()
    );
    shop.refuses(&["record", "--", "touch", "ran"], &message);
    let text = "transcript: 1\ncommand: touch ran\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n";
    shop.write("touch.strobe", text);
    shop.refuses(&["diff", "touch.strobe", "touch.strobe"], &message);
    let told = shop.strobe(&["check"], 2);
    assert!(told.stdout.contains(&message), "{}", told.stdout);
    assert!(!shop.path("ran").exists());
}

/// Whoever may write into a folder above could otherwise set variables of every program that is recorded below.
#[test]
fn the_file_of_another_user_is_refused() {
    let shop = Workshop::new();
    shop.write("strobe.toml", "env = ['A=1']\n");
    shop.write(
        "own/x.strobe",
        "transcript: 1\ncommand: true\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n",
    );
    let stranger = rustix::fs::Uid::from_raw(54_321);
    let gives = |name: &str| rustix::fs::chown(shop.path(name), Some(stranger), None);
    if gives("strobe.toml").is_err() {
        // Only root can give a file away.
        return;
    }
    let refusal = "/strobe.toml: it belongs to another user (uid 54321), who could decide by it what runs here: it is not used; put a `strobe.toml` of your own into the folder, or make that file yours\n";
    for folder in ["", "own"] {
        let mut command = shop.command(&["record", "--", "true"]);
        let told = Text::of(command.current_dir(shop.path(folder)), 2);
        assert!(told.stderr.ends_with(refusal), "{}", told.stderr);
    }
    let told = shop.strobe(&["check"], 2);
    assert!(told.stdout.contains(refusal), "{}", told.stdout);
    // A nearer one counts; so does that of whoever has the folder in which one is.
    shop.write("own/strobe.toml", "level = 'bytes'\n");
    shop.strobe(&["check"], 0);
    gives("own").unwrap();
    gives("own/strobe.toml").unwrap();
    shop.strobe(&["check"], 0);
    // A link to a file is two files.
    fs::remove_file(shop.path("own/strobe.toml")).unwrap();
    shop.write("mine.toml", "level = 'bytes'\n");
    fs::remove_file(shop.path("strobe.toml")).unwrap();
    std::os::unix::fs::symlink("mine.toml", shop.path("strobe.toml")).unwrap();
    shop.strobe(&["check"], 0);
    rustix::fs::chownat(
        rustix::fs::CWD,
        shop.path("strobe.toml"),
        Some(rustix::fs::Uid::from_raw(54_322)),
        None,
        rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
    )
    .unwrap();
    shop.strobe(&["check"], 2);
}

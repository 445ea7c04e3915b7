//! `strobe check` as a command to live with: what it lists before it runs anything, which files it takes, what it reports.

use crate::{
    bounded::{Bounded, LIMIT, Run, TOOL_LIMIT},
    capture::end,
    workshop::{Text, Workshop},
};
use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Stdio},
};
use stroboscope::Recording;

/// The transcript of a program that writes one line.
fn says(command: &str, line: &str) -> String {
    format!(
        "transcript: 1\ncommand: {command}\nchannel: pipe\n\n0.000 \"{line}\\n\"\n@0.000 exit 0\n"
    )
}

/// The transcript of a program that writes nothing.
fn silent(header: &str) -> String {
    format!("transcript: 1\n{header}\nchannel: pipe\n\n@0.000 exit 0\n")
}

/// What check lists of a file, the lines below its title.
#[track_caller]
fn listed(text: &str) -> Vec<String> {
    let shop = Workshop::new();
    shop.write("x.strobe", text);
    let mut command = shop.command(&["check"]);
    let output = command.run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains('\x1b'), "{stderr}");
    let list = stderr.strip_prefix("about to run:\n").unwrap().lines();
    list.take_while(|line| line.starts_with("  "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn everything_that_decides_what_runs_is_listed_before() {
    let text = "transcript: 1\ncommand: true \"a\\e[2J\"\ncwd: sub\nenv: A=b \"C=d e\"\nchannel: pty 80x24 dumb\n\n\
        @0.000 after \"Name? \" type \"Ada\"\n@0.000 press Enter \"\\r\"\n@0.000 exit 0\n";
    assert_eq!(
        listed(text),
        [
            "  ./x.strobe: true \"a\\e[2J\"",
            "    folder: sub",
            "    environment: A=b \"C=d e\"",
            "    input: after \"Name? \" type \"Ada\"; press Enter \"\\r\"",
        ]
    );
}

/// What an author may hide lies at the end as well as at the start.
#[test]
fn what_is_long_is_cut_in_its_middle() {
    let words = "x ".repeat(1000);
    let list = listed(&silent(&format!("command: true first {words} last")));
    assert_eq!(list.len(), 1);
    assert!(
        list[0].starts_with("  ./x.strobe: true first x x "),
        "{}",
        list[0]
    );
    assert!(
        list[0].ends_with(" x x last") && list[0].contains("[…"),
        "{}",
        list[0]
    );
    assert!(list[0].chars().count() < 300, "{}", list[0]);
}

#[test]
fn what_leads_out_of_the_folder_is_marked() {
    let header = "command: /bin/true\ncwd: /\nenv: PATH=/opt/none LD_PRELOAD=../x.so";
    let list = listed(&silent(header));
    assert_eq!(
        list.last().unwrap(),
        "    OUTSIDE: command /bin/true, folder /, PATH /opt/none, LD_PRELOAD ../x.so"
    );
    let inside = listed(&silent("command: ./true a/b\nenv: LD_PRELOAD=./x.so"));
    assert_eq!(inside.len(), 2, "{inside:?}");
}

/// The work tree is one project: its transcripts may run in its root.
#[test]
fn what_stays_in_the_work_tree_is_not_marked() {
    let shop = Workshop::new();
    shop.write("tests/x.strobe", &silent("command: true\ncwd: .."));
    let is_marked = || {
        shop.strobe(&["check", "tests"], 0)
            .stderr
            .contains("OUTSIDE")
    };
    assert!(is_marked());
    fs::create_dir(shop.path(".git")).unwrap();
    assert!(!is_marked());
    assert!(
        shop.strobe(&["check"], 0)
            .stderr
            .contains("./tests/x.strobe: true\n")
    );
}

#[test]
fn text_that_runs_from_right_to_left_is_isolated() {
    let hebrew = "\u{5d0}\u{5d1}";
    let list = listed(&silent(&format!("command: true \"{hebrew}\"")));
    assert_eq!(
        list,
        [format!("  ./x.strobe: \u{2068}true \"{hebrew}\"\u{2069}")]
    );
}

#[test]
fn what_git_ignores_and_what_others_wrote_is_passed_over_unless_it_is_named() {
    let shop = Workshop::new();
    let files = [
        "a.strobe",
        "out/b.strobe",
        "node_modules/c/c.strobe",
        "venv/d.strobe",
        "own/e.strobe",
        "vendor/f.strobe",
        "target/g.strobe",
        ".hidden/h.strobe",
    ];
    for file in files {
        shop.write(file, &silent("command: true"));
    }
    shop.write("own/pyvenv.cfg", "");
    // Git's rules hold in a work tree.
    shop.write(".gitignore", "/out\n");
    assert_eq!(
        shop.strobe(&["check", "--list"], 0).stdout,
        "./a.strobe\n./out/b.strobe\n"
    );
    fs::create_dir(shop.path(".git")).unwrap();
    let told = shop.strobe(&["check", "--list"], 0);
    assert_eq!(told.stdout, "./a.strobe\n");
    assert_eq!(
        told.stderr,
        "strobe: git ignores 1 more transcript: name files or their folder to check them\n"
    );
    for file in files {
        assert_eq!(
            shop.strobe(&["check", "--list", file], 0).stdout,
            format!("{file}\n")
        );
        let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let list = shop.strobe(&["check", "--list", folder], 0).stdout;
        assert!(
            list.lines()
                .any(|line| line.trim_start_matches("./") == file),
            "{list}"
        );
    }
}

/// A link out of the tree would lead anywhere, and one up would never end.
#[test]
fn links_to_folders_are_not_followed() {
    let shop = Workshop::new();
    shop.write("in/a.strobe", &silent("command: true"));
    symlink("..", shop.path("in/up")).unwrap();
    assert_eq!(
        shop.strobe(&["check", "--list"], 0).stdout,
        "./in/a.strobe\n"
    );
}

#[test]
fn a_file_that_is_no_transcript_does_not_keep_others_from_running() {
    let shop = Workshop::new();
    let conflict = "transcript: 1\n<<<<<<< HEAD\ncommand: a\n=======\ncommand: b\n>>>>>>> other\nchannel: pipe\n\n@0.000 exit 0\n";
    shop.write("conflict.strobe", conflict);
    shop.write(
        "key.strobe",
        "transcript: 1\nnonsense: 1\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    shop.write(
        "none.strobe",
        "transcript: 1\nchannel: pipe\n\n@0.000 exit 0\n",
    );
    shop.write("good.strobe", &says("echo hello", "hello"));
    let told = shop.strobe(&["check", "--junit", "r.xml"], 2);
    for line in [
        "./conflict.strobe: line 2, column 1: this is the marker of a merge conflict: keep one side, then accept what the next run records",
        "./key.strobe: line 2, column 1: unknown key `nonsense`",
        "./none.strobe: its header names no `command`, so that it cannot be run again",
        "1 the same, 0 different, 3 errors",
    ] {
        assert!(
            told.stdout.contains(&format!("{line}\n")),
            "{}",
            told.stdout
        );
    }
    assert_eq!(shop.read("r.xml").matches("<error ").count(), 3);
}

#[test]
fn a_filter_picks_files_by_their_paths() {
    let shop = Workshop::new();
    for file in ["one/a.strobe", "two/b.strobe", "two/c.strobe"] {
        shop.write(file, &silent("command: true"));
    }
    let list = |arguments: &[&str]| {
        let arguments = [&["check", "--list"], arguments].concat();
        shop.strobe(&arguments, 0).stdout
    };
    assert_eq!(list(&["-k", "two/"]), "./two/b.strobe\n./two/c.strobe\n");
    assert_eq!(
        list(&["-k", "a.s", "--filter", "c.s"]),
        "./one/a.strobe\n./two/c.strobe\n"
    );
    assert_eq!(
        shop.strobe(&["check", "-k", "two"], 0).stdout,
        "2 the same, 0 different\n"
    );
    shop.refuses(
        &["check", "-k", "three"],
        "no path of a transcript contains `three`: `--list` shows them all",
    );
}

#[test]
fn off_a_terminal_only_what_is_not_the_same_is_told() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "a"));
    shop.write("b.strobe", &says("echo b", "b"));
    let told = shop.strobe(&["check"], 0);
    assert_eq!(told.stdout, "2 the same, 0 different\n");
    assert_eq!(
        told.stderr,
        "about to run:\n  ./a.strobe: echo a\n  ./b.strobe: echo b\n"
    );
}

#[test]
fn with_fail_fast_nothing_is_started_after_a_failure() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "x"));
    shop.write("b.strobe", &says("sh -c \"echo b; touch ran\"", "b"));
    let told = shop.strobe(&["check", "-j1", "--fail-fast", "--junit", "r.xml"], 1);
    assert!(
        told.stdout
            .ends_with("0 the same, 1 different, 1 not run\n"),
        "{}",
        told.stdout
    );
    assert!(!shop.path("ran").exists());
    assert!(
        shop.read("r.xml")
            .contains("not run: another was not the same before")
    );
}

#[test]
fn the_slowest_runs_are_named() {
    let shop = Workshop::new();
    let slow = "transcript: 1\ncommand: sleep 0.3\nchannel: pipe\nclock: real\n\n@0.300 exit 0\n";
    shop.write("slow.strobe", slow);
    shop.write("fast.strobe", &silent("command: true"));
    let told = shop.strobe(&["check", "--durations=1"], 0).stdout;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert_eq!(
        (lines[0], lines[2]),
        ("slowest:", "2 the same, 0 different")
    );
    assert!(lines[1].ends_with(".strobe"), "{told}");
    let told = shop.strobe(&["check", "--durations"], 0).stdout;
    let lines: Vec<&str> = told.lines().collect();
    let times = [lines[1], lines[2]].map(|line| line.split_once(" s ").unwrap().0.trim());
    let [first, second] = times.map(|time| time.parse::<f64>().unwrap());
    assert!(first >= second && first >= 0.3, "{told}");
    let count = |arguments: &[&str]| {
        let told = shop.strobe(&[&["check"], arguments].concat(), 0).stdout;
        told.lines().count()
    };
    assert_eq!(count(&["--durations"]), 4);
    assert_eq!(count(&["--durations", "1"]), 3);
    // What is no number is a path.
    assert_eq!(count(&["--durations", "fast.strobe"]), 3);
}

#[test]
fn a_report_has_a_file() {
    let shop = Workshop::new();
    for option in ["--junit", "--markdown", "--html"] {
        let told = shop.strobe(&["check", option, "-"], 2).stderr;
        assert!(
            told.contains("a report goes to a file: name one, or `/dev/stdout`"),
            "{told}"
        );
    }
}

#[test]
fn an_error_of_several_files_is_told_once() {
    let shop = Workshop::new();
    for name in ["a", "b", "c", "d", "e"] {
        shop.write(&format!("{name}.strobe"), &silent("command: true"));
    }
    shop.write("strobe.toml", "maks = 'pid'\n");
    let told = shop.strobe(&["check"], 2).stdout;
    let (title, rest) = told.split_once('\n').unwrap();
    assert_eq!(title, "--- ./a.strobe, ./b.strobe, ./c.strobe and 2 more");
    assert_eq!(rest.matches("strobe.toml").count(), 1, "{told}");
    assert!(
        rest.ends_with("0 the same, 0 different, 5 errors\n"),
        "{told}"
    );
}

#[test]
fn what_was_accepted_is_no_failure() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "x"));
    shop.strobe(&["check", "--accept", "--junit", "r.xml"], 0);
    let junit = shop.read("r.xml");
    assert!(
        junit.contains("failures=\"0\"") && !junit.contains("<failure"),
        "{junit}"
    );
    assert!(junit.contains("accepted: "), "{junit}");
}

#[test]
fn what_a_run_gave_is_left_beside_its_transcript_until_it_is_the_same() {
    let shop = Workshop::new();
    shop.program("say", "echo new");
    shop.write("a.strobe", &says("./say", "old"));
    let front = "---\nsource: x.rs\n---\n";
    shop.write("b.snap", &format!("{front}{}", says("./say", "old")));
    let other = format!("{front}{}", says("./other", "x"));
    shop.write("c.snap", &format!("{front}{}", says("./say", "new")));
    shop.write("c.snap.new", &other);
    for _ in 0..2 {
        let told = shop.strobe(&["check"], 1);
        assert!(told.stderr.ends_with(
            "strobe: `strobe review` shows what has changed, and accepts or rejects it\n"
        ));
        assert!(
            told.stdout.ends_with("1 the same, 2 different\n"),
            "{}",
            told.stdout
        );
        let left: Recording = shop.read("a.strobe.new").parse().unwrap();
        assert_eq!(left.output(), b"new\n");
        assert_eq!(left.header().command, ["./say"]);
        assert!(shop.read("b.snap.new").starts_with(front));
        let left: Recording = shop.read("b.snap.new").parse().unwrap();
        assert_eq!(left.output(), b"new\n");
    }
    // Insta's, of another program.
    assert_eq!(shop.read("c.snap.new"), other);
    shop.program("say", "echo old");
    shop.strobe(&["check", "a.strobe", "b.snap"], 0);
    assert!(!shop.path("a.strobe.new").exists() && !shop.path("b.snap.new").exists());
    shop.program("say", "echo new");
    shop.strobe(&["check"], 1);
    shop.strobe(&["check", "--accept"], 0);
    assert!(!shop.path("a.strobe.new").exists() && !shop.path("b.snap.new").exists());
}

#[test]
fn a_transcript_can_be_moved_with_its_folder() {
    let shop = Workshop::new();
    fs::create_dir_all(shop.path("one/tests/deep")).unwrap();
    shop.program("one/bin/say", "echo hello; ls; echo $HOME $TMPDIR");
    let record = [
        "record",
        "--cwd",
        "one",
        "-o",
        "one/tests/deep/say.strobe",
        "--",
        "./bin/say",
    ];
    shop.strobe(&record, 0);
    fs::rename(shop.path("one"), shop.path("two")).unwrap();
    fs::rename(shop.path("two/tests"), shop.path("two/t")).unwrap();
    let text = shop.read("two/t/deep/say.strobe").replace("tests", "t");
    shop.write("two/t/deep/say.strobe", &text);
    shop.strobe(&["check", "two"], 0);
    fs::create_dir(shop.path("elsewhere")).unwrap();
    fs::rename(shop.path("two"), shop.path("elsewhere/three")).unwrap();
    shop.strobe(&["check"], 0);
}

#[test]
fn a_command_needs_no_dashes_before_it() {
    let shop = Workshop::new();
    let told = shop.strobe(
        &[
            "record",
            "--channel",
            "pipe",
            "printf",
            "%s",
            "-o",
            "--once",
        ],
        0,
    );
    assert!(
        told.stdout.contains("command: printf %s -o --once\n"),
        "{}",
        told.stdout
    );
    let wrong = shop
        .strobe(&["record", "--no-such-option", "true"], 2)
        .stderr;
    assert!(
        wrong.contains("unexpected argument '--no-such-option'"),
        "{wrong}"
    );
}

/// The file that `GITHUB_STEP_SUMMARY` names has what earlier steps have written.
#[test]
fn a_summary_of_github_is_appended_to_and_other_reports_are_replaced() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "a"));
    shop.write("summary.md", "from an earlier step\n");
    let check = |file: &str| {
        let mut command = shop.command(&["check", "--markdown", file]);
        Text::of(
            command.env("GITHUB_STEP_SUMMARY", shop.path("summary.md")),
            0,
        );
        shop.read(file)
    };
    let report = "### strobe check: 1 the same, 0 different\n";
    assert_eq!(
        check("summary.md"),
        format!("from an earlier step\n{report}")
    );
    assert_eq!(check("other.md"), report);
    assert_eq!(check("other.md"), report);
}

#[test]
fn a_report_in_markdown_names_causes_once_and_has_a_limit() {
    let shop = Workshop::new();
    for number in 0..40 {
        shop.write(
            &format!("same{number}.strobe"),
            &says("echo \"<new>\"", "<old>"),
        );
        let long = "x".repeat(2000);
        let command = format!("printf \"%s\\n\" {number}{long}");
        shop.write(
            &format!("long{number}.strobe"),
            &says(&command, &format!("y{number}")),
        );
    }
    shop.write("bad.strobe", "nonsense\n");
    shop.strobe(&["check", "--markdown", "r.md"], 2);
    let text = shop.read("r.md");
    assert!(text.starts_with("### strobe check: 0 the same, 80 different, 1 error\n"));
    let summaries: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("<details>"))
        .collect();
    assert!(
        summaries[0].starts_with("<details><summary>ERROR: ./bad.strobe: "),
        "{}",
        summaries[0]
    );
    let same: Vec<&&str> = summaries
        .iter()
        .filter(|line| line.contains("same"))
        .collect();
    assert_eq!(same.len(), 1, "{same:?}");
    assert!(
        same[0].contains(" and 38 more: ") && same[0].contains("&lt;"),
        "{}",
        same[0]
    );
    assert!(text.chars().count() <= 60_000 && text.chars().count() > 40_000);
    assert!(text.ends_with(
        " left out: the report has at most 60000 characters. `strobe check` prints all.**\n"
    ));
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

/// What has been run is reported, and nothing is accepted.
#[test]
fn a_check_that_is_ended_writes_its_reports_of_what_it_has() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "x"));
    let deaf = "echo $$ >pid; trap '' TERM; while :; do :; done";
    let header = format!("command: sh -c \"{deaf}\"\nclock: real").replace("\nclock: real", "");
    shop.write("b.strobe", &silent(&header));
    shop.write("c.strobe", &silent("command: touch ran"));
    let arguments = [
        "check",
        "-j1",
        "--accept",
        "--junit",
        "r.xml",
        "--markdown",
        "r.md",
    ];
    let mut command = shop.command(&arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut strobe = Bounded::spawn(command, LIMIT);
    strobe.until("the program's pid", || shop.line("pid"));
    strobe.signal(rustix::process::Signal::TERM);
    let output = strobe.output();
    assert_eq!(end(output.status).to_string(), "killed TERM");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.ends_with("0 the same, 1 different, 2 not run\n"),
        "{told}"
    );
    assert_eq!(shop.read("a.strobe"), says("echo a", "x"));
    let junit = shop.read("r.xml");
    assert_eq!(
        junit
            .matches("not run: a signal ended the check before")
            .count(),
        2,
        "{junit}"
    );
    assert_eq!(junit.matches("<failure ").count(), 1, "{junit}");
    assert!(shop.read("r.md").contains("1 different, 2 not run"));
    assert!(!shop.path("ran").exists());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.ends_with(
            "\nstrobe: SIGTERM ended the check\nstrobe: not run: ./b.strobe, ./c.strobe\n"
        ),
        "{told}"
    );
}

/// Whoever runs it in a script learns by its status that there is more to accept.
#[test]
fn what_fail_fast_leaves_out_is_named_and_no_success() {
    let shop = Workshop::new();
    for name in ["a", "b", "c"] {
        shop.write(
            &format!("{name}.strobe"),
            &says(&format!("echo {name}"), "x"),
        );
    }
    let told = shop.strobe(&["check", "-j1", "--fail-fast", "--accept"], 1);
    assert!(
        told.stdout
            .ends_with("0 the same, 1 different, accepted, 2 not run\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr
            .ends_with("\nstrobe: not run: ./b.strobe, ./c.strobe\n"),
        "{}",
        told.stderr
    );
    // Now there is nothing left that could be passed over.
    shop.strobe(&["check", "--accept"], 0);
    shop.strobe(&["check", "--fail-fast", "--accept"], 0);
}

#[test]
fn what_has_the_name_of_a_transcript_and_cannot_be_read_is_an_error_of_its_own() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "a"));
    symlink("nowhere", shop.path("dangling.strobe")).unwrap();
    symlink("loop.strobe", shop.path("loop.strobe")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, shop.path("pipe.strobe"), 0o600.into()).unwrap();
    let told = shop.strobe(&["check", "--junit", "r.xml"], 2);
    for error in [
        "--- ./dangling.strobe\n./dangling.strobe: No such file or directory (os error 2)\n",
        "--- ./loop.strobe\n./loop.strobe: Too many levels of symbolic links (os error 40)\n",
        "--- ./pipe.strobe\n./pipe.strobe: it is not a regular file\n",
    ] {
        assert!(told.stdout.contains(error), "{}", told.stdout);
    }
    assert!(
        told.stdout
            .ends_with("\n1 the same, 0 different, 3 errors\n"),
        "{}",
        told.stdout
    );
    // A link to a folder of that name is no transcript.
    for name in ["dangling", "loop", "pipe"] {
        fs::remove_file(shop.path(&format!("{name}.strobe"))).unwrap();
    }
    symlink(".", shop.path("folder.strobe")).unwrap();
    shop.strobe(&["check"], 0);
}

#[test]
fn a_recording_that_was_interrupted_can_be_accepted_only() {
    let shop = Workshop::new();
    shop.write(
        "a.strobe",
        &says("echo a", "a").replace("exit 0", "stopped interrupted"),
    );
    let told = shop.strobe(&["check"], 1);
    assert!(
        told.stderr.contains("\nstrobe: ./a.strobe: its recording was interrupted, so that no run can be the same: accept a whole one\n"),
        "{}",
        told.stderr
    );
    shop.strobe(&["check", "--accept"], 0);
    let told = shop.strobe(&["check"], 0);
    assert!(!told.stderr.contains("interrupted"), "{}", told.stderr);
}

/// The rules are git's: whatever it says of a file, strobe passes over the same.
#[test]
fn the_rules_are_those_of_git() {
    let shop = Workshop::new();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(shop.path("."));
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", shop.path("."));
        command
    };
    match git(&["init", "-q", "."]).try_run() {
        Ok(output) => assert!(output.status.success()),
        Err(_) => return,
    }
    shop.write(
        ".gitignore",
        "*.tmp.strobe\n/build/*\n!/build/keep.strobe\nlogs/\n**/gen/**\n\\#x.strobe\n",
    );
    shop.write("sub/.gitignore", "local*.strobe\n!local2.strobe\n");
    let files = [
        "a.strobe",
        "a.tmp.strobe",
        "build/keep.strobe",
        "build/x.strobe",
        "logs/l.strobe",
        "sub/logs",
        "sub/gen/g.strobe",
        "sub/local1.strobe",
        "sub/local2.strobe",
        "#x.strobe",
        "local1.strobe",
    ];
    for file in files.iter().filter(|file| file.ends_with("strobe")) {
        shop.write(file, &silent("command: true"));
    }
    let output = git(&["ls-files", "--others", "--exclude-standard", "-z"]).run();
    let wanted = String::from_utf8(output.stdout).unwrap();
    let mut wanted: Vec<&str> = wanted
        .split('\0')
        .filter(|file| file.ends_with(".strobe"))
        .collect();
    wanted.sort_unstable();
    assert!(wanted.len() >= 4, "{wanted:?}");
    let mut command = shop.command(&["check", "--list"]);
    let told = Text::of(command.env("HOME", shop.path(".")), 0).stdout;
    let mut list: Vec<&str> = told
        .lines()
        .map(|line| line.trim_start_matches("./"))
        .collect();
    list.sort_unstable();
    assert_eq!(list, wanted);
}

/// A check that watches, with its output in files.
fn watching(shop: &Workshop, told: &Workshop, arguments: &[&str]) -> Bounded {
    let mut command = shop.command(&[&["check", "--watch"], arguments].concat());
    let file = |name| fs::File::create(told.path(name)).unwrap();
    command.stdout(file("out")).stderr(file("err"));
    Bounded::spawn(&mut command, TOOL_LIMIT)
}

/// Waits until so many checks are over, and returns what was run in the last of them.
#[track_caller]
fn after_checks(told: &Workshop, strobe: &mut Bounded, count: usize) -> Vec<String> {
    strobe.until(&format!("check {count}"), || {
        let told = told.read("err");
        let checks: Vec<&str> = told
            .split("strobe: watching for files that are saved; Ctrl-C ends\n")
            .collect();
        if checks.len() <= count {
            return None;
        }
        assert_eq!(checks.len(), count + 1, "{told}");
        let lines = checks[count - 1]
            .lines()
            .filter(|line| line.starts_with("  ./"));
        Some(lines.map(str::to_owned).collect())
    })
}

#[test]
fn a_saved_file_runs_again_what_it_touches() {
    let (shop, told) = (Workshop::new(), Workshop::new());
    shop.program("one", "echo one >log; echo one");
    shop.write("two.txt", "two\n");
    shop.write("one.strobe", &says("./one", "one"));
    shop.write("two.strobe", &says("cat two.txt", "two"));
    shop.write("log", "of an earlier run");
    let mut strobe = watching(&shop, &told, &["--junit", "r.xml"]);
    let (one, two) = ("  ./one.strobe: ./one", "  ./two.strobe: cat two.txt");
    assert_eq!(after_checks(&told, &mut strobe, 1), [one, two]);
    // The program has written a file that was there: that counts, once.
    assert_eq!(after_checks(&told, &mut strobe, 2), [one, two]);
    shop.write("two.txt", "Two\n");
    assert_eq!(after_checks(&told, &mut strobe, 3), [two]);
    assert!(told.read("out").ends_with("0 the same, 1 different\n"));
    shop.program("one", "echo One");
    assert_eq!(after_checks(&told, &mut strobe, 4), [one]);
    shop.write("two.strobe", &says("cat two.txt", "Two"));
    assert_eq!(after_checks(&told, &mut strobe, 5), [two]);
    assert!(told.read("out").ends_with("1 the same, 0 different\n"));
    // Any program may read it.
    shop.write("library", "");
    assert_eq!(after_checks(&told, &mut strobe, 6), [one, two]);
    shop.write("new.strobe", &silent("command: true"));
    assert_eq!(
        after_checks(&told, &mut strobe, 7),
        ["  ./new.strobe: true"]
    );
    strobe.signal(rustix::process::Signal::INT);
    assert_eq!(end(strobe.wait()).to_string(), "killed INT");
}

#[test]
fn options_that_cannot_be_used_are_named_with_what_they_were_given() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("echo a", "a"));
    for (arguments, message) in [
        (
            &["check", "-k", "one", "-k", "two"][..],
            "no path of a transcript contains `one` or `two`: `--list` shows them all",
        ),
        (
            &["check", "--path", "none"],
            "`--path none`: No such file or directory (os error 2)",
        ),
        (
            &["diff", ".", "none"],
            "none: No such file or directory (os error 2)",
        ),
        (
            &["diff", "none", "."],
            "none: No such file or directory (os error 2)",
        ),
        (
            &["diff", ".", "a.strobe"],
            ". is a folder and a.strobe is not",
        ),
        (
            &["record", "--script", "none", "--", "true"],
            "the script none: No such file or directory (os error 2)",
        ),
        (
            &["record", "--path", "none", "--", "true"],
            "`--path none`: No such file or directory (os error 2)",
        ),
        (
            &["show", "a.strobe", "--lossy"],
            "`--lossy` goes with `--as asciicast` and `--as asciicast2`",
        ),
        (
            &["show", "a.strobe", "--rule", "lab"],
            "`--rule` goes with `--as notebook`",
        ),
    ] {
        shop.refuses(arguments, message);
    }
    for option in ["--size=9x9", "--term=vt100", "--answers=none"] {
        let (name, _) = option.split_once('=').unwrap();
        shop.refuses(
            &["record", "--channel", "pipe", option, "--", "true"],
            &format!("`{name}` is for a terminal, and the program runs on pipes: leave it out, or use `--channel pty`"),
        );
    }
    for option in ["--jobs", "--repeat"] {
        for number in ["0", "-1", "x", "1.5"] {
            let told = shop.strobe(&["check", &format!("{option}={number}")], 2);
            assert!(
                told.stderr.contains(&format!(
                    "'{number}' for '{option} <N>': it must be a whole number from 1 on"
                )),
                "{}",
                told.stderr
            );
        }
    }
    for option in [
        "--junit=r",
        "--html=r",
        "--markdown=r",
        "--accept",
        "--durations",
    ] {
        let told = shop.strobe(&["check", "--list", option], 2);
        assert!(
            told.stderr.contains("'--list' cannot be used with")
                || told.stderr.contains("cannot be used with '--list'"),
            "{}",
            told.stderr
        );
    }
    // What a folder sets of a terminal says nothing of pipes.
    shop.write("strobe.toml", "size = '9x9'\nterm = 'vt100'\n");
    let told = shop.strobe(
        &[
            "record",
            "--channel",
            "pipe",
            "--clock",
            "real",
            "--",
            "true",
        ],
        0,
    );
    assert_eq!(told.stderr, "");
}

#[test]
fn a_program_that_has_stayed_where_it_was_is_looked_for_with_the_folder_named() {
    let shop = Workshop::new();
    shop.write("a/x.strobe", &silent("command: ./tool\ncwd: .."));
    shop.program("tool", "true");
    shop.strobe(&["check"], 0);
    fs::create_dir(shop.path("a/b")).unwrap();
    fs::rename(shop.path("a/x.strobe"), shop.path("a/b/x.strobe")).unwrap();
    let told = shop.strobe(&["check"], 2);
    let folder = shop.path("a").canonicalize().unwrap();
    let hint = format!(
        "cannot run `./tool`: No such file or directory (os error 2); it was looked for from the folder `{}`, which is the transcript's own with the `cwd` of its header\n",
        folder.display()
    );
    assert!(told.stdout.contains(&hint), "{}", told.stdout);
}

//! Virtual time on the command line of strobe: what is set of it, proved, skipped and required.

use crate::{
    bounded::Run,
    forbidden::Forbidden,
    workshop::{Text, Workshop},
};
use stroboscope::{
    recording::{End, Recording},
    session::Session,
};

/// A program that says how often it was run.
const COUNT: &str = "echo >>runs; wc -l <runs";

/// Clap refuses this value of an option with this message.
#[track_caller]
fn is_refused(option: &str, value: &str, message: &str) {
    let shop = Workshop::new();
    let told = shop.strobe(&["record", option, value, "--", "true"], 2);
    let first = told.stderr.lines().next().unwrap();
    assert!(
        first.starts_with(&format!("error: invalid value '{value}' for '{option} <"))
            && first.ends_with(message),
        "{}",
        told.stderr
    );
}

/// Records a program into `run.strobe`, and gives what was said of it, and the transcript.
#[track_caller]
fn record(shop: &Workshop, options: &[&str], command: &[&str]) -> (String, String) {
    let start = ["record", "-o", "run.strobe"];
    let arguments = [&start, options, &["--"], command].concat();
    let told = shop.strobe(&arguments, 0);
    (told.stderr, shop.read("run.strobe"))
}

/// Without a system call strobe refuses to record, says so, and has run nothing; the case of virtual time that it has to
/// check is skipped, or an error where that is required.
#[track_caller]
fn is_missed(forbidden: Forbidden, what: &str) {
    let reason = format!(
        "virtual time is not available: {what} is forbidden here (Operation not permitted (os error 1))"
    );
    let shop = Workshop::new();
    let without = |arguments: &[&str], status| {
        let mut command = shop.command(arguments);
        forbidden.to(&mut command);
        Text::of(&mut command, status)
    };
    for clock in [&[][..], &["--clock", "virtual"]] {
        let record = [&["record"][..], clock, &["--", "touch", "ran"]].concat();
        let told = without(&record, 2);
        let message = format!("strobe: {reason}; in real time it runs: `--clock real`\n");
        assert_eq!((told.stdout.as_str(), told.stderr), ("", message));
    }
    assert!(!shop.path("ran").exists());
    without(&["record", "--clock", "real", "--", "touch", "ran"], 0);
    assert!(shop.path("ran").exists());

    shop.write("virtual.strobe", &case("virtual", "touch again"));
    shop.write("real.strobe", &case("real", "true"));
    let reports = ["check", "--junit", "out.xml", "--markdown", "out.md"];
    let told = without(&reports, 0);
    let summary = "1 the same, 0 different, 1 skipped";
    let skipped = format!("skipped ./virtual.strobe: {reason}\n{summary}\n");
    assert_eq!(told.stdout, skipped);
    assert!(told.stderr.contains("skipped ./virtual.strobe\n"));
    let junit = shop.read("out.xml");
    assert!(
        junit.contains(&format!("<skipped message=\"{reason}\"/>")),
        "{junit}"
    );
    let markdown = shop.read("out.md");
    assert!(markdown.contains(summary) && markdown.contains(&reason));

    let required = without(&["check", "--require", "virtual"], 2);
    let error = format!(
        "--- ./virtual.strobe\n{reason}; `--require` or `STROBE_REQUIRE` requires it\n\n\
         1 the same, 0 different, 1 error\n"
    );
    assert_eq!(required.stdout, error);
    let mut command = shop.command(&["check"]);
    forbidden.to(&mut command);
    let required = Text::of(command.env("STROBE_REQUIRE", "python3, virtual"), 2);
    assert_eq!(required.stdout, error);
    assert!(!shop.path("again").exists());
}

/// The transcript of a program that writes nothing, on a pipe.
fn case(clock: &str, command: &str) -> String {
    format!("transcript: 1\ncommand: {command}\nchannel: pipe\nclock: {clock}\n\n@0.000 exit 0\n")
}

#[test]
fn what_is_set_of_virtual_time_is_refused_in_real_time() {
    for option in [
        &["--precision", "us"][..],
        &["--date", "2030-01-01T00:00:00Z"],
        &["--seed", "none"],
        &["--virtual-limit", "2h"],
        &["--once"],
    ] {
        let arguments = [&["record", "--clock", "real"][..], option, &["--", "true"]].concat();
        let message = format!(
            "`{}` is for virtual time, and this is real time: leave it out, or use `--clock virtual`",
            option[0]
        );
        Workshop::new().refuses(&arguments, &message);
    }
}

#[test]
fn options_without_a_meaning_together_are_refused() {
    let date = "; write it as in `2026-01-01T00:00:00Z`";
    is_refused("--date", "tomorrow", date);
    is_refused("--date", "2026-01-01T00:00:00", date);
    is_refused("--date", "1969-12-31T23:59:59Z", date);
    let counted =
        ": the virtual clock starts between 1970-01-01T00:00:00Z and 2262-04-11T23:47:16Z";
    is_refused("--date", "2262-04-11T23:47:17Z", counted);
    is_refused("--date", "9999-01-01T00:00:00Z", counted);
    let seed = ": it must be a number of at most 64 bits, or `none`";
    is_refused("--seed", "0x10", seed);
    is_refused("--seed", "18446744073709551616", seed);
    is_refused("--virtual-limit", "0s", ": it must be longer than nothing");
    let years = ": the virtual clock runs for at most 292 years";
    is_refused("--virtual-limit", "293years", years);
    is_refused("--precision", "s", "");
    is_refused("--clock", "paused", "");
}

#[test]
fn where_ptrace_is_forbidden_nothing_runs_in_virtual_time() {
    is_missed(Forbidden::Ptrace, "ptrace");
}

#[test]
fn where_seccomp_is_forbidden_nothing_runs_in_virtual_time() {
    is_missed(Forbidden::Seccomp, "seccomp");
}

#[test]
fn where_virtual_time_can_be_had_it_is_required_in_vain() {
    let shop = Workshop::new();
    shop.write("a.strobe", &case("virtual", "true"));
    let told = shop.strobe(&["check", "--require", "virtual"], 0);
    assert_eq!(told.stdout, "1 the same, 0 different\n");
}

#[test]
fn a_message_states_virtual_and_real_duration() {
    let shop = Workshop::new();
    let (told, text) = record(&shop, &[], &["sh", "-c", "echo a; sleep 3; echo b"]);
    let seconds = told
        .strip_prefix("strobe: recorded 3 events, 3.000 s in ")
        .and_then(|told| told.strip_suffix(" s, to `run.strobe`: exit 0\n"))
        .unwrap_or_else(|| panic!("{told}"));
    assert!(seconds.parse::<f64>().unwrap() < 3.0, "{seconds}");
    let events = "\n\n0.000 \"a\\r\\n\"\n3.000 \"b\\r\\n\"\n@3.000 exit 0\n";
    let head = "command: sh -c \"echo a; sleep 3; echo b\"\nchannel: pty 80x24 xterm-256color\nclock: virtual 2";
    assert_eq!(text, format!("transcript: 1\n{head}{events}"));
}

#[test]
fn what_is_set_of_virtual_time_is_kept_and_set_again() {
    let shop = Workshop::new();
    let options = [
        "--precision",
        "us",
        "--date",
        "2030-01-02T03:04:05Z",
        "--seed",
        "7",
        "--virtual-limit",
        "2s",
    ];
    let command = ["sh", "-c", "date; while sleep 0.7; do echo; done"];
    let (_, text) = record(&shop, &options, &command);
    assert!(
        text.contains("\nclock: virtual 2 us\ndate: 2030-01-02T03:04:05Z\nseed: 7\nlimit: 2s\n\n"),
        "{text}"
    );
    assert!(text.contains("Wed Jan  2 03:04:05 UTC 2030"), "{text}");
    assert!(text.ends_with(" stopped virtual-limit\n"), "{text}");
    shop.strobe(&["check", "--repeat", "3"], 0);
    shop.write("run.strobe", &text.replace("seed: 7", "seed: none"));
    shop.strobe(&["check"], 0);
}

#[test]
fn a_program_that_waits_for_input_is_stopped_with_advice() {
    let shop = Workshop::new();
    let (told, text) = record(&shop, &[], &["cat"]);
    let hint = "stopped waits (every thread waited, with no input to come: `--script` types, and with `--clock real` you can)\n";
    let waits = "waits: `cat` in `read` for descriptor 0 (the terminal)\n";
    assert!(told.ends_with(&format!("{hint}strobe: {waits}")), "{told}");
    assert!(text.contains(&format!("\nnote: {waits}\n")), "{text}");
    assert!(text.ends_with("\n@0.000 stopped waits\n"), "{text}");
    shop.strobe(&["check"], 0);
    let told = shop.strobe(&["record", "--", "cat"], 0);
    assert_eq!(told.stderr, format!("strobe: {hint}strobe: {waits}"));
}

#[test]
fn the_log_tells_why_a_thread_blocks_and_where_the_clock_jumps() {
    let shop = Workshop::new();
    let mut record = shop.command(&["record", "--once", "--", "sleep", "1.5"]);
    Text::of(record.env("STROBE_LOG", "strobe.log"), 0);
    let log = shop.read("strobe.log");
    let told = |text: &str| log.lines().any(|line| line.contains(text));
    // strace names the call the same, and the sleep is as long as sleep(1) was told.
    assert!(told(" clock_nanosleep("), "{log}");
    assert!(
        told(" blocks in `clock_nanosleep` for time, until 1.5"),
        "{log}"
    );
    assert!(told(" all wait: the clock jumps to 1.5"), "{log}");
    assert!(told(" has exited with 0"), "{log}");
    let mut record = shop.command(&["record", "--once", "--", "true"]);
    let refused = Text::of(record.env("STROBE_LOG", "no/such/strobe.log"), 2);
    let message = "cannot open `no/such/strobe.log`, which STROBE_LOG names: ";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
}

#[test]
fn a_check_says_what_a_newly_blocked_program_waits_for() {
    let shop = Workshop::new();
    let on_terminal = case("virtual", "cat").replace("pipe", "pty 80x24 dumb");
    shop.write("a.strobe", &on_terminal);
    let told = shop.strobe(&["check", "--accept"], 0);
    let waits = "waits: `cat` in `read` for descriptor 0 (the terminal)\n";
    assert!(
        told.stderr
            .contains(&format!("strobe: ./a.strobe: {waits}")),
        "{}",
        told.stderr
    );
    assert!(shop.read("a.strobe").contains(&format!("\nnote: {waits}")));
    // What is not so any more is not said any more.
    shop.write(
        "a.strobe",
        &shop
            .read("a.strobe")
            .replace("command: cat", "command: true"),
    );
    shop.strobe(&["check", "--accept"], 0);
    assert!(!shop.read("a.strobe").contains("waits"));
}

#[test]
fn a_program_is_run_twice_unless_once_will_do() {
    for (options, runs) in [
        (&[][..], 2),
        (&["--clock", "virtual"], 2),
        (&["--once"], 1),
        (&["--clock", "real"], 1),
    ] {
        let shop = Workshop::new();
        let (told, text) = record(&shop, options, &["sh", "-c", COUNT]);
        assert_eq!(shop.read("runs").lines().count(), runs, "{options:?}");
        assert!(text.contains("\"1\\r\\n\""), "the first is kept: {text}");
        assert_eq!(text.contains("\nvaries: "), runs == 2, "{text}");
        assert_eq!(told.contains("another run may differ: "), runs == 2);
    }
}

#[test]
fn differences_between_two_runs_are_named_and_then_only_the_screen_is_compared() {
    let shop = Workshop::new();
    let count = format!(
        "printf 'run '; {COUNT}; sleep $(wc -l <runs); printf a; sleep 1; \
         [ $(wc -l <runs) = 2 ] && printf b; printf '\\r\\033[2J\\033[Hdone'"
    );
    let (told, text) = record(&shop, &[], &["sh", "-c", &count]);
    let varies = [
        "event 2 at 0.000: row 1: \"1\" became \"2\"",
        "from event 3 on: 1.000 later",
        "1 event only in the second: event 4 at 3.000 \"b\"",
    ];
    let lines = |head: &str| varies.map(|line| format!("\n{head}{line}")).concat();
    assert!(
        text.contains(&format!("\nclock: virtual 2{}\n\n", lines("varies: "))),
        "{text}"
    );
    assert!(
        told.ends_with(&format!("{}\n", lines("strobe: another run may differ: "))),
        "{told}"
    );
    shop.strobe(&["check"], 0);
    shop.strobe(&["check", "--level", "exact"], 1);
    // What is taken for right keeps its reasons.
    shop.strobe(&["check", "--level", "exact", "-u"], 0);
    assert!(
        shop.read("run.strobe")
            .contains(&format!("{}\n\n", lines("varies: ")))
    );
}

/// What a second run would have written in so much real time is anybody's guess, and it would take that time again.
#[test]
fn a_program_stopped_at_the_real_time_limit_is_not_run_twice() {
    let shop = Workshop::new();
    let command = format!("{COUNT}; while :; do :; done");
    let (_, text) = record(&shop, &["--limit", "0.2s"], &["sh", "-c", &command]);
    let reason = "\nvaries: it was ended by the limit of real time\n\n";
    assert!(text.contains(reason), "{text}");
    assert!(text.ends_with(" stopped limit\n"), "{text}");
    assert_eq!(shop.read("runs").lines().count(), 1);
}

#[test]
fn a_different_exit_status_is_named_beside_different_bytes() {
    let shop = Workshop::new();
    let script = format!("{COUNT}; exit $(wc -l <runs)");
    let (_, text) = record(&shop, &[], &["sh", "-c", &script]);
    let varies =
        "\nvaries: exit 1 became exit 2\nvaries: event 1 at 0.000: row 1: \"1\" became \"2\"\n\n";
    assert!(text.contains(varies), "{text}");
}

#[test]
fn a_limit_below_the_clocks_page_is_reported() {
    let strobe = env!("CARGO_BIN_EXE_strobe");
    let told = Text::of(
        std::process::Command::new("sh").args([
            "-c",
            &format!("ulimit -f 0; exec {strobe} record --once -- true"),
        ]),
        2,
    );
    assert_eq!(
        told.stderr,
        "strobe: cannot record: the clock page and its code, 8,192 bytes, exceed the file size limit (`ulimit -f`)\n"
    );
}

/// Too few descriptors, whatever they are too few for, are reported as that, and nothing hangs.
#[test]
fn a_shortage_of_descriptors_is_reported() {
    let shop = Workshop::new();
    let strobe = env!("CARGO_BIN_EXE_strobe");
    let (mut failed, mut recorded) = (0, 0);
    for (descriptors, channel) in (8..40)
        .step_by(3)
        .flat_map(|count| [(count, "pty"), (count, "pipe")])
    {
        let script = format!(
            "ulimit -n {descriptors}; exec {strobe} record --once --channel {channel} -- true"
        );
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(shop.path("."))
            .run_tool();
        if output.status.success() {
            recorded += 1;
        } else {
            failed += 1;
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(
                stderr.ends_with(": Too many open files (os error 24)\n"),
                "{descriptors} on {channel}: {stderr}"
            );
        }
    }
    assert!(failed > 0 && recorded > 0, "{failed} {recorded}");
}

#[test]
fn an_accepted_recording_that_varies_says_why() {
    let shop = Workshop::new();
    let waits = "exec 3<>/dev/udp/127.0.0.1/9; read -t 0.1 -u 3; exit 3";
    shop.write(
        "a.strobe",
        &case("virtual", &format!("bash -c \"{waits}\"")),
    );
    shop.strobe(&["check", "-u"], 0);
    let text = shop.read("a.strobe");
    let reason = "\nclock: virtual 2\nvaries: it waited for a socket, where real time passes\n\n";
    assert!(
        text.contains(reason) && text.ends_with(" exit 3\n"),
        "{text}"
    );
    shop.strobe(&["check"], 0);
}

/// Which clock it was does not matter.
#[test]
fn a_recording_that_varies_is_compared_at_the_level_of_its_header() {
    let shop = Workshop::new();
    for (level, status) in [("", 0), ("level: bytes\n", 1)] {
        let head = format!(
            "transcript: 1\ncommand: echo a\nchannel: pty 80x24 dumb\nclock: real\n{level}"
        );
        shop.write(
            "run.strobe",
            &format!("{head}varies: now and then\n\n0.000 \"b\\ra\\r\\n\"\n@0.000 exit 0\n"),
        );
        shop.strobe(&["check"], status);
    }
}

#[test]
fn repeated_runs_that_differ_are_flaky_and_their_rate_is_told() {
    for (repeat, status, verdict) in [
        ("1", 0, None),
        ("2", 0, None),
        (
            "4",
            1,
            Some(
                "  flaky: 2 of 4 runs are different, in 2 ways; two runs first part at event 1 at ",
            ),
        ),
    ] {
        let shop = Workshop::new();
        shop.program(
            "run",
            "echo >>runs; n=$(wc -l <runs); test $n -lt 3 || exit $n",
        );
        shop.write("run.strobe", &case("real", "./run"));
        let told = shop.strobe(&["check", "--repeat", repeat, "--accept"], status);
        assert_eq!(
            shop.read("runs").lines().count(),
            repeat.parse::<usize>().unwrap()
        );
        let Some(verdict) = verdict else {
            assert_eq!(told.stdout, "1 the same, 0 different\n");
            continue;
        };
        assert!(told.stdout.contains(verdict), "{}", told.stdout);
        assert!(
            told.stdout.contains("  exit 0 became exit 3\n"),
            "{}",
            told.stdout
        );
        assert!(
            told.stdout.ends_with("0 the same, 0 different, 1 flaky\n"),
            "{}",
            told.stdout
        );
        assert!(
            told.stderr.contains("FLAKY ./run.strobe\n"),
            "{}",
            told.stderr
        );
        // No run of a flaky program can be right.
        assert_eq!(shop.read("run.strobe"), case("real", "./run"));
    }
}

#[test]
fn runs_that_all_differ_alike_are_not_flaky() {
    let shop = Workshop::new();
    shop.write("run.strobe", &case("virtual", "echo new"));
    let told = shop.strobe(&["check", "--repeat", "3"], 1);
    assert!(
        told.stdout.ends_with("0 the same, 1 different\n"),
        "{}",
        told.stdout
    );
}

/// Nobody sees the program, and nobody is waited for, even where somebody could type.
#[test]
fn record_in_virtual_time_does_not_show_the_program_on_the_terminal() {
    let shop = Workshop::new();
    let out = shop.path("run.strobe");
    let strobe = Session::cargo_bin("strobe").unwrap().real_time();
    let strobe =
        strobe
            .args(["record", "-o"])
            .arg(&out)
            .args(["--", "sh", "-c", "echo seen; read -r line"]);
    let recording = strobe.run().unwrap();
    let told = String::from_utf8(recording.output()).unwrap();
    assert_eq!(recording.end().1, End::Exit(0), "{told}");
    assert!(
        told.contains("stopped waits") && !told.contains("seen"),
        "{told}"
    );
    let recorded: Recording = shop.read("run.strobe").parse().unwrap();
    assert_eq!(recorded.output(), b"seen\r\n");
}

#[test]
fn the_help_states_the_limits() {
    let told = Workshop::new().strobe(&["record", "--help"], 0).stdout;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for limit in [
        "a spinner beside a computation shows one frame",
        "the transcript says `varies`",
        "one thread at a time",
        "process ids stay real",
        "Linux on x86_64",
        "`--clock real`",
    ] {
        assert!(told.contains(limit), "{limit:?} is not in {told}");
    }
}

#[test]
fn a_program_that_does_not_end_is_told_of_the_virtual_limit() {
    let shop = Workshop::new();
    let endless = ["sh", "-c", "while :; do sleep 0.001; done"];
    let limits = ["record", "--limit", "0.5s", "--virtual-limit", "20d", "--"];
    let told = shop.strobe(&[&limits[..], &endless].concat(), 0);
    assert!(
        told.stderr.contains("stopped limit") && told.stderr.contains("`--virtual-limit 10s`"),
        "{}",
        told.stderr
    );
    let limits = ["record", "--virtual-limit", "10s", "--"];
    let told = shop.strobe(
        &[&limits[..], &["sh", "-c", "while :; do sleep 1; done"]].concat(),
        0,
    );
    assert!(
        told.stdout.ends_with("@10.000 stopped virtual-limit\n"),
        "{}",
        told.stdout
    );
}

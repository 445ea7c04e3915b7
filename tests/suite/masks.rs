//! Laws of masks, over arbitrary recordings and masks.

use crate::{arbitrary, effort::cases, workshop::Workshop};
use proptest::prelude::*;
use std::time::Duration;
use stroboscope::{
    comparison::compare,
    recording::{Channel, End, Event, EventKind, Header, Level, Mask, Recording},
    view,
};

/// Writes at instants of their own.
fn recording(writes: &[impl AsRef<[u8]>]) -> Recording {
    let at = |index: usize| Duration::from_millis(index as u64);
    let write = |(index, bytes): (usize, &_)| {
        Event::new(
            at(index),
            EventKind::Output(AsRef::<[u8]>::as_ref(bytes).to_vec()),
        )
    };
    let mut events: Vec<_> = writes.iter().enumerate().map(write).collect();
    events.push(Event::new(at(writes.len()), EventKind::End(End::Exit(0))));
    Recording::new(Header::new(Channel::Pipe), events).unwrap()
}

/// Where things happened, and of what kind they were.
fn shape(recording: &Recording) -> Vec<(Duration, std::mem::Discriminant<EventKind>)> {
    let events = recording.events().iter();
    events
        .map(|event| (event.at, std::mem::discriminant(&event.kind)))
        .collect()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn boundaries_and_instants_are_kept_and_masking_twice_is_masking_once(
        recording in arbitrary::recording(8),
        masks in prop::collection::vec(arbitrary::mask(), 0..4),
    ) {
        let masked = recording.mask(&masks);
        prop_assert_eq!(shape(&masked), shape(&recording));
        prop_assert_eq!(masked.header(), recording.header());
        prop_assert_eq!(&masked.mask(&masks), &masked);
        prop_assert_eq!(masked.to_string().parse::<Recording>().unwrap(), masked);
    }

    /// However a secret is cut into writes and colored, nothing of it is left, and everything else is.
    #[test]
    fn what_is_masked_is_nowhere_in_the_transcript(
        before in "[a-m ]{0,9}",
        secret in "[N-Z]{4,9}",
        after in "[a-m ]{0,9}",
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
    ) {
        let mut text: Vec<String> = Vec::new();
        for character in format!("{before}{secret}{after}").chars() {
            text.push(character.into());
        }
        let mut places: Vec<(usize, bool)> =
            cuts.into_iter().map(|(index, is_write)| (index.index(text.len() + 1), is_write)).collect();
        places.sort_unstable();
        let mut writes = vec![String::new()];
        for (index, character) in text.iter().enumerate() {
            for (_, is_write) in places.iter().filter(|(place, _)| *place == index) {
                if *is_write && !writes[writes.len() - 1].is_empty() {
                    writes.push(String::new());
                } else {
                    writes.last_mut().unwrap().push_str("\x1b[1m");
                }
            }
            writes.last_mut().unwrap().push_str(character);
        }
        let mask = Mask::new("secret", &secret).unwrap();
        let masked = recording(&writes).mask(&[mask]);
        let text = masked.to_string();
        prop_assert!(!text.chars().any(|character| secret.contains(character)), "{}", text);
        let columns: usize = masked.events().iter().flat_map(|event| &event.masked).map(|part| part.columns).sum();
        prop_assert_eq!(columns, secret.len());
        prop_assert_eq!(masked.events().len(), writes.len() + 1);
        let plain = |recording: &Recording| String::from_utf8(recording.output()).unwrap().replace("\x1b[1m", "").len();
        prop_assert_eq!(plain(&masked), before.len() + secret.len() + after.len());
    }

    /// A number of any width reads the same at every level, unless its width is asked for.
    #[test]
    fn masked_output_is_compared_by_name(
        one in 1_u64.., other in 1_u64.., cut in 0_usize..40, by_width in any::<bool>(),
    ) {
        let run = |number: u64, cut: usize| {
            let text = format!("job \x1b[1m[{number}]\x1b[m done\n");
            let (first, second) = text.split_at(cut.clamp(1, text.len() - 1));
            let mask = Mask::new("pid", r"\[(\d+)\]").unwrap();
            let mask = if by_width { mask.by_width() } else { mask };
            let recording = recording(&[first, second]).mask(std::slice::from_ref(&mask));
            let mut header = recording.header().clone();
            header.mask.push(mask);
            Recording::new(header, recording.events().to_vec()).unwrap()
        };
        let (left, right) = (run(one, cut), run(other, cut));
        let is_as_wide = one.to_string().len() == other.to_string().len();
        for level in [Level::Bytes, Level::Screen] {
            let same = compare(&left, &right, level).is_same();
            prop_assert_eq!(same, is_as_wide || !by_width, "{}", level);
        }
        // In front of the number the writes are cut in the same place.
        let (left, right) = (run(one, 4), run(other, 4));
        for level in [Level::Exact, Level::Writes, Level::Frames] {
            let same = compare(&left, &right, level).is_same();
            prop_assert_eq!(same, is_as_wide || !by_width, "{}", level);
        }
        prop_assert_eq!(left.same(&right), is_as_wide || !by_width);
    }
}

#[track_caller]
fn differ(left: &Recording, right: &Recording, level: Level, expected: &str) {
    assert_eq!(compare(left, right, level).to_string(), expected);
}

#[test]
fn a_mask_that_matches_nothing_any_more_is_a_difference() {
    let pid = [Mask::new("pid", r"\[(\d+)\]").unwrap()];
    let run = |text: &str| recording(&[format!("{text}\r\n\x1b[2J\x1b[Hend")]).mask(&pid);
    for level in [Level::Frames, Level::Screen] {
        let line = "the mask `pid` matches nothing any more";
        differ(&run("[12]"), &run("up"), level, line);
        let line = "the mask `pid` matched nothing before";
        differ(&run("up"), &run("[12]"), level, line);
    }
}

#[test]
fn the_name_of_a_mask_is_not_what_is_masked() {
    let x = [Mask::new("x", "7+").unwrap()];
    let (masked, written) = (recording(&["a777b"]).mask(&x), recording(&["a<x>b"]));
    assert_eq!(masked.output(), written.output());
    assert!(!masked.same(&written));
    let line = "the mask `x` matches nothing any more";
    differ(
        &masked,
        &written,
        Level::Exact,
        &format!("{line}; event 1 at 0.000: reads the same, but other parts are masked"),
    );
    differ(
        &masked,
        &written,
        Level::Bytes,
        &format!("{line}; the output reads the same, but other parts of it are masked"),
    );
}

#[test]
fn views_draw_a_mask_in_its_columns() {
    let mask = [Mask::new("id", r"id \d+").unwrap()];
    let recording = recording(&["[id 123456789] ok [id 1] ok"]).mask(&mask);
    assert_eq!(
        view::screen(&recording).to_string(),
        "[<id>        ] ok [<id>] ok\n"
    );
    assert!(view::svg(&recording).contains("&lt;id"));
}

#[test]
fn a_mask_stands_only_in_what_was_written() {
    for line in [
        "@0.000 send <pid>",
        "@0.000 after <pid> eof",
        "@0.000 reply <pid>",
    ] {
        let text = format!("transcript: 1\nchannel: pty 80x24 dumb\n\n{line}\n@0.000 exit 0\n");
        let error = text.parse::<Recording>().unwrap_err().to_string();
        assert!(error.starts_with("line 4, column "), "{error}");
    }
    for (token, column) in [
        ("<>", 7),
        ("<9>", 7),
        ("<pid 5", 7),
        ("<pid x>", 7),
        ("<pid>\"a\"", 12),
        ("<pid 99999999999999999999>", 7),
    ] {
        let text = format!("transcript: 1\nchannel: pipe\n\n0.000 {token}\n@0.000 exit 0\n");
        let error = text.parse::<Recording>().unwrap_err();
        assert_eq!((error.line, error.column), (4, column), "{error}");
    }
}

/// Records a shell script with these masks into `run.strobe`, and gives what was said of it and the transcript.
#[track_caller]
fn record(shop: &Workshop, masks: &[&str], script: &str) -> (String, String) {
    let masks = masks.iter().flat_map(|mask| ["--mask", mask]);
    let arguments: Vec<_> = ["record", "-o", "run.strobe", "--machine", "host"]
        .into_iter()
        .chain(masks)
        .chain(["--", "sh", "-c", script])
        .collect();
    let told = shop.strobe(&arguments, 0);
    (told.stderr, shop.read("run.strobe"))
}

#[test]
fn a_program_that_prints_its_process_id_is_repeatable_with_a_mask() {
    let shop = Workshop::new();
    let script = "echo \"[$$] up\"; sleep 1; echo \"pid $$ done\"";
    let (told, text) = record(&shop, &["pid"], script);
    assert!(
        !text.contains("varies") && !told.contains("differ"),
        "{told}{text}"
    );
    let plain = |line: &str| line.split(" <pid").next().unwrap().to_owned();
    let lines: Vec<String> = text
        .split_once("\n\n")
        .unwrap()
        .1
        .lines()
        .map(plain)
        .collect();
    assert_eq!(
        lines,
        ["0.000 \"[\"", "1.000 \"pid \"", "@1.000 exit 0"],
        "{text}"
    );
    shop.strobe(&["check", "--repeat", "3"], 0);
    // A mask that is in the header is applied to what was kept without it, too.
    shop.write(
        "run.strobe",
        &text
            .replace("<pid>", "\"12345\"")
            .replace("<pid 6>", "\"123456\""),
    );
    shop.strobe(&["check"], 0);
}

#[test]
fn a_check_says_by_names_what_has_changed_and_accepts_it() {
    let shop = Workshop::new();
    shop.program("tool", "echo \"[$$] up\"");
    let arguments = [
        "record",
        "-o",
        "run.strobe",
        "--machine",
        "host",
        "--mask",
        "pid",
        "--",
        "./tool",
    ];
    shop.strobe(&arguments, 0);
    shop.program("tool", "echo \"[$$] ready\"");
    let told = shop.strobe(
        &["check", "--junit", "report.xml", "--markdown", "report.md"],
        1,
    );
    assert!(
        told.stdout.contains("\"up\" became \"ready\""),
        "{}",
        told.stdout
    );
    for report in [told.stdout, shop.read("report.xml"), shop.read("report.md")] {
        assert!(
            report.contains("pid") && !report.contains("[1") && !report.contains("[2"),
            "{report}"
        );
    }
    shop.strobe(&["check", "--accept"], 0);
    assert!(shop.read("run.strobe").contains("] ready\\r\\n"));
    shop.strobe(&["check"], 0);
    shop.program("tool", "echo ready");
    let told = shop.strobe(&["check", "--level", "screen"], 1);
    assert!(
        told.stdout
            .contains("the mask `pid` matches nothing any more"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_mask_that_matches_nothing_is_named() {
    let (told, text) = record(&Workshop::new(), &["pid", "x=/(?<y>nowhere)/"], "echo [$$]");
    assert!(
        told.ends_with("\nstrobe: the mask `x` matches nothing\n"),
        "{told}"
    );
    assert!(text.contains("\nmask: x /(?<y>nowhere)/\n"), "{text}");
}

#[test]
fn what_is_masked_is_not_in_the_error_of_a_script_that_failed() {
    let shop = Workshop::new();
    shop.write("script", "after \"ready\" eof\n");
    let secret = "printf 'key-%s hunter2'; printf 'x'";
    for channel in ["pty", "pipe"] {
        for wait in [
            "after \"ready\" eof\n",
            "after quiet expect screen \"ready\"\n",
        ] {
            if channel == "pipe" && wait.contains("screen") {
                continue;
            }
            shop.write("script", wait);
            let arguments = [
                "record",
                "-o",
                "run.strobe",
                "--channel",
                channel,
                "--script",
                "script",
                "--mask",
                "key=/hunter2x?/",
                "--",
                "sh",
                "-c",
                secret,
            ];
            let told = shop.strobe(&arguments, 2);
            let kept = shop.read("run.strobe.failed");
            let (_, events) = kept.split_once("\n\n").unwrap();
            assert!(told.stderr.contains("<key>"), "{}", told.stderr);
            for text in [&told.stderr, events] {
                assert!(!text.contains("hunter") && text.contains("<key"), "{text}");
            }
        }
    }
}

/// While a program runs, what a mask would match is not in the file that grows; it is synced twice a second.
#[test]
fn what_is_masked_is_never_on_the_disk() {
    let shop = Workshop::new();
    let script = "printf hun; printf 'ter2 ok'; sleep 1.2; cp .run.strobe.recording seen";
    let recording = ["record", "--clock", "real", "-o", "run.strobe"];
    let masked = ["--mask", "key=/hunter2/", "--", "sh", "-c", script];
    shop.strobe(&[&recording[..], &masked].concat(), 0);
    let seen = shop.read("seen");
    assert!(seen.contains("\nmask: key /hunter2/\n"), "{seen}");
    let (_, events) = seen.split_once("\n\n").unwrap();
    assert!(!events.contains("hun") && !events.contains("ok"), "{seen}");
    assert!(shop.read("run.strobe").contains("<key"));
}

#[test]
fn a_file_that_grew_has_what_was_masked_at_the_end() {
    let shop = Workshop::new();
    for clock in ["real", "virtual"] {
        if clock == "virtual" && cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
            continue;
        }
        let script = "printf hun; sleep 0.1; echo ter2 ok";
        let arguments = [
            "record",
            "--clock",
            clock,
            "-o",
            "run.strobe",
            "--mask",
            "key=/hunter2/",
            "--",
            "sh",
            "-c",
            script,
        ];
        shop.strobe(&arguments, 0);
        let text = shop.read("run.strobe");
        let (_, events) = text.split_once("\n\n").unwrap();
        assert!(
            events.contains("<key 3>\n") && events.contains("<...key 4> \" ok"),
            "{text}"
        );
    }
}

#[test]
fn what_differs_is_proposed_as_masks_and_taken_with_auto() {
    let shop = Workshop::new();
    // It counts its runs: 101, 102, …
    let script = "echo >>runs; n=$(wc -l <runs); echo \"[$((100 + n))] in /tmp/a.$n up\"";
    let record = |masks: &[&str]| {
        let start = ["record", "-o", "run.strobe"];
        let arguments = [&start[..], masks, &["--", "sh", "-c", script]].concat();
        shop.strobe(&arguments, 0).stderr
    };
    let told = record(&[]);
    let proposed = "\nstrobe: `101` became `102`: `--mask 'pid=/\\[(\\d+)\\]/'`\nstrobe: `/tmp/a.1` became `/tmp/a.2`: `--mask path`\nstrobe: with these masks, or `--mask auto`, the runs are the same\n";
    assert!(told.ends_with(proposed), "{told}");
    assert!(shop.read("run.strobe").contains("\nvaries: "));
    let told = record(&["--mask", "auto"]);
    assert!(
        told.starts_with("strobe: masked: `103` became `104`: `--mask 'pid=/"),
        "{told}"
    );
    let text = shop.read("run.strobe");
    assert!(
        !text.contains("varies") && !told.contains("differ"),
        "{told}{text}"
    );
    assert!(
        text.ends_with("\n0.000 \"[\" <pid 3> \"] in \" <path 8> \" up\\r\\n\"\n@0.000 exit 0\n"),
        "{text}"
    );
    shop.strobe(&["check"], 0);
    shop.refuses(
        &["record", "--once", "--mask", "auto", "--", "true"],
        "`--mask auto` compares two runs in virtual time: it goes with neither `--clock real` nor `--once`",
    );
}

#[test]
fn a_variable_is_passed_on_by_its_name() {
    let shop = Workshop::new();
    let run = |arguments: &[&str], value: &str| {
        let mut command = shop.command(arguments);
        crate::workshop::Text::of(command.env("GREETING", value), 0)
    };
    let script = "echo ${#GREETING} $COLORTERM ${UNSET-unset}";
    let arguments = [
        "record",
        "-o",
        "run.strobe",
        "--env",
        "GREETING",
        "--env",
        "UNSET",
        "--term",
        "xterm,truecolor",
        "--",
        "sh",
        "-c",
        script,
    ];
    run(&arguments, "hello");
    let text = shop.read("run.strobe");
    assert!(
        text.contains(
            "\nenv: COLORTERM=truecolor\nenv: GREETING\nenv: UNSET\nchannel: pty 80x24 xterm\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("0.000 \"5 truecolor unset\\r\\n\"") && !text.contains("hello"),
        "{text}"
    );
    let told = run(&["check"], "howdy");
    assert!(
        told.stderr.contains("GREETING of this environment"),
        "{}",
        told.stderr
    );
}

/// In real time, without masks, the events are in the file alone.
#[test]
fn an_error_says_what_came_also_where_events_are_not_kept() {
    let shop = Workshop::new();
    shop.write("script", "after \"nowhere\" eof\n");
    for mask in [&[][..], &["--mask", "x=/nothing/"]] {
        let start = [
            "record",
            "--clock",
            "real",
            "-o",
            "run.strobe",
            "--script",
            "script",
        ];
        let arguments = [&start[..], mask, &["--", "printf", "some output"]].concat();
        let told = shop.strobe(&arguments, 2).stderr;
        assert!(
            told.contains("since the last match came \"some output\""),
            "{told}"
        );
    }
}

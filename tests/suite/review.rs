//! `strobe review`, in the terminal and without one, and screens side by side.

use crate::{
    play::{is_restored, session},
    workshop::Workshop,
};
use stroboscope::{Recording, recording::End};

/// The transcript of a program, with the output at 1.000.
fn says(text: &str) -> String {
    format!(
        "transcript: 1\ncommand: echo x\nchannel: pty 40x5 xterm\nclock: virtual\n\n0.000 \"start\\r\\n\"\n1.000 \"{text}\\r\\n\"\n@2.000 exit 0\n"
    )
}

/// A folder in which three transcripts have changed, one of them in a folder of its own.
fn changed() -> Workshop {
    let shop = Workshop::new();
    for name in ["a", "b", "sub/c"] {
        shop.write(&format!("{name}.strobe"), &says("old text"));
        shop.write(&format!("{name}.strobe.new"), &says("new text"));
    }
    shop
}

#[test]
fn changes_are_listed_each_with_its_verdict() {
    let shop = changed();
    let told = shop.strobe(&["review", "--list"], 1);
    let verdict = "  event 2 at 1.000: row 2: \"old\" became \"new\"\n";
    assert_eq!(
        told.stdout,
        format!("./a.strobe\n{verdict}./b.strobe\n{verdict}./sub/c.strobe\n{verdict}")
    );
    let told = shop.strobe(&["review", "--list", "--json", "sub", "a.strobe"], 1);
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let list = json.as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0]["file"], "sub/c.strobe");
    assert_eq!(list[1]["new"], "a.strobe.new");
    assert_eq!(list[1]["level"], "exact");
    assert_eq!(list[1]["verdict"][0], verdict.trim());
    assert_eq!(list[1]["can_be_accepted"], true);
}

#[test]
fn changes_are_accepted_and_rejected_by_their_names() {
    let shop = changed();
    shop.strobe(
        &["review", "--accept", "a.strobe", "--reject", "c.strobe"],
        1,
    );
    assert_eq!(shop.read("a.strobe"), says("new text"));
    assert_eq!(shop.read("sub/c.strobe"), says("old text"));
    assert!(!shop.path("a.strobe.new").exists() && !shop.path("sub/c.strobe.new").exists());
    shop.refuses(
        &["review", "--accept", "x.strobe"],
        "nothing to review is named x.strobe: `--list` shows what there is",
    );
    shop.refuses(
        &[
            "review",
            "--accept",
            "b.strobe",
            "--reject",
            "./b.strobe.new",
        ],
        "./b.strobe would be both accepted and rejected",
    );
    shop.write("sub/b.strobe.new", &says("new text"));
    shop.write("other/b.strobe.new", &says("new text"));
    shop.strobe(&["review", "--accept", "./b.strobe"], 1);
    shop.refuses(
        &["review", "--reject", "b.strobe"],
        "b.strobe may be ./other/b.strobe or ./sub/b.strobe: name its whole path",
    );
    shop.strobe(
        &[
            "review",
            "--reject",
            "sub/b.strobe",
            "--accept",
            "other/b.strobe",
        ],
        0,
    );
    assert_eq!(shop.read("other/b.strobe"), says("new text"));
    assert_eq!(shop.strobe(&["review", "--list"], 0).stdout, "");
    let told = shop.strobe(&["review"], 0);
    assert_eq!(
        told.stderr,
        "strobe: nothing to review: `strobe check` leaves what has changed\n"
    );
}

#[test]
fn a_run_whose_script_failed_cannot_be_accepted() {
    let shop = Workshop::new();
    shop.write("a.strobe", &says("old"));
    shop.write(
        "a.strobe.new",
        &says("new").replace("exit 0", "stopped script"),
    );
    shop.refuses(
        &["review", "--accept", "a.strobe"],
        "./a.strobe: not accepted: its script failed; edit the lines of the transcript that begin with `@`",
    );
    assert_eq!(shop.read("a.strobe"), says("old"));
    shop.strobe(&["review", "--reject", "a.strobe"], 0);
}

#[test]
fn one_that_cannot_be_accepted_does_not_keep_the_others() {
    let shop = changed();
    let failed = says("new").replace("exit 0", "stopped script");
    shop.write("a.strobe.new", &failed);
    let names = ["a.strobe", "b.strobe", "c.strobe"];
    let accept: Vec<&str> = names.iter().flat_map(|name| ["--accept", *name]).collect();
    let told = shop.strobe(&[&["review"], &accept[..]].concat(), 2);
    assert_eq!(
        told.stderr,
        "strobe: ./a.strobe: not accepted: its script failed; edit the lines of the transcript that begin with `@`\n\
         strobe: 2 accepted, 0 rejected, 1 left\n"
    );
    assert_eq!(shop.read("sub/c.strobe"), says("new text"));
}

#[test]
fn a_check_says_that_review_accepts_only_where_it_can() {
    let shop = Workshop::new();
    shop.write(
        "cut.strobe",
        "transcript: 1\ncommand: sleep 9\nchannel: pipe\nclock: real\n\n@9.000 exit 0\n",
    );
    let check = |arguments: &[&str]| {
        let told = shop.strobe(&[&["check", "--limit", "1s"], arguments].concat(), 1);
        told.stderr.lines().last().unwrap().to_owned()
    };
    let refused = "strobe: `strobe review` shows what has changed, and why it cannot be accepted";
    assert_eq!(check(&[]), refused);
    shop.write(
        "x.strobe",
        "transcript: 1\ncommand: echo x\nchannel: pipe\nclock: real\n\n@0.000 exit 0\n",
    );
    let accepts = "strobe: `strobe review` shows what has changed, and accepts or rejects it";
    assert_eq!(check(&[]), accepts);
    assert_eq!(check(&["--accept"]), refused);
}

/// A script that waits for ever in virtual time, runs that differ from each other, and a run that was cut short.
#[test]
fn a_run_that_is_not_to_be_accepted_is_kept_with_its_reason() {
    let shop = Workshop::new();
    let ask = "transcript: 1\ncommand: sh ask\nchannel: pty 40x5 xterm\nclock: virtual 2\n\n0.000 \"Sure? \"\n@0.000 after screen \"Sure?\" type \"y\\r\"\n0.000 \"y\\r\\n\"\n@0.000 exit 0\n";
    shop.write("ask", "printf 'Really? '; read answer\n");
    shop.write("ask.strobe", ask);
    shop.write(
        "cut.strobe",
        "transcript: 1\ncommand: sleep 9\nchannel: pipe\nclock: real\n\n@9.000 exit 0\n",
    );
    let mut refused = vec![(
        "cut",
        "it was ended by the limit of real time, so that it is not whole",
    )];
    if stroboscope::session::virtual_time_available().is_ok() {
        refused.push((
            "ask",
            "its script failed; edit the lines of the transcript that begin with `@`",
        ));
    }
    shop.strobe(&["check", "--accept", "--limit", "100ms", "cut.strobe"], 1);
    shop.strobe(
        &["check", "--accept", "ask.strobe"],
        u8::from(refused.len() > 1),
    );
    for (name, why) in refused {
        let file = format!("{name}.strobe");
        let old = shop.read(&file);
        shop.refuses(
            &["review", "--accept", &file],
            &format!("./{file}: not accepted: {why}"),
        );
        assert_eq!(shop.read(&file), old);
    }
}

#[test]
fn a_transcript_that_was_written_after_the_run_is_not_replaced() {
    let shop = changed();
    let edited = says("old text").replace("channel", "level: bytes\nchannel");
    shop.write("a.strobe", &edited);
    shop.refuses(
        &["review", "--accept", "a.strobe"],
        "./a.strobe: not accepted: the transcript has changed since that run; `strobe check` runs it again",
    );
    assert_eq!(shop.read("a.strobe"), edited);
    shop.strobe(
        &["review", "--accept", "b.strobe", "--reject", "a.strobe"],
        1,
    );
    assert_eq!(shop.read("b.strobe"), says("new text"));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_of_the_list() {
    let shop = changed();
    shop.write("a.strobe.new", "garbage");
    let told = shop.strobe(&["review", "--list"], 2);
    assert!(told.stdout.contains("./b.strobe"), "{}", told.stdout);
}

/// Insta's pending snapshots of transcripts are ours to review; those of other things are not.
#[test]
fn snapshots_of_transcripts_are_reviewed_too() {
    let shop = Workshop::new();
    let front = |line: &str| format!("---\nsource: tests/x.rs\n{line}expression: recording\n---\n");
    shop.write("x.snap", &(front("") + &says("old text")));
    shop.write(
        "x.snap.new",
        &(front("assertion_line: 7\n") + &says("new text")),
    );
    shop.write("help.snap", &(front("") + "Usage: a\n"));
    shop.write("help.snap.new", &(front("") + "Usage: b\n"));
    assert!(
        shop.strobe(&["review", "--list"], 1)
            .stdout
            .starts_with("./x.snap\n  event 2 ")
    );
    shop.strobe(&["review", "--accept", "x.snap"], 0);
    assert_eq!(shop.read("x.snap"), front("") + &says("new text"));
    assert!(!shop.path("x.snap.new").exists() && shop.path("help.snap.new").exists());
}

/// What check leaves is what review accepts, and then check is the same.
#[test]
fn what_check_leaves_can_be_accepted() {
    let shop = Workshop::new();
    shop.program("say", "echo old");
    shop.strobe(&["record", "--clock", "real", "-o", "a.strobe", "./say"], 0);
    shop.program("say", "echo new");
    shop.strobe(&["check"], 1);
    shop.strobe(&["review", "--accept", "a.strobe"], 0);
    assert_eq!(
        shop.strobe(&["check"], 0).stdout,
        "1 the same, 0 different\n"
    );
}

fn reviewed(shop: &Workshop, size: (u16, u16), script: &str) -> Option<Recording> {
    let script = script.replace("\n        ", "\n");
    let recording = session(shop, &["review"], size, &script)?;
    is_restored(&recording);
    Some(recording)
}

#[test]
fn changes_are_reviewed_in_the_terminal() {
    let shop = changed();
    let script = "after screen \"review 1 of 3: ./a.strobe\" expect screen \"event 2 at 1.000: row 2: \\\"old\\\" became \\\"new\\\"\"
        expect screen /^old from 1.000 to 2.000 +│ new from 1.000 to 2.000/
        expect screen /^old text +│ new text/
        expect screen /^\\+1.000 \"new text/
        press n
        after screen \"that was the last difference\" press b
        after screen \"playing 1.000 of 2.000\" expect screen /^old: .\\/a.strobe +│ new: .\\/a.strobe.new/
        press q
        press ?
        after screen \"accept: the new recording replaces\" press ?
        press a
        after screen \"review 2 of 3: ./b.strobe\" press r
        after screen \"review 3 of 3: ./sub/c.strobe\" press s";
    let Some(recording) = reviewed(&shop, (100, 24), script) else {
        return;
    };
    assert_eq!(recording.end().1, End::Exit(1));
    let shown = stroboscope::view::screen(&recording).to_string();
    assert_eq!(shown, "strobe: 1 accepted, 1 rejected, 1 left\n");
    assert_eq!(shop.read("a.strobe"), says("new text"));
    assert_eq!(shop.read("b.strobe"), says("old text"));
    assert!(!shop.path("a.strobe.new").exists() && !shop.path("b.strobe.new").exists());
    assert!(shop.path("sub/c.strobe.new").exists());
}

#[test]
fn a_review_that_is_quit_or_ended_leaves_the_rest() {
    for (script, end) in [
        ("after screen \"review 1\" press q", "exit 1"),
        ("after screen \"review 1\" press C-c", "exit 1"),
        ("after screen \"review 1\" signal TERM", "killed TERM"),
    ] {
        let shop = changed();
        let Some(recording) = reviewed(&shop, (80, 24), script) else {
            return;
        };
        assert_eq!(recording.end().1.to_string(), end);
        for name in ["a", "b", "sub/c"] {
            assert_eq!(shop.read(&format!("{name}.strobe")), says("old text"));
            assert!(shop.path(&format!("{name}.strobe.new")).exists());
        }
    }
}

#[test]
fn a_first_recording_is_reviewed_without_an_old_one() {
    let shop = Workshop::new();
    shop.write("a.strobe.new", &says("new text"));
    let script = "after screen \"there is nothing yet\" expect screen /^new text$/
        press o
        after screen \"there is no old recording\" press a";
    if let Some(recording) = reviewed(&shop, (80, 24), script) {
        assert_eq!(recording.end().1, End::Exit(0));
        assert_eq!(shop.read("a.strobe"), says("new text"));
    }
}

#[test]
fn a_small_terminal_shows_the_first_difference_and_says_what_it_crops() {
    let shop = Workshop::new();
    let far = |text: &str| says(&format!("{}{text}", "0123456789".repeat(3)));
    shop.write("a.strobe", &far("old"));
    shop.write("a.strobe.new", &far("new"));
    let script =
        "after screen \"difference 1 of 1 · columns\" expect screen /old +│.*new/\npress q";
    reviewed(&shop, (40, 14), script);
}

#[test]
fn screens_are_shown_side_by_side() {
    let shop = changed();
    let diff = |view: &str| {
        let arguments = ["diff", "--as", view, "a.strobe", "a.strobe.new"];
        shop.strobe(&arguments, 1).stdout
    };
    assert_eq!(
        diff("screen"),
        "old      │ new\nstart    │ start\nold text │ new text\n^^^      │ ^^^\n\n"
    );
    assert_eq!(
        diff("frames"),
        "old from 1.000 to 2.000 │ new from 1.000 to 2.000\n\
         start                   │ start\n\
         old text                │ new text\n\
         ^^^                     │ ^^^\n\n"
    );
    shop.write(
        "later.strobe",
        &says("old text").replace("1.000 \"old", "1.500 \"old"),
    );
    let told = shop
        .strobe(&["diff", "--as", "frames", "a.strobe", "later.strobe"], 1)
        .stdout;
    assert_eq!(
        told,
        "the same screen, from 1.000 on, is there from 1.500 on\n"
    );
    let told = shop
        .strobe(&["diff", "--as", "screen", "a.strobe", "later.strobe"], 1)
        .stdout;
    let others = "`--as frames` shows every screen that differs, and without `--as` every difference is named\n";
    assert_eq!(
        told,
        format!("the final screens are the same, what differs came before; {others}")
    );
    let hidden = says("old text").replace("1.000 \"", "1.000 \"\\e[?25l");
    shop.write("hidden.strobe", &hidden);
    let told = shop.strobe(&["diff", "--as", "screen", "a.strobe", "hidden.strobe"], 1);
    assert_eq!(
        told.stdout,
        format!(
            "the final screens read the same, but:\n  cursor 1,3 became cursor 1,3 hidden\n{others}"
        )
    );
    let told = shop.strobe(&["diff", "--as", "frames", "a.strobe", "hidden.strobe"], 1);
    assert_eq!(
        told.stdout,
        "all screens are the same, at the same instants; without `--as` every difference is named\n"
    );
    let color = [
        "diff",
        "--as",
        "screen",
        "--color",
        "always",
        "a.strobe",
        "a.strobe.new",
    ];
    assert!(shop.strobe(&color, 1).stdout.contains("\x1b[30;43mold"));
}

#[test]
fn what_is_masked_is_as_wide_in_both() {
    let shop = Workshop::new();
    let text = |columns: usize, end: &str| {
        says("").replace(
            "1.000 \"",
            &format!("1.000 \"pid \" <pid {columns}> \" {end}"),
        )
    };
    shop.write("a.strobe", &text(3, "old"));
    shop.write("a.strobe.new", &text(9, "new"));
    let told = shop.strobe(&["diff", "--as", "screen", "a.strobe", "a.strobe.new"], 1);
    assert_eq!(
        told.stdout,
        "old           │ new\nstart         │ start\npid <pid> old │ pid <pid> new\n          ^^^ │           ^^^\n\n"
    );
    shop.strobe(&["diff", "a.strobe", "a.strobe.new", "--html", "r.html"], 1);
    let page = shop.read("r.html");
    assert!(page.contains("pid &lt;pid&gt; old"), "{page}");
    let script =
        "after screen \"difference 1 of 1\" expect screen /^pid <pid> old +│ pid <pid> new/
        press o
        after screen \"event 1\" press Space Right
        after screen \"event 2\" expect screen /pid \" <pid 3> \" old/
        press q q";
    let Some(recording) = reviewed(&shop, (100, 24), script) else {
        return;
    };
    assert_eq!(recording.end().1, End::Exit(1));
}

/// Twelve screens that differ, and one that is only later.
#[test]
fn ten_screens_are_shown_unless_all_are_asked_for() {
    let shop = Workshop::new();
    let screens = |suffix: &str, last: &str| {
        let lines = (0..12).map(|number| format!("0.100 \"\\r{number}{suffix}\"\n"));
        let lines: String = lines.collect();
        format!(
            "transcript: 1\nchannel: pty 20x3 xterm\n\n{lines}{last} \"\\rlast\\e[K\"\n@9.000 exit 0\n"
        )
    };
    shop.write("a.strobe", &screens("a", "0.100"));
    shop.write("b.strobe", &screens("b", "0.200"));
    let frames = |more: &[&str]| {
        let arguments = [&["diff", "--as", "frames", "a.strobe", "b.strobe"], more].concat();
        shop.strobe(&arguments, 1).stdout
    };
    let told = frames(&[]);
    assert_eq!(told.matches("old from ").count(), 10, "{told}");
    assert!(
        told.ends_with("\nand 2 more that differ: `--all` shows them\n"),
        "{told}"
    );
    let told = frames(&["--all"]);
    assert_eq!(told.matches("old from ").count(), 12, "{told}");
    assert!(
        told.ends_with("\nthe same screen, from 1.300 on, is there from 1.400 on\n"),
        "{told}"
    );
}

#[test]
fn a_long_diff_is_folded_to_its_causes() {
    let shop = Workshop::new();
    let counts = |suffix: &str| {
        let lines = (0..80).map(|number| format!("0.010 \"{number}{suffix}\\n\"\n"));
        let lines: String = lines.collect();
        format!("transcript: 1\ncommand: echo\nchannel: pipe\n\n{lines}@1.000 exit 0\n")
    };
    shop.write("a.strobe", &counts(" of 80"));
    shop.write("b.strobe", &counts(" of 81"));
    let told = shop.strobe(&["diff", "a.strobe", "b.strobe"], 1).stdout;
    assert!(
        told.ends_with("\n\n160 lines differ, in 1 place: `--all` shows them\n"),
        "{told}"
    );
    assert!(told.lines().count() < 9, "{told}");
    let all = shop
        .strobe(&["diff", "--all", "a.strobe", "b.strobe"], 1)
        .stdout;
    assert!(all.lines().count() > 160, "{all}");
    let told = shop.strobe(&["check", "a.strobe"], 1).stdout;
    assert!(
        told.contains(" lines differ, in 1 place") || told.contains("@@"),
        "{told}"
    );
}

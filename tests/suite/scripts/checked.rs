//! Scripts that fail in `strobe check`: a wait or a check that fails is a difference, not an error.

use crate::{
    requirement::has_virtual_time,
    workshop::{Text, Workshop},
};

const SCRIPT: &str =
    "after screen \"Name?\" type \"Ada\"\npress Enter\nafter quiet expect screen \"Hello, Ada\"\n";

/// A folder with a recording of a program that asks and greets, which has been changed since.
fn changed(from: &str, to: &str) -> Option<Workshop> {
    if !has_virtual_time() {
        return None;
    }
    let shop = Workshop::new();
    let greets = "printf 'Name? '; read -r name; echo \"Hello, $name\"";
    shop.program("greet", greets);
    shop.write("script", SCRIPT);
    shop.strobe(
        &[
            "record",
            "--script",
            "script",
            "-o",
            "greet.strobe",
            "--",
            "./greet",
        ],
        0,
    );
    shop.program("greet", &greets.replace(from, to));
    Some(shop)
}

#[track_caller]
fn check(shop: &Workshop, more: &[&str], status: u8) -> Text {
    shop.strobe(&[&["check"], more, &["greet.strobe"]].concat(), status)
}

#[test]
fn a_wait_in_vain_is_different_with_the_reason_and_the_screen() {
    let Some(shop) = changed("Name", "Nom") else {
        return;
    };
    let told = check(&shop, &["--junit", "out.xml", "--markdown", "out.md"], 1);
    let reason = "waited for screen \"Name?\", to type \"Ada\", but every thread of the program waits for what cannot come";
    let scene = format!("{reason}\nthe screen at that moment:\n  | Nom?\nthe cursor is at 6,1\n");
    assert!(
        told.stdout
            .starts_with(&format!("--- greet.strobe\n{scene}\n@@ ")),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout
            .contains(&format!("\ngreet.strobe\n  {reason}\n"))
            && told.stdout.ends_with("\n0 the same, 1 different\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr.contains("\nDIFFERENT greet.strobe\n"),
        "{}",
        told.stderr
    );

    let junit = shop.read("out.xml");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let is_failure = |node: &roxmltree::Node| node.has_tag_name("failure");
    let failure = document.descendants().find(is_failure).unwrap();
    assert!(failure.attribute("message").unwrap().starts_with(reason));
    assert!(failure.text().unwrap().starts_with(&scene), "{junit}");
    let markdown = shop.read("out.md");
    assert!(
        markdown.contains(&format!(
            "<summary>DIFFERENT: greet.strobe: {}",
            reason.split(", ").next().unwrap()
        )) && markdown.contains(&scene),
        "{markdown}"
    );
}

#[test]
fn a_check_that_does_not_hold_is_different_and_is_not_accepted() {
    let Some(shop) = changed("Hello", "Hallo") else {
        return;
    };
    let before = shop.read("greet.strobe");
    let told = check(&shop, &["--accept"], 1);
    assert!(
        told.stdout
            .contains("\n  `expect screen \"Hello, Ada\"` failed at 0.000\n")
            && told.stdout.ends_with("\n0 the same, 1 different\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr.contains("\nstrobe: greet.strobe: not accepted: its script failed; edit the lines of the transcript that begin with `@`\n"),
        "{}",
        told.stderr
    );
    assert_eq!(shop.read("greet.strobe"), before);
    // Once its line has been edited, the change is accepted.
    shop.write(
        "greet.strobe",
        &before.replace("expect screen \"Hello", "expect screen \"Hallo"),
    );
    let told = check(&shop, &["--accept"], 0);
    assert!(
        told.stdout.ends_with("0 the same, 1 different, accepted\n"),
        "{}",
        told.stdout
    );
    check(&shop, &[], 0);
}

#[test]
fn a_run_that_differs_only_by_its_failed_script_is_different() {
    let Some(shop) = changed("Hello", "Hello") else {
        return;
    };
    // The check did not hold when this was recorded either.
    let text = shop.read("greet.strobe");
    let failed = text.replace(
        "expect screen \"Hello, Ada\"",
        "expect screen \"Bye\" failed",
    );
    shop.write("greet.strobe", &failed);
    let told = check(&shop, &[], 1);
    assert!(
        told.stdout.starts_with("--- greet.strobe\n`expect screen \"Bye\"` failed at 0.000\n")
            && told.stdout.ends_with(
                "the cursor is at 1,3\n\ngreet.strobe\n  `expect screen \"Bye\"` failed at 0.000\n0 the same, 1 different\n"
            ),
        "{}",
        told.stdout
    );
}

#[test]
fn what_cannot_be_run_is_an_error() {
    let Some(shop) = changed("Name", "Nom") else {
        return;
    };
    std::fs::remove_file(shop.path("greet")).unwrap();
    let told = check(&shop, &[], 2);
    assert!(
        told.stdout
            .ends_with("\n0 the same, 0 different, 1 error\n"),
        "{}",
        told.stdout
    );
}

/// In virtual and in real time, on a terminal and on pipes: `record` says what it left undone, and its transcript does.
#[test]
fn steps_that_the_program_does_not_live_to_see_are_named() {
    for (on, clock, step, run, end) in [
        ("pty", "virtual", "press q", "true", "the program ended"),
        ("pty", "virtual", "signal TERM", "true", "the program ended"),
        (
            "pty",
            "virtual",
            "resize 9x9",
            "sleep 9",
            "the virtual time was up",
        ),
        ("pipe", "virtual", "eof", "true", "the program ended"),
        (
            "pipe",
            "virtual",
            "send \"q\"",
            "kill -9 $$",
            "the program ended",
        ),
        ("pipe", "real", "send \"q\"", "true", "the program ended"),
        ("pty", "real", "press q", "sleep 9", "the time was up"),
    ] {
        if clock == "virtual" && !has_virtual_time() {
            continue;
        }
        let shop = Workshop::new();
        shop.write("script", &format!("@5.000 {step}\n6.000 signal INT\n"));
        let limit = if clock == "real" {
            "--limit"
        } else {
            "--virtual-limit"
        };
        let command = [
            "record",
            "--script",
            "script",
            "--channel",
            on,
            "--clock",
            clock,
            limit,
            "0.1s",
            "-o",
            "x.strobe",
            "--",
            "sh",
            "-c",
            run,
        ];
        let told = shop.strobe(&command, 0);
        let why = format!("`{step}` at 5.000, with 1 more step, was not reached: {end}");
        let line = format!("\nstrobe: not all of the script was done: {why}\n");
        assert!(told.stderr.contains(&line), "{}", told.stderr);
        let text = shop.read("x.strobe");
        assert!(
            text.contains(&format!("\nnote: not done: {why}\n")),
            "{text}"
        );
        // What was left undone is not done again.
        shop.strobe(&["check", "--level", "bytes", "x.strobe"], 0);
    }
}

#[test]
fn a_run_that_ends_before_a_recorded_step_is_different_and_not_accepted() {
    let Some(shop) = changed("Name", "Name") else {
        return;
    };
    let record = "record --send 1:a --send 2:b --send 3:c --level bytes -o early.strobe -- ./early";
    shop.program("early", "sleep 3.5");
    shop.strobe(&record.split(' ').collect::<Vec<_>>(), 0);
    shop.program("early", "sleep 1.5");
    let before = shop.read("early.strobe");
    let told = shop.strobe(&["check", "--accept", "early.strobe"], 1);
    let why = "`send \"b\"` at 2.000, with 1 more step, was not reached: the program ended";
    assert!(
        told.stdout.contains(&format!("\nearly.strobe\n  {why}\n")),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr
            .contains(": not accepted: its script failed; edit the lines"),
        "{}",
        told.stderr
    );
    assert_eq!(shop.read("early.strobe"), before);
    // Without those lines it is.
    let lines = before
        .lines()
        .filter(|line| !line.contains("send \"b\"") && !line.contains("send \"c\""));
    shop.write(
        "early.strobe",
        &lines.map(|line| format!("{line}\n")).collect::<String>(),
    );
    shop.strobe(&["check", "--accept", "early.strobe"], 0);
    shop.strobe(&["check", "early.strobe"], 0);
}

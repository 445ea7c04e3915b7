//! Scripts that fail in `strobe check`: a wait or a check that fails is a difference, not an error.

use crate::{
    requirement::is_met,
    workshop::{Text, Workshop},
};
use stroboscope::session::virtual_time_available;

const SCRIPT: &str =
    "after screen \"Name?\" type \"Ada\"\npress Enter\nafter quiet expect screen \"Hello, Ada\"\n";

/// A folder with a recording of a program that asks and greets, which has been changed since.
fn changed(from: &str, to: &str) -> Option<Workshop> {
    if !is_met("virtual", virtual_time_available().is_ok()) {
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
            .contains("\n  `expect screen \"Hello, Ada\" failed` at 0.000\n")
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
        told.stdout.starts_with("--- greet.strobe\n`expect screen \"Bye\" failed` at 0.000\n")
            && told.stdout.ends_with(
                "the cursor is at 1,3\n\ngreet.strobe\n  `expect screen \"Bye\" failed` at 0.000\n0 the same, 1 different\n"
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

//! What a check lists before it runs anything: what each file would run, and what of it leads out of the folder.

pub mod outside;

use crate::{command_line::tell, found::Found};
use std::fmt::Write as _;
use stroboscope::{
    check::Case,
    text::{cut_middle, isolated},
};

/// How many characters a field has at most.
const MOST: usize = 240;

/// Lists what is about to be run.
pub fn tell_all(files: &[Found]) {
    if files.iter().any(|found| found.case.is_ok()) {
        tell("about to run:");
    }
    for found in files {
        if let Ok(case) = &found.case {
            tell(&entry(found, case));
        }
    }
}

/// What one file would run: a line, and one more for each thing that is not usual.
fn entry(found: &Found, case: &Case) -> String {
    let field = |text: &str| isolated(&cut_middle(text, MOST)).into_owned();
    let mut text = format!("  {found}: {}", field(&case.command()));
    let mut line = |what: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n    {what}: {value}");
    };
    if let Some(cwd) = &case.recording().header().cwd {
        line("folder", &field(&crate::input::name(cwd)));
    }
    if let Some(settings) = case.settings() {
        line("settings", &field(&crate::input::name(settings)));
    }
    let environment = case.environment();
    if !environment.is_empty() {
        line("environment", &field(&environment.join(" ")));
    }
    let input = case.input();
    if !input.is_empty() {
        line("input", &field(&input.join("; ")));
    }
    let outside = outside::of(case, &found.root);
    if !outside.is_empty() {
        let outside: Vec<String> = outside.iter().map(|what| field(what)).collect();
        line("OUTSIDE", &outside.join(", "));
    }
    text
}
